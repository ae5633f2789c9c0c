"""What Figures 11 and 12 share: a retained share against δ, simulated and exact, in two panels."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.drawing.style import PALETTE, delta_axis

_LAWS = {"unit": "unit vectors", "gaussian": "Gaussian, then $x$ given $g_1$", "joint": "Gaussian, jointly"}
_CONDITIONINGS = {"at_least": (r"$\geq \delta$", "-", "o"), "exactly": (r"$= \delta$", "--", "s")}


def draw(table: pd.DataFrame, name: str, symbol: str, block: str) -> Figure:
    """Draw the retained share ``name`` (c1 or c2), written ``symbol``, of a block."""
    figure, (paper, readings) = plt.subplots(1, 2, figsize=(9.5, 3.8), sharex=True, layout="constrained")
    direct = table[table.estimator == "direct"]
    _draw_paper(paper, direct, table[table.estimator == "exact"], name)
    _draw_readings(readings, table, name)
    paper.set_title(f"unit vectors, {direct.n_samples.iloc[0]:.0f} averaged samples, $n$ = {direct.n.iloc[0]}")
    readings.set_title("magnified: every reading of the model, $x$ averaged out")
    for axes in (paper, readings):
        delta_axis(axes)
        axes.axvspan(0.1, 0.2, color="0.93", zorder=0)
        axes.set_ylabel(f"{symbol}, share of the {block} logit retained")
    return figure


def _draw_paper(axes: Axes, points: pd.DataFrame, curves: pd.DataFrame, name: str) -> None:
    curve = curves[(curves.gradient_law == "unit") & (curves.conditioning == "at_least")]
    bars = {"yerr": points[f"{name}_stderr"], "fmt": "o", "markersize": 4, "capsize": 2}
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
            style = {"color": color, "alpha": 0.5 if width > 2.0 else 1.0}
            axes.plot(curve.delta, curve[f"{name}_exact"], line, linewidth=width, label=f"{_LAWS[law]}, {label}", **style)
            axes.errorbar(points.delta, points[name], yerr=points[f"{name}_stderr"], fmt=marker, markersize=width + 1.5, **style)
    limit = table[f"{name}_limit"].min()
    axes.set_ylim(limit - 0.012, limit + 0.075)
    axes.legend(title="lines exact, points simulated")
