"""Finite size: c1 and c2 against n, and their collapse onto one curve in δ√n.

Above: c1 and c2 for unit vectors and g₁·x ≥ δ at four δ. Below left: divided by the limit F, every n and δ falls on
M(δ√n), the factor by which the logit exceeds δ; with g₁·x = δ it is 1 throughout. Below right, magnified: what is left of c2
after division by F·M. Unit vectors leave nothing at any n. Vectors drawn from N(0, 1/n)ⁿ leave what their random length
does, of order 1/n; jointly drawn, a gain that grows with δ and does not end as n grows.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, KEY, MARKERS, agreement, compare, plain_log_axis, z_scores
from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf

_SIZES = [100, 1_000, 10_000, 100_000, 1_000_000]
_LAWS = {"unit": "unit vectors", "gaussian": "Gaussian, then $x$ given $g_1$", "joint": "Gaussian, jointly"}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/finite_size.py."""
    figure, axes = plt.subplots(2, 2, figsize=(9.5, 7.4), layout="constrained")
    figure.suptitle(agreement(z_scores(table, ("c1", "c2"))), fontsize="medium")
    unit = table[(table.gradient_law == "unit") & (table.conditioning == "at_least")]
    for panel, name in zip(axes[0], ("c1", "c2"), strict=True):
        _draw_sizes(panel, unit, name)
    _draw_collapse(axes[1][0], table)
    _draw_rest(axes[1][1], table)
    return figure


def _draw_sizes(panel: Axes, unit: pd.DataFrame, name: str) -> None:
    for index, (delta, rows) in enumerate(unit.groupby("delta")):
        compare(panel, None, rows, "n", name, index, label=rf"$\delta$ = {delta:g}")
    limit = unit[f"{name}_limit"].iloc[0]
    panel.axhline(limit, color="0.3", linestyle=":", label=rf"$n \to \infty$: $F$ = {limit:.4f}")
    plain_log_axis(panel.xaxis, _SIZES)
    plain_log_axis(panel.yaxis, [1, 2, 4])
    panel.set(xlabel="pixels $n$", ylabel=f"$c_{name[1]}$, retained share of the logit", ylim=(0.75, 5.5))
    panel.legend(title=KEY)


def _draw_collapse(panel: Axes, table: pd.DataFrame) -> None:
    unit = table[table.gradient_law == "unit"].assign(threshold=lambda rows: rows.delta * np.sqrt(rows.n))
    conditions = (
        ("at_least", r"$g_1 \cdot x \geq \delta$: $M(\delta\sqrt{n})$", "-"),
        ("exactly", r"$g_1 \cdot x = \delta$: 1", "--"),
    )
    for conditioning, label, line in conditions:
        chosen = unit[unit.conditioning == conditioning]
        curve = chosen[chosen.estimator == "exact"].sort_values("threshold")
        panel.plot(curve.threshold, curve.chosen_shared_exact, line, color="0.3", label=label, zorder=3)
        for index, (_, points) in enumerate(chosen[chosen.estimator != "exact"].groupby("delta")):
            for name, fill in (("c1", COLORS[index]), ("c2", "none")):
                limit = points[f"{name}_limit"]
                bars = points[f"{name}_stderr"] / limit
                style: dict[str, Any] = {"fmt": MARKERS[index], "markersize": 3 if name == "c1" else 7, "markerfacecolor": fill}
                panel.errorbar(points.threshold, points[name] / limit, yerr=bars, color=COLORS[index], **style)
    plain_log_axis(panel.xaxis, [0.2, 1, 10, 100])
    plain_log_axis(panel.yaxis, [1, 2, 4])
    panel.set(xlabel=r"$\delta\sqrt{n}$", ylabel="$c_1/F$ (filled) and $c_2/F$ (open)")
    panel.legend(title="markers: $\\delta$ as above")


def _draw_rest(panel: Axes, table: pd.DataFrame) -> None:
    exact = table[(table.estimator == "exact") & (table.gradient_law == "unit") & (table.conditioning == "at_least")]
    collapsed = table[["delta", "n"]].merge(exact.drop_duplicates(["delta", "n"])[["delta", "n", "c2_exact"]], how="left")
    rest = table.assign(unit=collapsed.c2_exact.to_numpy())
    rest = rest[(rest.conditioning == "at_least") & rest.unit.notna()]
    for color, law in zip(PALETTE[:3], _LAWS, strict=True):
        for delta, line, marker in ((0.02, ":", "o"), (0.2, "-", "^")):
            rows = rest[(rest.gradient_law == law) & (rest.delta == delta)]
            curve, points = rows[rows.estimator == "exact"], rows[rows.estimator != "exact"]
            panel.plot(curve.n, curve.c2_exact / curve.unit, line, color=color, label=rf"{_LAWS[law]}, $\delta$ = {delta:g}")
            panel.errorbar(
                points.n, points.c2 / points.unit, points.c2_stderr / points.unit, fmt=marker, color=color, markersize=4
            )
    plain_log_axis(panel.xaxis, _SIZES)
    panel.set(xlabel="pixels $n$", ylabel=r"$c_2\,/\,(F\,M(\delta\sqrt{n}))$", ylim=(0.9945, 1.0170))
    panel.legend(title="lines exact; points simulated, ± standard error")


FIGURE = FigureOf("finite_size", "finite_size", _draw, __doc__ or "")
