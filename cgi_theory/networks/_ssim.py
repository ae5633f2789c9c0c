r"""Structural similarity (Wang et al. 2004) of many pairs of maps at a time: scikit-image's, to the last bit.

Each map is scaled by its own largest absolute value to [−1, 1], so that data_range = 2. Over all windows of 7 × 7 pixels inside
the map, with means u, variances v and covariance (over 48),

.. math:: \mathrm{SSIM} = \frac{(2 u_a u_b + C_1)(2 v_{ab} + C_2)}{(u_a^2 + u_b^2 + C_1)(v_a + v_b + C_2)}, \qquad
   C_1 = (0.01 \cdot 2)^2, \quad C_2 = (0.03 \cdot 2)^2,

and the mean over windows. Means are running sums along columns and then rows, as SciPy's ``uniform_filter`` takes them, of all
maps at once: maps lie on the last axis.
"""

from collections.abc import Iterator
from typing import NamedTuple, cast

import numpy as np

from cgi_theory._arrays import Bool1D, Float1D, Float2D, Float3D, FloatND
from cgi_theory.networks._hog import scaled_to_one
from cgi_theory.networks._maps import PreparedMaps, constant

WINDOW = 7
_HALF = WINDOW // 2
_DATA_RANGE = 2.0
_C1, _C2 = (0.01 * _DATA_RANGE) ** 2, (0.03 * _DATA_RANGE) ** 2
_SAMPLE = WINDOW**2 / (WINDOW**2 - 1)  # turns means of squares into those of a sample
# Pixels that are worked on at a time: the arrays that they take stay in the second-level cache.
_CHUNK = 40_000


class _Windows(NamedTuple):
    """A chunk of maps, (rows, columns, maps), with the means and variances of all windows inside."""

    values: Float3D
    mean: Float3D
    variance: Float3D


def similarities(a: PreparedMaps, b: PreparedMaps, shape: tuple[int, int]) -> Float1D:
    """Return the SSIM of each pair of maps, (batch,), which means nothing where one is constant."""
    pairs = zip(a.once(_chunks, shape), b.once(_chunks, shape), strict=True)
    return np.concatenate([np.zeros(0), *(_of_chunk(one, other) for one, other in pairs)])


def _chunks(maps: PreparedMaps, shape: tuple[int, int]) -> list[_Windows]:
    return list(_windows(maps.flat, maps.once(constant), shape))


def _windows(flat: Float2D, constant: Bool1D, shape: tuple[int, int]) -> Iterator[_Windows]:
    size = max(1, _CHUNK // flat.shape[1])
    for first in range(0, len(flat), size):
        part = slice(first, first + size)
        # Constant maps, maybe of zeros, have no similarity: any numbers stand for them.
        scaled = scaled_to_one(np.where(constant[part, None], 1.0, flat[part]))
        values = np.ascontiguousarray(scaled.T).reshape(*shape, len(scaled))
        mean = _means(values)
        yield _Windows(values, mean, _SAMPLE * (_means(values * values) - mean * mean))


def _of_chunk(a: _Windows, b: _Windows) -> Float1D:
    covariance = _SAMPLE * (_means(a.values * b.values) - a.mean * b.mean)
    alike = (2.0 * a.mean * b.mean + _C1) * (2.0 * covariance + _C2)
    found = alike / ((a.mean**2 + b.mean**2 + _C1) * (a.variance + b.variance + _C2))
    # Cut from the image, as scikit-image's are: where numbers lie decides in which order NumPy adds them.
    image = np.empty((found.shape[2], found.shape[0] + 2 * _HALF, found.shape[1] + 2 * _HALF))
    inside = image[:, _HALF:-_HALF, _HALF:-_HALF]
    inside[:] = np.moveaxis(found, -1, 0)
    return cast(Float1D, inside.mean(axis=(1, 2)))


def _means(values: Float3D) -> Float3D:
    """Return the mean of every window inside, (rows − 6, columns − 6, maps)."""
    down = _running_means(values)
    return cast(Float3D, np.swapaxes(_running_means(np.swapaxes(down, 0, 1)), 0, 1))


def _running_means(values: FloatND) -> FloatND:
    """Return the means of 7 neighbours along the first axis, those that reach beyond its ends left out.

    The running sum begins with the window around the first number, whose other half is its mirror image.
    """
    padded = np.concatenate((values[_HALF - 1 :: -1], values))
    sums = np.empty((len(padded) - WINDOW + 1, *values.shape[1:]))
    np.sum(padded[:WINDOW], axis=0, out=sums[0])
    np.subtract(padded[WINDOW:], padded[:-WINDOW], out=sums[1:])
    for i in range(1, len(sums)):
        sums[i] += sums[i - 1]
    return sums[_HALF:] / WINDOW
