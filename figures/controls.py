"""Controls: maps of retrained networks should agree, those of a randomised one differ.

For each method, the similarity of two maps of the same digit over its lit pixels: between ten networks trained from other seeds
to the same accuracy (filled; the positive control), and between each of them and itself with all layers re-initialised (open; the
negative control). Left Pearson's correlation of the maps with their signs, in the middle that of their absolute values, right
Spearman's of absolute values, by which most sanity checks are made. Means over pairs and digits, with 95 % intervals that count
networks and digits as crossed random effects; crosses are the theory's predictions from the mean cosine of the networks'
gradients, with nothing fitted. The numbers are the probability that a retrained pair is more alike than a randomised one: 0.5
says that the method tells nothing. A blank map passes the negative control and cannot be drawn: no similarity of it is defined.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS
from figures.drawing.figure_of import FigureOf
from simulations.lab.maps import AS_SPARSE, BASELINES, CGI, METHODS, Name
from simulations.lab.worlds import MEASURED

_METRICS = {"pearson": "Pearson, signed", "|pearson|": "Pearson, absolute", "|spearman|": "Spearman, absolute"}
_NOISE = ("noise on lit pixels", "control")
_AREA_AT = 1.12


def names() -> list[Name]:
    """Return methods, each without and with competition, then baselines, controls and noise."""
    methods = [(method, competition) for method in METHODS for competition in ("no", "yes")]
    return [*methods, *((name, "no") for name in BASELINES), *((name, "control") for name in AS_SPARSE), _NOISE]


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/controls.py."""
    rows = table[(table.world == MEASURED) & (table.pixels == "lit")]
    figure, panels = plt.subplots(1, len(_METRICS), figsize=(12.0, 7.4), layout="constrained", sharey=True)
    shown = names()
    for axes, (metric, label) in zip(panels, _METRICS.items(), strict=True):
        points = rows[rows.metric == metric].set_index(["method", "competition"]).loc[shown]
        _panel(axes, points)
        axes.set(xlabel=f"{label}, over lit pixels", xlim=(-0.25, 1.35), xticks=np.linspace(-0.2, 1.0, 7))
    panels[0].set_yticks(range(len(shown)), labels=[_label(name) for name in shown])
    panels[0].invert_yaxis()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _panel(axes: Axes, points: pd.DataFrame) -> None:
    places = np.arange(len(points))
    style: dict[str, Any] = {"fmt": "o", "markersize": 5, "capsize": 2, "linewidth": 1.0}
    for kind, label, color, face in (
        ("retrained", "retrained from another seed", COLORS[0], COLORS[0]),
        ("randomised", "all layers re-initialised", COLORS[3], "white"),
    ):
        mean = points[kind].to_numpy()
        errors = np.abs(np.stack([points[f"{kind}_{end}"].to_numpy() for end in ("low", "high")]) - mean)
        axes.errorbar(mean, places, xerr=errors, label=label, color=color, markerfacecolor=face, **style)
        axes.plot(points[f"predicted_{kind}"], places, "x", color="black", markersize=7, label="_predicted", zorder=3)
    axes.plot([], [], "x", color="black", markersize=7, label="predicted")
    for place, area in enumerate(points.auc):
        axes.text(_AREA_AT, place, f"{area:.2f}", va="center", fontsize=8)
    axes.text(_AREA_AT, -0.9, "AUC", va="center", fontsize=8)
    axes.axvline(0.0, color="0.7", linewidth=0.8)
    for first in (len(METHODS) * 2, len(METHODS) * 2 + len(BASELINES)):
        axes.axhline(first - 0.5, color="0.7", linewidth=0.8, linestyle=":")


def _label(name: Name) -> str:
    method, competition = name
    label = f"{method}, competing" if competition == "yes" else method
    return f"{label} (CGI)" if name == CGI else label


FIGURE = FigureOf("controls", "controls", _draw, __doc__ or "")
