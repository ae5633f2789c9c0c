r"""What is measured on saliency maps: how sparse they are, and how much of the logit they retain (Sections 2 to 4).

For inputs x, a label's scores without competition :math:`x_i g_i` (gradient ⊙ input) and its map H:

* A pixel is *lit* if :math:`x_i \ne 0`. On the others gradient ⊙ input is 0 for every label, and nobody competes.
* *Kept* is the fraction of lit pixels on which the map is not 0, whatever the scores are there without competition.
* *Retained* is the share of the logit, :math:`\sum_i H_i / \sum_i x_i g_i`: c of Section 3.1. Without biases
  the denominator is the logit itself (Lemma 1).
* *Selectivity* is what is retained over what is kept: 1 for the scores themselves, and on average for as many of them at random.
* A label's *votes* are the lit pixels that its own map would keep, as a fraction of all. At a pixel with scores of both signs one
  label has the largest and one the smallest, so that over all labels votes sum to
  :math:`P(\max > 0) + P(\min < 0)`, ties apart, **on any network**: about 2, and 2/k is the mean over labels. What a network does
  is to give the chosen label more or less than its share.
* A label's *hot* pixels are the fewest that hold nine tenths of :math:`\sum_i |x_i g_i|` (Figure 1).

Inputs, scores and maps are (batch, \*features), of one label each, such as (batch, d) or (batch, channels, height, width), where
each channel of a pixel counts as a pixel; ``of_chosen_label`` takes its scores out of those of all.

Equation of paper_notes.md: (15).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import finite_array, real_array
from cgi_theory._arrays import BoolND, Float1D, Float2D
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory._scores import in_c_order, numbers_of
from cgi_theory.networks._batches import alike, flat, ratio
from cgi_theory.networks._labels import label_array
from cgi_theory.networks._won import pixels_won

HOT_SHARE = 0.9


def of_chosen_label(scores: ArrayLike, labels: ArrayLike) -> NDArray[Any]:
    """Return what belongs to each input's chosen label, out of scores, logits or masks of all labels.

    Parameters
    ----------
    scores : array_like, (batch, k, ...)
    labels : array_like of int, (batch,)

    Returns
    -------
    ndarray, (batch, ...)
        Of the type of ``scores``.

    Raises
    ------
    TypeError, ValueError
        If ``scores`` have no axis of labels, or ``labels`` are not one for each input, from 0 to k − 1.
    """
    array = real_array("scores", scores)
    if array.ndim < 2:
        raise ValueError(f"scores must have shape (batch, k, ...), not {array.shape}")
    chosen: NDArray[Any] = array[np.arange(len(array)), label_array(labels, *array.shape[:2])]
    return chosen


def lit(x: ArrayLike) -> BoolND:
    """Return which pixels of inputs are lit, a mask of the shape of ``x``."""
    mask: BoolND = finite_array("x", x) != 0.0
    return mask


@own_error_state
def kept(x: ArrayLike, maps: ArrayLike) -> Float1D:
    r"""Return the fraction of each input's lit pixels that are not zero in its map.

    Parameters
    ----------
    x, maps : array_like, (batch, \*features)
        A mask is a map too.

    Returns
    -------
    ndarray, (batch,)
        NaN for an input without lit pixels.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not finite real numbers of one shape.
    """
    images, values = alike(x=x, maps=maps)
    where = lit(images)
    return ratio(np.count_nonzero((values != 0.0) & where, axis=1), np.count_nonzero(where, axis=1))


@own_error_state
def retained(scores: ArrayLike, maps: ArrayLike) -> Float1D:
    r"""Return the share of the logit that each map retains, its sum over that of the same label's scores.

    Parameters
    ----------
    scores, maps : array_like, (batch, \*features)
        Without and with competition.

    Returns
    -------
    ndarray, (batch,)
        NaN where the scores sum to zero.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not finite real numbers of one shape, or a share overflows float64.
    """
    whole, values = alike(scores=scores, maps=maps)
    whole, exponents = unit_size(whole, axis=1)
    shares = ratio(np.ldexp(values, -exponents).sum(axis=1), whole.sum(axis=1))
    finite("shares of the logit", np.nan_to_num(shares, nan=0.0, posinf=np.inf, neginf=-np.inf))
    return shares


@own_error_state
def energy_kept(gradients: ArrayLike, maps: ArrayLike) -> Float1D:
    r"""Return the share of gradient energy, Σ g², that is on the pixels that each map keeps.

    Parameters
    ----------
    gradients, maps : array_like, (batch, \*features)
        Gradients of the chosen labels, 0 where a pixel is not lit. A mask is a map too.

    Returns
    -------
    ndarray, (batch,)
        NaN for a label without gradients.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not finite real numbers of one shape.
    """
    values, masks = alike(gradients=gradients, maps=maps)
    squares = unit_size(values, axis=1)[0] ** 2
    return ratio(np.sum(squares * (masks != 0.0), axis=1), squares.sum(axis=1))


@own_error_state
def selectivity(x: ArrayLike, scores: ArrayLike, maps: ArrayLike) -> Float1D:
    r"""Return the share of the logit that each map retains, over the fraction of lit pixels that it keeps.

    Parameters
    ----------
    x, scores, maps : array_like, (batch, \*features)
        As for ``kept`` and ``retained``.

    Returns
    -------
    ndarray, (batch,)
        NaN for a blank map, an input without lit pixels, and scores that sum to zero.

    Raises
    ------
    TypeError, ValueError
        As there.
    """
    return ratio(retained(scores, maps), kept(x, maps))


@own_error_state
def votes(x: ArrayLike, scores: ArrayLike) -> Float2D:
    r"""Return the fraction of each input's lit pixels that each label wins, each in turn the chosen one (Algorithm 1).

    Parameters
    ----------
    x : array_like, (batch, \*features)
    scores : array_like, (batch, k, \*features)
        Of all labels, without competition.

    Returns
    -------
    ndarray, (batch, k)
        NaN for an input without lit pixels.

    Raises
    ------
    TypeError, ValueError
        If the arguments are not finite real numbers of these shapes.
    """
    where, every = lit(x), in_c_order(numbers_of(scores))
    if where.ndim < 2 or every.ndim != where.ndim + 1 or every.shape[1] == 0 or every[:, 0].shape != where.shape:
        raise ValueError(
            f"x and scores must have shapes (batch, *features) and (batch, k, *features), not {where.shape} and {every.shape}"
        )
    where, every = flat(where), every.reshape(*every.shape[:2], math.prod(every.shape[2:]))
    won, whole = pixels_won(where, every), np.count_nonzero(where, axis=1)[:, None]
    fractions: Float2D = np.divide(won, whole, out=np.full(won.shape, np.nan), where=whole > 0)
    return fractions


@own_error_state
def share_of_votes(x: ArrayLike, scores: ArrayLike, labels: ArrayLike) -> Float1D:
    r"""Return the chosen label's votes over those of all labels: 1/k on average over labels, whatever the network.

    Parameters
    ----------
    x, scores : array_like, (batch, \*features) and (batch, k, \*features)
        As for ``votes``.
    labels : array_like of int, (batch,)
        The chosen labels.

    Returns
    -------
    ndarray, (batch,)
        NaN where nobody wins anything.

    Raises
    ------
    TypeError, ValueError
        As for ``votes``, and if ``labels`` are not one for each input, from 0 to k − 1.
    """
    won = votes(x, scores)
    return ratio(of_chosen_label(won, labels), won.sum(axis=1))


@own_error_state
def hot_pixels(scores: ArrayLike) -> BoolND:
    """Return the fewest pixels that hold nine tenths of each map's Σ|score|, a mask of the shape of ``scores``, (..., d).

    Of equal scores the first are taken. A blank map has no hot pixel.

    Raises
    ------
    TypeError, ValueError
        If ``scores`` are not finite real numbers, or have no axes.
    """
    array = finite_array("scores", scores)
    if array.ndim == 0:
        raise ValueError("scores must have shape (..., d), not ()")
    heat, _ = unit_size(np.abs(array), axis=-1)
    order = np.argsort(-heat, axis=-1, kind="stable")
    ranked = np.take_along_axis(heat, order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    hot = before < HOT_SHARE * heat.sum(axis=-1, keepdims=True)
    found = np.zeros(array.shape, dtype=bool)
    np.put_along_axis(found, order, hot, axis=-1)
    return found
