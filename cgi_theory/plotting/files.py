"""Where figures are written, and how: as PNG and PDF, or in one form, each file replaced as a whole.

Figures are drawn by any process, and written by one that is not killed with others: see ``printed`` and ``save``.
"""

import io
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple, get_args

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from cgi_theory._files import replace_file, require_replaceable

Form = Literal["png", "pdf", "svg"]
FORMS: tuple[Form, ...] = get_args(Form)
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
    """Close a figure, and return what its files hold: the same table gives the same bytes."""
    contents = Printed(content_of(figure, "png"), content_of(figure, "pdf"))
    plt.close(figure)
    return contents


def content_of(figure: Figure, form: Form, maker: str | None = None) -> bytes:
    """Return what a figure's file of a form holds, without dates and versions.

    The canvases are told to print: ``savefig`` would draw everything once more before, for nothing.

    Parameters
    ----------
    figure : Figure
    form : {"png", "pdf", "svg"}
    maker : str, optional
        What the file says of who made it.
    """
    figure.set_dpi(_DPI)
    if form == "png":
        return _content(partial(FigureCanvasAgg(figure).print_png, metadata={"Software": maker}))
    if form == "pdf":
        known = {"CreationDate": None, "Producer": None} | ({} if maker is None else {"Creator": maker})
        return _content(partial(FigureCanvasPdf(figure).print_pdf, metadata=known))
    with plt.rc_context({"svg.hashsalt": "the same names in every run"}):
        return _content(partial(FigureCanvasSVG(figure).print_svg, metadata={"Date": None, "Creator": maker}))


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
