"""Sanity: how alike the maps of a trained and of a randomised network are, with competition, without, and for controls.

From left to right each layer re-initialised by itself (0 at the input), the last two and all three in cascade, and networks
that memorised permuted labels. Means over digits and networks, with 95 % intervals that count both as drawn; correlations of
absolute scores (left) and, on the same scale, of signed ones, over lit pixels beside all. Over all pixels |maps| without
competition stay alike, and so does noise on the lit pixels: what they share is blank area. Over lit pixels much less stays, and
nothing with competition, nor on as many random pixels of gradient ⊙ input: there sparsity does it, whatever makes it. Signed, no
map stays alike, competition or not; and the plain gradient, which no image multiplies, differs by every correlation. The contrast
with the rivals' mean is as gradient ⊙ input is. The input alone, which is no explanation, has 1 everywhere, and a blank map no
similarity; neither is drawn. Jaccard's overlap is what supports placed at random on lit pixels would have (grey crosses). SSIM
rewards blank area: one random pixel in either map is the most alike of all. Selectivity is the share of the logit retained per
fraction of pixels kept: above the random ones' 1 on the trained network (leftmost) and on randomised ones alike, and with another
digit's rivals.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf
from figures.drawing.randomisations import LABELS, PLACES, draw_means, place_of, rows_of
from simulations.lab.maps import CONTRAST

_SHOWN = (
    ("gradient ⊙ input", "no", "gradient ⊙ input"),
    ("gradient ⊙ input", "yes", "CGI"),
    ("random pixels", "control", "control: random pixels"),
    ("largest pixels", "control", "control: largest pixels"),
    ("another digit's rivals", "control", "control: another digit's rivals"),
    ("noise on lit pixels", "control", "control: noise on lit pixels"),
    ("one random pixel", "control", "control: one random pixel"),
    ("gradient", "no", "gradient"),
    (CONTRAST, "no", CONTRAST),
)
_STYLES = [*zip(COLORS, MARKERS, strict=True), ("0.5", "x"), ("black", "1"), ("0.35", "+")]
_LOWEST = -0.06  # of signed correlations at least
_ZERO_LINES = {"selectivity": 1.0}
_OVERLAP, _EXPECTED = ("jaccard", "all"), ("jaccard expected", "lit")


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/sanity.py."""
    figure, panels = plt.subplots(3, 5, figsize=(18.0, 9.0), layout="constrained", sharex=True)
    for axes, metric in zip(panels.flat, LABELS, strict=False):
        rows = rows_of(table, metric)
        for index, (method, competition, label) in enumerate(_SHOWN):
            color, marker = _STYLES[index]
            draw_means(axes, _maps(rows, method, competition), _shift(index), label=label, color=color, fmt=marker)
        axes.set_ylabel(LABELS[metric])
        axes.axhline(_ZERO_LINES.get(metric[0], 0.0), color="0.7", linewidth=0.8, zorder=0)
        axes.set_xticks(range(len(PLACES)), labels=PLACES, fontsize=6)
        axes.tick_params(labelbottom=True)
    for row in panels[:2]:  # signed correlations on the scale of those of absolute scores
        for signed, absolute in ((row[2], row[0]), (row[3], row[1])):
            signed.set_ylim(min(_LOWEST, signed.get_ylim()[0]), absolute.get_ylim()[1])
    _mark_expected(panels.flat[list(LABELS).index(_OVERLAP)], table)
    for axes in panels.flat[len(LABELS) :]:
        axes.axis("off")
    panels.flat[len(LABELS)].legend(*panels.flat[0].get_legend_handles_labels(), loc="center left")
    return figure


def _mark_expected(axes: Axes, table: pd.DataFrame) -> None:
    for index, (method, competition, _) in enumerate(_SHOWN):
        rows = _maps(rows_of(table, _EXPECTED), method, competition)
        axes.plot(place_of(rows) + _shift(index), rows["mean"], "x", color="0.4", markersize=6, zorder=3)


def _maps(rows: pd.DataFrame, method: str, competition: str) -> pd.DataFrame:
    return rows[(rows.method == method) & (rows.competition == competition)]


def _shift(index: int) -> float:
    """Return how far to the right of its place a series stands."""
    return 0.09 * (index - len(_SHOWN) // 2)


FIGURE = FigureOf("sanity", "sanity", _draw, __doc__ or "")
