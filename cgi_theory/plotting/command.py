"""The body of ``cgi-theory plot``: a sweep's table in, a figure's file out."""

from collections.abc import Mapping
from operator import methodcaller
from pathlib import Path
from typing import Any

import pandas as pd

from cgi_theory._arguments import renamed
from cgi_theory._files import open_file, replace_file, require_replaceable
from cgi_theory.plotting.files import FORMS, content_of
from cgi_theory.plotting.style import styled
from cgi_theory.plotting.sweeps import plot_sweep

_MAKER = "cgi-theory plot"
_LOOKED_THROUGH = 2**26
_OPTIONS = {name: f"--{name}" for name in ("x", "y", "hue", "col", "row", "log", "level")} | {
    "where": "--set",
    "where:": "--set:",
}


def draw_table(frame: pd.DataFrame, out: Path, *, force: bool, options: Mapping[str, Any]) -> None:
    """Draw a sweep's table and write the file, whose name's ending says in which form.

    Parameters
    ----------
    frame : DataFrame
        What ``load`` gave.
    out : Path
        NAME.png, NAME.pdf or NAME.svg. What lies there already must be a figure that this wrote.
    force : bool
        Whether any file may be replaced.
    options : mapping
        Arguments of ``plot_sweep``, given at the command line.

    Raises
    ------
    OSError
        If something else lies there, or the file cannot be written.
    TypeError, ValueError
        Naming the option that is off.
    """
    form = next((form for form in FORMS if out.suffix == f".{form}"), None)
    if form is None:
        raise ValueError(f"--out must end in .png, .pdf or .svg, not {str(out)!r}")
    require_replaceable(out)
    if out.exists() and not force and not _is_ours(out):
        raise FileExistsError(f"{out} is no figure of this command's: replace it with --force, or choose another place by --out")
    with renamed(_OPTIONS):
        figure = plot_sweep(frame, **options)
    with styled():
        content = content_of(figure, form, _MAKER)
    replace_file(out, methodcaller("write", content))


def _is_ours(path: Path) -> bool:
    """Whether a file says that this command made it."""
    with open_file(path) as file:
        return _MAKER.encode() in file.read(_LOOKED_THROUGH)
