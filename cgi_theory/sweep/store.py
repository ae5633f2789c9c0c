"""The store of a sweep, or of an experiment: all that is finished, entry by entry, in one SQLite file beside the table.

One process writes: it holds the file's lock for as long as the store is open, and a second is refused. Entries are committed in
write-ahead mode, so a process killed at any moment leaves what it committed; what a power cut takes is at most the last
commits. An entry's bytes carry a digest, and a store its grid: samples of another grid, version or seed never mix with it. What
can be computed again is not stored: a number that somebody changed must not reach a table.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from cgi_theory._files import in_words
from cgi_theory.sweep.contents import APPLICATION, SCHEMA, difference, entry_digest, has_our_mark, is_empty, is_sound

_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# Errors that say nothing of the file's content.
_UNUSABLE = {
    *(sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN),
    sqlite3.SQLITE_IOERR,
}


class StoreError(Exception):
    """A store that cannot be read or written."""


class RefusedStoreError(StoreError):
    """A store that is not opened: another's file, another grid's, in use, or damaged."""


class Entry(NamedTuple):
    """What is stored of a point: its samples ``start`` to ``stop`` − 1, or what the task of that number gave."""

    point: int
    start: int
    stop: int
    content: bytes


class Store:
    """What is finished of a grid's points, by the points' numbers.

    Parameters
    ----------
    path : Path
        The file; made if it is missing.
    grid : mapping
        What decides the numbers: it must equal that of what is stored.
    sample_bytes : int, optional
        What a sample takes, if it is always the same; an entry of another length is damage.
    force : bool
        Discard what is stored for another grid, and a damaged store; never a file that is not a store.

    Raises
    ------
    RefusedStoreError
        If the file is another program's, is damaged, is in use, or holds another grid's entries.
    StoreError
        If it cannot be made or written.
    """

    def __init__(self, path: Path, grid: Mapping[str, Any], *, sample_bytes: int | None = None, force: bool = False) -> None:
        self.path, self._file, self._sample_bytes = path, Path(os.path.realpath(path)), sample_bytes
        description = json.dumps(grid)  # in the order of the axes, which numbers the points
        with self._failures("open"):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connect()
        try:
            refusal = self._refusal(description)
            if refusal and force:
                self.delete()
                self._connect()
                refusal = self._refusal(description)
            if refusal:
                raise RefusedStoreError(refusal)
            self._begin(description)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def add(self, entries: Iterable[Entry]) -> None:
        """Commit entries, all or none."""
        with self._transaction() as connection:
            for entry in entries:
                connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (*entry, entry_digest(*entry)))

    def gaps(self, point: int, wanted: int) -> list[tuple[int, int]]:
        """Return the ranges of a point's samples below ``wanted`` that are not stored, as (start, stop)."""
        with self._failures("read"):
            query = "SELECT start, stop FROM entries WHERE point = ? ORDER BY start"
            stored = self._connection.execute(query, (point,)).fetchall()
        gaps, reached = [], 0
        for start, stop in (*stored, (wanted, wanted)):
            if reached < min(start, wanted):
                gaps.append((reached, min(start, wanted)))
            reached = max(reached, stop)
        return gaps

    def entries(self, point: int, wanted: int) -> list[Entry]:
        """Return what is stored of a point's first ``wanted`` samples, in their order."""
        with self._failures("read"):
            query = "SELECT point, start, stop, content FROM entries WHERE point = ? AND start < ? ORDER BY start"
            return [Entry(*row) for row in self._connection.execute(query, (point, wanted))]

    def delete(self) -> None:
        """Close the store and delete its file."""
        self._connection.close()
        with self._failures("delete"):
            for ending in ("-wal", "-shm", "-journal", ""):
                self._file.with_name(self._file.name + ending).unlink(missing_ok=True)

    def _connect(self) -> None:
        if self._file.exists() and not self._file.is_file():  # a pipe would never answer
            raise RefusedStoreError(f"{self.path} is not a store of samples, but a folder or a device; it was left as it is")
        with self._failures("open"):
            self._connection = sqlite3.connect(self._file, timeout=0.0, isolation_level=None)

    def _refusal(self, grid: str) -> str | None:
        """Take the file for this process; return why it cannot be used: None if it is empty, or a sound store of this grid.

        A file that is in use, cannot be read, or is not ours raises the error: ``force`` changes nothing of that.
        """
        execute = self._connection.execute
        try:
            execute("PRAGMA locking_mode = EXCLUSIVE")
            execute("BEGIN EXCLUSIVE")
            execute("COMMIT")
            if is_empty(self._connection):
                return None
            ours = execute("PRAGMA application_id").fetchone() == (APPLICATION,)
            if ours and is_sound(self._connection, self._sample_bytes):
                (found,) = execute("SELECT CAST(description AS BLOB) FROM grid").fetchone()
                if found == grid.encode():
                    return None
                if (changed := difference(found, grid)) is not None:
                    return self._other_grid(changed)
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code; errors of the module's own have none
            if code in _IN_USE:
                raise RefusedStoreError(f"{self.path} is in use by another process") from None
            if code in _UNUSABLE:
                raise StoreError(f"cannot open {self.path}: {error}") from None
            # Only now: closing a file that SQLite has open elsewhere in this process would give up its lock.
            ours = has_our_mark(self._file)
        if not ours:
            raise RefusedStoreError(
                f"{self.path} is not a store of samples, or its first bytes are damaged; it was left as it is: "
                "choose another name with --out, or delete it if it is yours"
            )
        return f"{self.path} is damaged, or of another version: delete it, or discard it with --force (force=True)"

    def _other_grid(self, found: str) -> str:
        return (
            f"{self.path} holds what another run stored ({found}): "
            "discard it with --force (force=True), or choose another name with --out"
        )

    def _begin(self, grid: str) -> None:
        """Make the tables if there are none, and only then write ahead, so that the file itself bears our mark at once."""
        if is_empty(self._connection):
            with self._transaction() as connection:
                for statement in SCHEMA:
                    connection.execute(statement)
                connection.execute("INSERT INTO grid VALUES (?)", (grid,))
        with self._failures("write"):
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._failures("write"):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _failures(self, action: str) -> Iterator[None]:
        """Turn SQLite's and the system's errors into ours."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            kept = "; what was stored before is intact" if action == "write" else ""
            words = in_words(error) if isinstance(error, OSError) else error
            raise StoreError(f"cannot {action} {self.path}: {words}{kept}") from None
