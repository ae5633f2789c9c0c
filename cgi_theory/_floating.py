"""Floating point at its limits: an error for what leaves float64's range, and nothing that depends on the caller's error state.

A function whose numbers may overflow computes in ``own_error_state``, passes what it makes through ``finite`` before anything can
hide an infinity (a comparison, a division by it), and brings what it squares to ``unit_size`` first.
"""

import functools
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from cgi_theory._arrays import FloatND

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Real = TypeVar("Real", bound=np.floating)


def own_error_state(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a function compute without warnings and errors of NumPy and SciPy, whatever ``seterr`` its caller has called."""

    @functools.wraps(function)
    def in_its_own(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with np.errstate(all="ignore"), _special_ignores():
            return function(*args, **kwargs)

    return in_its_own


def _special_ignores() -> AbstractContextManager[object]:
    """Return the context of ``scipy.special``'s own defaults, which somebody may have changed if somebody has imported it."""
    special: Any = sys.modules.get("scipy.special")
    if special is None:
        return nullcontext()
    found = special.geterr()
    defaults = {name: "raise" if name == "memory" else "ignore" for name in found}
    return nullcontext() if found == defaults else special.errstate(**defaults)


def finite(what: str, values: NDArray[Real]) -> NDArray[Real]:
    """Return ``values``, or raise a ValueError that says what is not finite."""
    if not np.isfinite(values).all():
        raise ValueError(f"{what} must be finite, but overflow {values.dtype}: scale the weights or the inputs down")
    return values


def unit_size(values: FloatND, axis: int | tuple[int, ...] | None = None) -> tuple[FloatND, NDArray[np.int32]]:
    """Return values over powers of two, one for all along ``axis``, that bring the largest into [1/2, 1), and the exponents.

    Their squares neither overflow nor vanish, and no bit changes but of what is 1e-300 of the largest; zeros stay.
    """
    _, exponents = np.frexp(np.abs(values).max(axis=axis, keepdims=True, initial=0.0))
    return np.ldexp(values, -exponents), exponents
