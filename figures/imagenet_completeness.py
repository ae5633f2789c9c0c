"""Imagenet completeness: Figure 2 on photographs: sums of gradient ⊙ input against the logits of a thousand labels.

A point is a label, red the predicted one. The paper shows a line near that of equality (dashed) for VGG-19. Each panel's title
has the correlation, and the regression line is black: where it is flat, sums say nothing of logits, and the share of the logit
that a map retains means nothing.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import rows_in
from simulations.lab.photographed import TRAINED


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_labels.py."""
    trained = rows_in(table, TRAINED)
    photographs = list(trained.photograph.unique())
    figure, (panels,) = plt.subplots(
        1, len(photographs), figsize=(3.1 * len(photographs), 3.3), layout="constrained", squeeze=False
    )
    for axes, photograph in zip(panels, photographs, strict=True):
        _draw_labels(axes, trained[trained.photograph == photograph], photograph)
    panels[0].set_ylabel(r"$\sum_i x_i\,\partial S/\partial x_i$")
    panels[0].legend()
    return figure


def _draw_labels(axes: Axes, rows: pd.DataFrame, photograph: str) -> None:
    predicted = rows.logit == rows.logit.max()
    axes.scatter(rows.logit[~predicted], rows.score_sum[~predicted], s=4, alpha=0.4, color=PALETTE[0], linewidth=0)
    axes.scatter(rows.logit[predicted], rows.score_sum[predicted], s=16, color=PALETTE[3], label="predicted label", linewidth=0)
    line, ends = stats.linregress(rows.logit, rows.score_sum), np.array([rows.logit.min(), rows.logit.max()])
    axes.plot(ends, ends, "--", color="0.4", linewidth=1.0, label="equal")
    axes.plot(ends, line.intercept + line.slope * ends, color="black", linewidth=1.2, label="regression")
    axes.set_title(f"{photograph}: correlation {line.rvalue:.2f}".replace("-", "−"))
    axes.set_xlabel("logit $S$")


FIGURE = FigureOf("imagenet_completeness", "imagenet_labels", _draw, __doc__ or "", by_name=True)
