"""Tables on disk: a CSV file with the rows, and beside it a JSON file that says how they were made.

A table is current if its JSON names the same experiment, parameters, seed and version of the package, and the digest of
the CSV file as it stands. Both files are replaced as a whole, the JSON last.
"""

import hashlib
import json
import platform
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

import cgi_theory

_PACKAGES = ("numpy", "scipy", "numba", "pandas", "matplotlib", "seaborn")
_LARGEST_TABLE = 256 * 2**20


@dataclass(frozen=True)
class TableFile:
    """Where a table lies and what it must have been made with to count as current."""

    folder: Path
    experiment: str
    parameters: dict[str, Any]
    seed: int

    @property
    def csv(self) -> Path:
        """The rows."""
        return table_path(self.folder, self.experiment)

    @property
    def sidecar(self) -> Path:
        """Parameters, seed, versions and commit."""
        return self.csv.with_suffix(".json")

    def is_current(self) -> bool:
        """Whether both files are there, fit together, and were made with these parameters."""
        try:
            if self.csv.stat().st_size > _LARGEST_TABLE or self.sidecar.stat().st_size > _LARGEST_TABLE:
                return False
            found = json.loads(self.sidecar.read_text(encoding="utf-8"))
            digest = _digest(self.csv.read_bytes())
        except (OSError, ValueError):
            return False
        return isinstance(found, dict) and {**found, **self._identity(digest)} == found

    def read(self) -> pd.DataFrame:
        """Return the rows."""
        return pd.read_csv(self.csv)

    def write(self, rows: list[dict[str, Any]]) -> None:
        """Replace the table."""
        text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
        self.csv.parent.mkdir(parents=True, exist_ok=True)
        _replace(self.csv, text.encode())
        sidecar = {**self._identity(_digest(text.encode())), "versions": versions(), "commit": commit()}
        _replace(self.sidecar, (json.dumps(sidecar, indent=2) + "\n").encode())

    def _identity(self, digest: str) -> dict[str, Any]:
        return {
            "experiment": self.experiment,
            "parameters": self.parameters,
            "seed": self.seed,
            "version": cgi_theory.__version__,
            "sha256": digest,
        }


def table_path(folder: Path, experiment: str) -> Path:
    """Where an experiment's rows lie."""
    return folder / "tables" / f"{experiment}.csv"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that made a table."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


def commit() -> str | None:
    """Return the checkout's git commit, with "+changes" if files differ from it; None outside a checkout."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"],
            cwd=Path(__file__).parent,
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


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(content)
    draft.replace(path)
