"""Tables on disk: a CSV file with the rows, and beside it a JSON file, the sidecar, that says how they were made.

Both files are replaced as a whole, the sidecar last. It holds the digest of the CSV file, by which a table that was cut short or
edited is told.
"""

import hashlib
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from cgi_theory._arguments import file_path
from cgi_theory._files import read_file, replace_file

_PACKAGES = ("numpy", "scipy", "numba", "pandas", "matplotlib", "seaborn")
_LARGEST_TABLE = 256 * 2**20
_ROOT = Path(__file__).parents[2]


def load(path: str | Path) -> pd.DataFrame:
    """Return a table: a row a point, with each quantity's exact answer, estimate, standard error and z-score.

    Parameters
    ----------
    path : path
        The CSV file; its sidecar lies beside it.

    Returns
    -------
    DataFrame
        Columns are the fields of the model; ``estimator``, ``n_samples`` and ``point_seed``; and for each quantity, c1 say,
        ``c1_exact``, ``c1_limit`` (n → ∞), ``c1``, ``c1_stderr`` and ``c1_z``. The sidecar is ``attrs["sidecar"]``.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If the two files are no table, or do not belong together.
    """
    path = file_path("path", path)
    content, sidecar = (read_file(file, _LARGEST_TABLE) for file in (path, path.with_suffix(".json")))
    try:
        made = json.loads(sidecar)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path.with_suffix('.json')} is not the sidecar of a table: {error}") from None
    if not isinstance(made, dict) or made.get("sha256") != _digest(content):
        raise ValueError(f"{path} is not the table that {path.with_suffix('.json').name} describes: it was changed or cut short")
    frame = pd.read_csv(path, dtype={"point_seed": "string"}) if content.strip() else pd.DataFrame()
    frame.attrs["sidecar"] = made
    return frame


def is_current(path: Path, made_with: Mapping[str, Any]) -> bool:
    """Whether a table is there, whole, and was made with these parameters."""
    try:
        sidecar = load(path).attrs["sidecar"]
    except (OSError, ValueError):
        return False
    return bool({**sidecar, **made_with} == sidecar)


def write_table(path: Path, rows: list[dict[str, Any]], made_with: Mapping[str, Any], **report: Any) -> None:
    """Replace a table; its sidecar holds the parameters and the report, versions, commit and command."""
    text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lambda file: file.write(text))
    sidecar = {**made_with, **report, "sha256": _digest(text), "versions": versions(), "commit": commit(), "command": command()}
    described = (json.dumps(sidecar, indent=2) + "\n").encode()
    replace_file(path.with_suffix(".json"), lambda file: file.write(described))


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that made a table."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


def command() -> str:
    """Return the command line of this process."""
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def commit() -> str | None:
    """Return the checkout's git commit, with "+changes" if files differ from it; None outside a checkout of the package."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
