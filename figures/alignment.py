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

from cgi_theory.plotting.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf
from simulations.predictions import ENERGY, ITSELF, LOGIT, MEASURED, PIXELS, predictions_of

_BAND = 5.0  # percent
_GREYS = [(shade, shade, shade) for shade in (0.0, 0.35, 0.6)]


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/predictions.py."""
    figure, panels = plt.subplots(1, 4, figsize=(13.0, 4.6), layout="constrained", sharey=True)
    kinds = list(table.networks.unique())
    for index, what in enumerate(MEASURED):
        _place(panels[0], _rows(table, what, ITSELF), index, len(MEASURED), what, _GREYS[index], 1.0)
    panels[0].set(ylabel="networks", xlabel="share that the CGI map keeps", xlim=(0.0, 1.0), title="measured")
    for panel, what in zip(panels[1:], (ENERGY, PIXELS, LOGIT), strict=True):
        _draw_errors(panel, table, what)
    panels[0].set_yticks(range(len(kinds)), labels=[kind.replace(", ", ",\n") for kind in kinds])
    panels[0].invert_yaxis()
    return figure


def _draw_errors(panel: Axes, table: pd.DataFrame, what: str) -> None:
    """Draw by how much each prediction of what is kept is off, for each kind of network."""
    names = list(predictions_of(what))
    colors = [*COLORS[: len(names) - 1], _GREYS[0]] if what == LOGIT else COLORS
    panel.axvspan(-_BAND, _BAND, color="0.93")
    panel.axvline(0.0, color="0.5", linewidth=0.8)
    for index, name in enumerate(names):
        _place(panel, _rows(table, what, name), index, len(names), name, colors[index], 100.0)
    panel.set(xlabel="predicted over measured, less 1 (%)", title=f"{what} kept")


def _place(
    panel: Axes, rows: pd.DataFrame, index: int, count: int, label: str, color: tuple[float, float, float], scale: float
) -> None:
    """Draw intervals, one for each kind of network, with their own place among ``count`` in its line."""
    mean, low, high = (scale * rows[name].to_numpy() for name in ("mean", "low", "high"))
    places = np.arange(len(rows)) + 0.7 * ((index + 0.5) / count - 0.5)
    style: dict[str, Any] = {"fmt": MARKERS[index], "markersize": 4, "capsize": 1.5, "linewidth": 1.0, "color": color}
    panel.errorbar(mean, places, xerr=(mean - low, high - mean), label=label, **style)
    panel.legend(fontsize=6.5, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)


def _rows(table: pd.DataFrame, what: str, prediction: str) -> pd.DataFrame:
    return table[(table.what == what) & (table.prediction == prediction)]


FIGURE = FigureOf("alignment", "predictions", _draw, __doc__ or "", takes_long=True)
