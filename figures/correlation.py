"""Correlation: c1 and the kept fraction of the shared features against r, for 2, 3 and 10 labels.

At r = −1 a rival's gradient is the chosen label's turned round and takes nothing: c1 = 1. The more alike the labels are,
the more is lost, down to 2^−(k−1) (open markers) as r → 1. At r = 1 all labels tie, and Algorithm 1's ≥ keeps every pixel
(filled markers, c1 = 1): a discontinuity. The paper's strict "higher than" would blank them all.
"""

import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, KEY, agreement, compare, panels, z_scores
from figures.drawing.figure_of import FigureOf

_PANELS = (("c1", "$c_1$, retained share of the shared logit"), ("kept_shared", "fraction of the shared pixels kept"))


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/correlation.py."""
    figure, uppers, strips = panels(2, (9.5, 4.6))
    figure.suptitle(agreement(z_scores(table, ["c1"])), fontsize="medium")
    for panel, strip, (name, label) in zip(uppers, strips, _PANELS, strict=True):
        for index, (k, rows) in enumerate(table.groupby("n_labels")):
            compare(panel, strip, rows, "shared_correlation", name, index, label=f"$k$ = {k}")
            limit = rows[rows.estimator == "exact"].iloc[-1]
            open_marker = {"markerfacecolor": "white", "markersize": 6, "color": COLORS[index], "clip_on": False, "zorder": 5}
            panel.plot(limit.shared_correlation, limit[f"{name}_exact"], "o", **open_marker)
        panel.axvline(0.5, color="0.6", linestyle=":", zorder=0, label=r"the paper's $h_1 \cdot h_2 = 1/2$")
        panel.set(ylabel=label, ylim=(-0.03, 1.13))
        strip.set_xlabel("correlation $r$ of the shared features")
        panel.annotate("$r = 1$: ties", (1.0, 1.05), ha="right")
    uppers[0].legend(loc="lower left", title=KEY)
    return figure


FIGURE = FigureOf("correlation", "correlation", _draw, __doc__ or "")
