r"""Integrals of positive functions with one peak, by the trapezoidal rule.

In the logarithm y of its variable an integrand falls off exponentially on both sides of its peak, and where it is bounded in
a strip :math:`|\mathrm{Im}\,y| < d` of the complex plane the rule with step h is off by :math:`e^{-2\pi d/h}` (Trefethen &
Weideman 2014). Everything is kept as logarithms until the last sum, so that what is 1e-300 has as many digits as what is 1.

The grids reach to where the integrand is e⁻⁴² of its peak. They are found from its values alone: a coarse grid shows where it
is large, a finer one is laid over that, until nothing is left to cut off.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cgi_theory._arrays import Float1D, FloatND

NEGLIGIBLE = 42.0
"""The log of how far below its peak an integrand does not matter: e⁻⁴² is 6e-19."""

# Steps, each with its reason in ``uniform_grid``. Half of each changes no result by 1e-12; twice of any one does.
_STEP = 0.14
_STEP_BY_LABELS = 0.24
_STEPS_ACROSS_CORE = 32
# How far below its peak a function's core ends: a normal density is e^-8 of its peak at four standard deviations to either side.
_CORE = 8.0
# Standard deviations at which a normal density is less than NEGLIGIBLE: √84 = 9.2, rounded up.
_FAR = 10.0
# Points of the grids that look for a peak.
_COARSE = 32

Range = tuple[float, float]
LogFunction = Callable[[Float1D], Float1D]


class HalfNormal(NamedTuple):
    """Nodes and weights for means of functions of |N(0, 1)|."""

    u: Float1D
    weight: Float1D


def half_normal(log_factor: LogFunction, n_labels: int) -> HalfNormal:
    r"""Return nodes and weights for :math:`2\int_0^\infty f(u)\,\varphi(u)\,e^{\ell(u)}\,du`.

    Parameters
    ----------
    log_factor : callable
        ℓ, of u (points,). It rises or falls with u, as the log of a (k − 1)-th power of a probability does.
    n_labels : int
        k.

    Returns
    -------
    HalfNormal
        For functions f that grow no faster than u⁴.
    """

    def log_weight(y: Float1D) -> Float1D:
        u = np.exp(y)
        return y - 0.5 * u * u + log_factor(u)

    def log_largest(y: Float1D) -> Float1D:
        square = np.exp(2.0 * y)
        return log_weight(y) + np.log1p(square * (1.0 + square))

    y = peak_grid(log_largest, log_limits(n_labels), n_labels)
    return HalfNormal(np.exp(y), np.exp(log_weight(y)) * (math.sqrt(2.0 / math.pi) * step_of(y)))


def log_limits(n_labels: int, slope: float = 0.0) -> Range:
    """Return the range of y = log u in which an integrand for k labels is not negligible.

    It is u^p φ(u) φ(au), p from 1 to 5 and a = ``slope``, times the (k − 1)-th power of a probability. Its peak lies above
    u = 1/(e(1 + a)) and below √k + 2. To the left it falls at least as u does, to the right at least as φ from its own peak.
    """
    highest_peak = math.sqrt(n_labels) + 2.0
    return -1.0 - NEGLIGIBLE - math.log1p(slope), math.log(highest_peak + _FAR)


def log_integral(log_function: LogFunction, limits: Range, n_labels: int) -> float:
    """Return the log of the integral of ``exp(log_function)``, a function with one peak within ``limits``."""
    grid = peak_grid(log_function, limits, n_labels)
    return float(log_sum(log_function(grid))) + math.log(step_of(grid))


def log_sum(values: FloatND) -> FloatND:
    """Return the log of the sum of exponentials of finite values along the last axis.

    SciPy's looks for infinities and other kinds of arrays, which takes ten times longer than sums as short as these.
    """
    top = values.max(axis=-1, keepdims=True)
    total: FloatND = np.log(np.exp(values - top).sum(axis=-1)) + top[..., 0]
    return total


def peak_grid(log_function: LogFunction, limits: Range, n_labels: int) -> Float1D:
    """Return a uniform grid over where ``exp(log_function)`` is not negligible beside its peak."""
    box = peak_box(log_function, limits)
    return uniform_grid(box, [core(log_function, box)], n_labels)


def uniform_grid(limits: Range, cores: Sequence[Range], n_labels: int) -> Float1D:
    """Return a uniform grid that is fine enough for the narrowest of three features.

    * exp(−e^{2y}/2), the normal density in y = log u: bounded in a strip of half-width π/4, so that 0.14 leaves e^-35;
    * the rise of Φ(ae^y)^(k−1), whose width is about 1/(2 log k);
    * the peaks themselves, whose ``cores`` are eight standard deviations wide: four steps for each.
    """
    narrowest = min(upper - lower for lower, upper in cores)
    step = min(_STEP, _STEP_BY_LABELS / (1.0 + math.log(n_labels)), narrowest / _STEPS_ACROSS_CORE)
    lower, upper = limits
    return np.linspace(lower, upper, int((upper - lower) / step) + 2)


def step_of(grid: Float1D) -> float:
    """Return the step of a uniform grid."""
    return float(grid[1] - grid[0])


def core(log_function: LogFunction, limits: Range) -> Range:
    """Return where ``exp(log_function)`` is more than e^-8 of its peak, eight standard deviations of a normal density."""
    return peak_box(log_function, limits, _CORE)


def peak_box(log_function: LogFunction, limits: Range, drop: float = NEGLIGIBLE) -> Range:
    """Narrow ``limits`` to where ``log_function`` is within ``drop`` of its peak, and at most a seventh more."""
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
