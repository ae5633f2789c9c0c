"""Competition between labels: Algorithms 1 and 2 of Gupta & Arora (2019).

Every label scores every pixel (gradient ⊙ input for CGI, relevance for competitive LRP). The chosen label wins a pixel
if its score is positive and at least every other label's, or negative and at most every other label's. Its map keeps
its own scores on the pixels it won and is 0 elsewhere.

Ties go to the chosen label, by Algorithm 1's ≥ and ≤ (the prose says "higher than"). A score of 0 wins nothing: its
pixel is 0 in the map either way. With one label there are no rivals and the map is the scores.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._jit import kernel, scalar

# Pixels that compete at a time: their extremes stay in the second-level cache.
_CHUNK = 16384


@scalar
def wins(score: float, highest_rival: float, lowest_rival: float) -> bool:
    """Algorithm 1's rule for one pixel: whether the chosen label keeps it."""
    return (score > 0.0 and score >= highest_rival) or (score < 0.0 and score <= lowest_rival)


def compete(scores: ArrayLike, label: ArrayLike) -> NDArray[np.floating]:
    """Return the competitive saliency map of a label: its scores where it wins, 0 elsewhere (Algorithms 1 and 2).

    Parameters
    ----------
    scores : array_like, shape (n_labels, *features) or (batch, n_labels, *features)
        Every label's score for every feature. float32 stays float32; all else is computed in float64. Arrays of
        other types, or not in C order, are copied once.
    label : int, or array_like of int with shape (batch,)
        The chosen label, from 0 to n_labels − 1; an array says that ``scores`` is a batch.

    Returns
    -------
    ndarray, shape (*features) or (batch, *features)

    Raises
    ------
    TypeError
        If ``scores`` is not real or ``label`` is not whole.
    ValueError
        If a shape or a label does not fit, or a score is NaN, infinite or beyond float64.
    """
    batch, labels, shape = _prepare(scores, label)
    maps = np.empty((batch.shape[0], batch.shape[2]), dtype=batch.dtype)
    if not _compete(batch, labels, maps):
        raise ValueError(f"scores must be finite in {batch.dtype}: they hold NaN or infinity")
    return maps.reshape(shape)


def winners(scores: ArrayLike, label: ArrayLike) -> NDArray[np.bool_]:
    """Return where the chosen label wins: the mask of ``compete``, with the same arguments and errors.

    Returns
    -------
    ndarray of bool, shape (*features) or (batch, *features)
        True where the map is not zero.
    """
    mask: NDArray[np.bool_] = compete(scores, label) != 0.0
    return mask


def _prepare(scores: ArrayLike, label: ArrayLike) -> tuple[NDArray[np.floating], NDArray[np.int64], tuple[int, ...]]:
    """Validate, and reshape to (batch, n_labels, pixels), labels of the batch, and the shape of the answer."""
    try:
        array = np.asarray(scores)
    except ValueError:
        raise ValueError("scores must have one length along each axis: they are ragged") from None
    if np.ma.isMaskedArray(scores):
        raise TypeError("scores must not be a masked array: fill its masked entries first")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"scores must be real numbers, not of dtype {array.dtype}")
    dtype: type[np.floating] = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize == 4 else np.float64
    labels = np.asarray(label)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"label must be a whole number or an array of them, not {label!r}")
    if labels.ndim > 1:
        raise ValueError(f"label must be one number or have shape (batch,), not {labels.shape}")
    lead = labels.shape
    if array.ndim < labels.ndim + 1 or array.shape[labels.ndim] == 0:
        expected = "(batch, n_labels, *features)" if lead else "(n_labels, *features)"
        raise ValueError(f"scores must have shape {expected} with at least one label, not {array.shape}")
    if array.shape[: labels.ndim] != lead:
        raise ValueError(f"label must name one label for each of the {array.shape[0]} maps in scores, not {lead[0]}")
    n_labels, features = array.shape[labels.ndim], array.shape[labels.ndim + 1 :]
    outside = (labels < 0) | (labels >= n_labels)
    if outside.any():
        raise ValueError(f"label must be from 0 to {n_labels - 1}, not {int(labels[outside].flat[0])}")
    pixels = math.prod(features)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused with the infinite
        batch: NDArray[np.floating] = np.ascontiguousarray(array, dtype=dtype).reshape(labels.size, n_labels, pixels)
    return batch, labels.astype(np.int64).reshape(labels.size), lead + features


@kernel
def _compete(scores: NDArray[np.floating], labels: NDArray[np.int64], maps: NDArray[np.floating]) -> bool:
    """Fill ``maps`` (batch, pixels) from ``scores`` (batch, labels, pixels); False if a score is not finite.

    The extremes run over the chosen label too: it is at least its own score, so the rule is the same.
    """
    highest = np.empty(_CHUNK, dtype=scores.dtype)
    lowest = np.empty(_CHUNK, dtype=scores.dtype)
    spoiled = np.zeros(_CHUNK, dtype=scores.dtype)
    zero = maps.dtype.type(0)
    n_labels = scores.shape[1]
    for b in range(scores.shape[0]):
        for start in range(0, scores.shape[2], _CHUNK):
            stop = min(start + _CHUNK, scores.shape[2])
            highest[:] = -np.inf
            lowest[:] = np.inf
            # Four labels a turn: the extremes so far are read and written a quarter as often.
            for label in range(0, n_labels - 3, 4):
                first, second = scores[b, label, start:stop], scores[b, label + 1, start:stop]
                third, fourth = scores[b, label + 2, start:stop], scores[b, label + 3, start:stop]
                for i in range(stop - start):
                    top = max(first[i], second[i], third[i], fourth[i])
                    bottom = min(first[i], second[i], third[i], fourth[i])
                    highest[i] = max(highest[i], top)
                    lowest[i] = min(lowest[i], bottom)
                    # 0 times a score that is not finite spoils its pixel for good.
                    spoiled[i] += (zero * first[i] + zero * second[i]) + (zero * third[i] + zero * fourth[i])
            for label in range(n_labels - n_labels % 4, n_labels):
                row = scores[b, label, start:stop]
                for i in range(stop - start):
                    highest[i] = max(highest[i], row[i])
                    lowest[i] = min(lowest[i], row[i])
                    spoiled[i] += zero * row[i]
            own, target = scores[b, labels[b], start:stop], maps[b, start:stop]
            for i in range(stop - start):
                target[i] = own[i] if wins(own[i], highest[i], lowest[i]) else zero
    return bool(np.all(spoiled == zero))
