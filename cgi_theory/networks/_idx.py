"""Files of MNIST's format: read, hostile until parsed, and found under the names that they go by.

An IDX file is two zero bytes, a type code (8 for unsigned bytes), the number of axes, the length of each axis as four bytes, most
significant first, and the bytes themselves (LeCun et al. 1998, the MNIST data set); it may be gzipped.
"""

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cgi_theory._arguments import file_path
from cgi_theory._arrays import ByteND
from cgi_theory._files import open_file

_GZIP = b"\x1f\x8b"
_UNSIGNED_BYTES = 8
_LENGTH = 4  # bytes of an axis's length
_MOST_AXES = 4
# Bytes that an IDX file may declare: more than ten times MNIST's 47 million.
_MOST_BYTES = 500_000_000
# Where torchvision lays the files of its data sets, below the folder that it is given or one further down.
_PLACES = ("", "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw")
_EMNIST_PLACES = (*_PLACES, "EMNIST/raw", "gzip")
_EMNIST = "emnist"


def read_idx(path: str | Path) -> ByteND:
    """Return the array of an IDX file of unsigned bytes, plain or gzipped.

    EMNIST's images lie in their files transposed: ``read_idx(path).swapaxes(1, 2)`` turns them.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        Naming the file, if it is no such file, is too short or too long for what it declares, or declares more than 500 MB.
    """
    path = file_path("path", path)
    opened = open_file(path)
    zipped = opened.read(len(_GZIP)) == _GZIP
    opened.seek(0)
    with opened, gzip.open(opened) if zipped else opened as file:
        try:
            zeros, kind, axes = file.read(2), *(file.read(1) for _ in range(2))
            if zeros != b"\0\0" or kind != bytes([_UNSIGNED_BYTES]) or not axes or not 1 <= axes[0] <= _MOST_AXES:
                raise ValueError(f"{path} is not an IDX file of unsigned bytes")
            head = file.read(_LENGTH * axes[0])
            if len(head) < _LENGTH * axes[0]:
                raise ValueError(f"{path} ends within its header")
            shape = tuple(int.from_bytes(head[i : i + _LENGTH], "big") for i in range(0, len(head), _LENGTH))
            size = math.prod(shape)
            if size > _MOST_BYTES:
                raise ValueError(f"{path} declares {size} bytes, more than {_MOST_BYTES}")
            content = file.read(size)
            if len(content) < size:
                raise ValueError(f"{path} holds {len(content)} bytes where its header declares {size}")
            if file.read(1):
                raise ValueError(f"{path} is longer than the {size} bytes that its header declares")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is not a sound gzip file: {error}") from None
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def find_idx(folder: Path, name: str) -> tuple[Path, ByteND]:
    """Return where a file of MNIST lies, and its array.

    Parameters
    ----------
    folder : Path
    name : str
        As MNIST's page has it: ``"train-images-idx3-ubyte"``.

    Raises
    ------
    OSError
        If there is none, or it cannot be read.
    ValueError
        Naming the file, if it is malformed or EMNIST's, or the files, if several differ.
    """
    paths = [path for place in _PLACES for path in _called(folder / place, name)]
    for path in paths or _emnist(folder):
        if _is_emnist(Path(os.path.realpath(path))):
            turned = "read_idx(path).swapaxes(1, 2)"
            raise ValueError(f"{path} is EMNIST's, whose images are transposed: turn them, {turned}, and make Digits of them")
    if not paths:
        raise FileNotFoundError(f"{folder} {_missing(folder, name)}")
    arrays = [read_idx(path) for path in paths]
    if not all(np.array_equal(arrays[0], array) for array in arrays[1:]):
        raise ValueError(f"several files for {name} differ, keep one of them: {', '.join(map(str, paths))}")
    return paths[0], arrays[0]


def _names(name: str) -> list[str]:
    """Return the names that a file goes by: unpacked on Windows, and unpacked at all or not."""
    return [spelling + ending for spelling in (name, name.replace("-idx", ".idx")) for ending in ("", ".gz")]


def _called(place: Path, name: str) -> Iterator[Path]:
    """Yield the files in a place that go by a name, or lie in a folder that does."""
    for found in (place / one for one in _names(name)):
        if found.is_dir():
            yield from (inner for inner in (found / one for one in _names(name)) if inner.exists() and not inner.is_dir())
        elif found.exists():
            yield found


def _emnist(folder: Path) -> list[Path]:
    """Return EMNIST's files of images that lie in a folder."""
    places = [folder / place for place in _EMNIST_PLACES]
    return sorted(path for place in places if place.is_dir() for path in place.iterdir() if _is_emnist(path))


def _is_emnist(path: Path) -> bool:
    return path.name.lower().startswith(_EMNIST) and "images" in path.name.lower()


def _missing(folder: Path, name: str) -> str:
    if not folder.is_dir():
        return "is not a folder" if folder.exists() else "does not exist"
    names = " or ".join(_names(name)[::2])
    return f"holds no {names}, plain or with .gz, nor do its folders {', '.join(_PLACES[1:])}"
