r"""Controls of a competitive map: maps as sparse that know less, and the same rule against other rivals.

A map that is compared with another, or whose logit is measured, may owe what it shows to its sparsity alone. Beside a label's
competitive map of m pixels stand

* its scores on m of its other than zero pixels, at random;
* its scores on its m largest ones, by absolute value;
* its scores on the m pixels on which they lead by most over the rivals of another image.

The *lead* of a score s over rivals is :math:`s - \max_j s_j` where s > 0, and :math:`\min_j s_j - s` where s < 0. A label wins
where its lead is at least 0, so that over its own rivals the m largest leads are its competitive map. Over another image's rivals
it may win on more pixels, or fewer (``other_rivals``): most of all where that image is blank.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import real_array, renamed, whole_array
from cgi_theory._arrays import BoolND, FloatND, Int1D, RealND
from cgi_theory._floating import own_error_state
from cgi_theory._scores import in_c_order
from cgi_theory.competition import winners
from cgi_theory.maps._checks import checked, checked_scores
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.streams import Use, generator
from cgi_theory.streaming import Competition

_MOST_PIXELS = 2**40
RANDOM, LARGEST, OTHERS = "random pixels", "largest pixels", "another image's rivals"


@own_error_state
def random_pixels(scores: ArrayLike, labels: ArrayLike, seed: int = 0) -> RealND:
    r"""Return the chosen labels' scores on random pixels, as many as their competitive maps keep, of those that are not 0.

    Parameters
    ----------
    scores, labels
        As for ``competitive``.
    seed : int
        The i-th image's pixels are the same whatever images come after it.

    Returns
    -------
    ndarray, (batch, \*features)
        All that is kept is there to be drawn: a competitive map has no pixel whose score is 0.

    Raises
    ------
    TypeError, ValueError
        As for ``competitive``; or if ``seed`` is none.
    """
    return _at_random(*checked(scores, labels), seed)


@own_error_state
def largest_pixels(scores: ArrayLike, labels: ArrayLike) -> RealND:
    """Return the chosen labels' scores on their largest pixels, by absolute value, as many as their competitive maps keep.

    Of equal scores the first are taken, in C order. Arguments, result and errors are those of ``competitive``.

    Examples
    --------
    >>> largest_pixels([[[3.0, -1.0, 2.0], [1.0, -2.0, 1.0], [0.0, 0.0, 4.0]]], [0])
    array([[3., 0., 0.]])
    """
    return _largest(*checked(scores, labels))


@own_error_state
def other_rivals(scores: ArrayLike, labels: ArrayLike, rivals: ArrayLike | None = None) -> RealND:
    r"""Return the chosen labels' scores where they win against the rivals of another image.

    Parameters
    ----------
    scores, labels
        As for ``competitive``.
    rivals : array_like, of the shape of ``scores``, optional
        Scores whose other labels compete in place of an image's own; by default those of the image before, the last one's for the
        first. Where that image is blank all its rivals score 0, and the label keeps its pixel: for gradient ⊙ input that can be
        avoided by gradients of the image before, times the image itself.

    Returns
    -------
    ndarray, (batch, \*features)

    Raises
    ------
    TypeError, ValueError
        As for ``competitive``; or if there is one image only and no ``rivals``.
    """
    array, chosen = checked(scores, labels)
    if rivals is not None:
        with renamed({"scores": "rivals"}):
            others = checked_scores(rivals)
        if others.shape != array.shape:
            raise ValueError(f"rivals must have the shape of scores, {array.shape}, not {others.shape}")
        return _against(array, chosen, others)
    return _against(array, chosen, _shifted(array))


@own_error_state
def controls(scores: ArrayLike, labels: ArrayLike, seed: int = 0) -> dict[str, RealND]:
    """Return controls as sparse as competitive maps, by name: "random pixels", "largest pixels", "another image's rivals".

    The last keeps the pixels of the largest leads over the rivals of the image before, of equal ones the first in C order.
    Arguments and errors are those of ``random_pixels`` and ``other_rivals``; one image alone has no other.
    """
    array, chosen = checked(scores, labels)
    return {
        RANDOM: _at_random(array, chosen, seed),
        LARGEST: _largest(array, chosen),
        OTHERS: _as_sparse(array, chosen, map(_lead, array, chosen.tolist(), _shifted(array))),
    }


def thinned(plain: ArrayLike, sizes: ArrayLike, values: ArrayLike) -> RealND:
    r"""Return maps on so many of their pixels, those of the highest values of all on which they are not 0; 0 elsewhere.

    Parameters
    ----------
    plain : array_like, (batch, \*features)
    sizes : array_like of int, (batch,)
        How many pixels; where a map has fewer, all.
    values : array_like, of the shape of ``plain``
        Of equal ones the first count, in C order. By random numbers a map is thinned at random.

    Returns
    -------
    ndarray, (batch, \*features)
        Of the type of ``plain``.

    Examples
    --------
    >>> thinned([[3.0, 0.0, -2.0, 1.0]], [2], [[0.1, 0.9, 0.5, 0.3]])
    array([[ 0.,  0., -2.,  1.]])
    """
    array, ranked = real_array("plain", plain), real_array("values", values)
    if array.ndim < 2 or ranked.shape != array.shape:
        raise ValueError(f"plain and values must have one shape (batch, *features), not {array.shape} and {ranked.shape}")
    mask = highest(np.where(array != 0.0, ranked, -np.inf), sizes)
    return np.where(mask, array, array.dtype.type(0))


def highest(values: ArrayLike, sizes: ArrayLike) -> BoolND:
    r"""Return masks of the pixels of the highest values of each image, of equal ones the first in C order.

    Parameters
    ----------
    values : array_like, (batch, \*features)
    sizes : array_like of int, (batch,)
        How many pixels; where an image has fewer, all.

    Returns
    -------
    ndarray of bool, (batch, \*features)

    Examples
    --------
    >>> highest([[3.0, 1.0, 3.0]], [1])
    array([[ True, False, False]])
    """
    array, counts = in_c_order(real_array("values", values)), whole_array("sizes", sizes, 0, _MOST_PIXELS)
    if array.ndim < 2 or counts.shape != array.shape[:1]:
        raise ValueError(f"values must have shape (batch, *features), and sizes (batch,), not {array.shape} and {counts.shape}")
    found = np.zeros(array.shape, dtype=bool)
    for ranked, count, mask in zip(array, counts.tolist(), found, strict=True):
        # Not partitioned: of equal values any might come first.
        mask.flat[np.argsort(-ranked, axis=None, kind="stable")[:count]] = True
    return found


def _at_random(scores: RealND, labels: Int1D, seed: int) -> RealND:
    rng = generator(seed, Use.CONTROL_PIXELS)
    return _as_sparse(scores, labels, (rng.random(scores.shape[2:]) for _ in scores))


def _largest(scores: RealND, labels: Int1D) -> RealND:
    return _as_sparse(scores, labels, map(np.abs, of_chosen_label(scores, labels)))


def _shifted(scores: RealND) -> Iterator[RealND]:
    """Yield the scores of the image before each, or raise a ValueError if there is no other."""
    if len(scores) == 1:
        raise ValueError("scores must be of two images or more: one image alone has no other image's rivals")
    return (scores[i - 1] for i in range(len(scores)))


def _lead(scores: RealND, label: int, theirs: RealND) -> FloatND:
    r"""Return by how much a label's scores lead over the rivals that other scores, (labels, \*features), have at its pixels."""
    own, parts = scores[label].astype(np.float64), (theirs[:label], theirs[label + 1 :])
    highest = np.maximum(*(part.max(axis=0, initial=-np.inf) for part in parts))
    lowest = np.minimum(*(part.min(axis=0, initial=np.inf) for part in parts))
    leads: FloatND = np.where(own > 0.0, own - highest, lowest - own)
    return leads


def _against(scores: RealND, labels: Int1D, others: Iterable[RealND]) -> RealND:
    r"""Return the competitive maps of labels whose rivals are those of other scores, (labels, \*features) for each image."""
    found = np.zeros(scores.shape[:1] + scores.shape[2:], dtype=scores.dtype)
    for own, label, theirs, target in zip(scores, labels.tolist(), others, found, strict=True):
        competition = Competition(label, scores.shape[2:], scores.dtype)
        competition.add([label], own[label : label + 1])
        competition.add(range(label), theirs[:label])
        competition.add(range(label + 1, len(theirs)), theirs[label + 1 :])
        target[...] = competition.map()
    return found


def _as_sparse(scores: RealND, labels: Int1D, values: Iterable[RealND]) -> RealND:
    """Return the chosen labels' scores on the pixels of the highest of each image's values, as many as competition keeps."""
    kept = winners(scores, labels, label_axis=1)
    found = of_chosen_label(scores, labels)
    for plain, ranked, won in zip(found, values, kept, strict=True):
        plain[:] = thinned(plain[None], [np.count_nonzero(won)], ranked[None])[0]
    return found
