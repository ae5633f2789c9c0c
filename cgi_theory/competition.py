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

from cgi_theory._competing import NOT_FINITE, compete_batch, compete_every_label, wins
from cgi_theory._floating import own_error_state
from cgi_theory._scores import HINT, in_c_order, label_axis_of_all, labels_in_place, labels_of, numbers_of

__all__ = ["compete", "compete_all", "winners", "wins"]


@own_error_state
def compete(
    scores: ArrayLike, label: ArrayLike, *, label_axis: int | None = None, n_workers: int | None = None
) -> NDArray[np.floating]:
    """Return the competitive saliency map of a label: its scores where it wins, 0 elsewhere (Algorithms 1 and 2).

    Parameters
    ----------
    scores : array_like, shape (n_labels, *features) or (batch, n_labels, *features)
        Every label's score for every feature. float32 stays float32; all else is computed in float64. Arrays of
        other types, or not in C order, are copied once.
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
        If a shape or a label does not fit, or a score is NaN, infinite or beyond float64; or if ``scores`` of a batch have two
        axes only and ``label_axis`` does not say that they are (batch, n_labels).

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
    if not compete_batch(batch, labels.astype(np.int64).reshape(labels.size), maps, n_workers):
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
    if not compete_every_label(flat, maps, n_workers):
        raise ValueError(NOT_FINITE.format(dtype=flat.dtype))
    return np.moveaxis(maps.reshape(first.shape), 0, axis)
