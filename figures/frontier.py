"""Frontier: rules that choose pixels, what each keeps of the label and of its rivals, and the most that any rule can keep.

Grey and open: the model, ten labels with independent gradients, what is kept of their logits; black and filled: six trained
networks, what is kept of gradient energy, means over 100 digits with 95 % intervals that count networks and digits. First: at any
number of pixels the largest keep most of the label (lines: the frontiers of Neyman and Pearson), a random mask what it keeps of
the pixels (dashed); contrast with the strongest rival is shown at half of CGI's pixels, as at all of them it is CGI. Second: for
what is kept of the rival that is strongest at each pixel, no rule lies above the frontier, and CGI lies on it, where a unit of
the label is worth one of the rival. Third: for what is kept of the mean rival, CGI lies inside. A trained network's frontiers lie
higher, as its label's gradient is longer than its rivals', and points the other way. Last, both controls: similarity of
gradient ⊙ input on the rules' pixels between networks retrained from other seeds, against that between a network and itself
re-initialised, |Spearman| over lit pixels; open, of normal gradients with the networks' cosine on the same digits. On the dashed
line a rule says nothing of the network.
"""

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cgi_theory._arrays import FloatND
from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from simulations.frontier import CONTROLS, MODEL, NETWORKS, THEORY
from simulations.lab import rules
from simulations.lab.worlds import MEASURED

_LABELS, _METRIC = 10, "|spearman|"
# Rules of one kind have one colour.
_STYLES = {
    rules.EVERYTHING: ("s", "0.2"),
    rules.CGI: ("*", PALETTE[1]),
    rules.RANDOM: ("X", PALETTE[2]),
    rules.LARGEST: ("o", PALETTE[3]),
    rules.MEAN: ("D", PALETTE[4]),
    rules.STRONGEST: ("P", PALETTE[5]),
    **{rules.BEST.format(count): (marker, PALETTE[0]) for count, marker in zip(rules.COUNTS, "^v", strict=True)},
    **{rules.SOFTMAX.format(warmth): (marker, PALETTE[9]) for warmth, marker in zip(rules.TEMPERATURES, "<>", strict=True)},
}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/frontier.py."""
    figure, axes = plt.subplots(2, 2, figsize=(10.5, 9.0), layout="constrained")
    (pixels, strongest), (mean, controls) = axes
    rows = table[table.n_labels == _LABELS]
    model = rows[rows.kind == THEORY]
    networks = rows[(rows.kind == NETWORKS) & (rows.world == MEASURED)]
    pixels.plot([0.0, 1.0], [0.0, 1.0], "--", color="0.6", zorder=1)
    for panel, across, rule in (
        (pixels, "pixels", rules.LARGEST),
        (strongest, "strongest_rival", rules.STRONGEST),
        (mean, "mean_rival", rules.MEAN),
    ):
        for kind, up, color in ((model, "logit", "0.6"), (networks, "energy", "0.2")):
            frontier = kind[(kind.curve != rules.RULE) & (kind.rule == rule)].sort_values(up)
            panel.plot(frontier[across], frontier[up], color=color, linewidth=1.0, zorder=1)
        _draw_rules(panel, _of_rules(model), _of_rules(networks), across)
    _draw_controls(controls, rows[(rows.kind == CONTROLS) & (rows.metric == _METRIC)])
    pixels.set(xlabel="kept of the pixels", ylabel="kept of the label")
    strongest.set(xlabel="kept of the strongest rival at each pixel", ylabel="kept of the label")
    mean.set(xlabel="kept of the mean rival", ylabel="kept of the label")
    controls.set(xlabel="similarity after re-initialising the network", ylabel="similarity of retrained networks")
    handles = [Line2D([], [], linestyle="", label=name, **style) for name, style in _styles()]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8)
    return figure


def _styles() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, (marker, color) in _STYLES.items():
        yield name, {"marker": marker, "color": color, "markersize": 12.0 if marker == "*" else 6.5}


def _of_rules(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows.curve == rules.RULE].set_index("rule")


def _draw_rules(axes: Axes, model: pd.DataFrame, networks: pd.DataFrame, across: str) -> None:
    """Draw every rule: what it keeps of the label against another column, the model's open, and the networks' with intervals."""
    for name, style in _styles():
        axes.plot(model[across][name], model.logit[name], markerfacecolor="none", **style)
        _draw_measured(axes, networks, name, style, across, "energy")


def _draw_measured(axes: Axes, rows: pd.DataFrame, rule: str, style: dict[str, Any], across: str, up: str) -> None:
    (x, x_error), (y, y_error) = (_with_interval(rows, rule, name) for name in (across, up))
    axes.errorbar(x, y, xerr=x_error, yerr=y_error, linewidth=0.8, linestyle="", **style)


def _with_interval(rows: pd.DataFrame, rule: str, name: str) -> tuple[float, FloatND]:
    mean, low, high = (float(rows[column][rule]) for column in (name, f"{name}_low", f"{name}_high"))
    return mean, np.array([[mean - low], [high - mean]])


def _draw_controls(axes: Axes, rows: pd.DataFrame) -> None:
    measured, model = (rows[rows.world == world].set_index("rule") for world in (MEASURED, MODEL))
    for name, style in _styles():
        axes.plot(model.randomised[name], model.retrained[name], markerfacecolor="none", **style)
        _draw_measured(axes, measured, name, style, "randomised", "retrained")
    end = float(rows.retrained.max())
    axes.plot([0.0, end], [0.0, end], "--", color="0.6", zorder=1)


FIGURE = FigureOf("frontier", "frontier", _draw, __doc__ or "", takes_long=True)
