"""Arrays of scores as they come in: which axis the labels lie on, and of what type the numbers are.

The numbers do not show which axis is the labels'. What can be told for sure is refused, what is only odd gets a warning, and both
say how to name the axis.
"""

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cgi_theory._arguments import real_array, shown, whole_number
from cgi_theory._rounding import unrounded

HINT = "; label_axis says on which axis of scores the labels lie"

# More labels than this a feature are worth a question.
_MOST_LABELS_A_FEATURE = 10
_LAYOUTS = "(n_labels, *features)", "(batch, n_labels, *features)"


def numbers_of(scores: ArrayLike) -> NDArray[np.generic]:
    """Return scores as an array of real numbers of any type, none of them a whole number that float64 would round."""
    return unrounded("scores", real_array("scores", scores, what="be real numbers"))


def labels_of(label: ArrayLike) -> NDArray[np.integer]:
    """Return one label, shape (), or one for each map of a batch, shape (batch,)."""
    if isinstance(label, int) or label is None:  # of any size, which no array may hold
        label = whole_number("label", label, -(2**63), 2**63 - 1)
    if isinstance(label, list | tuple) and not label:  # NumPy takes it for floats
        label = np.empty(0, dtype=np.int64)
    labels = real_array("label", label, kinds="iu", what="be a whole number or an array of them")
    if labels.ndim > 1:
        raise ValueError(f"label must be one number or have shape (batch,), not {labels.shape}")
    return labels


def labels_in_place(array: NDArray[np.generic], labels: NDArray[np.integer], label_axis: int | None) -> NDArray[np.generic]:
    """Return scores as (n_labels, *features), or (batch, n_labels, *features) for an array of labels."""
    if array.ndim < labels.ndim + 1:
        raise ValueError(f"scores must have shape {_LAYOUTS[labels.ndim]} with at least one label, not {array.shape}")
    if label_axis is not None:
        array = np.moveaxis(array, axis_of(label_axis, array.ndim), labels.ndim)
    elif labels.ndim == 1 and array.ndim == 2:
        raise ValueError(
            f"scores of shape {array.shape} with an array of labels are a batch without features: for several labels of one "
            f"input use compete_all(scores)[labels]; if each input has a single score for a label say label_axis=1"
        )
    if array.shape[labels.ndim] == 0:
        raise ValueError(f"scores must have shape {_LAYOUTS[labels.ndim]} with at least one label, not {array.shape}")
    if array.shape[: labels.ndim] != labels.shape:
        hint = HINT if label_axis is None else ""
        raise ValueError(f"label must name one label for each of the {array.shape[0]} maps in scores, not {labels.size}{hint}")
    if label_axis is None:
        _warn_of_labels_last(array.shape, labels)
    return array


def label_axis_of_all(shape: tuple[int, ...], label_axis: int | None) -> int:
    """Return the axis of labels, from 0, of scores all of whose labels are wanted: no label tells a batch from one input."""
    if not shape:
        raise ValueError(f"scores must have shape {_LAYOUTS[0]} with at least one label, not ()")
    if label_axis is None and len(shape) > 2:
        raise ValueError(
            f"scores of shape {shape} may be {_LAYOUTS[0]} or {_LAYOUTS[1]}: say label_axis=0 or label_axis=1, or where else "
            f"the labels lie"
        )
    axis = axis_of(0 if label_axis is None else label_axis, len(shape))
    if shape[axis] == 0:
        raise ValueError(f"scores must have at least one label along axis {axis}, not shape {shape}")
    if label_axis is None:
        _warn_of_labels_last(shape, np.zeros((), dtype=np.int64))
    return axis


def may_lie_last(shape: tuple[int, ...], labels: NDArray[np.integer]) -> bool:
    """Return whether labels may lie last: where they are many for so few features, or as many as a square image has rows."""
    n_labels, features = shape[labels.ndim], shape[labels.ndim + 1 :]
    if not features or labels.max(initial=0) >= features[-1]:
        return False
    square = len(features) > 1 and features[0] == n_labels > features[-1]
    return square or n_labels > _MOST_LABELS_A_FEATURE * math.prod(features)


def _warn_of_labels_last(shape: tuple[int, ...], labels: NDArray[np.integer]) -> None:
    n_labels, features = shape[labels.ndim], shape[labels.ndim + 1 :]
    if may_lie_last(shape, labels):
        warnings.warn(
            f"scores of shape {shape} are taken for {n_labels} labels of {math.prod(features)} features: say "
            f"label_axis=-1 if the last axis is the labels', or label_axis={labels.ndim} if this is meant",
            UserWarning,
            stacklevel=4,
        )


def axis_of(label_axis: int, axes: int) -> int:
    """Return which axis is meant, from 0."""
    return whole_number("label_axis", label_axis, -axes, axes - 1) % axes


def in_c_order(array: NDArray[np.generic]) -> NDArray[np.floating]:
    """Return float32 as it is and all else as float64, in C order; what is too large for float64 becomes infinite."""
    dtype: type[np.floating] = np.float32 if array.dtype.kind == "f" and array.dtype.itemsize == 4 else np.float64
    with np.errstate(over="ignore"):
        return np.asarray(array, dtype=dtype, order="C")


def real_type(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return float32 or float64, or raise a ValueError that names what it is not."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, not {shown(dtype)}")
    return np.dtype(found)
