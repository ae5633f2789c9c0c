"""What a reader of a sweep's table looks for first: where each point lies, and c₁ and c₂ beside their exact values."""

from typing import Any

import pandas as pd

from cgi_theory.quantities import Measurement

Row = dict[str, Any]
# Samples that differ by less than this of their mean differ by rounding: their standard error is none.
_ROUNDING = 1e-12


def short_rows(frame: pd.DataFrame, sidecar: object) -> list[Row]:
    """Return of each point its place, c1 and c2 as exact, measured, and z if samples vary; nothing if the frame lacks them."""
    axes = sidecar.get("axes") if isinstance(sidecar, dict) else None
    named = [name for name in axes if name in frame] if isinstance(axes, dict) else []
    measured = [name for name in ("c1", "c2") if _is_measured(frame, name)]
    judged = {f"{name}_z": frame[f"{name}_z"].where(varies(frame, name)) for name in measured}
    return [_in_short(row, named, measured) for row in records(frame.assign(**judged))] if named and measured else []


def varies(frame: pd.DataFrame, name: str) -> "pd.Series[bool]":
    """Return where a quantity's samples differ by more than rounding, so that its standard error and z say something."""
    return frame[f"{name}_stderr"] > _ROUNDING * frame[name].abs()


def records(frame: pd.DataFrame) -> list[Row]:
    """Return rows as mappings, with None for what is not there."""
    found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in record.items()} for record in found]


def _is_measured(frame: pd.DataFrame, name: str) -> bool:
    """Whether a quantity's columns are there, and numbers: a table may have been written by anybody."""
    columns = [name, f"{name}_stderr", f"{name}_exact", f"{name}_z"]
    numbers = all(column in frame and pd.api.types.is_numeric_dtype(frame[column]) for column in columns)
    return numbers and not (frame[f"{name}_stderr"] < 0.0).any()


def _in_short(row: Row, axes: list[str], measured: list[str]) -> Row:
    short = {name: row[name] for name in axes}
    for name in measured:
        mean, stderr, z = row[name], row[f"{name}_stderr"], row[f"{name}_z"]
        known = mean is not None and stderr is not None
        short |= {f"{name} exact": row[f"{name}_exact"], name: str(Measurement(mean, stderr)) if known else None}
        short |= {f"{name} z": None if z is None else f"{z:.1f}"}
    return short
