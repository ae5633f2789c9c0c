"""What commands show: progress on a terminal, and tables for people or for programs."""

import json
import math
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

_MOST_ROWS = 200


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
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(unit), TimeRemainingColumn()
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._progress.add_task(title, total=total)
        self._started = total is not None

    def __enter__(self) -> "ProgressBar":
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
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


def print_rows(rows: list[dict[str, Any]], *, title: str = "", as_json: bool = False) -> None:
    """Print rows: a table on a terminal, CSV in a pipe, or JSON."""
    if as_json:
        print_json(rows)
    elif not sys.stdout.isatty():
        sys.stdout.write(pd.DataFrame(rows).to_csv(index=False, lineterminator="\n"))
    else:
        table = Table(title=title or None)
        for column in rows[0] if rows else ():
            table.add_column(column, justify="right")
        for row in rows[:_MOST_ROWS]:
            table.add_row(*(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.values()))
        console = Console()
        console.print(table)
        if len(rows) > _MOST_ROWS:
            console.print(f"and {len(rows) - _MOST_ROWS} more rows")


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
