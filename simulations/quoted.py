"""The numbers that README.md, docs/findings.md and paper_notes.md quote, each beside the cell of a table that it comes from.

A number in the text is followed by a marker, which a reader of the page does not see:

    it is 0.39<!-- controls: method=gradient ⊙ input, competition=no, metric=|spearman|; randomised; .2f --> on lit pixels

That is the table; the values of some columns; the column, or an arithmetic expression of columns; and Python's format of a
number, with % behind it for a hundred times the number. If several rows have these values the column must say what of them is
meant: min, max, mean, median, or largest (in absolute value) before it. A column ``world`` is "measured", and ``pixels`` "lit",
if the marker does not say otherwise. A table with a folder, such as ``alexnet/evidence``, is not made but kept in docs: the
networks that it speaks of need PyTorch.

The table has a row for each marker: where it stands, what the text says, and what the tables say. The last one lies in
docs/tables, and a test holds the text against it: a number that changes there must change in the text.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cgi_theory._arrays import FloatND
from cgi_theory.tables.files import load
from simulations.experiment import Experiment, Made, Parameters, Row

DOCUMENTS = ("README.md", "docs/findings.md", "paper_notes.md")
_ROOT = Path(__file__).parents[1]
_MARKER = re.compile(r"(?P<said>[-−]?\d[\d,]*(?:\.\d+)?)(?: %)?(?:\*\*)?<!-- (?P<marker>[^<>]*?) -->", re.DOTALL)
_DEFAULTS = {"world": "measured", "pixels": "lit"}
_SEVERAL: dict[str, Callable[[FloatND], Any]] = {
    "": np.squeeze,
    "min": np.nanmin,
    "max": np.nanmax,
    "mean": np.nanmean,
    "median": np.nanmedian,
    "largest": lambda values: np.nanmax(np.abs(values)),
}


class Marker(NamedTuple):
    """A number of a document, and the cell that it is to be."""

    place: str
    said: str
    text: str
    """The marker as it stands, its spaces single."""
    table: str
    values: dict[str, str]
    column: str
    format: str


def markers() -> list[Marker]:
    """Return the markers of all documents, in their order.

    Raises
    ------
    ValueError
        Naming a marker that is not one.
    """
    found = []
    for place in DOCUMENTS:
        for match in _MARKER.finditer((_ROOT / place).read_text(encoding="utf-8")):
            found.append(_parsed(place, match["said"], " ".join(match["marker"].split())))
    return found


def _parsed(place: str, said: str, text: str) -> Marker:
    match = re.fullmatch(r"([\w/]+)(?:: (.*?))?; (.+?); (\.\df%?)", text)
    if match is None:
        raise ValueError(f"{place} has a marker that is none: {text}")
    table, selected, column, how = match.groups()
    pairs = [part.partition("=") for part in re.split(r", (?=\w+=)", selected or "") if part]
    return Marker(place, said, text, table, {name: value for name, _, value in pairs}, column, how)


def quoted(marker: Marker, table: pd.DataFrame) -> str:
    """Return what a table says where a marker points to.

    Raises
    ------
    LookupError
        If it points to no row, or to several without saying which is meant.
    """
    rows = table
    words = table.select_dtypes(exclude="number")
    defaults = {name: value for name, value in _DEFAULTS.items() if name in words and name not in marker.values}
    for name, value in (defaults | marker.values).items():
        column = rows[name]
        rows = (
            rows[column == float(value)]
            if pd.api.types.is_numeric_dtype(column)
            else rows[column.fillna("").astype(str) == value]
        )
    first, _, rest = marker.column.partition(" ")
    several, expression = (first, rest) if first in _SEVERAL and rest[:1].isalpha() else ("", marker.column)
    if not len(rows) or (len(rows) > 1 and not several):
        raise LookupError(f"{len(rows)} rows are meant by {marker.text}")
    values = np.asarray(rows.eval(expression), dtype=np.float64)
    number = float(_SEVERAL[several](values))
    how, percent = marker.format.rstrip("%"), marker.format.endswith("%")
    text = f"{100.0 * number if percent else number:z{how}}"
    return text.replace("-", "−")


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the tables."""
    kept = {name: table.attrs["sidecar"]["sha256"] for name, table in kept_tables().items()}
    return {"markers": [[marker.place, marker.said, marker.text] for marker in markers()], "kept": kept}


def rows(made: Made) -> list[Row]:
    """Return one row for each marker."""
    tables = {**made.tables, **kept_tables()}
    return [_row(marker, tables) for marker in markers()]


def kept_tables() -> dict[str, pd.DataFrame]:
    """Return the tables that markers name with a folder, by that name."""
    names = sorted({marker.table for marker in markers() if "/" in marker.table})
    return {name: load(_ROOT / "docs" / f"{name}.csv") for name in names}


def _row(marker: Marker, tables: Mapping[str, pd.DataFrame]) -> Row:
    found = quoted(marker, tables[marker.table])
    return {"place": marker.place, "marker": marker.text, "said": marker.said.replace("-", "−"), "found": found}


EXPERIMENT = Experiment(
    parameters=parameters,
    rows=rows,
    reads=tuple(sorted({marker.table for marker in markers() if "/" not in marker.table})),
)
