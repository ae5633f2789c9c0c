r"""The one-dimensional integrals behind ``exact``.

The input multiplies every label's gradient alike, so the chosen label keeps a coordinate exactly when its own
gradient u is positive and no rival's is larger, or negative and no rival's is smaller. Given u, one rival loses with
probability :math:`1 - \rho + \rho\,\Phi(a|u|)`, where :math:`a = \sqrt{(1-r)/(1+r)}`: it is absent, or its
fresh part stays below :math:`a|u|`. With k labels

.. math:: M_p = E[|u|^p 1\{\mathrm{win}\}]
   = 2\int_0^\infty u^p\varphi(u)\,[1 - \rho + \rho\,\Phi(au)]^{k-1}\,du,

for u standard normal (the support of the chosen label). For k = 2 and cos θ = r

.. math:: M_0 = 1 - \rho\left(\tfrac12 - \tfrac{\theta}{2\pi}\right), \qquad
   M_2 = 1 - \rho\left(\tfrac12 - \tfrac{\theta + \sin\theta}{2\pi}\right),

from :math:`\int_0^\infty u^2\varphi(u)\Phi(au)\,du` by parts (Owen 1980, 10,010.6). Where the gradient is a direction
on the sphere in b dimensions times a radius R, the square of a coordinate is :math:`R^2\beta` with
:math:`\beta \sim \mathrm{Beta}(1/2, (b-1)/2)` in the place of a Gaussian's.

The integrands have one peak. In the logarithm of u they fall off exponentially on both sides, where the trapezoidal
rule converges exponentially (Trefethen & Weideman 2014); everything is kept as logarithms until the last sum.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

_NEGLIGIBLE = 42.0  # e^-42 = 6e-19 of the peak
_COARSE = 32
_STEP = 0.14


def loss_slope(correlation: float) -> float:
    """Return a = tan(θ/2); infinite at r = 1, where every comparison is a tie and Algorithm 1's ≥ keeps the pixel."""
    if correlation in (-1.0, 1.0):
        return math.inf
    return math.sqrt((1.0 - correlation) / (1.0 + correlation))


def log_win_probability(magnitude: Array, slope: float, n_labels: int, sparsity: float) -> Array:
    """Log of the probability that k − 1 rivals lose against a gradient of this magnitude (in units of its SD)."""
    result: Array = (n_labels - 1) * np.log1p(-sparsity * special.ndtr(-slope * magnitude))
    return result


def peak_grid(log_function: Callable[[Array], Array], lower: float, upper: float, n_labels: int = 2) -> Array:
    """Return a uniform grid over where ``exp(log_function)`` is more than e^-42 of its peak.

    ``log_function`` maps a grid to values of shape (..., grid); a point counts if it does in any row. The spacing
    resolves the narrowest of three features: exp(−e^{2y}/2), which is bounded in a strip of width 2 · π/4; the rise of
    Φ(ae^y)^{k−1}, whose width is about 1/(2 log k); and the peak itself, taken as 8 standard deviations between the
    points at e^-8 of its height.
    """
    lower, upper = _peak_range(log_function, lower, upper, _NEGLIGIBLE)
    core_lower, core_upper = _peak_range(log_function, lower, upper, 8.0)
    step = min(_STEP, 0.35 / (1.0 + math.log(n_labels)), (core_upper - core_lower) / 24.0)
    return np.linspace(lower, upper, int((upper - lower) / step) + 2)


def _peak_range(log_function: Callable[[Array], Array], lower: float, upper: float, drop: float) -> tuple[float, float]:
    """Narrow a range to where the function is within ``drop`` of its peak, and at most a seventh more."""
    while True:
        grid = np.linspace(lower, upper, _COARSE)
        height = log_function(grid).reshape(-1, _COARSE).max(axis=0)
        inside = np.flatnonzero(height >= height.max() - drop)
        new_lower = float(grid[max(inside[0] - 1, 0)])
        new_upper = float(grid[min(inside[-1] + 1, _COARSE - 1)])
        if new_upper - new_lower > 0.5 * (upper - lower):
            return new_lower, new_upper
        lower, upper = new_lower, new_upper


def log_integral(log_function: Callable[[Array], Array], lower: float, upper: float, n_labels: int = 2) -> Array:
    """Log of the integral of ``exp(log_function)``, for each row of its values."""
    grid = peak_grid(log_function, lower, upper, n_labels)
    total: Array = special.logsumexp(log_function(grid), axis=-1) + math.log(grid[1] - grid[0])
    return total


@lru_cache(maxsize=4096)
def win_moment(power: int, slope: float, n_labels: int, sparsity: float) -> float:
    """M_p for a standard normal gradient: E[|u|^p 1{win}] on the support of the chosen label; p = 0, 2 or 4."""
    if n_labels == 1 or math.isinf(slope):
        return 3.0 if power == 4 else 1.0
    if n_labels == 2 and power < 4:
        angle = 2.0 * math.atan(slope)
        sine = math.sin(angle) if power == 2 else 0.0
        return 1.0 - sparsity * (0.5 - (angle + sine) / (2.0 * math.pi))

    def log_integrand(y: Array) -> Array:
        u = np.exp(y)
        return (power + 1) * y - 0.5 * u * u + log_win_probability(u, slope, n_labels, sparsity)

    # The peak lies above y = −1 and below u = √k + 2; to its left the integrand falls at least as e^((p + 1)y).
    lowest, highest = -1.0 - _NEGLIGIBLE / (power + 1), math.log(math.sqrt(n_labels) + 12.0)
    log_total = log_integral(log_integrand, lowest, highest, n_labels)
    return float(np.exp(log_total + 0.5 * math.log(2.0 / math.pi)))


def sphere_win_moment(
    power: int, dimensions: Array, radii: Array, weights: Array, slope: float, n_labels: int, sparsity: float
) -> float:
    """Return the sum over (b, R) nodes of weight · E[(bβ)^(p/2) 1{win}].

    The gradient is R times a uniform direction in b dimensions.

    Parameters
    ----------
    power : {0, 2}
    dimensions, radii, weights : ndarray, shape (nodes,)
        Whole dimensions b >= 1, radii R in standard deviations of one coordinate, and weights.
    """
    if n_labels == 1 or math.isinf(slope):
        return float(np.sum(weights))
    line = dimensions == 1.0
    total = float(np.sum(weights[line] * np.exp(log_win_probability(radii[line], slope, n_labels, sparsity))))
    b, radius, log_weight = (x[~line, None] for x in (dimensions, radii, np.log(weights)))
    if b.size == 0:
        return total

    def log_density(y: Array, b: Array) -> Array:
        """Log of β^((1 + p)/2) (1 − β)^((b − 1)/2) at y, half the logit of β."""
        towards_0, towards_1 = np.logaddexp(0.0, -2.0 * y), np.logaddexp(0.0, 2.0 * y)
        density: Array = -0.5 * (1 + power) * towards_0 - 0.5 * (b - 1.0) * towards_1
        return density

    def log_integrand(y: Array) -> Array:
        magnitude = radius * np.exp(-0.5 * np.logaddexp(0.0, -2.0 * y))
        wins = log_win_probability(magnitude, slope, n_labels, sparsity)
        integrand: Array = log_density(y, b) + log_constant + wins
        return integrand

    lower, upper = -0.5 * math.log(float(b.max())) - 50.0, 50.0
    sizes, which = np.unique(b, return_inverse=True)
    log_norms = np.array([log_integral(partial(log_density, b=size), lower, upper) for size in sizes])
    log_constant = log_weight - log_norms[which.reshape(b.shape)]
    return total + float(np.exp(special.logsumexp(log_integral(log_integrand, lower, upper, n_labels))))
