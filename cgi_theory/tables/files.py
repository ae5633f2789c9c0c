"""Tables on disk: a CSV file with the rows, and beside it a JSON file, the sidecar, that says how they were made.

Both files are replaced as a whole. The sidecar holds the digest of the CSV file, by which a table that was cut short or edited,
and a file that is none of ours, are told. Before the CSV file is replaced the old sidecar is given the digest of the new one, and
after that the new sidecar follows: wherever a process is killed, both files are known for ours and the next run replaces them.
"""

import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cgi_theory._arguments import file_path, shown
from cgi_theory._files import in_words, read_file, replace_file, require_replaceable
from cgi_theory.tables.grids import SweepFrame, require_axes
from cgi_theory.tables.provenance import commit, versions

SWEEP = "a sweep"
_LARGEST_TABLE = 256 * 2**20
_MOST_LEVELS = 20
_NEXT = "sha256_next"
# Of what a sweep's sidecar says of its sampling.
_TYPES, _WORDS = {"samples": int, "seed": int, "estimator": str}, {int: "a whole number", str: "a word"}
# Columns are parsed as a whole, not part by part, of which each might be of another type; and floats are read as they were
# written, which pandas below 3.1 does only when it is told to, and later ones do by themselves and refuse to be told.
EXACTLY: dict[str, Any] = {"low_memory": False}
if tuple(int(part) for part in pd.__version__.split(".")[:2]) < (3, 1):
    EXACTLY["float_precision"] = "round_trip"
_MISFIT = "{path} is not the table that {sidecar} describes: it was changed or cut short"


class RefusedTableError(FileExistsError):
    """A place for a table, or its figure, where something else lies, or nothing can be written."""


def load(path: str | Path) -> pd.DataFrame:
    """Return a table: one row for each point, with each quantity's exact answer, estimate, standard error and z-score.

    Parameters
    ----------
    path : path
        The CSV file; its sidecar lies beside it.

    Returns
    -------
    DataFrame
        Every number is the one that was written; the sidecar is ``attrs["sidecar"]``. Of a sweep it is a
        :class:`~cgi_theory.tables.grids.SweepFrame`, whose columns are the fields of the model; ``estimator``, ``n_samples`` and
        ``point_seed``; and for each quantity, c1 say, ``c1_exact``, ``c1_limit`` (n → ∞), ``c1``, ``c1_stderr`` and ``c1_z``.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If the two files are no table, or do not belong together.
    """
    path = file_path("path", path)
    content, made = read_file(path, _LARGEST_TABLE), _sidecar(path)
    if made.get("sha256") != _digest(content):
        raise ValueError(_MISFIT.format(path=path, sidecar=_beside(path).name))
    return _frame(path, content, made)


def current(path: Path, made_with: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return a table if it is there, whole, and was made with these parameters."""
    try:
        frame = load(path)
    except (OSError, ValueError):
        return None
    sidecar, wanted = frame.attrs["sidecar"], json.loads(json.dumps(made_with))
    return frame if {**sidecar, **wanted} == sidecar else None


def require_place(path: Path, kind: str, *, force: bool = False) -> None:
    """Raise unless a table can be written here: unless nothing lies here, or a table of the same kind, whole.

    Parameters
    ----------
    path : Path
        The CSV file.
    kind : str
        ``SWEEP``, or "the experiment NAME".
    force : bool
        Whether files of any content may be replaced.

    Raises
    ------
    RefusedTableError
        Saying what lies here, or why nothing can be written.
    """
    files = path, _beside(path)
    if os.path.lexists(path.parent):
        try:
            for file in files:
                require_replaceable(file)
        except OSError as error:
            raise RefusedTableError(in_words(error)) from None
    if not force and any(map(os.path.lexists, files)) and (reason := _is_foreign(path, kind)):
        way = "replace it with --force (force=True)" if kind == SWEEP else "move it away"
        raise RefusedTableError(f"{reason}; it was left as it is: {way}, or choose another place with --out")


def write_table(
    path: Path, rows: list[dict[str, Any]], made_with: Mapping[str, Any], *, module: str, command: str, **report: Any
) -> pd.DataFrame:
    """Replace a table, and return it as ``load`` does.

    Parameters
    ----------
    path : Path
    rows : list of dict
    made_with : mapping
        The parameters, for the sidecar: what ``current`` compares.
    module : str
        The name of the module that made the rows; the libraries it uses are named with their versions.
    command : str
        The command line that makes the table again.
    **report
        What else the sidecar says.
    """
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode()
    digest = _digest(text)
    made = {**made_with, **report, "sha256": digest, "versions": versions(module), "commit": commit(), "command": command}
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_json(_beside(path), _before(path, made_with) | {_NEXT: digest})
    replace_file(path, lambda file: file.write(text))
    _write_json(_beside(path), made)
    return _frame(path, text, json.loads(json.dumps(made)))


def _before(path: Path, made_with: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sidecar of the table that is to be replaced; if there is none of this kind, one that says the kind alone."""
    try:
        sidecar = _sidecar(path)
    except (OSError, ValueError):
        sidecar = {}
    same = _kind(sidecar) == _kind(made_with)
    return sidecar if same else {key: made_with[key] for key in ("experiment", "axes") if key in made_with}


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = (json.dumps(content, indent=2) + "\n").encode()
    replace_file(path, lambda file: file.write(text))


def _sidecar(path: Path) -> dict[str, Any]:
    """Read a table's sidecar, hostile until parsed."""
    try:
        made = json.loads(read_file(_beside(path), _LARGEST_TABLE))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{_beside(path)} is not the sidecar of a table: {error}") from None
    if not isinstance(made, dict) or not _is_shallow(made, _MOST_LEVELS):
        raise ValueError(f"{_beside(path)} is not the sidecar of a table")
    return made


def _is_shallow(content: object, levels: int) -> bool:
    """Whether JSON is nested no deeper than any sidecar: what is copied or printed later takes a stack of its own."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return levels > 0 and all(_is_shallow(item, levels - 1) for item in inner)


def _kind(made: Mapping[str, Any]) -> str | None:
    """Return which kind of table was made with this: None if it is none of ours."""
    if "axes" in made:
        return SWEEP
    name = made.get("experiment")
    return f"the experiment {name}" if isinstance(name, str) and name.isprintable() else None


def _is_foreign(path: Path, kind: str) -> str | None:
    """Return why what lies here is no table of this kind: None if it is one, or a sidecar that lost its table."""
    try:
        made = _sidecar(path)
        digest = _digest(read_file(path, _LARGEST_TABLE)) if os.path.lexists(path) else None
    except OSError as error:
        return f"{path} is no table of ours ({in_words(error)})"
    except ValueError as error:
        return str(error)
    found = _kind(made)
    if found is None or not {"sha256", _NEXT} & set(made):
        return f"{_beside(path)} is not the sidecar of a table"
    if found != kind:
        return f"{path} is the table of {found}, not of {kind}"
    if digest not in (None, made.get("sha256"), made.get(_NEXT)):
        return _MISFIT.format(path=path, sidecar=_beside(path).name)
    return None


def _frame(path: Path, content: bytes, made: dict[str, Any]) -> pd.DataFrame:
    """Parse a table whose sidecar fits."""
    try:
        frame = pd.DataFrame()
        if content.strip():
            frame = pd.read_csv(io.BytesIO(content), dtype={"point_seed": "string"}, **EXACTLY)
        if "axes" in made:
            _check_sweep(frame, made)
            frame = SweepFrame(frame)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{path} is not a table: {' '.join(str(error).split())}") from None
    frame.attrs["sidecar"] = made
    return frame


def _check_sweep(frame: pd.DataFrame, made: Mapping[str, Any]) -> None:
    """Raise a ValueError unless a sweep's table has what its readers take from it."""
    axes, failed = made["axes"], made.get("failed", [])
    require_axes(axes)
    if not (isinstance(failed, list) and all(isinstance(point, dict) and "error" in point for point in failed)):
        raise ValueError("the sidecar's failed points are not points with an error")
    for key, kind in _TYPES.items():
        if key in made and type(made[key]) is not kind:
            raise ValueError(f"the sidecar's {key} must be {_WORDS[kind]}, not {shown(made[key])}")
    numbers = [f"{name}{ending}" for name in ("c1", "c2") for ending in ("", "_exact", "_stderr", "_z")]
    for column in (*axes, *numbers) if len(frame) else ():
        if column not in frame:
            raise ValueError(f"it has no column {column!r}")
        if column in numbers and not pd.api.types.is_numeric_dtype(frame[column]):
            raise ValueError(f"its column {column!r} does not hold numbers")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
