"""Lemma 1: networks without biases, by depth and width: Σ xᵢ∂S/∂xᵢ = S, and f(tx) = t f(x), to rounding.

The largest error over a hundred digits and ten labels, relative to Σ|xᵢ∂S/∂xᵢ|. Left Lemma 1, right homogeneity for t =
1/2 and 3. Lines are untrained networks, crosses trained ones of width 64; the dotted line is the rounding of one
operation, 2⁻⁵³. Where a narrow, deep network has no unit on the error is nothing and is not drawn.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/lemma_1.py."""
    figure, panels = plt.subplots(1, 2, figsize=(9.5, 3.8), sharex=True, sharey=True, layout="constrained")
    columns = (("lemma_1_error", r"$|\sum_i x_i\,\partial S/\partial x_i - S|$"), ("homogeneity_error", "$|f(tx)/t - f(x)|$"))
    for axes, (column, label) in zip(panels, columns, strict=True):
        drawn = table[table[column] > 0.0]
        untrained = drawn[drawn.network == "untrained"]
        for index, (width, rows) in enumerate(untrained.groupby("width")):
            axes.plot(rows.depth, rows[column], marker=MARKERS[index], color=COLORS[index], label=f"width {width}")
        trained = drawn[drawn.network == "trained"]
        axes.plot(trained.depth, trained[column], "x", color="black", label=f"trained, width {trained.width.iloc[0]}")
        axes.axhline(2.0**-53, color="0.4", linestyle=":")
        axes.set_yscale("log")
        axes.set_xlabel("layers")
        axes.set_ylabel(rf"largest {label} over $\sum_i |x_i\,\partial S/\partial x_i|$")
    panels[0].legend()
    return figure


FIGURE = FigureOf("lemma_1", "lemma_1", _draw, __doc__ or "")
