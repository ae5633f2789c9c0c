"""The store of a sweep: every finished block of samples, in one SQLite file beside the table.

One process writes: it holds the file's lock for as long as the store is open, and a second is refused. Blocks are committed in
write-ahead mode, so a process killed at any moment leaves what it committed; what a power cut takes is at most the last
commits. A block's bytes carry a digest, and a store its grid: rows of another grid, version or seed never mix with it.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cgi_theory._files import in_words
from cgi_theory.gaussian.workspace import COLUMNS

Array = NDArray[np.float64]

_APPLICATION = 0x43474954  # "CGIT", by which SQLite's header tells whose file it is
_SCHEMA = (
    f"PRAGMA application_id = {_APPLICATION}",
    "CREATE TABLE grid (description TEXT NOT NULL)",
    "CREATE TABLE answers (point INTEGER PRIMARY KEY, columns TEXT NOT NULL)",
    "CREATE TABLE blocks (point INTEGER, start INTEGER, stop INTEGER, results BLOB NOT NULL, digest BLOB NOT NULL,"
    " PRIMARY KEY (point, start))",
)
_LONGEST_VALUE = 200
_SAMPLE_BYTES = 8 * COLUMNS


class StoreError(Exception):
    """A store that cannot be read or written."""


class RefusedStoreError(StoreError):
    """A store that is not opened: another's file, another grid's, in use, or damaged."""


class StoredBlock(NamedTuple):
    """Samples ``start`` to ``stop`` − 1 of a point."""

    point: int
    start: int
    stop: int
    results: Array
    """Shape (stop − start, columns)."""


class Store:
    """Finished blocks and exact answers of a grid's points, by the points' numbers.

    Parameters
    ----------
    path : Path
        The file; made if it is missing.
    grid : mapping
        What decides the numbers: it must equal that of what is stored.
    force : bool
        Discard what is stored for another grid.

    Raises
    ------
    RefusedStoreError
        If the file is another program's, is damaged, is in use, or holds another grid's blocks.
    StoreError
        If it cannot be made or written.
    """

    def __init__(self, path: Path, grid: Mapping[str, Any], *, force: bool = False) -> None:
        self.path = path
        with self._failures("open"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=0.0, isolation_level=None)
        try:
            self._lock()
            self._check_types()
            self._check_grid(json.dumps(grid), force)  # in the order of the axes, which numbers the points
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def add(self, blocks: Iterable[StoredBlock], answers: Mapping[int, Mapping[str, float]]) -> None:
        """Commit blocks, and exact answers by point, all or none."""
        with self._transaction() as connection:
            for point, start, stop, results in blocks:
                content = np.ascontiguousarray(results, dtype="<f8").tobytes()
                row = point, start, stop, content, _digest(point, start, stop, content)
                connection.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", row)
            for point, columns in answers.items():
                connection.execute("INSERT INTO answers VALUES (?, ?)", (point, json.dumps(columns)))

    def answers(self, point: int) -> dict[str, float]:
        """Return the exact answers of a point, the first of whose samples is stored."""
        with self._failures("read"):
            found = self._connection.execute("SELECT columns FROM answers WHERE point = ?", (point,)).fetchone()
        try:
            return {str(name): float(value) for name, value in json.loads(found[0]).items()}
        except (ValueError, TypeError, AttributeError):  # as from None, where there is no such row
            raise RefusedStoreError(f"{self.path} is damaged: the exact answers of point {point} cannot be read") from None

    def gaps(self, point: int, wanted: int) -> list[tuple[int, int]]:
        """Return the ranges of a point's samples below ``wanted`` that are not stored, as (start, stop)."""
        with self._failures("read"):
            query = "SELECT start, stop FROM blocks WHERE point = ? ORDER BY start"
            stored = self._connection.execute(query, (point,)).fetchall()
        gaps, reached = [], 0
        for start, stop in (*stored, (wanted, wanted)):
            if reached < min(start, wanted):
                gaps.append((reached, min(start, wanted)))
            reached = max(reached, stop)
        return gaps

    def results(self, point: int, wanted: int) -> Array:
        """Return a point's first ``wanted`` samples, shape (wanted, columns), all of which must be stored."""
        samples, reached = np.empty((wanted, COLUMNS)), 0
        with self._failures("read"):
            query = "SELECT start, stop, results, digest FROM blocks WHERE point = ? AND start < ? ORDER BY start"
            for start, stop, content, digest in self._connection.execute(query, (point, wanted)):
                expected = (reached, (stop - start) * _SAMPLE_BYTES, _digest(point, start, stop, content))
                if (start, len(content), digest) != expected:
                    break
                samples[start:stop] = np.frombuffer(content, dtype="<f8").reshape(-1, COLUMNS)[: wanted - start]
                reached = stop
        if reached < wanted:
            raise RefusedStoreError(f"{self.path} is damaged: sample {reached} of point {point} is not as it was written")
        return samples

    def _lock(self) -> None:
        """Take the file for this process, and refuse it unless it is a sound store or empty."""
        try:
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("BEGIN EXCLUSIVE")
            self._connection.execute("COMMIT")
            ours = self._connection.execute("PRAGMA application_id").fetchone() == (_APPLICATION,)
            empty = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
            if not ours and not empty:
                raise RefusedStoreError(f"{self.path} is not a store of sweeps; it was left as it is")
            sound = self._connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise RefusedStoreError(f"{self.path} is in use by another process") from None
            raise StoreError(f"cannot open {self.path}: {error}") from None
        except sqlite3.DatabaseError as error:
            raise RefusedStoreError(f"{self.path} is not a store of sweeps, or damaged ({error}); it was left as it is") from None
        if not sound:
            raise RefusedStoreError(f"{self.path} is damaged; it was left as it is")
        with self._failures("write"):
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        if empty:
            with self._transaction() as connection:
                for statement in _SCHEMA:
                    connection.execute(statement)

    def _check_types(self) -> None:
        """Refuse rows that no store of ours holds: SQLite keeps a text where a number belongs."""
        kinds = "typeof(start) != 'integer' OR typeof(stop) != 'integer' OR typeof(results) != 'blob' OR stop <= start"
        with self._failures("read"):
            if self._connection.execute(f"SELECT count(*) FROM blocks WHERE {kinds}").fetchone() != (0,):
                raise RefusedStoreError(f"{self.path} is damaged; it was left as it is")

    def _check_grid(self, grid: str, force: bool) -> None:
        """Refuse another grid's store, or with ``force`` empty it."""
        with self._failures("read"):
            found = self._connection.execute("SELECT description FROM grid").fetchone()
        if found == (grid,):
            return
        if found is not None and not force:
            raise RefusedStoreError(
                f"{self.path} holds another sweep's samples ({_difference(found[0], grid)}): "
                "discard them with --force (force=True), or choose another name with --out"
            )
        with self._transaction() as connection:
            for table in ("grid", "answers", "blocks"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO grid VALUES (?)", (grid,))

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


def _digest(point: int, start: int, stop: int, content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16, key=f"{point}:{start}:{stop}".encode()).digest()


def _difference(found: str, wanted: str) -> str:
    """Name the entries in which two grids differ."""
    try:
        old, new = dict(json.loads(found)), json.loads(wanted)
    except (ValueError, TypeError):
        return "a description that cannot be read"
    changed = [key for key in new if old.get(key) != new[key]]
    named = ", ".join(f"{key}: {_short(old.get(key))}, now {_short(new[key])}" for key in changed)
    return named or "axes in another order, or with numbers written otherwise"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"
