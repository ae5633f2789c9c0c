"""Imagenet similarity: how alike maps and the trained network's are: randomised, another trained network, and nulls.

Correlations over the cells of a grid of 56 × 56, on which maps of both networks lie, means over photographs with their range. A
check asks that maps of randomised networks differ (left of the line); a blank map, noise and random inputs pass it. The other
half is that the map of another trained network of the same label agrees, more than that of another photograph does.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import state_of
from simulations.lab.alike_maps import OWN_GRID
from simulations.lab.image_maps import METHODS, NOISE
from simulations.lab.photograph_rows import OTHER_NETWORK, OTHER_PHOTOGRAPH, RANDOMISED

_PLACES = ("last layer random", "all layers random", OTHER_NETWORK, OTHER_PHOTOGRAPH, NOISE)
_METRICS = {"pearson": "Pearson, signed", "|spearman|": "Spearman, absolute"}


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_similarity.py."""
    rows = table[table.grid != OWN_GRID]
    places = [_place(row) for _, row in rows.iterrows()]
    rows = rows.assign(place=places)[[place in _PLACES for place in places]]
    figure, panels = plt.subplots(1, len(_METRICS), figsize=(10.0, 3.5), layout="constrained")
    for axes, (metric, name) in zip(panels, _METRICS.items(), strict=True):
        _draw_metric(axes, rows, metric)
        axes.set_ylabel(name)
    panels[0].legend(fontsize=7)
    return figure


def _draw_metric(axes: Axes, rows: pd.DataFrame, metric: str) -> None:
    for number, method in enumerate(METHODS):
        found = rows[rows.method == method].groupby("place")[metric].agg(["mean", "min", "max"]).reindex(_PLACES)
        bars = np.abs(np.stack([found["mean"] - found["min"], found["max"] - found["mean"]]))
        style: dict[str, Any] = {"fmt": "o", "markersize": 4, "capsize": 2, "color": PALETTE[number], "label": method}
        axes.errorbar(np.arange(len(_PLACES)) + 0.12 * (number - 2), found["mean"], yerr=bars, **style)
    axes.axhline(0.0, color="0.4", linewidth=0.8)
    axes.axvline(1.5, color="0.4", linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(_PLACES)), labels=[place.replace(" ", "\n", 1) for place in _PLACES], fontsize=7)


def _place(row: pd.Series) -> str:
    """Return where a row's comparison stands; networks with some stages randomised stand nowhere."""
    if row.compared != RANDOMISED:
        return str(row.compared)
    name = state_of(row)
    return name if name != "all layers random" or row.stage in {"stem", "block 1"} else "some layers random"


FIGURE = FigureOf("imagenet_similarity", "imagenet_similarity", _draw, __doc__ or "", by_name=True)
