r"""How alike two saliency maps are: the field's metrics, with blank and constant maps defined.

Every metric takes two batches of maps, (batch, pixels), (batch, height, width) or (batch, channels, height, width), and returns
one number a pair. The score of a pixel is the sum of its channels' scores, as the logit is the sum of the pixels'. One rule for
all: a map that is constant, as a blank one is, says nothing about where, and a pair with such a map is undefined, NaN, never 0
or 1. Averages should count those pairs apart.

* Pearson's correlation of what ``FEATURES`` makes of a map: the scores themselves, their ranks (Spearman's; mean ranks for ties),
  the same of absolute scores, and the histograms of HOG.
* SSIM (Wang et al. 2004; scikit-image): each map is scaled by its own largest absolute value to [−1, 1], so data_range = 2,
  with a uniform window of 7 × 7 pixels. Blank area that two maps have in common counts as alike.
* HOG: histograms of oriented gradients (scikit-image; 9 orientations, cells of 4 × 4 pixels, blocks of 1 × 1; maps scaled).
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

from cgi_theory._floating import own_error_state, unit_size
from cgi_theory.networks._maps import flat_maps, images, support

Array = NDArray[np.float64]
Metric = Callable[[ArrayLike, ArrayLike], Array]

SSIM_WINDOW = 7
_HOG_CELL = 4
_ORIENTATIONS = 9


@own_error_state
def pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation of each pair of maps, (batch,)."""
    return _correlations(*flat_maps(a, b))


@own_error_state
def spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation of each pair of maps, (batch,)."""
    return _correlations(*map(_ranks, flat_maps(a, b)))


@own_error_state
def absolute_spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation of the maps' absolute values, (batch,)."""
    return _correlations(*map(_absolute_ranks, flat_maps(a, b)))


@own_error_state
def absolute_pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation of the maps' absolute values, (batch,)."""
    return _correlations(*map(np.abs, flat_maps(a, b)))


@own_error_state
def hog(a: ArrayLike, b: ArrayLike, *, image_shape: tuple[int, int] | None = None) -> Array:
    """Return the correlation of each pair's histograms of oriented gradients, (batch,); images as for ``ssim``."""
    one, other, shape = images(a, b, image_shape, _HOG_CELL)
    return _correlations(_histograms(one, shape), _histograms(other, shape))


@own_error_state
def hog_histograms(maps: ArrayLike, *, image_shape: tuple[int, int] | None = None) -> Array:
    """Return the histograms of oriented gradients of each map, (batch, cells · 9), zero for a constant map."""
    scaled, _, shape = images(maps, maps, image_shape, _HOG_CELL)
    return _histograms(scaled, shape)


def _histograms(maps: Array, shape: tuple[int, int]) -> Array:
    histogram = _scikit_image().feature.hog
    cells = {"pixels_per_cell": (_HOG_CELL, _HOG_CELL), "cells_per_block": (1, 1), "orientations": _ORIENTATIONS}
    features = (shape[0] // _HOG_CELL) * (shape[1] // _HOG_CELL) * _ORIENTATIONS
    found = np.zeros((len(maps), features))
    for i in np.flatnonzero(~_constant(maps)):
        found[i] = histogram(_scaled(maps[i]).reshape(shape), **cells)
    return found


@own_error_state
def union_spearman(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Spearman's rank correlation over the pixels on which either map is nonzero, (batch,)."""

    def of_pair(one: Array, other: Array) -> float:
        return float(_correlations(*(_ranks(values[None]) for values in _union(one, other)))[0])

    return _by_pair(of_pair, a, b)


@own_error_state
def union_pearson(a: ArrayLike, b: ArrayLike) -> Array:
    """Return Pearson's correlation over the pixels on which either map is nonzero, (batch,)."""
    return _by_pair(lambda one, other: float(_correlations(*(values[None] for values in _union(one, other)))[0]), a, b)


@own_error_state
def jaccard(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the overlap of each pair's supports over their union, (batch,)."""
    return _by_pair(lambda one, other: float(np.sum((one != 0.0) & (other != 0.0)) / np.sum((one != 0.0) | (other != 0.0))), a, b)


@own_error_state
def jaccard_expected(a: ArrayLike, b: ArrayLike, *, among: ArrayLike | None = None) -> Array:
    """Return what ``jaccard`` is on average if supports of these sizes were placed at random, (batch,).

    ``among``, in a layout of maps, is nonzero where pixels may be placed, such as an input whose blank pixels no map can light;
    by default all pixels. A ValueError is raised where a support has a pixel outside.
    """
    one, other = flat_maps(a, b)
    places = np.ones(one.shape, dtype=bool) if among is None else support("among", among)
    if places.shape != one.shape or np.any(((one != 0.0) | (other != 0.0)) & ~places):
        raise ValueError(f"among must have the maps' shape {one.shape} and hold their supports")
    found = np.full(len(one), np.nan)
    for i in np.flatnonzero(~(_constant(one) | _constant(other))):
        pixels, ours, theirs = (int(np.count_nonzero(values[i])) for values in (places, one, other))
        both = np.arange(1, min(ours, theirs) + 1)
        found[i] = np.sum(stats.hypergeom.pmf(both, pixels, ours, theirs) * both / (ours + theirs - both))
    return found


@own_error_state
def ssim(a: ArrayLike, b: ArrayLike, *, image_shape: tuple[int, int] | None = None) -> Array:
    """Return the structural similarity of each pair of maps, (batch,).

    ``image_shape``, (rows, columns), says what maps (batch, pixels) are; by default squares. Maps that have rows and columns
    have no other shape.
    """
    structural_similarity = _scikit_image().metrics.structural_similarity
    one, other, shape = images(a, b, image_shape, SSIM_WINDOW)

    def of_pair(one: Array, other: Array) -> float:
        pair = (_scaled(values).reshape(shape) for values in (one, other))
        return float(structural_similarity(*pair, data_range=2.0, win_size=SSIM_WINDOW))

    return _by_pair(of_pair, one, other)


def _ranks(maps: Array) -> Array:
    ranks: Array = stats.rankdata(maps, axis=1)
    return ranks


def _absolute_ranks(maps: Array) -> Array:
    return _ranks(np.abs(maps))


FEATURES: dict[str, Callable[[Array], Array]] = {
    "spearman": _ranks,
    "|spearman|": _absolute_ranks,
    "pearson": np.asarray,
    "|pearson|": np.abs,
    "hog": hog_histograms,
}
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


def _by_pair(metric: Callable[[Array, Array], float], a: ArrayLike, b: ArrayLike) -> Array:
    """Return the metric of each pair of which neither map is constant."""
    one, other = flat_maps(a, b)
    found = np.full(len(one), np.nan)
    for i in np.flatnonzero(~(_constant(one) | _constant(other))):
        found[i] = metric(one[i], other[i])
    return found


def _constant(maps: Array) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = np.all(maps == maps[:, :1], axis=1)
    return same


def _correlations(a: Array, b: Array) -> Array:
    """Return Pearson's correlation of each pair of rows, NaN where one is constant."""
    defined = ~(_constant(a) | _constant(b))
    one, other = _centred(a[defined]), _centred(b[defined])
    norms = np.sum(one * one, axis=1) * np.sum(other * other, axis=1)
    found = np.full(len(a), np.nan)
    found[defined] = np.clip(np.sum(one * other, axis=1) / np.sqrt(norms), -1.0, 1.0)
    return found


def _centred(rows: Array) -> Array:
    """Return rows less their means, times powers of two by which squares neither overflow nor vanish.

    Twice: the first mean of nearly equal numbers is off by more than they differ.
    """
    for _ in range(2):
        rows, _ = unit_size(rows, axis=1)
        rows = rows - rows.mean(axis=1, keepdims=True)
    return rows


def _union(a: Array, b: Array) -> tuple[Array, Array]:
    either = (a != 0.0) | (b != 0.0)
    return a[either], b[either]


def _scaled(values: Array) -> Array:
    scaled: Array = values / np.abs(values).max()
    return scaled


def _scikit_image() -> Any:
    try:
        import skimage.feature  # noqa: PLC0415  an optional library
        import skimage.metrics  # noqa: PLC0415
    except ImportError:
        raise ImportError("ssim and hog need scikit-image: pip install 'cgi-theory[networks]'") from None
    return skimage
