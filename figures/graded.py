"""Graded: a good map changes when the function does.

Three paths from a network that learned the digits: its weights moved by λ towards random ones, a fraction λ of its training
labels permuted, its training broken off after fewer epochs. Above, the similarity of each map with the trained network's over
lit pixels (Pearson's correlation, signed) on the steps of each path, and in grey how many predictions agree with the trained
network's. Below, the same similarity against that agreement: a method whose map follows the function lies on a rising line.
Means over six networks and a hundred digits with 95 % intervals that count both as crossed random effects.
"""

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf
from simulations.graded import AGREEMENT, EPOCHS, LABELS, WEIGHTS
from simulations.lab.maps import CGI, PLAIN, Name

SHOWN: dict[Name, str] = {
    PLAIN: "gradient ⊙ input",
    CGI: "CGI",
    ("gradient", "no"): "gradient",
    ("LRP z⁺", "yes"): "LRP z⁺, competing",
    ("largest pixels", "control"): "largest pixels",
    ("random pixels", "control"): "random pixels",
}
_PATHS = {WEIGHTS: "λ of the weights random", LABELS: "λ of the labels permuted", EPOCHS: "epochs"}
_METRIC = "pearson"
_BARS: dict[str, Any] = {"markersize": 4, "capsize": 2, "linewidth": 1.0}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/graded.py."""
    figure, panels = plt.subplots(2, len(_PATHS), figsize=(12.0, 7.0), layout="constrained", sharey=True)
    for (path, label), (above, below) in zip(_PATHS.items(), panels.T, strict=True):
        rows = table[table.path == path].sort_values("step")
        agreement = rows[rows.metric == AGREEMENT]
        _points(above, agreement.step.to_numpy(), agreement, "agreement of predictions", color="0.6", fmt="-", zorder=0)
        for index, (name, word) in enumerate(SHOWN.items()):
            points = rows[(rows.metric == _METRIC) & (rows.method == name[0]) & (rows.competition == name[1])]
            style = {"color": COLORS[index], "fmt": f"{MARKERS[index]}-"}
            _points(above, points.step.to_numpy(), points, word, **style)
            _points(below, agreement["mean"].to_numpy(), points, word, **style)
        above.set(xlabel=label)
        below.set(xlabel="agreement of predictions", xlim=(-0.02, 1.02))
    for axes in panels[:, 0]:
        axes.set(ylabel="signed Pearson with the trained network's map", ylim=(-0.1, 1.05))
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=7)
    return figure


def _points(axes: Axes, places: Any, points: pd.DataFrame, label: str, **style: Any) -> None:
    mean = points["mean"].to_numpy()
    errors = [mean - points.low.to_numpy(), points.high.to_numpy() - mean]
    axes.errorbar(places, mean, yerr=[abs(error) for error in errors], label=label, **_BARS | style)


FIGURE = FigureOf("graded", "graded", _draw, __doc__ or "", takes_long=True)
