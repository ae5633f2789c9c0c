"""A table read back from disk, at a terminal: what a reader looks for first, whatever the files hold."""

import sys
from typing import Any

import pandas as pd

from cgi_theory._console import cell, print_line, print_rows
from cgi_theory._stdio import visible
from cgi_theory.quantities import Measurement

Row = dict[str, Any]


def print_frame(frame: pd.DataFrame, title: str, *, as_json: bool) -> None:
    """Print a table: all of it as CSV in a pipe or as JSON; on a terminal a sweep in short, another table's columns that vary."""
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    rows = [{str(name): value for name, value in record.items()} for record in records]
    if as_json or not sys.stdout.isatty():
        print_rows(rows, as_json=as_json)
        return
    print(visible(title))  # in one piece, to be copied
    axes = frame.attrs["sidecar"].get("axes")
    named = [name for name in axes if name in frame] if isinstance(axes, dict) else []
    measured = [name for name in ("c1", "c2") if _is_measured(frame, name)]
    if not rows:
        print_line("no rows")
    elif named and measured:
        print_rows([_in_short(row, named, measured) for row in rows])
    else:
        _print_what_varies(rows)


def _is_measured(frame: pd.DataFrame, name: str) -> bool:
    """Whether a quantity's columns are there, and numbers: a table may have been written by anybody."""
    columns = [name, f"{name}_stderr", f"{name}_exact", f"{name}_z"]
    return all(column in frame and pd.api.types.is_numeric_dtype(frame[column]) for column in columns)


def _in_short(row: Row, axes: list[str], measured: list[str]) -> Row:
    """Return where a point lies, and its quantities as exact, measured and z."""
    short = {name: row[name] for name in axes}
    for name in measured:
        mean, stderr, z = row[name], row[f"{name}_stderr"], row[f"{name}_z"]
        known = mean is not None and stderr is not None
        short |= {f"{name} exact": row[f"{name}_exact"], name: str(Measurement(mean, stderr)) if known else None}
        short |= {f"{name} z": None if z is None else f"{z:.1f}"}
    return short


def _print_what_varies(rows: list[Row]) -> None:
    """Print the columns in which rows differ, and the others in a line."""
    same = {name: value for name, value in rows[0].items() if len(rows) > 1 and all(row[name] == value for row in rows)}
    empty = [name for name, value in same.items() if value is None]
    print_rows([{name: value for name, value in row.items() if name not in same} for row in rows])
    if filled := [f"{name} = {cell(value)}" for name, value in same.items() if value is not None]:
        print_line(f"in every row: {', '.join(filled)}")
    if empty:
        print_line(f"empty: {', '.join(empty)}")
