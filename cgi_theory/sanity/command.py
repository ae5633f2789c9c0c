"""The body of ``cgi-theory check``: files of maps in, a report's folder out.

A file is a .npz archive, as ``numpy.savez`` or ``numpy.savez_compressed`` write it: each array is one method's maps, by its name,
(batch, pixels), (batch, height, width) or (batch, channels, *spatial), of the same images and labels in every file. The name
``x`` is reserved for the inputs, which say which pixels are lit; a file after the first may repeat them, and have no others.
"""

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cgi_theory._files import in_words, open_file
from cgi_theory.networks._npz import read_named_arrays
from cgi_theory.sanity.arguments import METRICS, metrics_of, require_names
from cgi_theory.sanity.comparison import Before
from cgi_theory.sanity.given import Item, check_stream
from cgi_theory.sanity.report import Report, require_ours
from cgi_theory.sanity.table import EVERYTHING
from cgi_theory.sanity.tasks import Progress

INPUTS = "x"
# A gigabyte of float64; and methods beside the inputs. The help of the command says both.
_MOST_NUMBERS, _MOST_METHODS = 2**27, 64
Arrays = dict[str, NDArray[Any]]


def check_files(
    before: Path,
    after: Sequence[Path],
    retrained: Sequence[Path],
    *,
    seed: int,
    out: Path,
    force: bool,
    progress: Progress,
) -> Report:
    """Check the maps of files, one at a time, and return the report that lies in ``out`` then.

    Parameters
    ----------
    before : Path
        Maps of the network that is checked, with the inputs if they are known.
    after, retrained : sequence of Path
        A file for each network with all layers randomised, and for each retrained one.
    seed : int
    out : Path
        The report's folder.
    force : bool
        Discard what lies there, of another check or of another's.
    progress : callable
        Called with the numbers of files that are done, and of all.

    Raises
    ------
    TypeError, ValueError
        Naming the file that is off.
    RefusedTableError, StoreError, OSError
        If something else lies in ``out``, or it cannot be written.
    """
    _require_files([before, *after, *retrained])
    require_ours(out, force=force)
    if not after:
        raise ValueError("AFTER must be one file at least, of maps of a network with all layers randomised")
    maps, total = _read(before), len(after) + len(retrained)
    x = maps.pop(INPUTS, None)
    with _of(before):
        require_names("its arrays", maps)
        network = Before(maps, x, metrics_of(METRICS, lit=x is not None), seed)
    items = (Item(_read_like(path, x), EVERYTHING, str(path)) for path in after)
    others = (Item(_read_like(path, x), "", str(path)) for path in retrained)
    words = [before, *after, *(["--retrained", *retrained] if retrained else []), "--seed", seed, "--out", out]
    command = shlex.join(["cgi-theory", "check", *map(str, words)])

    def counted(done: int, _: int) -> None:
        progress(done, total)

    return check_stream(network, items, others, folder=out, force=force, command=command, progress=counted)


def _require_files(paths: Sequence[Path]) -> None:
    """Raise an error, before anything is computed, if a file cannot be opened, or is given twice."""
    seen: dict[tuple[int, int], Path] = {}
    for path in paths:
        with _of(path), open_file(path) as file:
            about = os.fstat(file.fileno())
        if (first := seen.setdefault((about.st_dev, about.st_ino), path)) is not path:
            raise ValueError(f"{path} is the same file as {first}")


def _read(path: Path) -> Arrays:
    """Return the arrays of a file, hostile until parsed."""
    with _of(path):
        return read_named_arrays(path, _MOST_NUMBERS, _MOST_METHODS + 1)


def _read_like(path: Path, x: NDArray[Any] | None) -> Arrays:
    """Return the maps of a file after the first, whose inputs must be those of the first."""
    maps = _read(path)
    inputs = maps.pop(INPUTS, None)
    if inputs is not None and (x is None or not np.array_equal(inputs, x)):
        raise ValueError(f"{path}: x must be that of the first file, if it is there")
    return maps


@contextmanager
def _of(path: Path) -> Iterator[None]:
    """Let errors name a file."""
    try:
        yield
    except OSError as error:
        raise ValueError(in_words(error)) from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"{path}: {error}") from None
