"""Imagenet kept: what the predicted label keeps among a thousand: measured against the Gram matrix, and its share of votes.

Left and middle: the fraction of inputs and the share of gradient energy that the CGI map keeps, against what the Gram matrix of
all labels' gradients predicts, on the trained network (with standard errors, regions of the photograph being what is drawn, and
as crosses what the Gram matrices of sixteen regions predict), with its last layer re-initialised, and with all layers. Right: the
label's share of all labels' votes. Votes sum to 2 on every network, so that the mean share is 1/1000 (dashed) on all of them: not
the mean but the share tells a trained network from a random one.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import state_of

_STATES = ("trained", "last layer random", "all layers random")


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_kept.py."""
    rows = table[table.kept_gram_matrix.notna()]
    rows = rows.assign(state=[state_of(row) for _, row in rows.iterrows()])
    figure, (kept, energy, votes) = plt.subplots(1, 3, figsize=(10.5, 3.4), layout="constrained")
    _draw_predicted(kept, rows, "kept", "fraction of inputs kept")
    _draw_predicted(energy, rows, "energy", "share of gradient energy kept")
    _draw_votes(votes, rows)
    kept.legend(fontsize=7)
    return figure


def _draw_predicted(axes: Axes, rows: pd.DataFrame, what: str, title: str) -> None:
    measured = "energy_kept" if what == "energy" else what
    for number, state in enumerate(_STATES):
        of = rows[rows.state == state]
        axes.errorbar(
            of[f"{what}_gram_matrix"],
            of[measured],
            of[f"{what}_stderr"],
            fmt="o",
            markersize=4,
            color=PALETTE[number],
            label=state,
        )
        regions = "trained, by region" if number == 0 else None
        axes.plot(of[f"{what}_by_region"], of[measured], "x", color=PALETTE[number], label=regions)
    ends = np.array([0.7 * rows[measured].min(), 1.4 * rows[measured].max()])
    axes.plot(ends, ends, "--", color="0.4", linewidth=1.0, label="equal")
    axes.set(xscale="log", yscale="log", xlabel="predicted", ylabel="measured", title=title)


def _draw_votes(axes: Axes, rows: pd.DataFrame) -> None:
    photographs = list(rows.photograph.unique())
    width = 0.8 / len(_STATES)
    for number, state in enumerate(_STATES):
        of = rows[rows.state == state].set_index("photograph").reindex(photographs)
        axes.bar(np.arange(len(photographs)) + (number - 1) * width, of.share_of_votes, width, color=PALETTE[number])
    axes.axhline(1.0 / 1000, color="0.4", linestyle="--", linewidth=1.0)
    axes.set_xticks(range(len(photographs)), labels=photographs)
    axes.set(yscale="log", title="share of all labels' votes")


FIGURE = FigureOf("imagenet_kept", "imagenet_kept", _draw, __doc__ or "", by_name=True)
