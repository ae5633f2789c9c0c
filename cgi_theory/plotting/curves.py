"""Exact curves through a sweep's points, as finely as they can be had.

Between the points of a sweep of unit vectors the model is known, and its exact answer takes less than a millisecond: the curve is
exact everywhere. The other laws take up to tenths of a second, and are joined by straight lines from point to point.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd

from cgi_theory._arrays import Float1D
from cgi_theory.model import CompetitionModel
from cgi_theory.theory.exact import exact

_NODES = 101
_WHOLE = {"n", "n_labels"}
# Labels that are alike but for rounding: at r = 1 they tie, and what competition keeps is another.
_ALMOST_ALIKE = 1.0 - 1e-9


def is_fine(rows: pd.DataFrame) -> bool:
    """Whether the curves through a table's points are exact between them."""
    return bool((rows.gradient_law == "unit").all())


def exact_curve(points: pd.DataFrame, x: str, y: str, *, log: bool = False) -> tuple[Float1D, Float1D]:
    """Return the exact curve through the points of one line, as its abscissae and values.

    Parameters
    ----------
    points : DataFrame
        Rows of a sweep that differ along one axis.
    x, y : str
        The axis, and a quantity.
    log : bool
        Whether the axis is logarithmic, so that what lies between points is to be equally spaced there.

    Returns
    -------
    places, values : ndarray
        Sorted; a NaN where the curve is interrupted: before r = 1, where all labels tie.
    """
    known = dict(zip(points[x].tolist(), points[f"{y}_exact"].tolist(), strict=True))
    places = sorted(known)
    if is_fine(points) and len(places) > 1:
        model = model_of(points.to_dict("records")[0])
        known = {place: _value(model, x, place, y) for place in _between(x, places[0], places[-1], log)} | known
    curve = [(place, known[place]) for place in sorted(known)]
    if x == "shared_correlation" and len(curve) > 1 and curve[-1][0] == 1.0:
        curve.insert(-1, (1.0, math.nan))
    return np.array([place for place, _ in curve]), np.array([value for _, value in curve])


def _between(x: str, first: float, last: float, log: bool) -> Iterable[float]:
    nodes = (np.geomspace if log else np.linspace)(first, last, _NODES)
    if x in _WHOLE:
        return [round(node) for node in nodes]
    inner = nodes[1:-1].tolist()
    return [*inner, _ALMOST_ALIKE] if x == "shared_correlation" and last == 1.0 else inner


def model_of(row: Mapping[Hashable, Any]) -> CompetitionModel:
    """Return the model of a table's row."""
    values = {item.name: row[item.name] for item in fields(CompetitionModel)}
    return CompetitionModel(**{name: value for name, value in values.items() if not pd.isna(value)})


def _value(model: CompetitionModel, x: str, place: float, y: str) -> float:
    field: dict[str, Any] = {x: place}
    try:
        between = replace(model, **field)
    except ValueError:  # as where a block of few coordinates is left empty
        return math.nan
    return float(getattr(exact(between), y))
