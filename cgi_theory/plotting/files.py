"""Where figures are written, and how: as PNG and PDF, each replaced as a whole.

Figures are drawn by any process, and written by one that is not killed with others: see ``printed`` and ``save``.
"""

import io
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import BinaryIO, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from cgi_theory._files import replace_file, require_replaceable

_DPI = 200


class Printed(NamedTuple):
    """What a figure's two files hold."""

    png: bytes
    pdf: bytes


def require_places(folder: Path, name: str) -> None:
    """Make the folder, and raise the OSError that ``save`` would, as far as that can be told beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _paths(folder, name):
        require_replaceable(path)


def printed(figure: Figure) -> Printed:
    """Close a figure, and return what its files hold.

    That is without dates and versions, so that the same table gives the same bytes. The canvases are told to print: ``savefig``
    would draw everything once more before, for nothing.
    """
    figure.set_dpi(_DPI)
    png = _content(partial(FigureCanvasAgg(figure).print_png, metadata={"Software": None}))
    pdf = _content(partial(FigureCanvasPdf(figure).print_pdf, metadata={"CreationDate": None, "Producer": None}))
    plt.close(figure)
    return Printed(png, pdf)


def save(contents: Printed, folder: Path, name: str) -> list[Path]:
    """Write a figure's files, and return where they are.

    Raises
    ------
    OSError
        Naming the path that cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = _paths(folder, name)
    for path, content in zip(paths, contents, strict=True):
        replace_file(path, methodcaller("write", content))
    return list(paths)


def _content(print_to: Callable[[BinaryIO], object]) -> bytes:
    with io.BytesIO() as file:
        print_to(file)
        return file.getvalue()


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.png", folder / f"{name}.pdf"
