"""Figure 2: sums of gradient ⊙ input against logits, on a network with biases.

Every label of every digit; red, the logit of the digit's own label. Without biases all points would lie on the dashed
line (Lemma 1); with biases they lie near a line close to it: approximate completeness. The title has the regression line
and R².
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy import stats

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from figures.drawing.network_names import network_of


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/completeness.py."""
    figure, axes = plt.subplots(figsize=(5.0, 4.2), layout="constrained")
    own = table.label == table.true
    axes.scatter(table.logit[~own], table.score_sum[~own], s=4, alpha=0.4, color=PALETTE[0], label="other labels", linewidth=0)
    axes.scatter(table.logit[own], table.score_sum[own], s=4, alpha=0.6, color=PALETTE[3], label="the digit's label", linewidth=0)
    line = stats.linregress(table.logit, table.score_sum)
    ends = np.array([table.logit.min(), table.logit.max()])
    axes.plot(ends, ends, "--", color="0.4", linewidth=1.0, label="equal")
    axes.plot(ends, line.intercept + line.slope * ends, color="black", linewidth=1.2, label="regression")
    axes.set_title(f"{network_of(table)}sum = {line.slope:.3f} · logit {line.intercept:+.2f}, $R^2$ = {line.rvalue**2:.4f}")
    axes.set_xlabel("logit $S$")
    axes.set_ylabel(r"$\sum_i x_i\,\partial S/\partial x_i$")
    axes.legend()
    return figure


FIGURE = FigureOf("figure_2", "completeness", _draw, __doc__ or "")
