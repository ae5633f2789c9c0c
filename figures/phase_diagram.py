"""Phase diagram: what competition retains of the logit over sparsity ρ and labels k, at ImageNet's n = 150 528.

Colours and contours are exact, left for shared features at r = 1/2, right for distinct ones at r = 0; the whole map
retains the mean of the two. Circles are simulated and coloured on the same scale, each with its value and in brackets the
standard error of the last digit: a circle that did not agree would stand out. ImageNet has 1000 labels (the upper edge);
dashed, the paper's ρ = 0.2.
"""

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import agreement, plain_log_axis, z_scores
from figures.drawing.figure_of import FigureOf

_LEVELS = np.linspace(0.0, 1.0, 21)
_LINES = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9]
_TITLES = {"c1": "shared features, $r = 1/2$: $c_1$", "c2": "distinct features, $r = 0$: $c_2$"}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/phase_diagram.py."""
    figure, axes = plt.subplots(1, 2, figsize=(10.5, 4.8), sharey=True, layout="constrained")
    figure.suptitle(agreement(z_scores(table, tuple(_TITLES))), fontsize="medium")
    for panel, name in zip(axes, _TITLES, strict=True):
        filled = _draw_plane(panel, table, name)
        panel.set(title=_TITLES[name], xlabel=r"sparsity $\rho$")
    axes[0].set_ylabel("labels $k$")
    bar = figure.colorbar(filled, ax=axes, ticks=np.linspace(0.0, 1.0, 6))
    bar.set_label("retained share of the logit")
    return figure


def _draw_plane(panel: Axes, table: pd.DataFrame, name: str) -> QuadContourSet:
    grid = table[table.estimator == "exact"].pivot_table(index="n_labels", columns="sparsity", values=f"{name}_exact")
    filled = panel.contourf(grid.columns, grid.index, grid, levels=_LEVELS, cmap="cividis")
    lines = panel.contour(grid.columns, grid.index, grid, levels=_LINES, colors="white", linewidths=0.8)
    panel.clabel(lines, fmt="%g", fontsize="small")
    points = table[table.estimator != "exact"]
    panel.scatter(
        points.sparsity,
        points.n_labels,
        c=points[name],
        cmap="cividis",
        vmin=0.0,
        vmax=1.0,
        s=60,
        edgecolors="white",
        clip_on=False,
        zorder=3,
    )
    label: dict[str, Any] = {"fontsize": "x-small", "ha": "center", "va": "top", "textcoords": "offset points"}
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "linewidth": 0.0}
    for point in points.to_dict("records"):
        text = _with_error(point[name], point[f"{name}_stderr"])
        panel.annotate(text, (point["sparsity"], point["n_labels"]), (0, -7), bbox=box, **label)
    panel.axvline(0.2, color="white", linestyle="--", linewidth=0.8)
    plain_log_axis(panel.xaxis, [0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1])
    plain_log_axis(panel.yaxis, [2, 5, 10, 30, 100, 300, 1000])
    return filled


def _with_error(value: float, error: float) -> str:
    """Value with its standard error in units of the last decimal, in brackets: 0.533(2)."""
    if error == 0.0:
        return f"{value:g}"
    decimals = -math.floor(math.log10(float(f"{error:.0e}")))
    return f"{value:.{decimals}f}({error * 10.0**decimals:.0f})"


FIGURE = FigureOf("phase_diagram", "phase_diagram", _draw, __doc__ or "")
