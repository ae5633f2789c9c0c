"""Competition between labels: Algorithms 1 and 2 of Gupta & Arora (2019).

Every label scores every pixel (gradient ⊙ input for CGI, relevance for competitive LRP). The chosen label wins a pixel
if its score is positive and at least every other label's, or negative and at most every other label's. Its map keeps
its own scores on the pixels it won and is 0 elsewhere.

Ties go to the chosen label, by Algorithm 1's ≥ and ≤ (the prose says "higher than"). A score of 0 wins nothing: its
pixel is 0 in the map either way. With one label there are no rivals and the map is the scores.

Which axis of an array is the labels' is not seen from its numbers, so two layouts must be told apart by ``label_axis``. Libraries
that attribute one label at a time (captum, iNNvestigate) leave the user with a list of arrays, labels first: (n_labels, batch,
*features), ``label_axis=0``; so do the lists of SHAP before 0.45. SHAP's arrays since then have labels last: (batch, *features,
n_labels), ``label_axis=-1``.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._by_threads import CHUNK, Scores, by_threads
from cgi_theory._floating import own_error_state
from cgi_theory._jit import kernel, scalar
from cgi_theory._scores import HINT, in_c_order, label_axis_of_all, labels_in_place, labels_of, numbers_of

NOT_FINITE = "scores must be finite in {dtype}: they hold NaN or infinity"


@scalar
def wins(score: float, highest_rival: float, lowest_rival: float) -> bool:
    """Algorithm 1's rule for one pixel: whether the chosen label keeps it."""
    return (score > 0.0 and score >= highest_rival) or (score < 0.0 and score <= lowest_rival)


@own_error_state
def compete(
    scores: ArrayLike, label: ArrayLike, *, label_axis: int | None = None, n_workers: int | None = None
) -> NDArray[np.floating]:
    """Return the competitive saliency map of a label: its scores where it wins, 0 elsewhere (Algorithms 1 and 2).

    Parameters
    ----------
    scores : array_like, shape (n_labels, *features) or (batch, n_labels, *features)
        Every label's score for every feature. float32 stays float32; all else is computed in float64, which rounds
        longer floats; whole numbers that it would round, beyond ±2⁵³, are refused. Arrays of other types, or not in C order, are
        copied once.
    label : int, or array_like of int with shape (batch,)
        The chosen label, from 0 to n_labels − 1; an array says that ``scores`` is a batch. Several labels of one input
        are ``compete_all(scores)[labels]``.
    label_axis : int, optional
        The axis of ``scores`` on which the labels lie, if it is not the one above. What is left of the axes is (*features) or
        (batch, *features).
    n_workers : int, optional
        Threads that large arrays are shared among; by default the processors that this process may use. The bits are the same.

    Returns
    -------
    ndarray, shape (*features) or (batch, *features)

    Raises
    ------
    TypeError
        If ``scores`` is not real or ``label`` is not whole.
    ValueError
        If a shape or a label does not fit, or a score is NaN, infinite, beyond float64 or a whole number beyond ±2⁵³; or if
        ``scores`` of a batch have two axes only and ``label_axis`` does not say that they are (batch, n_labels).

    Warns
    -----
    UserWarning
        If ``label_axis`` is not given and the last axis may be the labels': there are very many labels for so few features, or
        as many as a square image has rows.
    """
    array, labels = numbers_of(scores), labels_of(label)
    array = labels_in_place(array, labels, label_axis)
    lead, n_labels, features = array.shape[: labels.ndim], array.shape[labels.ndim], array.shape[labels.ndim + 1 :]
    outside = (labels < 0) | (labels >= n_labels)
    if outside.any():
        raise ValueError(
            f"label must be from 0 to {n_labels - 1}, not {int(labels[outside].flat[0])}{HINT if label_axis is None else ''}"
        )
    batch = in_c_order(array).reshape(labels.size, n_labels, math.prod(features))
    maps = np.empty((labels.size, batch.shape[2]), dtype=batch.dtype)
    if not by_threads(_keep, batch, labels.astype(np.int64).reshape(labels.size), maps, n_workers):
        raise ValueError(NOT_FINITE.format(dtype=batch.dtype))
    return maps.reshape(lead + features)


@own_error_state
def winners(
    scores: ArrayLike, label: ArrayLike, *, label_axis: int | None = None, n_workers: int | None = None
) -> NDArray[np.bool_]:
    """Return where the chosen label wins: the mask of ``compete``, with the same arguments and errors.

    Returns
    -------
    ndarray of bool, shape (*features) or (batch, *features)
        True where the map is not zero.
    """
    mask: NDArray[np.bool_] = compete(scores, label, label_axis=label_axis, n_workers=n_workers) != 0.0
    return mask


@own_error_state
def compete_all(scores: ArrayLike, *, label_axis: int | None = None, n_workers: int | None = None) -> NDArray[np.floating]:
    """Return the competitive saliency maps of all labels, in one pass over the scores.

    Parameters
    ----------
    scores : array_like, shape (n_labels, features), or any other with the labels on ``label_axis``
        Every label's score for every feature; types as for ``compete``.
    label_axis : int, optional
        The axis on which the labels lie: 0 for (n_labels, *features), 1 for (batch, n_labels, *features). It must be given for
        more than two axes. Features do not see each other, so a batch is just another axis.
    n_workers : int, optional
        As for ``compete``.

    Returns
    -------
    ndarray, of the shape of ``scores``
        Along ``label_axis`` the maps that ``compete`` gives for each label. Where scores of both signs occur, exactly one label
        keeps its positive score and one its negative, ties apart.

    Raises
    ------
    TypeError, ValueError
        As for ``compete``; and if ``label_axis`` is missing.

    Warns
    -----
    UserWarning
        As for ``compete``.
    """
    array = numbers_of(scores)
    axis = label_axis_of_all(array.shape, label_axis)
    first = in_c_order(np.moveaxis(array, axis, 0))
    flat = first.reshape(len(first), math.prod(first.shape[1:]))
    maps = np.empty_like(flat)
    if not by_threads(_keep_all, flat[None], np.zeros(1, dtype=np.int64), maps[None], n_workers):
        raise ValueError(NOT_FINITE.format(dtype=flat.dtype))
    return np.moveaxis(maps.reshape(first.shape), 0, axis)


def extremes_of(scores: Scores) -> tuple[Scores, Scores, bool]:
    """Return the highest and the lowest of ``scores`` (batch, labels, pixels) over labels, and whether all are finite."""
    highest, lowest = (np.empty((len(scores), scores.shape[2]), dtype=scores.dtype) for _ in range(2))
    return highest, lowest, bool(_extremes(scores, highest, lowest))


@kernel
def _keep(scores: Scores, labels: NDArray[np.int64], maps: Scores, first: int, last: int) -> bool:
    """Fill pixels first to last of ``maps`` (batch, pixels) from ``scores`` (batch, labels, pixels).

    The extremes run over the chosen label too: it is at least its own score, so the rule is the same.
    """
    highest = np.empty(CHUNK, dtype=scores.dtype)
    lowest = np.empty(CHUNK, dtype=scores.dtype)
    spoiled = np.zeros(CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(first, last, CHUNK):
            stop = min(start + CHUNK, last)
            find_extremes(scores[b], start, stop, highest, lowest, spoiled)
            keep_won(scores[b, labels[b], start:stop], highest, lowest, maps[b, start:stop])
    return bool(np.all(spoiled == 0))


@kernel
def _keep_all(scores: Scores, labels: NDArray[np.int64], maps: Scores, first: int, last: int) -> bool:
    """Fill pixels first to last of ``maps`` from ``scores``, both (batch, labels, pixels), each label the chosen one in turn."""
    highest = np.empty(CHUNK, dtype=scores.dtype)
    lowest = np.empty(CHUNK, dtype=scores.dtype)
    spoiled = np.zeros(CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(first, last, CHUNK):
            stop = min(start + CHUNK, last)
            find_extremes(scores[b], start, stop, highest, lowest, spoiled)
            for label in range(scores.shape[1]):
                keep_won(scores[b, label, start:stop], highest, lowest, maps[b, label, start:stop])
    return bool(np.all(spoiled == 0))


@kernel
def _extremes(scores: Scores, highest: Scores, lowest: Scores) -> bool:
    """Fill the extremes over labels, both (batch, pixels), of ``scores`` (batch, labels, pixels)."""
    spoiled = np.zeros(CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(0, scores.shape[2], CHUNK):
            stop = min(start + CHUNK, scores.shape[2])
            find_extremes(scores[b], start, stop, highest[b, start:stop], lowest[b, start:stop], spoiled)
    return bool(np.all(spoiled == 0))


@kernel
def find_extremes(
    scores: Scores,
    start: int,
    stop: int,
    highest: Scores,
    lowest: Scores,
    spoiled: Scores,
) -> None:
    """Find the extremes over labels of ``scores`` (labels, pixels) on pixels start to stop; spoil what is not finite."""
    zero = scores.dtype.type(0)
    highest[:] = -np.inf
    lowest[:] = np.inf
    n_labels = scores.shape[0]
    # Four labels a turn: the extremes so far are read and written a quarter as often.
    for label in range(0, n_labels - 3, 4):
        first, second = scores[label, start:stop], scores[label + 1, start:stop]
        third, fourth = scores[label + 2, start:stop], scores[label + 3, start:stop]
        for i in range(stop - start):
            top = max(first[i], second[i], third[i], fourth[i])
            bottom = min(first[i], second[i], third[i], fourth[i])
            highest[i] = max(highest[i], top)
            lowest[i] = min(lowest[i], bottom)
            # 0 times a score that is not finite spoils its pixel for good.
            spoiled[i] += (zero * first[i] + zero * second[i]) + (zero * third[i] + zero * fourth[i])
    for label in range(n_labels - n_labels % 4, n_labels):
        row = scores[label, start:stop]
        for i in range(stop - start):
            highest[i] = max(highest[i], row[i])
            lowest[i] = min(lowest[i], row[i])
            spoiled[i] += zero * row[i]


@kernel
def keep_won(own: Scores, highest: Scores, lowest: Scores, target: Scores) -> None:
    """Write a label's scores where it wins, 0 elsewhere."""
    zero = target.dtype.type(0)
    for i in range(own.shape[0]):
        target[i] = own[i] if wins(own[i], highest[i], lowest[i]) else zero
