"""What a store's file holds, and whether it is as it was written: hostile until checked."""

import hashlib
import json
import sqlite3
from pathlib import Path

APPLICATION = 0x43474954  # "CGIT", by which SQLite's header tells whose file it is
_TABLES = (
    "CREATE TABLE grid (description TEXT NOT NULL)",
    "CREATE TABLE entries (point INTEGER, start INTEGER, stop INTEGER, content BLOB NOT NULL, digest BLOB NOT NULL,"
    " PRIMARY KEY (point, start))",
)
SCHEMA = (f"PRAGMA application_id = {APPLICATION}", *_TABLES)
_MAGIC = b"SQLite format 3\0"
_MARK_PLACE = 68
_LONGEST_VALUE = 200


def entry_digest(point: int, start: int, stop: int, content: bytes) -> bytes:
    """Return the digest of what is stored of a point, from ``start`` to ``stop`` − 1."""
    return hashlib.blake2b(content, digest_size=16, key=f"{point}:{start}:{stop}".encode()).digest()


def has_our_mark(file: Path) -> bool:
    """Whether a file's header, which may be all of it that can be read, is that of a store."""
    with file.open("rb") as opened:
        header = opened.read(_MARK_PLACE + 4)
    return header.startswith(_MAGIC) and header[_MARK_PLACE:] == APPLICATION.to_bytes(4)


def is_empty(connection: sqlite3.Connection) -> bool:
    """Whether a database holds nothing, and is no store that was emptied."""
    query = "SELECT count(*) FROM sqlite_master"
    return (connection.execute("PRAGMA application_id").fetchone(), connection.execute(query).fetchone()) == ((0,), (0,))


def is_sound(connection: sqlite3.Connection, sample_bytes: int | None) -> bool:
    """Whether a store has our tables and nothing else, one grid, and entries as they were written, none over another.

    Parameters
    ----------
    connection : sqlite3.Connection
    sample_bytes : int, optional
        What each sample of an entry takes, if it is always the same.

    Raises
    ------
    sqlite3.DatabaseError
        If it cannot be read.
    """
    if {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")} != set(_TABLES):
        return False
    checks = ("PRAGMA quick_check", ("ok",)), ("SELECT count(*) FROM grid", (1,))
    if any(connection.execute(statement).fetchone() != expected for statement, expected in checks):
        return False
    last, reached = -1, 0
    for row in connection.execute("SELECT * FROM entries ORDER BY point, start"):
        if not _is_as_written(row, sample_bytes):
            return False
        point, start, stop = row[:3]
        if point == last and start < reached:
            return False
        last, reached = point, stop
    return True


def _is_as_written(row: tuple[object, ...], sample_bytes: int | None) -> bool:
    point, start, stop, content, digest = row
    # SQLite keeps a text where a number belongs.
    if not (isinstance(point, int) and isinstance(start, int) and isinstance(stop, int) and isinstance(content, bytes)):
        return False
    placed = point >= 0 and 0 <= start < stop
    sized = sample_bytes is None or len(content) == (stop - start) * sample_bytes
    return placed and sized and digest == entry_digest(point, start, stop, content)


def difference(found: bytes, wanted: str) -> str | None:
    """Name the entries in which two grids differ; None if what was found describes no grid."""
    new = json.loads(wanted)
    try:
        old = dict(json.loads(found))
        if old.keys() != new.keys():
            return None
        changed = {key: (_short(old[key]), _short(new[key])) for key in new if old[key] != new[key]}
    except (ValueError, TypeError, RecursionError):
        return None
    if set(changed) == {"sources"}:
        return "drawn by another state of the package's code"
    named = ", ".join(f"{key}: {before}, now {now}" for key, (before, now) in changed.items() if key != "sources")
    return named or "axes in another order, or with numbers written otherwise"


def _short(value: object) -> str:
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"
