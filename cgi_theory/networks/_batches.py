r"""Batches (batch, \*features) of one shape, flattened, and ratios of what is summed over each."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import finite_array
from cgi_theory._arrays import Float1D, Float2D


def alike(**batches: ArrayLike) -> tuple[Float2D, ...]:
    """Return batches as float64, (batch, features), or raise an error that names one that is no batch or not like the first."""
    arrays = {name: finite_array(name, values) for name, values in batches.items()}
    first, *_ = arrays.values()
    for name, array in arrays.items():
        if array.ndim < 2 or array.shape != first.shape:
            expected = "(batch, *features)" if array is first else f"{first.shape}, that of {next(iter(arrays))}"
            raise ValueError(f"{name} must have shape {expected}, not {array.shape}")
    return tuple(flat(array) for array in arrays.values())


def flat(array: NDArray[Any]) -> NDArray[Any]:
    """Return a batch as (batch, features)."""
    return array.reshape(len(array), math.prod(array.shape[1:]))


def ratio(part: NDArray[Any], whole: NDArray[Any]) -> Float1D:
    """Return one over the other, NaN where the latter is zero."""
    found: Float1D = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)
    return found
