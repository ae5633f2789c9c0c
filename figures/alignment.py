"""Alignment: the model of Section 3.1 held against real networks.

Eight networks of each kind and of two depths, the same hundred digits. Left: what the CGI map of the predicted label keeps of the
logit (Σ xᵢgᵢ), of gradient energy (Σ gᵢ² over lit pixels) and of the lit pixels. The share of the logit is that of the digits'
sums, each digit in units of its lengths of x and g: where δ is small, as on networks without training, a digit's own share is
mostly noise.

Beside it, by how many percent predictions are off: of the energy and of the fraction of lit pixels kept, from each digit's mean
correlation r alone (one block), from r on and off shared pixels (two blocks), with the participation ratio ρ (sparse), and from
all inner products of the digit's gradients (Gram matrix). The first three take gradients to be equally long and rivals to be
independent given the chosen label; the last does not. Right: the same of the logit, for which the model has the share of energy,
predicted or measured (black), because the input does not decide who wins. That holds on trained networks; on others more of the
logit stays, for the input leans away from the rivals of a label that was picked for its logit: with all logits beside the Gram
matrix that is predicted too. Bars are 95 % intervals over networks and digits, counted as crossed random effects.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.drawing.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf
from simulations.lab.crossed import Interval, Values, crossed_ratio

READINGS = {"one_block": "one block", "two_blocks": "two blocks", "sparse": "sparse", "gram_matrix": "Gram matrix"}
MEASURED = {"logit": "retained", "gradient energy": "energy_kept", "lit pixels": "kept"}
_BAND = 5.0  # percent
_GREYS = [(shade, shade, shade) for shade in (0.0, 0.35, 0.6)]


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/alignment.py."""
    figure, panels = plt.subplots(1, 4, figsize=(13.0, 4.6), layout="constrained", sharey=True)
    kinds = list(table.network.unique())
    for index, what in enumerate(MEASURED):
        found = [share_kept(table[table.network == kind], what) for kind in kinds]
        _place(panels[0], found, index, len(MEASURED), what, _GREYS[index], 1.0)
    panels[0].set(ylabel="networks", xlabel="share that the CGI map keeps", xlim=(0.0, 1.0), title="measured")
    for panel, what in zip(panels[1:], ("gradient energy", "lit pixels", "logit"), strict=True):
        _draw_errors(panel, table, kinds, what)
    panels[0].set_yticks(range(len(kinds)), labels=[kind.replace(", ", ",\n") for kind in kinds])
    panels[0].invert_yaxis()
    return figure


def _draw_errors(panel: Axes, table: pd.DataFrame, kinds: list[str], what: str) -> None:
    """Draw by how much each prediction of what is kept is off, for each kind of network."""
    predicted = "kept" if what == "lit pixels" else "energy"
    columns = {name: f"{predicted}_{reading}" for reading, name in READINGS.items()}
    colors = COLORS[: len(READINGS)]
    if what == "logit":
        columns |= {"Gram matrix and logits": "logit_gram_matrix", "measured energy": "energy_kept"}
        colors = [*colors, COLORS[len(READINGS)], _GREYS[0]]
    panel.axvspan(-_BAND, _BAND, color="0.93")
    panel.axvline(0.0, color="0.5", linewidth=0.8)
    for index, (name, column) in enumerate(columns.items()):
        found = [error_of(table[table.network == kind], column, what) for kind in kinds]
        _place(panel, found, index, len(columns), name, colors[index], 100.0)
    panel.set(xlabel="predicted over measured, less 1 (%)", title=f"{what} kept")


def _place(
    panel: Axes, found: list[Interval], index: int, count: int, label: str, color: tuple[float, float, float], scale: float
) -> None:
    """Draw intervals, one for each kind of network, with their own place among ``count`` in its line."""
    values = scale * np.array(found)
    places = np.arange(len(found)) + 0.7 * ((index + 0.5) / count - 0.5)
    bars = values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]
    style: dict[str, Any] = {"fmt": MARKERS[index], "markersize": 4, "capsize": 1.5, "linewidth": 1.0, "color": color}
    panel.errorbar(values[:, 0], places, xerr=bars, label=label, **style)
    panel.legend(fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)


def share_kept(rows: pd.DataFrame, what: str) -> Interval:
    """Return the share that is kept of the logit, of gradient energy or of the lit pixels, on networks of one kind."""
    weights = _weights(rows, what)
    return crossed_ratio(_crossed(rows, weights * rows[MEASURED[what]]), _crossed(rows, weights), seed=0)


def error_of(rows: pd.DataFrame, column: str, what: str) -> Interval:
    """Return the relative error of a predicted share of what is kept, on networks of one kind."""
    weights = _weights(rows, what)
    predicted, measured = (_crossed(rows, weights * rows[name]) for name in (column, MEASURED[what]))
    ratio = crossed_ratio(predicted, measured, seed=0)
    return ratio._replace(mean=ratio.mean - 1.0, low=ratio.low - 1.0, high=ratio.high - 1.0)


def _weights(rows: pd.DataFrame, what: str) -> pd.Series:
    """Return the digits' weights: δ for shares of the logit, of which they are then those of the sums."""
    return rows.delta if what == "logit" else pd.Series(1.0, rows.index)


def _crossed(rows: pd.DataFrame, values: pd.Series) -> Values:
    square = rows.assign(values=values).pivot_table("values", "number", "image")
    return Values(square.to_numpy(), np.arange(len(square)))


FIGURE = FigureOf("alignment", "alignment", _draw, __doc__ or "")
