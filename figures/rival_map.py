"""Rival map: what the chosen label and a rival retain of their own logits (Remark 2).

The input gives the chosen label the logit δ and the first rival δ₂, from the δ/4 that a rival has by itself in the paper's
setting to δ. Left: the share of its own logit that each label's map retains. Of two labels, a rival with a quarter of the
chosen label's logit keeps next to nothing of it; with half as large a logit half of it, and with an equal one as much as the
chosen label. Of ten labels it ends above the chosen one: two rivals resemble each other less (cosine r²) than each resembles
the chosen label (r). Right: where it is kept, for two labels, in the units of Figures 11 and 12: sums over the shared and the
distinct half, over δ/2. A weak rival's map is negative on its distinct features. Lines are exact; points are simulated, with
standard errors that mostly lie within the markers.
"""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf

_CHOSEN, _RIVAL = PALETTE[0], PALETTE[3]


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/rival.py."""
    figure, (shares, blocks) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharex=True, layout="constrained")
    for n_labels, line, marker in zip(sorted(table.n_labels.unique()), ("-", "--"), ("o", "s"), strict=True):
        rows = table[table.n_labels == n_labels]
        _draw_one(shares, rows, "chosen_share", _CHOSEN, line, marker, f"chosen label, $k$ = {n_labels}")
        _draw_one(shares, rows, "rival_share", _RIVAL, line, marker, f"rival, $k$ = {n_labels}")
    pair = table[table.n_labels == table.n_labels.min()]
    for block, line, marker in (("1", "-", "o"), ("2", "--", "s")):
        half = "shared" if block == "1" else "distinct"
        _draw_one(blocks, pair, f"c{block}", _CHOSEN, line, marker, f"chosen label, {half}: $c_{block}$")
        _draw_one(blocks, pair, f"rival_c{block}", _RIVAL, line, marker, f"rival, {half}")
    simulated = table[table.estimator == "direct"]
    shares.set_title(
        f"{simulated.n_samples.iloc[0]:.0f} averaged samples, $n$ = {table.n.iloc[0]}, $\\delta$ = {table.delta.iloc[0]}"
    )
    shares.set_ylabel(r"share of $\delta$ or $\delta_2$ that the label's map retains")
    blocks.set_title(f"the same by halves, $k$ = {pair.n_labels.iloc[0]}")
    blocks.set_ylabel(r"sum of a map over a half, over $\delta/2$")
    for axes in (shares, blocks):
        axes.axhline(0.0, color="0.85", linewidth=0.8, zorder=0)
        axes.set_xlabel(r"the rival's logit over the chosen label's, $\delta_2/\delta$")
        axes.set_xticks([0.25, 0.5, 0.75, 1.0])
        axes.legend(loc="lower right", frameon=True, edgecolor="none", framealpha=1.0)
    return figure


def _draw_one(axes: Axes, rows: pd.DataFrame, name: str, color: object, line: str, marker: str, label: str) -> None:
    curve, points = rows[rows.estimator == "exact"], rows[rows.estimator == "direct"]
    axes.plot(curve.rival_logit / curve.delta, curve[f"{name}_exact"], line, color=color, label=label)
    bars: dict[str, Any] = {"yerr": points[f"{name}_stderr"], "fmt": marker, "markersize": 3, "capsize": 2, "color": color}
    axes.errorbar(points.rival_logit / points.delta, points[name], **bars)


FIGURE = FigureOf("rival_map", "rival", _draw, __doc__ or "")
