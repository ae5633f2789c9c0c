"""Reads .npz files of float64 arrays, hostile until parsed: no pickle, and sizes checked before memory is taken."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from cgi_theory._arrays import FloatND
from cgi_theory._files import open_file

# What reading a file that is no network's may raise: a header is text that NumPy parses.
_UNREADABLE = (
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
)


def read_arrays(path: str | Path, names_of: Callable[[int], Sequence[str]], most_numbers: int) -> list[FloatND]:
    """Return the arrays of a file that ``numpy.savez`` wrote, in the order of their names.

    Parameters
    ----------
    path : path
    names_of : callable
        The names that a file of so many arrays must have.
    most_numbers : int
        Numbers that all arrays may hold together.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is anything else: cut short, changed, with other members, or too large.
    """
    try:
        with open_file(Path(path)) as file, zipfile.ZipFile(file) as archive:
            found = archive.namelist()
            names = [f"{name}.npy" for name in names_of(len(found))]
            if not names or sorted(found) != sorted(names):
                raise ValueError("it does not have the members of a network")
            return _members(archive, names, most_numbers)
    except _UNREADABLE as error:
        raise ValueError(str(error)) from None


def _members(archive: zipfile.ZipFile, names: Sequence[str], most_numbers: int) -> list[FloatND]:
    """Read arrays, each only after its header has said how large it is."""
    arrays, left = [], most_numbers
    for name in names:
        with archive.open(name) as member:
            version = npy_format.read_magic(member)
            if version != (1, 0):
                raise ValueError(f"{name} has version {version} of the format, not (1, 0)")
            shape, fortran_order, dtype = npy_format.read_array_header_1_0(member)
            left -= math.prod(shape)
            if dtype != np.dtype("<f8") or fortran_order or left < 0:
                raise ValueError(f"{name} is not an array of at most {most_numbers} float64 numbers in C order")
            content = member.read(8 * math.prod(shape))
            if len(content) != 8 * math.prod(shape) or member.read(1):
                raise ValueError(f"{name} is not as long as its shape {shape} says")
            arrays.append(np.frombuffer(content, dtype="<f8").reshape(shape))
    return arrays
