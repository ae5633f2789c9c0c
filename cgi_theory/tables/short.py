"""What a reader of a sweep's table looks for first: where each point lies, and c₁ and c₂ beside their exact values."""

from typing import Any

import pandas as pd

from cgi_theory.quantities import Measurement

Row = dict[str, Any]


def short_rows(frame: pd.DataFrame, sidecar: object) -> list[Row]:
    """Return of each point its place on the axes and c1 and c2 as exact, measured and z; nothing of a frame that lacks them."""
    axes = sidecar.get("axes") if isinstance(sidecar, dict) else None
    named = [name for name in axes if name in frame] if isinstance(axes, dict) else []
    measured = [name for name in ("c1", "c2") if _is_measured(frame, name)]
    return [_in_short(row, named, measured) for row in records(frame)] if named and measured else []


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
