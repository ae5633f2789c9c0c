"""Sanity: how alike the maps of a trained and of a randomised network are, with competition, without, and for controls.

From left to right each layer re-initialised by itself (0 at the input), the last two and all three in cascade, and a
network that memorised permuted labels. Means over digits and over randomisation seeds, with 95 % intervals over the seeds
(none for permuted labels, one network). Without competition |maps| stay alike, with it they do not; but gradient ⊙ input
on as many random pixels is as unlike, by |Spearman| and by Jaccard: there sparsity does it, whatever makes it. SSIM
rewards blank area. The last panel tells competition from sparsity: the share of the logit retained per fraction of pixels
kept, above the random pixels' 1; it is so on the trained network (leftmost) and on randomised ones alike, as in the model
of Section 3.1.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from figures.comparison import COLORS, MARKERS

TABLE = "sanity"
SHOWN = (
    ("gradient ⊙ input", "no", "gradient ⊙ input"),
    ("gradient ⊙ input", "yes", "CGI"),
    ("random pixels", "control", "control: random pixels"),
    ("largest pixels", "control", "control: largest pixels"),
    ("another digit's rivals", "control", "control: another digit's rivals"),
)
PLACES = ("trained", "layer 0", "layer 1", "layer 2", "layers\n1–2", "layers\n0–2", "permuted\nlabels")


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/sanity.py."""
    metrics = [*table.metric[table.metric != "selectivity"].unique(), "selectivity"]
    figure, panels = plt.subplots(2, 3, figsize=(12.5, 6.4), layout="constrained", sharex=True)
    for axes, metric in zip(panels.flat, metrics, strict=True):
        _draw_metric(axes, table[table.metric == metric])
        axes.set_ylabel(metric)
        axes.axhline(1.0 if metric == "selectivity" else 0.0, color="0.7", linewidth=0.8)
        axes.set_xticks(range(len(PLACES)), labels=PLACES, fontsize=7)
    panels[0, 0].legend(fontsize=7)
    return figure


def place_of(rows: pd.DataFrame) -> pd.Series:
    """Return where on the horizontal axis each row stands."""
    layer_wise = 1 + rows.layer
    cascading = 2 + rows.depth
    return pd.Series(
        np.select(
            [rows.network == "trained", rows.network == "layer-wise", rows.network == "cascading"],
            [0, layer_wise, cascading],
            len(PLACES) - 1,
        ),
        index=rows.index,
    )


def _draw_metric(axes: Axes, rows: pd.DataFrame) -> None:
    for index, (method, competition, label) in enumerate(SHOWN):
        chosen = rows[(rows.method == method) & (rows.competition == competition)]
        groups = chosen.groupby(place_of(chosen)).value
        places, means, counts = groups.mean().index.to_numpy(), groups.mean().to_numpy(), groups.count().to_numpy()
        spread = groups.std(ddof=1).to_numpy() / np.sqrt(counts) * stats.t.ppf(0.975, np.maximum(counts - 1, 1))
        style = {"fmt": MARKERS[index], "color": COLORS[index], "markersize": 5, "capsize": 2}
        axes.errorbar(places + 0.1 * (index - 2), means, yerr=np.nan_to_num(spread), label=label, **style)
