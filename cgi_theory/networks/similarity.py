r"""How alike two saliency maps are: the field's metrics, with blank and constant maps defined.

Every metric takes two batches of maps (batch, d) and returns one number a pair, NaN where it is undefined: a correlation with a
constant map is, and so is an overlap of two empty supports. NaN is never replaced by 0 or 1; averages should count it apart.

* Spearman's rank correlation (mean ranks for ties), with and without absolute values, and Pearson's.
* SSIM (Wang et al. 2004; scikit-image): each map is scaled by its own largest absolute value to [−1, 1], so data_range = 2,
  with a uniform window of 7 × 7 pixels; a blank map stays blank. Undefined if both are blank.
* HOG: Pearson's correlation of histograms of oriented gradients (scikit-image; 9 orientations, cells of 4 × 4 pixels, blocks of
  1 × 1, of the scaled maps).
* Jaccard: pixels on which both maps are nonzero over those on which either is. ``jaccard_expected`` is its mean for supports of
  the same sizes placed at random (hypergeometric), to leading order :math:`ab/(d(a + b) - ab)` for sizes a, b on d pixels.
* On the union: Spearman and Pearson over the pixels on which either map is nonzero, where common blank area cannot make them
  alike.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
Metric = Callable[[Array, Array], Array]

SSIM_WINDOW = 7
_HOG_CELL = 4
_ORIENTATIONS = 9


def pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation of each pair of maps, (batch,)."""
    return _by_pair(_correlation, a, b)


def spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation of each pair of maps, (batch,)."""
    return pearson(*(stats.rankdata(maps, axis=1) for maps in _maps(a, b)))


def absolute_spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation of the maps' absolute values, (batch,)."""
    return spearman(np.abs(np.asarray(a)), np.abs(np.asarray(b)))


def absolute_pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation of the maps' absolute values, (batch,)."""
    return pearson(np.abs(np.asarray(a)), np.abs(np.asarray(b)))


def union_spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation over the pixels on which either map is nonzero, (batch,)."""
    return _by_pair(lambda one, other: _rank_correlation(*_union(one, other)), a, b)


def union_pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation over the pixels on which either map is nonzero, (batch,)."""
    return _by_pair(lambda one, other: _correlation(*_union(one, other)), a, b)


def jaccard(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the overlap of each pair's supports over their union, (batch,); NaN if both are empty."""
    one, other = (maps != 0.0 for maps in _maps(a, b))
    union = np.sum(one | other, axis=1)
    overlap: Array = np.divide(np.sum(one & other, axis=1), union, out=np.full(len(union), np.nan), where=union > 0)
    return overlap


def jaccard_expected(a: ArrayLike, b: ArrayLike) -> Array:
    """Return what ``jaccard`` is on average if supports of these sizes were placed at random, (batch,)."""
    one, other = (np.sum(maps != 0.0, axis=1) for maps in _maps(a, b))
    pixels = np.shape(np.asarray(a))[1]
    return np.array([_expected_overlap(pixels, int(p), int(q)) for p, q in zip(one, other, strict=True)])


def ssim(a: ArrayLike, b: ArrayLike, *, image_shape: tuple[int, int] | None = None) -> Array:
    """Return the structural similarity of each pair of maps, (batch,); images are square unless a shape is given."""
    structural_similarity = _scikit_image().metrics.structural_similarity

    def of_pair(one: Array, other: Array) -> float:
        if not one.any() and not other.any():
            return np.nan
        images = (_image(_scaled(values), image_shape) for values in (one, other))
        return float(structural_similarity(*images, data_range=2.0, win_size=SSIM_WINDOW))

    return _by_pair(of_pair, a, b)


def hog(a: ArrayLike, b: ArrayLike, *, image_shape: tuple[int, int] | None = None) -> Array:
    """Return the correlation of each pair's histograms of oriented gradients, (batch,)."""
    histogram = _scikit_image().feature.hog
    cells = {"pixels_per_cell": (_HOG_CELL, _HOG_CELL), "cells_per_block": (1, 1), "orientations": _ORIENTATIONS}

    def of_pair(one: Array, other: Array) -> float:
        return _correlation(*(histogram(_image(_scaled(values), image_shape), **cells) for values in (one, other)))

    return _by_pair(of_pair, a, b)


METRICS: dict[str, Metric] = {
    "spearman": spearman,
    "|spearman|": absolute_spearman,
    "pearson": pearson,
    "|pearson|": absolute_pearson,
    "spearman on the union": union_spearman,
    "pearson on the union": union_pearson,
    "jaccard": jaccard,
    "ssim": ssim,
    "hog": hog,
}


def _maps(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """Return two batches of maps, or raise an error that names what is off."""
    one, other = (np.asarray(maps, dtype=np.float64) for maps in (a, b))
    if one.ndim != 2 or one.shape != other.shape:
        raise ValueError(f"maps must have equal shapes (batch, pixels), not {one.shape} and {other.shape}")
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise ValueError("maps must be finite")
    return one, other


def _by_pair(metric: Callable[[Array, Array], float], a: ArrayLike, b: ArrayLike) -> Array:
    return np.array([metric(*pair) for pair in zip(*_maps(a, b), strict=True)], dtype=np.float64)


def _correlation(a: Array, b: Array) -> float:
    if a.size == 0 or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return np.nan
    a, b = a / np.abs(a).max(), b / np.abs(b).max()  # whatever the units, squares neither overflow nor vanish
    a, b = a - a.mean(), b - b.mean()
    return float(np.clip(a @ b / np.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _rank_correlation(a: Array, b: Array) -> float:
    return _correlation(stats.rankdata(a), stats.rankdata(b)) if a.size else np.nan


def _union(a: Array, b: Array) -> tuple[Array, Array]:
    either = (a != 0.0) | (b != 0.0)
    return a[either], b[either]


def _expected_overlap(pixels: int, one: int, other: int) -> float:
    if one == 0 and other == 0:
        return np.nan
    both = np.arange(max(0, one + other - pixels), min(one, other) + 1)
    return float(np.sum(stats.hypergeom.pmf(both, pixels, one, other) * both / (one + other - both)))


def _scaled(values: Array) -> Array:
    largest = np.abs(values).max()
    return values / largest if largest > 0.0 else values


def _image(values: Array, shape: tuple[int, int] | None) -> Array:
    side = round(values.size**0.5)
    rows, columns = (side, side) if shape is None else shape
    if rows * columns != values.size:
        raise ValueError(f"image_shape must hold {values.size} pixels, not {(rows, columns)}")
    return values.reshape(rows, columns)


def _scikit_image() -> Any:
    try:
        import skimage.feature  # noqa: PLC0415  an optional library
        import skimage.metrics  # noqa: PLC0415
    except ImportError:
        raise ImportError("ssim and hog need scikit-image: pip install 'cgi-theory[networks]'") from None
    return skimage
