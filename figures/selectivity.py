"""Selectivity: c against the kept fraction for 1 to 1000 labels, and a random mask of equal sparsity.

A random mask retains of the logit what it keeps of the pixels (dashed). Competition keeps the pixels where the gradient is
large: at ten independent labels it retains 2.7 times as much as a random mask, at a thousand 10.6 times. Right, that ratio
against k. So competition is more than sparsity; but at a thousand dense labels little is left either way.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, KEY, MARKERS, agreement, compare, panels, plain_log_axis, z_scores
from figures.drawing.figure_of import FigureOf

_BLOCKS = (
    ("c2", "kept_distinct", "distinct features, $r = 0$", {"xytext": (-5, 4), "ha": "right"}),
    ("c1", "kept_shared", "shared features, $r = 1/2$", {"xytext": (3, -13), "ha": "left"}),
)
_SMALLEST = 1e-4  # of the pixels: below, a simulated map keeps too few to count
_LABEL_BOX = {"facecolor": "white", "linewidth": 0.0, "pad": 0.5}
_NAMED = (10, 100, 1000)


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/selectivity.py."""
    figure, (plane, ratio), strips = panels(2, (9.5, 5.2))
    z = []
    for index, (name, kept, label, place) in enumerate(_BLOCKS):
        rows = table[table[f"{kept}_exact"] > _SMALLEST]
        _draw_plane(plane, rows, name, kept, index, label=label, place=place)
        compare(ratio, strips[1], _over_random_mask(rows, name, kept), "n_labels", name, index)
        _draw_kept(strips[0], rows, kept, index)
        z.append(z_scores(rows, [name]))
    figure.suptitle(agreement(np.concatenate(z)), fontsize="medium")
    plane.plot([_SMALLEST, 1.0], [_SMALLEST, 1.0], "--", color="0.3", label="random mask")
    ratio.axhline(1.0, linestyle="--", color="0.3")
    for axis in (plane.xaxis, plane.yaxis):
        plain_log_axis(axis, [0.0001, 0.001, 0.01, 0.1, 1])
    plain_log_axis(ratio.xaxis, [1, 2, 5, 10, 30, 100, 300, 1000])
    plain_log_axis(ratio.yaxis, [1, 2, 5, 10])
    plane.set_ylabel("$c$, retained share of the logit")
    ratio.set_ylabel("$c$ over that of a random mask")
    strips[0].set(xlabel="fraction of the pixels kept", ylabel="$z$ (kept)")
    strips[1].set(xlabel="labels $k$", ylabel="$z$ ($c$)")
    plane.legend(title=KEY)
    return figure


def _draw_plane(panel: Axes, rows: pd.DataFrame, name: str, kept: str, index: int, *, label: str, place: dict[str, Any]) -> None:
    curve, points = rows[rows.estimator == "exact"], rows[rows.estimator != "exact"]
    panel.plot(curve[f"{kept}_exact"], curve[f"{name}_exact"], color=COLORS[index])
    bars: dict[str, Any] = {"xerr": points[f"{kept}_stderr"], "yerr": points[f"{name}_stderr"]}
    panel.errorbar(points[kept], points[name], fmt=MARKERS[index], markersize=4, color=COLORS[index], label=label, **bars)
    for point in points[points.n_labels.isin(_NAMED)].to_dict("records"):
        style = {"textcoords": "offset points", "color": COLORS[index], "fontsize": "small", "bbox": _LABEL_BOX}
        panel.annotate(f"$k$ = {point['n_labels']}", (point[kept], point[name]), **place, **style)


def _draw_kept(strip: Axes, rows: pd.DataFrame, kept: str, index: int) -> None:
    points = rows[rows.estimator != "exact"]
    strip.plot(points[kept], points[f"{kept}_z"], MARKERS[index], markersize=3, color=COLORS[index])


def _over_random_mask(rows: pd.DataFrame, name: str, kept: str) -> pd.DataFrame:
    """Divide by what a random mask retains: the exact fraction kept."""
    columns = (name, f"{name}_stderr", f"{name}_exact")
    return rows.assign(**{column: rows[column] / rows[f"{kept}_exact"] for column in columns})


FIGURE = FigureOf("selectivity", "selectivity", _draw, __doc__ or "")
