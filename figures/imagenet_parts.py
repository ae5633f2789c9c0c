"""Imagenet parts: why completeness fails: what share of the logits' variance over labels each part of the logits has.

Around an input a logit is exactly the sum of four parts: that of the input, which gradient ⊙ input sums to, of batch norms'
shifts, of other biases, and of saturated units of ReLU6; their shares of the logits' variance over a thousand labels sum to 1 (a
negative share: the part runs against the logits). Completeness is a share of 1 for the input. The last bars are of the input
alone in the same network's copies from which something was taken away; without biases and with ReLU for ReLU6 it is Lemma 1.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from simulations.imagenet_parts import ITSELF


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_parts.py."""
    trained = table[table.randomised == "none"]
    names = [part if network == ITSELF else f"input, {network}" for network, part in _bars(trained)]
    figure, axes = plt.subplots(figsize=(8.2, 3.6), layout="constrained")
    photographs = list(trained.photograph.unique())
    width = 0.8 / len(photographs)
    for number, photograph in enumerate(photographs):
        rows = trained[trained.photograph == photograph]
        places = np.arange(len(names)) + (number - (len(photographs) - 1) / 2) * width
        axes.bar(places, rows.share, width, color=PALETTE[number], label=photograph)
    axes.axhline(0.0, color="0.4", linewidth=0.8)
    axes.axhline(1.0, color="0.4", linewidth=0.8, linestyle="--")
    axes.set_xticks(range(len(names)), labels=[textwrap.fill(name, 14) for name in names], fontsize=7)
    axes.set_ylabel("share of the logits' variance over labels")
    axes.legend()
    return figure


def _bars(trained: pd.DataFrame) -> list[tuple[str, str]]:
    first = trained[trained.photograph == trained.photograph.iloc[0]]
    return list(zip(first.network, first.part, strict=True))


FIGURE = FigureOf("imagenet_parts", "imagenet_parts", _draw, __doc__ or "", by_name=True)
