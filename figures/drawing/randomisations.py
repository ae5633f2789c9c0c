"""Means over networks at their randomisation's place: the arrangement of the figures ``sanity`` and ``sanity_methods``."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory.sanity.metrics import ALL, LIT, Metric

PLACES = ("trained", "layer 0", "layer 1", "layer 2", "layers\n1–2", "layers\n0–2", "permuted\nlabels")
LABELS = {
    ("|spearman|", LIT): "|Spearman|, lit pixels",
    ("|spearman|", ALL): "|Spearman|, all pixels",
    ("spearman", LIT): "Spearman, lit pixels",
    ("spearman", ALL): "Spearman, all pixels",
    ("kept", LIT): "fraction of lit pixels kept",
    ("|pearson|", LIT): "|Pearson|, lit pixels",
    ("|pearson|", ALL): "|Pearson|, all pixels",
    ("pearson", LIT): "Pearson, lit pixels",
    ("pearson", ALL): "Pearson, all pixels",
    ("selectivity", LIT): "selectivity",
    ("jaccard", ALL): "Jaccard",
    ("ssim", ALL): "SSIM",
    ("hog", ALL): "Pearson of HOG",
}


def rows_of(table: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Return a metric's rows."""
    return table[(table.metric == metric[0]) & (table.pixels == metric[1])]


def draw_means(axes: Axes, rows: pd.DataFrame, shift: float, *, label: str, color: object, fmt: str) -> None:
    """Draw rows' means with their 95 % intervals, each at its place."""
    style: dict[str, Any] = {"color": color, "fmt": fmt, "markersize": 4, "capsize": 2, "linewidth": 1.0}
    axes.errorbar(place_of(rows) + shift, rows["mean"], yerr=bars_of(rows), label=label, **style)


def bars_of(rows: pd.DataFrame) -> Float2D:
    """Return how far rows' intervals reach below and above their means, (2, rows)."""
    bars: Float2D = np.abs(np.stack([rows["mean"] - rows.low, rows.high - rows["mean"]]))
    return bars


def place_of(rows: pd.DataFrame) -> Float1D:
    """Return where on the horizontal axis each row stands."""
    kinds = [rows.network == "trained", rows.network == "layer-wise", rows.network == "cascading"]
    return np.select(kinds, [0, 1 + rows.layer, 2 + rows.depth], len(PLACES) - 1)
