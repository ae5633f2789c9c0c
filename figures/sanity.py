"""Sanity: how alike the maps of a trained and of a randomised network are, with competition, without, and for controls.

From left to right each layer re-initialised by itself (0 at the input), the last two and all three in cascade, and networks
that memorised permuted labels. Means over digits and over 20 networks, with 95 % intervals. Without competition |maps| stay
alike, with it they do not; but gradient ⊙ input on as many random pixels is as unlike, or more: there sparsity does it, whatever
makes it. Jaccard's overlap is what supports placed at random would have (grey crosses). SSIM rewards blank area: one random pixel
in either map is the most alike of all. A blank map has no similarity and stands only in the panel of pixels kept. The last
panel tells competition from random sparsity: the share of the logit retained per fraction of pixels kept, above the random ones'
1. It is so on the trained network (leftmost) and on randomised ones alike, and with another digit's rivals, as in the model of
Section 3.1; the largest pixels of gradient ⊙ input retain more.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.drawing.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf
from figures.drawing.randomisations import LABELS, PLACES, draw_means, place_of

_SHOWN = (
    ("gradient ⊙ input", "no", "gradient ⊙ input"),
    ("gradient ⊙ input", "yes", "CGI"),
    ("random pixels", "control", "control: random pixels"),
    ("largest pixels", "control", "control: largest pixels"),
    ("another digit's rivals", "control", "control: another digit's rivals"),
    ("one random pixel", "control", "control: one random pixel"),
    ("noise", "control", "control: noise"),
    ("blank", "control", "control: blank"),
)
_STYLES = [*zip(COLORS, MARKERS, strict=True), ("0.5", "x"), ("black", "1")]
_ZERO_LINES = {"selectivity": 1.0}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/sanity.py."""
    figure, panels = plt.subplots(3, 4, figsize=(15.0, 8.6), layout="constrained", sharex=True)
    for axes, metric in zip(panels.flat, LABELS, strict=False):
        rows = table[table.metric == metric]
        for index, (method, competition, label) in enumerate(_SHOWN):
            chosen = rows[(rows.method == method) & (rows.competition == competition)]
            color, marker = _STYLES[index]
            draw_means(axes, chosen, 0.09 * (index - 3), label=label, color=color, fmt=marker)
        axes.set_ylabel(LABELS[metric])
        axes.axhline(_ZERO_LINES.get(metric, 0.0), color="0.7", linewidth=0.8, zorder=0)
        axes.set_xticks(range(len(PLACES)), labels=PLACES, fontsize=7)
        axes.tick_params(labelbottom=True)
    _mark_expected(panels.flat[list(LABELS).index("jaccard")], table)
    panels.flat[-1].axis("off")
    panels.flat[-1].legend(*panels.flat[0].get_legend_handles_labels(), loc="center left")
    return figure


def _mark_expected(axes: Axes, table: pd.DataFrame) -> None:
    for index, (method, competition, _) in enumerate(_SHOWN):
        rows = table[(table.metric == "jaccard expected") & (table.method == method) & (table.competition == competition)]
        axes.plot(place_of(rows) + 0.09 * (index - 3), rows["mean"], "x", color="0.4", markersize=6, zorder=3)


FIGURE = FigureOf("sanity", "sanity", _draw, __doc__ or "")
