"""Means over networks at their randomisation's place: the arrangement of the figures ``sanity`` and ``sanity_methods``."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cgi_theory._arrays import Float1D

PLACES = ("trained", "layer 0", "layer 1", "layer 2", "layers\n1–2", "layers\n0–2", "permuted\nlabels")
LABELS = {
    "spearman": "Spearman",
    "|spearman|": "|Spearman|",
    "pearson": "Pearson",
    "|pearson|": "|Pearson|",
    "hog": "Pearson of HOG",
    "spearman on the union": "Spearman on the union",
    "pearson on the union": "Pearson on the union",
    "jaccard": "Jaccard",
    "ssim": "SSIM",
    "kept": "fraction of lit pixels kept",
    "selectivity": "selectivity",
}


def draw_means(axes: Axes, rows: pd.DataFrame, shift: float, *, label: str, color: object, fmt: str) -> None:
    """Draw rows' means with their 95 % intervals, each at its place."""
    bars = np.abs(np.stack([rows["mean"] - rows.low, rows.high - rows["mean"]]))
    style: dict[str, Any] = {"color": color, "fmt": fmt, "markersize": 4, "capsize": 2, "linewidth": 1.0}
    axes.errorbar(place_of(rows) + shift, rows["mean"], yerr=bars, label=label, **style)


def place_of(rows: pd.DataFrame) -> Float1D:
    """Return where on the horizontal axis each row stands."""
    kinds = [rows.network == "trained", rows.network == "layer-wise", rows.network == "cascading"]
    return np.select(kinds, [0, 1 + rows.layer, 2 + rows.depth], len(PLACES) - 1)
