"""What ``cgi-theory plot`` does: a sweep's table in, a figure's file out."""

from collections.abc import Mapping
from operator import methodcaller
from pathlib import Path
from typing import Any

import pandas as pd

from cgi_theory._arguments import renamed
from cgi_theory._files import in_words, open_file, replace_file, require_replaceable
from cgi_theory.plotting.files import FORMS, content_of
from cgi_theory.plotting.style import styled
from cgi_theory.plotting.sweeps import plot_sweep
from cgi_theory.tables.files import RefusedTableError

_MAKER = "cgi-theory plot"
_LOOKED_THROUGH = 2**26
_OPTIONS = {name: f"--{name}" for name in ("x", "y", "hue", "col", "row", "log", "level")} | {
    "where": "--set",
    "where:": "--set:",
}


def draw_table(frame: pd.DataFrame, out: Path, *, force: bool, options: Mapping[str, Any]) -> None:
    """Draw a sweep's table, and write the file, in the form that its name ends in.

    Parameters
    ----------
    frame : DataFrame
        What ``load`` gave.
    out : Path
        NAME.png, NAME.pdf or NAME.svg. What lies there already must be a figure of this command's.
    force : bool
        Whether any file may be replaced.
    options : mapping
        Arguments of ``plot_sweep``, given at the command line.

    Raises
    ------
    RefusedTableError
        If something else lies there, or nothing can be written there; before anything is drawn.
    OSError
        If the file cannot be written after all.
    TypeError, ValueError
        Naming the option that is off.
    """
    form = next((form for form in FORMS if out.suffix == f".{form}"), None)
    if form is None:
        raise ValueError(f"--out must end in .png, .pdf or .svg, not {str(out)!r}")
    try:
        require_replaceable(out)
    except OSError as error:
        raise RefusedTableError(in_words(error)) from None
    if out.exists() and not force and not _is_ours(out):
        raise RefusedTableError(f"{out} is no figure of this command's: replace it with --force, or choose another --out")
    with renamed(_OPTIONS):
        figure = plot_sweep(frame, **options)
    with styled():
        content = content_of(figure, form, _MAKER)
    replace_file(out, methodcaller("write", content))


def _is_ours(path: Path) -> bool:
    """Whether a file says that this command made it."""
    with open_file(path) as file:
        return _MAKER.encode() in file.read(_LOOKED_THROUGH)
