"""Sparsity: c1, c2 and the pixels that labels compete for against ρ, for 2 to 1000 labels (Remark 1).

Left and middle: what shared (r = 1/2) and distinct (r = 0) features retain. Right: on how many pixels labels really compete.
ρ² is the share of all pixels on which two given labels meet, 4 % at the paper's ρ = 0.2 (dotted). But only a label's
own pixels carry its score, and of those a rival contests ρ (k = 2), all rivals together 1 − (1 − ρ)^(k−1): at ρ = 0.2 and ten
labels 87 %. The supports are drawn and counted.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import KEY, agreement, compare, panels, plain_log_axis, z_scores
from figures.drawing.figure_of import FigureOf

_PAIRS_OF = 10  # labels of which two are looked at: with k = 2 the same draws would be drawn twice
_PANELS = (
    ("c1", "shared features, $r = 1/2$", "$c_1$, retained share of the logit"),
    ("c2", "distinct features, $r = 0$", "$c_2$, retained share of the logit"),
    ("contested", "pixels that rivals contest", r"$1 - (1 - \rho)^{k-1}$ of the label's own pixels"),
)


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/sparsity.py."""
    figure, uppers, strips = panels(3, (12.0, 4.6))
    pairs = table[table.n_labels == _PAIRS_OF]
    z = np.concatenate([z_scores(table, ("c1", "c2", "contested")), z_scores(pairs, ["meet"])])
    figure.suptitle(agreement(z), fontsize="medium")
    for panel, strip, (name, title, label) in zip(uppers, strips, _PANELS, strict=True):
        for index, (k, rows) in enumerate(table.groupby("n_labels")):
            compare(panel, strip, rows, "sparsity", name, index, label=f"$k$ = {k}")
        panel.set(title=title, ylabel=label, ylim=(-0.04, 1.05))
        strip.set_xlabel(r"sparsity $\rho$")
        plain_log_axis(panel.xaxis, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1])
        panel.axvline(0.2, color="0.6", linestyle=":", zorder=0, label=r"the paper's $\rho = 0.2$")
    compare(uppers[2], strips[2], pairs, "sparsity", "meet", -1, label="$\\rho^2$: two labels meet,\nof all pixels")
    figure.legend(*uppers[2].get_legend_handles_labels(), loc="outside right center", title=KEY.replace(", ", ",\n"))
    return figure


FIGURE = FigureOf("sparsity", "sparsity", _draw, __doc__ or "")
