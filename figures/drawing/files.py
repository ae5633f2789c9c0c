"""Where figures are written, and how: as PNG and PDF, each replaced as a whole."""

from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from cgi_theory._files import replace_file, require_replaceable

_DPI = 200
# Without dates and versions, so that the same table gives the same bytes.
_METADATA: dict[str, dict[str, Any]] = {"png": {"Software": None}, "pdf": {"CreationDate": None, "Producer": None}}


def require_places(folder: Path, name: str) -> None:
    """Make the folder, and raise the OSError that ``save`` would, as far as that can be told beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _paths(folder, name):
        require_replaceable(path)


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure, close it, and return the files.

    Raises
    ------
    OSError
        Naming the path that cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = _paths(folder, name)
    for path in paths:
        form = path.suffix[1:]
        replace_file(path, partial(figure.savefig, dpi=_DPI, format=form, metadata=_METADATA[form]))
    plt.close(figure)
    return paths


def _paths(folder: Path, name: str) -> list[Path]:
    return [folder / f"{name}.{form}" for form in _METADATA]
