r"""Integrals of functions with one peak.

The integrands have one peak. In the logarithm of u they fall off exponentially on both sides, where the trapezoidal
rule converges exponentially (Trefethen & Weideman 2014); everything is kept as logarithms until the last sum.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEGLIGIBLE = 42.0  # e^-42 = 6e-19 of the peak
_COARSE = 32
_STEP = 0.14

Range = tuple[float, float]
LogFunction = Callable[[Array], Array]


def log_integral(log_function: LogFunction, limits: Range, n_labels: int) -> float:
    """Log of the integral of ``exp(log_function)``, a function with one peak within ``limits``."""
    grid = peak_grid(log_function, limits, n_labels)
    return float(log_sum(log_function(grid))) + math.log(grid[1] - grid[0])


def log_sum(values: Array) -> Array:
    """Return the log of the sum of exponentials of finite values along the last axis.

    SciPy's looks for infinities and other kinds of arrays, which takes ten times longer than sums as short as these.
    """
    top = values.max(axis=-1, keepdims=True)
    total: Array = np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0]
    return total


def peak_grid(log_function: LogFunction, limits: Range, n_labels: int) -> Array:
    """Return a uniform grid over where ``exp(log_function)`` is more than e^-42 of its peak."""
    box = peak_box(log_function, limits, NEGLIGIBLE)
    return uniform_grid(box, [peak_box(log_function, box, 8.0)], n_labels)


def uniform_grid(limits: Range, cores: Sequence[Range], n_labels: int) -> Array:
    """Return a grid fine enough for the narrowest of three features.

    These are exp(−e^{2y}/2), which is bounded in a strip of width 2 · π/4; the rise of Φ(ae^y)^{k−1}, whose width is about
    1/(2 log k); and the peaks themselves, 8 standard deviations wide between the points at e^-8 of their heights, ``cores``.
    """
    narrowest = min(upper - lower for lower, upper in cores)
    step = min(_STEP, 0.24 / (1.0 + math.log(n_labels)), narrowest / 32.0)
    lower, upper = limits
    return np.linspace(lower, upper, int((upper - lower) / step) + 2)


def peak_box(log_function: LogFunction, limits: Range, drop: float) -> Range:
    """Narrow ``limits`` to where the function is within ``drop`` of its peak, and at most a seventh more."""
    lower, upper = limits
    while True:
        grid = np.linspace(lower, upper, _COARSE)
        values = log_function(grid)
        inside = np.flatnonzero(values >= values.max() - drop)
        new_lower = float(grid[max(inside[0] - 1, 0)])
        new_upper = float(grid[min(inside[-1] + 1, _COARSE - 1)])
        if new_upper - new_lower > 0.5 * (upper - lower):
            return new_lower, new_upper
        lower, upper = new_lower, new_upper


def half_line(log_others: LogFunction, n_labels: int) -> tuple[Array, Array]:
    """Return a uniform grid in y = log u and the log of u·exp(−u²/2 + log_others(y)) on it.

    For integrals over u > 0 of functions that grow no faster than u⁴; ``log_others`` rises or falls with u, as (k − 1)-th
    powers of probabilities do.
    """

    def log_weight(y: Array) -> Array:
        u = np.exp(y)
        weight: Array = y - 0.5 * u * u + log_others(y)
        return weight

    def log_all(y: Array) -> Array:
        square = np.exp(2.0 * y)
        total: Array = log_weight(y) + np.log1p(square * (1.0 + square))
        return total

    # The peak lies above y = −1 and below u = √k + 2; to its left the integrand falls at least as e^y.
    box = -1.0 - NEGLIGIBLE, math.log(math.sqrt(n_labels) + 12.0)
    grid = peak_grid(log_all, box, n_labels)
    return grid, log_weight(grid)
