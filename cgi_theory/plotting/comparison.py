"""What pictures of sweeps and experiments share: points over exact curves, and below them the z-scores of the points.

Most error bars are smaller than the markers. So each panel has a strip of z-scores, (simulated − exact)/standard error,
with the band of two standard errors shaded, and the figure says how they are spread: their mean square is 1 if simulation
and theory agree.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure

from cgi_theory._arrays import Float1D
from cgi_theory.plotting.style import PALETTE
from cgi_theory.tables.short import varies

KEY = "lines exact, points simulated"
MARKERS = ("o", "s", "D", "^", "v", "P")
COLORS = [PALETTE[i] for i in (0, 1, 2, 4, 3, 9)]  # the palette's most different first


def panels(columns: int, size: tuple[float, float]) -> tuple[Figure, list[Axes], list[Axes]]:
    """Return a figure with a row of panels and, below each, a strip for its z-scores."""
    figure, axes = plt.subplots(
        2, columns, figsize=size, sharex="col", layout="constrained", squeeze=False, gridspec_kw={"height_ratios": [4, 1]}
    )
    for strip in axes[1]:
        strip.axhspan(-2.0, 2.0, color="0.93", zorder=0)
        strip.axhline(0.0, color="0.5", linewidth=0.8, zorder=1)
        strip.set_ylim(-4.5, 4.5)
        strip.set_yticks([-2, 0, 2])
    axes[1][0].set_ylabel("$z$")
    return figure, list(axes[0]), list(axes[1])


def compare(panel: Axes, strip: Axes | None, rows: pd.DataFrame, x: str, name: str, index: int, label: str | None = None) -> None:
    """Draw one quantity of a table's rows: the exact curve, simulated points with error bars, and their z-scores.

    Parameters
    ----------
    panel, strip : Axes
        Where the quantity and its z-scores go; no strip, no z-scores.
    rows : DataFrame
        Rows with estimator "exact" make the curve, all others the points.
    x, name : str
        Columns: the horizontal axis, and the quantity.
    index : int
        Which of the colours and markers.
    label : str, optional
        What the points are called in a legend.
    """
    curve, points = rows[rows.estimator == "exact"], rows[rows.estimator != "exact"]
    color, marker = COLORS[index], MARKERS[index]
    panel.plot(curve[x], curve[f"{name}_exact"], color=color)
    bars: dict[str, Any] = {"fmt": marker, "markersize": 4, "capsize": 2, "color": color, "linewidth": 1.0}
    panel.errorbar(points[x], points[name], yerr=points[f"{name}_stderr"], label=label, **bars)
    if strip is not None:
        random = points[varies(points, name)]
        strip.plot(random[x], random[f"{name}_z"], marker, markersize=3, color=color)


def z_scores(table: pd.DataFrame, names: Sequence[str]) -> Float1D:
    """Return the z-scores of all simulated quantities whose samples vary, shape (number of them,)."""
    points = table[table.estimator != "exact"]
    return np.concatenate([points.loc[varies(points, name), f"{name}_z"].to_numpy() for name in names])


def agreement(z: Float1D) -> str:
    """Say how far simulation and theory lie apart, from all z-scores of a figure."""
    error = np.sqrt(2.0 / z.size)
    values = "value" if z.size == 1 else "values"
    return f"{z.size} simulated {values}: largest $|z|$ = {np.abs(z).max():.1f}, mean $z^2$ = {np.mean(z**2):.2f} ± {error:.2f}"


def plain_log_axis(axis: Axis, ticks: Sequence[float]) -> None:
    """Make an axis (``axes.xaxis`` or ``axes.yaxis``) logarithmic with plain numbers at ``ticks``."""
    axis.axes.set(**{"xscale" if isinstance(axis, XAxis) else "yscale": "log"})
    axis.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    axis.set_ticks([], minor=True)
