"""Mprt: the revised sanity checks, eMPRT and sMPRT, beside both orders of randomisation, with and without competition.

Top: the efficient test (Hedström et al. 2023), the relative rise of the entropy of a map's histogram over lit pixels when all
layers are randomised, in three ways. A method passes above zero. Competition fails it, by as much as a random mask that keeps as
many pixels: randomised networks keep fewer pixels of a map (a fifth, not a quarter), and the entropy counts them. Noise, which is
no explanation, neither rises nor falls. Competitive LRP of one shape for all labels falls the most, since most of its maps
vanish. Below: how alike maps and those of the network before are over lit pixels, as layers are re-initialised from the logits
down, from the input up, and from the input up with maps that are averaged over noisy inputs (sMPRT; 0 layers: other noise only).
Absolute scores above, signed ones below. Means over digits and networks with 95 % intervals that count both as drawn. Which
order hardly matters here, one layer suffices. Averaged, a random mask fills up and shows the image, as gradient ⊙ input does;
competition does not.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from cgi_theory.sanity.metrics import HEADLINE, LIT
from figures.drawing.figure_of import FigureOf
from figures.drawing.randomisations import LABELS, bars_of, rows_of
from simulations.mprt import CLEAN, METHODS, NOISY, ORDERS, RISE

_WAYS = dict(zip(METHODS, ("new weights", "permuted weights", "normal numbers"), strict=True))
_SHOWN = (
    ("gradient ⊙ input", "no", "gradient ⊙ input"),
    ("gradient ⊙ input", "yes", "CGI"),
    ("random pixels", "control", "control: random pixels"),
    ("largest pixels", "control", "control: largest pixels"),
    ("gradient", "no", "gradient"),
    ("LRP αβ", "yes", "LRP αβ, competition"),
)
_COLUMNS = (
    (CLEAN, ORDERS[0], "layers re-initialised, from the logits down"),
    (CLEAN, ORDERS[1], "layers re-initialised, from the input up"),
    (NOISY, ORDERS[1], "the same, averaged over noisy inputs (sMPRT)"),
)
_LEFT_OUT = ("blank",)


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/mprt.py."""
    figure = plt.figure(figsize=(12.0, 11.0), layout="constrained")
    ((top,), (below,)) = figure.subfigures(2, 1, squeeze=False, height_ratios=[4, 7])
    _draw_rises(top.subplots(), rows_of(table, (RISE, LIT)))
    panels = below.subplots(len(HEADLINE), len(_COLUMNS), sharex=True, sharey="row")
    for row, metric in zip(panels, HEADLINE, strict=True):
        for axes, (inputs, order, _) in zip(row, _COLUMNS, strict=True):
            chosen = rows_of(table[(table.inputs == inputs) & (table.randomisation == METHODS[0])], metric)
            last = chosen.depth == table.depth.max()  # all layers, in the order of which there is no saying
            _draw_depths(axes, chosen[(chosen.order == order) | last])
        row[0].set_ylabel(LABELS[metric])
    for axes, (_, _, label) in zip(panels[-1], _COLUMNS, strict=True):
        axes.set_xlabel(label)
    below.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _draw_rises(axes: Axes, rows: pd.DataFrame) -> None:
    rows = rows[~rows.method.isin(_LEFT_OUT)]
    names = list(dict.fromkeys(zip(rows.method, rows.competition, strict=True)))
    for index, (how, label) in enumerate(_WAYS.items()):
        chosen = rows[rows.randomisation == how]
        style = {"fmt": MARKERS[index], "color": COLORS[index], "markersize": 4, "capsize": 2, "linewidth": 1.0}
        axes.errorbar(np.arange(len(chosen)) + 0.2 * (index - 1), chosen["mean"], yerr=bars_of(chosen), label=label, **style)
    axes.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_xticks(range(len(names)), labels=[_called(*name) for name in names], fontsize=7, rotation=40, ha="right")
    axes.set_ylabel("relative rise of the entropy (eMPRT)")
    axes.legend(title="all layers:", loc="lower right")


def _called(method: str, competition: str) -> str:
    return {"yes": f"{method}, competition", "control": f"control: {method}"}.get(competition, method)


def _draw_depths(axes: Axes, rows: pd.DataFrame) -> None:
    for index, (method, competition, label) in enumerate(_SHOWN):
        chosen = rows[(rows.method == method) & (rows.competition == competition)].sort_values("depth")
        style = {"fmt": f"{MARKERS[index]}-", "color": COLORS[index], "markersize": 4, "capsize": 2, "linewidth": 1.0}
        axes.errorbar(chosen.depth + 0.04 * (index - 2), chosen["mean"], yerr=bars_of(chosen), label=label, **style)
    axes.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes.set_xticks(range(int(rows.depth.max()) + 1))


FIGURE = FigureOf("mprt", "mprt", _draw, __doc__ or "", takes_long=True)
