"""Alignment: the model of Section 3.1 held against real networks.

Left: for every digit, the share of the logit that the CGI map retains against the share of gradient energy on the pixels
it keeps, which the model says are equal on average because the input does not decide who wins. Legend: correlation and
bias (mean of the former less the latter) with 95 % bootstrap intervals. A network whose logit is small (permuted labels:
δ = 0.02) scatters widely.

Middle and right: what was measured, means over digits with standard errors, of the energy share and of the fraction of
lit pixels kept; and what is predicted from each digit's mean correlation r (one block), from r on and off shared pixels
(two blocks), with the participation ratio ρ (sparse), and from all inner products of the digit's gradients (Gram matrix).
The band is ± 10 % of what was measured. The first three take gradients to be equally long and rivals to be independent
given the chosen label; the last does not.
"""

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cgi_theory._arrays import Float1D
from figures.drawing.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf

READINGS = ("one_block", "two_blocks", "sparse", "gram_matrix")
_RESAMPLES = 2000


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/alignment.py."""
    figure, (scatter, share, fraction) = plt.subplots(
        1, 3, figsize=(12.5, 4.4), layout="constrained", gridspec_kw={"width_ratios": [1.4, 1, 1]}
    )
    for index, (kind, rows) in enumerate(table.groupby("network", sort=False)):
        label = f"{kind}: {interval(rows, correlation)}, bias {interval(rows, bias)}"
        style = {"s": 8, "alpha": 0.5, "linewidth": 0, "marker": MARKERS[index], "color": COLORS[index]}
        scatter.scatter(rows.energy_kept, rows.retained, label=label, **style)
    scatter.plot([0.0, 1.0], [0.0, 1.0], color="0.3", linewidth=1.0)
    scatter.set(xlim=(0.2, 1.0), ylim=(-0.5, 2.5))
    scatter.set(xlabel="share of gradient energy kept", ylabel="share of the logit retained")
    outside = int(np.sum((table.retained < -0.5) | (table.retained > 2.5)))
    scatter.legend(
        title=f"correlation [95 %] and bias; {outside} points outside",
        loc="upper left",
        fontsize=7,
        title_fontsize=7,
        frameon=True,
    )
    _predictions(share, table, "energy_kept", "retained", "share of gradient energy kept")
    _predictions(fraction, table, "kept", "kept", "fraction of lit pixels kept")
    return figure


def _predictions(axes: Axes, table: pd.DataFrame, measured: str, predicted: str, label: str) -> None:
    kinds = list(table.network.unique())
    for place, kind in enumerate(kinds):
        rows = table[table.network == kind]
        mean, error = rows[measured].mean(), rows[measured].sem()
        axes.fill_between([place - 0.4, place + 0.4], 0.9 * mean, 1.1 * mean, color="0.9")
        axes.errorbar(
            place - 0.32, mean, yerr=error, fmt="k_", markersize=12, capsize=2, label="measured" if place == 0 else None
        )
        for index, reading in enumerate(READINGS):
            values = rows[f"{predicted}_{reading}"]
            name = f"predicted, {reading.replace('_', ' ')}" if place == 0 else None
            style = {"fmt": MARKERS[index], "color": COLORS[index], "markersize": 5, "capsize": 2}
            axes.errorbar(place - 0.15 + 0.17 * index, values.mean(), yerr=values.sem(), label=name, **style)
    axes.set_xticks(range(len(kinds)), labels=[kind.replace(" ", "\n") for kind in kinds])
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0.0)
    axes.legend(fontsize=7)


def correlation(retained: Float1D, energy: Float1D) -> float:
    """Pearson's correlation over digits."""
    return float(np.corrcoef(retained, energy)[0, 1])


def bias(retained: Float1D, energy: Float1D) -> float:
    """Mean difference over digits."""
    return float(np.mean(retained - energy))


def interval(rows: pd.DataFrame, statistic: Callable[[Float1D, Float1D], float]) -> str:
    """Return a statistic of the two shares with its 95 % bootstrap interval over digits, as text."""
    retained, energy = rows.retained.to_numpy(), rows.energy_kept.to_numpy()
    picks = np.random.default_rng(0).integers(0, len(rows), (_RESAMPLES, len(rows)))
    low, high = np.quantile([statistic(retained[pick], energy[pick]) for pick in picks], [0.025, 0.975])
    return f"{statistic(retained, energy):.2f} [{low:.2f}, {high:.2f}]"


FIGURE = FigureOf("alignment", "alignment", _draw, __doc__ or "")
