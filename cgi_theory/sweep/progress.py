"""How far a sweep is, for who asks in another process: a running sweep's store can be read by nobody else.

So beside ``NAME.sqlite`` lies ``NAME.sqlite-progress`` with the numbers of samples stored and wanted, until the table is written.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from cgi_theory._files import read_file

# What lies beside a table of the same name.
_BESIDE = (".json", ".sqlite", ".png", ".pdf", ".svg")

Progress = Callable[[int, int], None]


def noted(table: Path, progress: Progress | None) -> Progress:
    """Return ``progress`` such that what it is told lies beside the store, too."""

    def report(stored: int, wanted: int) -> None:
        with suppress(OSError):  # no sweep ends for want of a note
            note = os.open(_note(table), os.O_WRONLY | os.O_CREAT, 0o666)
            os.write(note, f"{stored:20} {wanted:20}\n".encode())  # of one length: whoever reads meets no half of it
            os.close(note)
        if progress is not None:
            progress(stored, wanted)

    return report


def forget(table: Path) -> None:
    """Remove the note: the table is written."""
    with suppress(OSError):
        _note(table).unlink(missing_ok=True)


def no_table(path: Path) -> str | None:
    """Say what somebody has named who wants to read a table, or which table is meant; None if it may be one."""
    if path.suffix == ".toml" and path.is_file():
        return f"{path} is a specification, not a table: cgi-theory sweep runs it, and prints where its table lies"
    if path.suffix != ".csv" and path.name and not (path.exists() and path.suffix not in _BESIDE):
        for table in (path.with_name(f"{path.name}.csv"), path.with_suffix(".csv")):
            if table.is_file():
                return f"{path}: {'This is no table' if path.exists() else 'No such file'}: did you mean {table}?"
            if not path.exists() and (found := unfinished(table)):
                return f"{path}: No such file; {table} is not written yet: {found}"
    if not path.exists() and (found := unfinished(path)):
        return f"{path} is not written yet: {found}"
    return None


def unfinished(table: Path) -> str | None:
    """Say how far the sweep is whose table is not there; None if there is no such sweep."""
    store = table.with_suffix(".sqlite")
    if not store.is_file():
        return None
    running = False
    try:
        with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True, timeout=0.0)) as connection:
            connection.execute("SELECT count(*) FROM entries").fetchone()
    except sqlite3.DatabaseError as error:  # in use, or no store
        running = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        if not running:
            return None
    try:
        stored, wanted = map(int, read_file(_note(table), 100).split())
        reached = f"with {stored} of {wanted} samples stored"
    except (OSError, ValueError):
        reached = "with samples stored"
    return f"its sweep is running, {reached}" if running else f"its sweep has ended {reached}: run it again to go on"


def _note(table: Path) -> Path:
    return table.with_suffix(".sqlite-progress")
