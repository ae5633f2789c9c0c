"""Histograms of oriented gradients (Dalal & Triggs 2005) of many maps at a time: scikit-image's, to the last bit.

A pixel's gradient is the difference of its neighbours, 0 at the edges. Its direction, without sign, falls into one of nine bins
of 20°; a cell of 4 × 4 pixels has a histogram of its gradients' lengths, which is divided by its own norm, cut at 0.2 and
divided again (L2-Hys). scikit-image adds the lengths in float32, pixel by pixel in the order of rows; so is it done here, one
place of all cells after the other. Most pixels of a saliency map have no gradient, and are left out.
"""

import itertools

import numpy as np

from cgi_theory._arrays import Float2D, FloatND
from cgi_theory.networks._maps import PreparedMaps, constant

CELL = 4
_ORIENTATIONS = 9
_BIN = 180.0 / _ORIENTATIONS
_TINY = 1e-5
_CUT = 0.2
# Pixels that are worked on at a time: the arrays that they take stay in the second-level cache.
_CHUNK = 65536


def histograms(maps: PreparedMaps, shape: tuple[int, int]) -> Float2D:
    """Return the histograms of each map, (batch, cells · 9), zero for a constant one; ``shape`` are its rows and columns."""
    rows, columns = shape[0] // CELL, shape[1] // CELL
    found = np.zeros((len(maps.flat), rows * columns * _ORIENTATIONS))
    varying = np.flatnonzero(~maps.once(constant))
    size = max(1, _CHUNK // maps.flat.shape[1])
    for first in range(0, len(varying), size):
        part = varying[first : first + size]
        scaled = scaled_to_one(maps.flat[part]).reshape(len(part), *shape)
        found[part] = _normalised(_cells(scaled, rows, columns)).reshape(len(part), found.shape[1])
    return found


def scaled_to_one(maps: FloatND) -> FloatND:
    """Return maps over their largest absolute value, none of which is 0."""
    scaled: FloatND = maps / np.abs(maps).max(axis=1, keepdims=True)
    return scaled


def _cells(images: FloatND, rows: int, columns: int) -> Float2D:
    """Return the histogram of every cell, (cells of all images, orientations)."""
    down, right = np.zeros_like(images), np.zeros_like(images)
    np.subtract(images[:, 2:], images[:, :-2], out=down[:, 1:-1])
    np.subtract(images[:, :, 2:], images[:, :, :-2], out=right[:, :, 1:-1])
    down, right = (_by_place(gradient, rows, columns) for gradient in (down, right))
    cells = down.shape[1]
    steep = np.flatnonzero((down != 0.0) | (right != 0.0))
    down, right = down.ravel()[steep], right.ravel()[steep]
    length = np.hypot(right, down)
    orientation = np.rad2deg(np.arctan2(down, right))
    orientation[orientation == 180.0] = 0.0
    orientation += 180.0 * (orientation < 0.0)  # the remainder by 180°, in a fifth of its time
    # An angle just below 0° is 180° after rounding, and in no bin.
    inside = orientation < 180.0
    place, cell = np.divmod(steep[inside], cells)
    entry, length = cell * _ORIENTATIONS + (orientation[inside] / _BIN).astype(np.intp), length[inside]
    sums = np.zeros(cells * _ORIENTATIONS, dtype=np.float32)
    bounds = np.searchsorted(place, np.arange(CELL * CELL + 1))
    for start, stop in itertools.pairwise(bounds):
        here = entry[start:stop]
        sums[here] = sums[here] + length[start:stop]  # each cell once, so that none is lost
    means: Float2D = (sums / np.float32(CELL * CELL)).astype(np.float64).reshape(cells, _ORIENTATIONS)
    return means


def _by_place(gradient: FloatND, rows: int, columns: int) -> Float2D:
    """Return numbers of pixels by their place in a cell, in the order of rows, (16, cells of all images)."""
    whole = gradient[:, : rows * CELL, : columns * CELL].reshape(len(gradient), rows, CELL, columns, CELL)
    return whole.transpose(2, 4, 0, 1, 3).reshape(CELL * CELL, len(gradient) * rows * columns)


def _normalised(cells: Float2D) -> FloatND:
    for highest in (_CUT, np.inf):
        norm = np.sqrt(np.sum(cells**2, axis=1, keepdims=True) + _TINY**2)
        cells = np.minimum(cells / norm, highest)
    return cells
