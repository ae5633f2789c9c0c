"""Figures 11 and 12: a retained share against δ, simulated and exact, in two panels."""

from functools import partial
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE, delta_axis
from figures.drawing.figure_of import FigureOf

_LAWS = {"unit": "unit vectors", "gaussian": "Gaussian, then $x$ given $g_1$", "joint": "Gaussian, jointly"}
_CONDITIONINGS = {"at_least": (r"$\geq \delta$", "-", "o"), "exactly": (r"$= \delta$", "--", "s")}
_CAPTION = """\
Figure {number}: δ against {name} for 100 averaged samples.

The share of the {half} features' logit (the {place} n/2 coordinates) that the chosen label's map retains after competition.
Left: the paper's setting drawn directly, the exact curve over it and the limit of many coordinates; grey, the range of δ
that the paper finds on real data. Right: all readings of Section 3.1's model. With g₁·x ≥ δ the curve rises at small δ
because the mean of g₁·x exceeds δ; with g₁·x = δ it is flat. Competition itself does not depend on δ, except in the joint
law, where a large δ also lengthens the gradient.
"""


def _draw(table: pd.DataFrame, name: str, half: str) -> Figure:
    """Draw the share ``name`` (c1 or c2) of the logit of the shared or the distinct ``half``."""
    figure, (paper, readings) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharex=True, layout="constrained")
    direct = table[table.estimator == "direct"]
    _draw_paper(paper, direct, table[table.estimator == "exact"], name)
    _draw_readings(readings, table, name)
    paper.set_title(f"unit vectors, {direct.n_samples.iloc[0]:.0f} averaged samples, $n$ = {direct.n.iloc[0]}")
    readings.set_title("magnified: every reading of the model, $x$ averaged out")
    for axes in (paper, readings):
        delta_axis(axes)
        axes.axvspan(0.1, 0.2, color="0.93", zorder=0)
        axes.set_ylabel(f"$c_{name[1]}$, share of the {half} logit retained")
    return figure


def _draw_paper(axes: Axes, points: pd.DataFrame, curves: pd.DataFrame, name: str) -> None:
    curve = curves[(curves.gradient_law == "unit") & (curves.conditioning == "at_least")]
    bars: dict[str, Any] = {"yerr": points[f"{name}_stderr"], "fmt": "o", "markersize": 4, "capsize": 2}
    axes.errorbar(points.delta, points[name], color=PALETTE[0], label="simulation ± standard error", **bars)
    axes.plot(curve.delta, curve[f"{name}_exact"], color=PALETTE[3], label=r"exact, $F\,M(\delta\sqrt{n})$")
    limit = curve[f"{name}_limit"].iloc[0]
    axes.axhline(limit, color="0.3", linestyle=":", label=rf"$n \to \infty$: $F$ = {limit:.4f}")
    axes.legend()


def _draw_readings(axes: Axes, table: pd.DataFrame, name: str) -> None:
    # The first two laws all but coincide: the first is drawn wide so that the second can be seen on it.
    for color, width, law in zip(PALETTE[: len(_LAWS)], (4.5, 1.5, 1.5), _LAWS, strict=True):
        for conditioning, (label, line, marker) in _CONDITIONINGS.items():
            chosen = table[(table.gradient_law == law) & (table.conditioning == conditioning)]
            curve, points = chosen[chosen.estimator == "exact"], chosen[chosen.estimator == "conditional"]
            style: dict[str, Any] = {"color": color, "alpha": 0.5 if width > 2.0 else 1.0}
            axes.plot(curve.delta, curve[f"{name}_exact"], line, linewidth=width, label=f"{_LAWS[law]}, {label}", **style)
            axes.errorbar(points.delta, points[name], yerr=points[f"{name}_stderr"], fmt=marker, markersize=width + 1.5, **style)
    limit = table[f"{name}_limit"].min()
    axes.set_ylim(limit - 0.012, limit + 0.075)
    axes.legend(title="lines exact, points simulated")


def _figure(number: int, name: str, half: str, place: str) -> FigureOf:
    caption = _CAPTION.format(number=number, name=name, half=half, place=place)
    return FigureOf(f"figure_{number}", "delta", partial(_draw, name=name, half=half), caption)


FIGURES = (_figure(11, "c1", "shared", "first"), _figure(12, "c2", "distinct", "last"))
