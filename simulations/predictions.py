"""What networks keep, and by how much the model's predictions of it are off: the table ``alignment`` in intervals.

A row is a kind of networks and what of it the CGI map keeps: the ``logit`` (Σ xᵢgᵢ), ``gradient energy`` (Σ gᵢ² over lit pixels)
or the ``lit pixels``. Where ``prediction`` is empty the row has the share itself, as measured; else the relative error of a
prediction, predicted over measured less 1. The share of the logit is that of the digits' sums, each digit in units of its lengths
of x and g, because a digit's own share is mostly noise where δ is small. All are over networks and digits, counted as crossed
random effects (:mod:`cgi_theory.sanity.crossed`).

Predictions are by one number, the correlation r (``one block``), by r on and off shared pixels (``two blocks``), with the
participation ratio ρ (``sparse``), and by all inner products of the gradients (``Gram matrix``). Of the logit each says what it
says of energy; so does the measured energy; ``Gram matrix and logits`` takes the rivals' logits into account as well.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cgi_theory.sanity.crossed import Interval, Values, crossed_interval, crossed_ratio
from simulations.experiment import Experiment, Made, Parameters, Row

LOGIT, ENERGY, PIXELS = "logit", "gradient energy", "lit pixels"
MEASURED = {LOGIT: "retained", ENERGY: "energy_kept", PIXELS: "kept"}
READINGS = {"one block": "one_block", "two blocks": "two_blocks", "sparse": "sparse", "Gram matrix": "gram_matrix"}
ITSELF = "–"
_BESIDE = {"Gram matrix and logits": "logit_gram_matrix", "measured energy": "energy_kept"}
_OTHERS = {"r": "correlation", "share of votes": "share_of_votes", "effective labels": "effective_labels", "δ": "delta"}


def predictions_of(what: str) -> dict[str, str]:
    """Return the columns of ``alignment`` that predict what is kept, by the names of predictions."""
    found = {name: f"{'kept' if what == PIXELS else 'energy'}_{reading}" for name, reading in READINGS.items()}
    return found | _BESIDE if what == LOGIT else found


def share_kept(rows: pd.DataFrame, what: str) -> Interval:
    """Return the share that is kept, on networks of one kind."""
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
    return rows.delta if what == LOGIT else pd.Series(1.0, rows.index)


def _crossed(rows: pd.DataFrame, values: pd.Series) -> Values:
    square = rows.assign(values=values).pivot_table("values", "number", "image")
    return Values(square.to_numpy(), np.arange(len(square)))


def rows(made: Made) -> list[Row]:
    """Return the rows of all kinds of networks."""
    table = made.tables["alignment"]
    return [row for kind in table.network.unique() for row in _of_kind(kind, table[table.network == kind])]


def _of_kind(kind: str, table: pd.DataFrame) -> Iterator[Row]:
    for what in MEASURED:
        yield _row(kind, what, ITSELF, share_kept(table, what))
        for name, column in predictions_of(what).items():
            yield _row(kind, what, name, error_of(table, column, what))
    for what, column in _OTHERS.items():
        yield _row(kind, what, ITSELF, crossed_interval(*_crossed(table, table[column]), seed=0))


def _row(kind: str, what: str, prediction: str, found: Interval) -> Row:
    return {"networks": kind, "what": what, "prediction": prediction} | found._asdict()


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the table."""
    return {"readings": list(READINGS)}


EXPERIMENT = Experiment(parameters=parameters, rows=rows, reads=("alignment",))
