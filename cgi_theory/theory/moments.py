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
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cgi_theory.theory.quadrature import half_line

Array = NDArray[np.float64]

_MEAN_MAGNITUDE = math.sqrt(2.0 / math.pi)


def log_win_probability(magnitude: Array, slope: float, n_labels: int, sparsity: float) -> Array:
    """Log of the probability that k − 1 rivals lose against a gradient of this magnitude (in units of its SD)."""
    result: Array = (n_labels - 1) * np.log1p(-sparsity * special.ndtr(-slope * magnitude))
    return result


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
