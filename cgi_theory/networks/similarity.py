r"""How alike two saliency maps are: the field's metrics, with blank and constant maps defined.

Every metric takes two batches of maps, (batch, pixels), (batch, height, width) or (batch, channels, height, width), and returns
one number a pair; all but SSIM and HOG, which know images only, take (batch, channels, \*spatial) with any spatial axes, such as
volumes. The score of a pixel is the sum of its channels' scores, as the logit is the sum of the pixels'. One rule for all: a map
that is constant, as a blank one is, says nothing about where, and a pair with such a map is undefined, NaN, never 0 or 1.
Averages should count those pairs apart. A batch that meets several metrics or several others is prepared once,
:class:`PreparedMaps`, and taken by every metric in place of the array.

* Pearson's correlation of the scores themselves, of their ranks (Spearman's; mean ranks for ties), of the same of absolute
  scores, and of the histograms of HOG.
* SSIM (Wang et al. 2004; equal to scikit-image's): each map is scaled by its own largest absolute value to [−1, 1], so
  data_range = 2, with a uniform window of 7 × 7 pixels. Blank area that two maps have in common counts as alike.
* HOG: histograms of oriented gradients (equal to scikit-image's; 9 orientations, cells of 4 × 4 pixels, blocks of 1 × 1; maps
  scaled).
* Jaccard: pixels on which both maps are nonzero over those on which either is. ``jaccard_expected`` is its mean for supports of
  the same sizes placed at random (hypergeometric), to leading order :math:`ab/(d(a + b) - ab)` for sizes a, b on d pixels.
* Among some pixels: the four correlations where ``among`` is nonzero, such as the input. Where that is blank, on four fifths of
  a digit, all maps that it multiplies tie: noise on the lit pixels, too, has |Spearman| near 1 over all pixels, and 0 over these.
* On the union: Spearman and Pearson over the pixels on which either map is nonzero, where common blank area cannot make them
  alike.
"""

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np

from cgi_theory._arrays import Bool1D, Bool2D, Float1D, Float2D, FloatND, Int1D
from cgi_theory._floating import own_error_state
from cgi_theory.networks import _hog, _ssim
from cgi_theory.networks._centred import centred, unit
from cgi_theory.networks._maps import (
    Maps,
    PreparedMaps,
    constant,
    lit,
    lit_pixels,
    pair_of,
    places_among,
    prepared,
    supported_pixels,
)
from cgi_theory.networks._overlap import expected_jaccard
from cgi_theory.networks._ranks import centred_ranks, centred_ranks_among

__all__ = [
    "CORRELATIONS",
    "METRICS",
    "SSIM_WINDOW",
    "Maps",
    "PreparedMaps",
    "absolute_pearson",
    "absolute_spearman",
    "hog",
    "hog_histograms",
    "jaccard",
    "jaccard_expected",
    "pearson",
    "spearman",
    "ssim",
    "union_pearson",
    "union_spearman",
]

SSIM_WINDOW = _ssim.WINDOW


@own_error_state
def pearson(a: Maps, b: Maps, *, among: Maps | None = None) -> Float1D:
    """Return Pearson's correlation of each pair of maps, (batch,).

    ``among``, (batch, pixels) or in another layout of maps, is nonzero in any channel of the pixels that are compared, by default
    all; elsewhere maps may be any finite numbers. NaN where a map is constant on these pixels. A ValueError is raised for
    another shape.
    """
    return _correlations(*_directions(_scores, a, b, among, absolute=False))


@own_error_state
def absolute_pearson(a: Maps, b: Maps, *, among: Maps | None = None) -> Float1D:
    """Return Pearson's correlation of the maps' absolute values, (batch,); ``among`` as for ``pearson``."""
    return _correlations(*_directions(_scores, a, b, among, absolute=True))


@own_error_state
def spearman(a: Maps, b: Maps, *, among: Maps | None = None) -> Float1D:
    """Return Spearman's rank correlation of each pair of maps, (batch,); ``among`` as for ``pearson``."""
    return _correlations(*_directions(_ranks, a, b, among, absolute=False))


@own_error_state
def absolute_spearman(a: Maps, b: Maps, *, among: Maps | None = None) -> Float1D:
    """Return Spearman's rank correlation of the maps' absolute values, (batch,); ``among`` as for ``pearson``."""
    return _correlations(*_directions(_ranks, a, b, among, absolute=True))


@own_error_state
def hog(a: Maps, b: Maps, *, image_shape: tuple[int, int] | None = None) -> Float1D:
    """Return the correlation of each pair's histograms of oriented gradients, (batch,); images alone, as for ``ssim``."""
    one, other = pair_of(a, b)
    shape = one.image_shape(image_shape, _hog.CELL)
    return _correlations(one.once(_histograms, shape), other.once(_histograms, shape))


@own_error_state
def hog_histograms(maps: Maps, *, image_shape: tuple[int, int] | None = None) -> Float2D:
    """Return the histograms of oriented gradients of each map, (batch, cells · 9), zero for a constant map."""
    found = prepared(maps)
    return _hog.histograms(found, found.image_shape(image_shape, _hog.CELL))


@own_error_state
def union_spearman(a: Maps, b: Maps) -> Float1D:
    """Return Spearman's rank correlation over the pixels on which either map is nonzero, (batch,)."""
    one, other = pair_of(a, b)
    union, count = _union(one, other)
    return _correlations(*(unit(centred_ranks_among(maps, union, count, False)) for maps in (one, other)))


@own_error_state
def union_pearson(a: Maps, b: Maps) -> Float1D:
    """Return Pearson's correlation over the pixels on which either map is nonzero, (batch,)."""
    one, other = pair_of(a, b)
    union, count = _union(one, other)
    return _correlations(*(unit(centred(maps.flat, union, count)) for maps in (one, other)))


@own_error_state
def jaccard(a: Maps, b: Maps) -> Float1D:
    """Return the overlap of each pair's supports over their union, (batch,)."""
    one, other = pair_of(a, b)
    both = np.count_nonzero(one.once(lit) & other.once(lit), axis=1)
    return _where_defined(_vary(one, other), both / (one.once(lit_pixels) + other.once(lit_pixels) - both))


@own_error_state
def jaccard_expected(a: Maps, b: Maps, *, among: Maps | None = None) -> Float1D:
    """Return what ``jaccard`` is on average if supports of these sizes were placed at random, (batch,).

    ``among``, in a layout of maps, is nonzero where pixels may be placed, such as an input whose blank pixels no map can light;
    by default all pixels. A ValueError is raised where a support has a pixel outside.
    """
    one, other = pair_of(a, b)
    if among is None:
        pixels = np.full(len(one.flat), one.flat.shape[1])
    else:
        places = places_among(among, one)
        if np.any((one.once(lit) | other.once(lit)) & ~places.support):
            raise ValueError("among must hold the maps' supports")
        pixels = places.once(supported_pixels)
    found, vary = np.full(len(pixels), np.nan), _vary(one, other)
    sizes = (pixels, one.once(lit_pixels), other.once(lit_pixels))
    found[vary] = expected_jaccard(*(size[vary] for size in sizes))
    return cast(Float1D, found)


@own_error_state
def ssim(a: Maps, b: Maps, *, image_shape: tuple[int, int] | None = None) -> Float1D:
    """Return the structural similarity of each pair of maps, (batch,).

    ``image_shape``, (rows, columns), says what maps (batch, pixels) are; by default squares. Maps that have rows and columns
    have no other shape. A ValueError is raised for maps with more spatial axes than these two.
    """
    one, other = pair_of(a, b)
    return _where_defined(_vary(one, other), _ssim.similarities(one, other, one.image_shape(image_shape, SSIM_WINDOW)))


# The correlations, which can be taken among some pixels.
CORRELATIONS: dict[str, Callable[..., Float1D]] = {
    "spearman": spearman,
    "|spearman|": absolute_spearman,
    "pearson": pearson,
    "|pearson|": absolute_pearson,
}
METRICS: dict[str, Callable[[Maps, Maps], Float1D]] = {
    **CORRELATIONS,
    "spearman on the union": union_spearman,
    "pearson on the union": union_pearson,
    "jaccard": jaccard,
    "ssim": ssim,
    "hog": hog,
}


def _directions(
    make: Callable[[PreparedMaps, PreparedMaps | None, bool], Float2D], a: Maps, b: Maps, among: Maps | None, *, absolute: bool
) -> Iterator[Float2D]:
    """Yield the unit vectors of two batches, whose inner products are the correlations."""
    pair = pair_of(a, b)
    places = None if among is None else places_among(among, pair[0])
    if places is not among:  # it ends with this call: what maps keep would never be asked for again
        pair = pair[0].anew(), pair[1].anew()
    return (maps.once(make, places, absolute) for maps in pair)


def _scores(maps: PreparedMaps, places: PreparedMaps | None, absolute: bool) -> Float2D:
    if places is None:
        return unit(centred(np.abs(maps.flat) if absolute else maps.flat))
    scores = maps.once(_within, places).flat
    return unit(centred(np.abs(scores) if absolute else scores, places.support, places.once(supported_pixels)))


def _ranks(maps: PreparedMaps, places: PreparedMaps | None, absolute: bool) -> Float2D:
    if places is None:
        return unit(centred_ranks(maps, absolute))
    return unit(centred_ranks_among(maps.once(_within, places), places.support, places.once(supported_pixels), absolute))


def _within(maps: PreparedMaps, places: PreparedMaps) -> PreparedMaps:
    """Return maps that are zero elsewhere."""
    return PreparedMaps(np.where(places.support, maps.flat, 0.0))


def _histograms(maps: PreparedMaps, shape: tuple[int, int]) -> Float2D:
    return unit(centred(_hog.histograms(maps, shape)))


def _vary(a: PreparedMaps, b: PreparedMaps) -> Bool1D:
    """Return for which pairs neither map is constant."""
    return cast(Bool1D, ~(a.once(constant) | b.once(constant)))


def _where_defined(defined: Bool1D, values: FloatND) -> Float1D:
    return cast(Float1D, np.where(defined, values, np.nan))


def _union(a: PreparedMaps, b: PreparedMaps) -> tuple[Bool2D, Int1D]:
    """Return on which pixels either map is lit, and on how many."""
    union = cast(Bool2D, a.once(lit) | b.once(lit))
    return union, cast(Int1D, np.count_nonzero(union, axis=1))


def _correlations(a: Float2D, b: Float2D) -> Float1D:
    """Return the inner products of unit vectors, which rounding takes beyond 1; NaN where one has no direction."""
    return cast(Float1D, np.clip(np.einsum("ij,ij->i", a, b), -1.0, 1.0))
