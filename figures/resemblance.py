"""Resemblance: the theory of the sanity check over what networks show.

Left: for every digit, the correlation of |gradient ⊙ input| of a trained network with that of re-initialised ones (mean over
networks), without competition and with all ten labels competing, against what the digit's own contrast makes it for independent
gradients. Middle: the same against the number k of labels that compete, means over digits, and for pairs of untrained networks up
to a thousand labels; dashed, with the trained network's mean cosine r of the labels' gradients, which is negative. Right: the
fraction of lit pixels that the re-initialised networks' maps keep, on 2(1 − 2⁻ᵏ)/k; the paper expects 1/k. Lines are the theory,
points means over 20 pairs of networks with 95 % intervals; nothing is fitted. A correlation is left out where a digit's map is
blank.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from cgi_theory.plotting.comparison import COLORS, MARKERS, plain_log_axis
from figures.drawing.figure_of import FigureOf

_TICKS = [1, 2, 3, 5, 10, 30, 100, 300, 1000]


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/resemblance.py."""
    figure, (images, correlation, kept) = plt.subplots(1, 3, figsize=(12.5, 4.0), layout="constrained")
    _draw_images(images, table[table.kind == "image"])
    rows = table[table.kind == "labels"]
    _draw_labels(correlation, rows, "correlation")
    trained = rows[rows.networks == rows.networks.iloc[0]].groupby("n_labels").correlation_with_r.first()
    correlation.plot(trained, "--", color=COLORS[0], label="with the trained network's cosine $r$")
    _draw_labels(kept, rows, "kept")
    labels = np.sort(rows.n_labels.unique())
    kept.plot(labels, 1.0 / labels, "--", color="0.5", label="the paper: $1/k$")
    correlation.set(xlabel="labels $k$", ylabel="Pearson correlation of |maps|", ylim=(-0.02, None))
    kept.set(xlabel="labels $k$", ylabel="fraction of lit pixels kept")
    plain_log_axis(kept.yaxis, [0.001, 0.01, 0.1, 1])
    for panel in (correlation, kept):
        plain_log_axis(panel.xaxis, _TICKS)
        panel.legend(fontsize=7)
    return figure


def _draw_images(axes: Axes, rows: pd.DataFrame) -> None:
    for index, (labels, chosen) in enumerate(rows.groupby("n_labels")):
        groups = chosen.groupby("image")
        measured, predicted = groups.correlation.mean(), groups.correlation_exact.first()
        name = "no competition" if labels == 1 else f"{labels} labels compete"
        close = np.corrcoef(measured, predicted)[0, 1]
        style = {"color": COLORS[index], "marker": MARKERS[index], "s": 10, "linewidth": 0, "alpha": 0.7}
        axes.scatter(predicted, measured, label=f"{name}: correlation {close:.2f} over digits", **style)
    ends = [0.0, float(max(rows.correlation_exact.max(), rows.correlation.max()))]
    axes.plot(ends, ends, color="0.3", linewidth=1.0)
    axes.set(xlabel="predicted correlation of |maps|", ylabel="measured")
    axes.legend(fontsize=7, loc="upper left")


def _draw_labels(axes: Axes, rows: pd.DataFrame, name: str) -> None:
    for index, (networks, chosen) in enumerate(rows.groupby("networks", sort=False)):
        groups = chosen.groupby("n_labels")
        mean, pairs = groups[name].mean(), groups[name].count()
        half = groups[name].sem() * stats.t.ppf(0.975, pairs - 1)
        bars = {"fmt": MARKERS[index], "color": COLORS[index], "markersize": 4, "capsize": 2}
        axes.errorbar(mean.index, mean, yerr=half, label=networks, **bars)
        axes.plot(mean.index, groups[f"{name}_exact"].first(), color=COLORS[index])


FIGURE = FigureOf("resemblance", "resemblance", _draw, __doc__ or "")
