"""What commands show: progress on a terminal, and tables for people or for programs."""

import json
import math
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import pandas as pd
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cgi_theory._stdio import spelled, visible

_MOST_ROWS = 200
_LONGEST_IN_ONE_LINE = 30
_BETWEEN = 3  # a line and a space on each side


class ProgressBar:
    """A bar with the rate and the time left, on standard error if that is a terminal.

    Parameters
    ----------
    title : str
    unit : str
        What is counted.
    total : int, optional
        How many there are, if it is known.
    """

    def __init__(self, title: str, unit: str, total: int | None = None) -> None:
        console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(unit),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._progress.add_task(title, total=total)
        self._started = total is not None

    def __enter__(self) -> "ProgressBar":
        if not self._progress.disable:
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._progress.disable:  # some versions of rich end a bar that never was with an empty line
            self._progress.stop()

    def advance(self, done: int) -> None:
        """Count ``done`` more."""
        self._progress.advance(self._task, done)

    def update(self, done: int, total: int) -> None:
        """Show ``done`` of ``total``; what the first call finds done does not count for the rate."""
        if not self._started:
            self._progress.reset(self._task)
            self._started = True
        self._progress.update(self._task, completed=done, total=total)


class _Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {self._unit}/s")


def print_rows(rows: list[dict[str, Any]], *, as_json: bool = False) -> None:
    """Print rows, each of which has all columns: a table on a terminal, CSV in a pipe, or JSON."""
    if as_json:
        print_json(rows)
    elif not sys.stdout.isatty():
        sys.stdout.write(pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    else:
        _print_table(rows)


def print_line(text: str) -> None:
    """Print a remark beside a table, wrapped between words."""
    Console(markup=False, emoji=False, highlight=False).print(spelled(visible(text)))


def cell(value: object) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else spelled(visible(str(value)))


def _print_table(rows: list[dict[str, Any]]) -> None:
    """Print a table of the columns that fit the terminal in whole numbers and words, and say what is left out."""
    shown = rows[:_MOST_ROWS]
    console = Console(markup=False, emoji=False, highlight=False)  # cells are data, not markup
    columns = {cell(name): [cell(row[name]) for row in shown] for name in (rows[0] if rows else ())}
    widths = _widths(columns, console.width)
    table = Table()
    for name, width in widths.items():
        table.add_column(name, justify="right", width=width)
    for cells in zip(*(columns[name] for name in widths), strict=True):
        table.add_row(*cells)
    if widths:
        console.print(table)
    if left_out := [name for name in columns if name not in widths]:
        print_line(f"no room for: {', '.join(left_out)} (a wider terminal, a pipe or --json shows them)")
    if len(rows) > _MOST_ROWS:
        print_line(f"and {len(rows) - _MOST_ROWS} more rows (a pipe or --json shows them)")


def _widths(columns: dict[str, list[str]], terminal: int) -> dict[str, int]:
    """Return the widths of the first columns, as many as fit; long texts get what the others leave, and wrap between words."""
    widths, longest = {}, {}
    room = terminal - 1  # the border
    for name, cells in columns.items():
        longest[name] = max(map(cell_len, (name, *cells)))
        words = (word for text in (name, *cells) for word in text.split())
        least = max(min(longest[name], _LONGEST_IN_ONE_LINE), *map(cell_len, words), 1)
        if least + _BETWEEN >= terminal:  # this one never fits, but what comes after it may
            continue
        if least + _BETWEEN > room:
            break
        widths[name] = least
        room -= least + _BETWEEN
    for name, least in widths.items():
        widths[name] = min(longest[name], least + room)
        room -= widths[name] - least
    return widths


def print_json(content: Any) -> None:
    """Print JSON, with null for what is not a number."""
    sys.stdout.write(json.dumps(_finite(content), indent=2) + "\n")


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {name: _finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
