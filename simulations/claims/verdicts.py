"""How a claim is judged: confirmed, qualified or refuted, from the tables of experiments."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cgi_theory.quantities import Measurement

Tables = Mapping[str, pd.DataFrame]
Computed = tuple[str, str]  # what was computed, and the verdict


@dataclasses.dataclass(frozen=True)
class Claim:
    """One sentence of the paper, the experiment whose table decides it, and the function that reads it."""

    id: str
    claim: str
    paper: str
    reads: str
    check: Callable[[Tables], Computed]


def verdict(confirmed: bool, otherwise: str = "refuted") -> str:
    """Return "confirmed", or what the claim is ``otherwise``."""
    return "confirmed" if confirmed else otherwise


def agrees(measured: Measurement, value: float, margin: float) -> bool:
    """Whether a measurement lies within a relative margin of a value, give or take two standard errors."""
    return abs(measured.mean - value) <= margin * abs(value) + 2.0 * measured.stderr


def surely_above(measured: Measurement, bound: float) -> bool:
    """Whether a measurement lies above a bound by more than two standard errors."""
    return measured.mean - 2.0 * measured.stderr > bound


def surely_below(measured: Measurement, bound: float) -> bool:
    """Whether a measurement lies below a bound by more than two standard errors."""
    return measured.mean + 2.0 * measured.stderr < bound


def scaled(measured: Measurement, factor: float) -> Measurement:
    """Return a measurement in other units."""
    return Measurement(measured.mean * factor, measured.stderr * abs(factor))


def mean_over(values: pd.Series) -> Measurement:
    """Return the mean of independent values with its standard error."""
    return Measurement(float(values.mean()), float(values.to_numpy().std(ddof=1) / len(values) ** 0.5))


def the_row(table: pd.DataFrame, **fields: Any) -> pd.Series:
    """Return the one row of a table that has these values, numbers to 1e-9 of themselves.

    Raises
    ------
    LookupError
        If there is none, or several.
    """
    found = table
    for name, value in fields.items():
        column = found[name]
        found = found[(column - value).abs() <= 1e-9 * abs(value) if isinstance(value, float) else column == value]
    if len(found) != 1:
        raise LookupError(f"{len(found)} rows have {fields}")
    return found.iloc[0]


def measured(row: pd.Series, name: str) -> Measurement:
    """Return what a row has measured of a quantity."""
    return Measurement(row[name], row[f"{name}_stderr"])
