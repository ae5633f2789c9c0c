"""Blankness: the kept fraction of random nets against k, beside the paper's 1/k.

The gradients of a random net's labels are taken as independent. The paper expects a pixel to survive with probability 1/k;
Algorithm 1 keeps the winners of both signs, 2(1 − 2^−k)/k of the pixels. Right: times k, which goes to 2. The map does become
blank as k grows, but half as fast: ten labels leave a fifth of the pixels, a thousand 0.2 %.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, KEY, agreement, compare, plain_log_axis, z_scores
from figures.drawing.figure_of import FigureOf

_QUANTITIES = ("kept_distinct", "kept_distinct_stderr", "kept_distinct_exact")


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/blankness.py."""
    figure, (kept, scaled) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    figure.suptitle(agreement(z_scores(table, ["kept_distinct"])), fontsize="medium")
    times_k = table.assign(**{name: table[name] * table.n_labels for name in _QUANTITIES})
    compare(kept, None, table, "n_labels", "kept_distinct", 0, label="Algorithm 1: $2(1 - 2^{-k})/k$")
    compare(scaled, None, times_k, "n_labels", "kept_distinct", 0)
    curve = table[table.estimator == "exact"]
    kept.plot(curve.n_labels, 1.0 / curve.n_labels, "--", color=COLORS[1], label="the paper: $1/k$")
    scaled.axhline(1.0, linestyle="--", color=COLORS[1])
    plain_log_axis(kept.yaxis, [0.001, 0.01, 0.1, 1])
    kept.set_ylabel("fraction of the pixels kept")
    scaled.set(ylabel="$k$ times the fraction kept", ylim=(0.0, 2.3))
    for panel in (kept, scaled):
        plain_log_axis(panel.xaxis, [1, 2, 5, 10, 30, 100, 300, 1000])
        panel.set_xlabel("labels $k$")
    kept.legend(title=KEY, loc="upper right")
    return figure


FIGURE = FigureOf("blankness", "blankness", _draw, __doc__ or "")
