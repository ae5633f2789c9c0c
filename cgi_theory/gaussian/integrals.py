r"""The one-dimensional integrals behind ``exact``.

The input multiplies every label's gradient alike, so the chosen label keeps a coordinate exactly when its own
gradient u is positive and no rival's is larger, or negative and no rival's is smaller. Given u, one rival loses with
probability :math:`1 - \rho + \rho\,\Phi(a|u|)`, where :math:`a = \sqrt{(1-r)/(1+r)}`: it is absent, or its
fresh part stays below :math:`a|u|`. With k labels

.. math:: M_p = E[|u|^p 1\{\mathrm{win}\}]
   = 2\int_0^\infty u^p\varphi(u)\,[1 - \rho + \rho\,\Phi(au)]^{k-1}\,du,

for u standard normal (the support of the chosen label). For k = 2 and cos θ = r

.. math:: M_0 = 1 - \rho\left(\tfrac12 - \tfrac{\theta}{2\pi}\right), \qquad
   M_2 = 1 - \rho\left(\tfrac12 - \tfrac{\theta + \sin\theta}{2\pi}\right), \qquad
   M_1 = \sqrt{\tfrac{2}{\pi}}\,\left(1 - \tfrac{\rho}{2}\,(1 - \sin\tfrac{\theta}{2})\right),

the second from :math:`\int_0^\infty u^2\varphi(u)\Phi(au)\,du` by parts (Owen 1980, 10,010.6).

The integrands have one peak. In the logarithm of u they fall off exponentially on both sides, where the trapezoidal
rule converges exponentially (Trefethen & Weideman 2014); everything is kept as logarithms until the last sum.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

_MEAN_MAGNITUDE = math.sqrt(2.0 / math.pi)
NEGLIGIBLE = 42.0  # e^-42 = 6e-19 of the peak
_COARSE = 32
_STEP = 0.14

Range = tuple[float, float]
LogFunction = Callable[[Array], Array]


def loss_slope(correlation: float) -> float:
    """Return a = tan(θ/2); infinite at r = 1, where every comparison is a tie and Algorithm 1's ≥ keeps the pixel."""
    if correlation in (-1.0, 1.0):
        return math.inf
    return math.sqrt((1.0 - correlation) / (1.0 + correlation))


def log_win_probability(magnitude: Array, slope: float, n_labels: int, sparsity: float) -> Array:
    """Log of the probability that k − 1 rivals lose against a gradient of this magnitude (in units of its SD)."""
    result: Array = (n_labels - 1) * np.log1p(-sparsity * special.ndtr(-slope * magnitude))
    return result


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


class WinMoments(NamedTuple):
    """M_p for a standard normal gradient, E[|u|^p 1{win}] on the support of the chosen label."""

    kept: float
    """M₀."""
    magnitude: float
    """M₁."""
    energy: float
    """M₂ = F."""
    fourth: float
    """M₄."""
    energy_one_fewer: float
    """M₂ with one label fewer."""


@lru_cache(maxsize=4096)
def win_moments(slope: float, n_labels: int, sparsity: float) -> WinMoments:
    """All moments for k labels, from one grid; in closed form where there is one."""
    if n_labels == 1 or math.isinf(slope):
        return WinMoments(1.0, _MEAN_MAGNITUDE, 1.0, 3.0, 1.0)

    grid, log_weights = half_line(lambda y: log_win_probability(np.exp(y), slope, n_labels, sparsity), n_labels)
    top = float(log_weights.max())
    weights = np.exp(log_weights - top) * (math.sqrt(2.0 / math.pi) * (grid[1] - grid[0]))
    u = np.exp(grid)
    square = u * u
    one_fewer = np.exp(-log_win_probability(u, slope, 2, sparsity))
    sums = (weights @ values for values in (np.ones_like(u), u, square, square * square, square * one_fewer))
    scale = math.exp(top)
    moments = WinMoments(*(float(total) * scale for total in sums))
    if n_labels > 2:
        return moments
    angle = 2.0 * math.atan(slope)
    lost, lost_energy = 0.5 - angle / (2.0 * math.pi), 0.5 - (angle + math.sin(angle)) / (2.0 * math.pi)
    lost_magnitude = 0.5 - 0.5 * math.sin(0.5 * angle)
    magnitude = _MEAN_MAGNITUDE * (1.0 - sparsity * lost_magnitude)
    return WinMoments(1.0 - sparsity * lost, magnitude, 1.0 - sparsity * lost_energy, moments.fourth, 1.0)
