r"""Scores (batch, labels, \*features) and chosen labels as they come in, and inputs beside them."""

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array
from cgi_theory._arrays import BoolND, Float2D, FloatND, Int1D, RealND
from cgi_theory._scores import in_c_order, may_lie_last, numbers_of
from cgi_theory.networks._labels import label_array

LAYOUT = "(batch, labels, *features)"


def checked(scores: ArrayLike, labels: ArrayLike) -> tuple[RealND, Int1D]:
    """Return scores as ``checked_scores`` does, and one label for each image."""
    array = checked_scores(scores)
    chosen = label_array(labels, *array.shape[:2])
    if may_lie_last(array.shape, chosen):
        warnings.warn(
            f"scores of shape {array.shape} are taken for {array.shape[1]} labels, as {LAYOUT}: if the last axis is the labels', "
            f"np.moveaxis(scores, -1, 1) brings it there",
            UserWarning,
            stacklevel=4,  # of who called a function of the package's, which has its own error state
        )
    return array, chosen


def checked_scores(scores: ArrayLike) -> RealND:
    """Return scores as float32 or float64 in C order, not copied if they are that, or raise an error that names their shape."""
    array = numbers_of(scores)
    if array.ndim < 3 or array.shape[1] == 0:
        raise ValueError(f"scores must have shape {LAYOUT} with at least one label and an axis of features, not {array.shape}")
    return in_c_order(array)


def inputs_beside(scores: RealND, x: ArrayLike) -> Float2D:
    """Return inputs (batch, features) as float64, or raise an error unless they are of the shape of one label's scores."""
    inputs, expected = finite_array("x", x), scores.shape[:1] + scores.shape[2:]
    if inputs.shape != expected:
        raise ValueError(f"x must have shape {expected}, that of one label's scores, not {inputs.shape}")
    return inputs.reshape(len(inputs), math.prod(inputs.shape[1:]))


def gradients(scores: FloatND, x: FloatND) -> FloatND:
    """Return scores over inputs of lit pixels, or raise a ValueError if they overflow."""
    found: FloatND = scores / x
    if not np.isfinite(found).all():
        raise ValueError("x must not be so close to 0 on lit pixels that scores/x overflow float64")
    return found


def scored(scores: RealND) -> BoolND:
    r"""Return where any label's score is not 0, (batch, \*features)."""
    found = np.zeros(scores.shape[:1] + scores.shape[2:], dtype=bool)
    for label in range(scores.shape[1]):
        found |= scores[:, label] != 0.0
    return found
