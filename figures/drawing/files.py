"""Where figures are written, and how: as PNG and PDF, each replaced as a whole."""

from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from cgi_theory._files import replace_file, require_replaceable

_DPI = 200


def require_places(folder: Path, name: str) -> None:
    """Make the folder, and raise the OSError that ``save`` would, as far as that can be told beforehand."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in _paths(folder, name):
        require_replaceable(path)


def save(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure, close it, and return the files.

    They hold no dates and no versions, so that the same table gives the same bytes. The canvases are told to print: ``savefig``
    would draw everything once more before, for nothing.

    Raises
    ------
    OSError
        Naming the path that cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    png, pdf = _paths(folder, name)
    figure.set_dpi(_DPI)
    replace_file(png, partial(FigureCanvasAgg(figure).print_png, metadata={"Software": None}))
    replace_file(pdf, partial(FigureCanvasPdf(figure).print_pdf, metadata={"CreationDate": None, "Producer": None}))
    plt.close(figure)
    return [png, pdf]


def _paths(folder: Path, name: str) -> tuple[Path, Path]:
    return folder / f"{name}.png", folder / f"{name}.pdf"
