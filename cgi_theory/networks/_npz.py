"""Reads .npz files of arrays of numbers, hostile until parsed: no pickle, and sizes checked before memory is taken."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from cgi_theory._arrays import FloatND
from cgi_theory._files import open_file

# What reading a file that is no network's may raise: a header is text that NumPy parses, and a member may be encrypted.
_UNREADABLE = (
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
)
_LARGEST_NUMBER = 8
_ENDING = ".npy"


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
    with _opened(path) as archive:
        found = archive.namelist()
        names = [f"{name}{_ENDING}" for name in names_of(len(found))]
        if not names or sorted(found) != sorted(names):
            raise ValueError("it does not have the members of a network")
        return _members(archive, names, most_numbers, _is_float64, "float64 numbers in C order")


def read_named_arrays(path: str | Path, most_numbers: int, most_arrays: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of real numbers of a file that ``numpy.savez`` or ``savez_compressed`` wrote, by their names.

    Parameters
    ----------
    path : path
    most_numbers, most_arrays : int
        How many numbers all arrays together, and how many arrays there may be.

    Raises
    ------
    OSError, ValueError
        As for ``read_arrays``.
    """
    with _opened(path) as archive:
        names = archive.namelist()
        if not 0 < len(names) <= most_arrays or len(set(names)) < len(names) or not all(name.endswith(_ENDING) for name in names):
            raise ValueError(f"it does not hold 1 to {most_arrays} arrays, each with a name of its own")
        arrays = _members(archive, names, most_numbers, _is_real, "real numbers of at most 8 bytes")
        return {name.removesuffix(_ENDING): array for name, array in zip(names, arrays, strict=True)}


def _is_float64(dtype: np.dtype[Any], fortran: bool) -> bool:
    return dtype == np.dtype("<f8") and not fortran


def _is_real(dtype: np.dtype[Any], fortran: bool) -> bool:
    return dtype.kind in "fiub" and dtype.itemsize <= _LARGEST_NUMBER


@contextmanager
def _opened(path: str | Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_file(Path(path)) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except _UNREADABLE as error:
        raise ValueError(str(error)) from None


def _members(
    archive: zipfile.ZipFile, names: Sequence[str], most_numbers: int, accepts: Callable[[np.dtype[Any], bool], bool], what: str
) -> list[NDArray[Any]]:
    """Read arrays, each only after its header has said how large it is."""
    arrays, left = [], most_numbers
    for name in names:
        with archive.open(name) as member:
            version = npy_format.read_magic(member)
            if version != (1, 0):
                raise ValueError(f"{name} has version {version} of the format, not (1, 0)")
            shape, fortran, dtype = npy_format.read_array_header_1_0(member)
            if min(shape, default=0) < 0:
                raise ValueError(f"{name} has a negative axis, of shape {shape}")
            if not accepts(dtype, fortran):
                order = " in Fortran's order" if fortran else ""
                raise ValueError(f"{name} must hold {what}, not {dtype}{order}")
            left -= math.prod(shape)
            if left < 0:
                raise ValueError(f"{name} is too large, of shape {shape}: all arrays may hold {most_numbers:,} numbers together")
            size = dtype.itemsize * math.prod(shape)
            content = member.read(size)
            if len(content) != size or member.read(1):
                raise ValueError(f"{name} is not as long as its shape {shape} says")
            arrays.append(np.frombuffer(content, dtype=dtype).reshape(shape, order="F" if fortran else "C"))
    return arrays
