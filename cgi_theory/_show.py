"""A table read back from disk, at a terminal: what a reader looks for first, whatever the files hold."""

import sys

import pandas as pd

from cgi_theory._console import cell, print_line, print_rows
from cgi_theory._stdio import visible
from cgi_theory.tables.short import Row, records, short_rows


def print_frame(frame: pd.DataFrame, title: str, *, as_json: bool) -> None:
    """Print a table: all of it as CSV in a pipe or as JSON; on a terminal a sweep in short, another table's columns that vary."""
    rows = records(frame)
    if as_json or not sys.stdout.isatty():
        print_rows(rows, as_json=as_json)
        return
    print(visible(title))  # in one piece, to be copied
    if not rows:
        print_line("no rows")
    elif short := short_rows(frame, frame.attrs["sidecar"]):
        print_rows(short)
    else:
        _print_what_varies(rows)


def _print_what_varies(rows: list[Row]) -> None:
    """Print the columns in which rows differ, and the others in a line."""
    same = {name: value for name, value in rows[0].items() if len(rows) > 1 and all(row[name] == value for row in rows)}
    empty = [name for name, value in same.items() if value is None]
    print_rows([{name: value for name, value in row.items() if name not in same} for row in rows])
    if filled := [f"{name} = {cell(value)}" for name, value in same.items() if value is not None]:
        print_line(f"in every row: {', '.join(filled)}")
    if empty:
        print_line(f"empty: {', '.join(empty)}")
