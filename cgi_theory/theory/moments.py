r"""The one-dimensional integrals behind ``exact``: the moments of the gradient where the chosen label wins.

The input multiplies every label's gradient alike, so the chosen label keeps a coordinate exactly when its own
gradient u is positive and no rival's is larger, or negative and no rival's is smaller. Given u, one rival loses with
probability :math:`1 - \rho + \rho\,\Phi(a|u|)`, where :math:`a = \sqrt{(1-r)/(1+r)}`: it is absent, or its
fresh part stays below :math:`a|u|`. With k labels

.. math:: M_p = E[|u|^p 1\{\mathrm{win}\}]
   = 2\int_0^\infty u^p\varphi(u)\,[1 - \rho + \rho\,\Phi(au)]^{k-1}\,du,

for u standard normal (the support of the chosen label). By parts :math:`dM_2/d\log a = M_4 - 3M_2`.

For k = 2 and cos θ = r all are known:

.. math:: M_0 = 1 - \rho\left(\tfrac12 - \tfrac{\theta}{2\pi}\right), \qquad
   M_2 = 1 - \rho\left(\tfrac12 - \tfrac{\theta + \sin\theta}{2\pi}\right), \qquad
   M_1 = \sqrt{\tfrac{2}{\pi}}\,\left(1 - \tfrac{\rho}{2}\,(1 - \sin\tfrac{\theta}{2})\right),
.. math:: M_4 = 3M_2 + \rho\,\frac{\sin\theta\,(1 + \cos\theta)}{2\pi},

the second and the last from :math:`\int_0^\infty u^p\varphi(u)\Phi(au)\,du` by parts (Owen 1980, 10,010.6).

Equations of paper_notes.md: (2), (3).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import FloatND
from cgi_theory.theory.quadrature import half_normal

_MEAN_MAGNITUDE = math.sqrt(2.0 / math.pi)


def log_win_probability(magnitude: FloatND, slope: float, n_labels: int, sparsity: float) -> FloatND:
    """Log of the probability that k − 1 rivals lose against a gradient of this magnitude (in units of its SD)."""
    result: FloatND = (n_labels - 1) * np.log1p(-sparsity * special.ndtr(-slope * magnitude))
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

    @property
    def energy_slope(self) -> float:
        """D = dF/d log a."""
        return self.fourth - 3.0 * self.energy


_EVERYTHING = WinMoments(kept=1.0, magnitude=_MEAN_MAGNITUDE, energy=1.0, fourth=3.0, energy_one_fewer=1.0)


@lru_cache(maxsize=4096)
def win_moments(slope: float, n_labels: int, sparsity: float) -> WinMoments:
    """All moments for k labels: in closed form for two, from one grid for more.

    Parameters
    ----------
    slope : float
        a; infinite where labels are equal or opposite.
    n_labels : int
        k, from 1.
    sparsity : float
        ρ.
    """
    if n_labels == 1 or math.isinf(slope):
        return _EVERYTHING
    if n_labels == 2:
        return _two_labels(slope, sparsity)
    u, weight = half_normal(lambda u: log_win_probability(u, slope, n_labels, sparsity), n_labels)
    square = u * u
    one_fewer = np.exp(-log_win_probability(u, slope, 2, sparsity))
    return WinMoments(
        kept=float(weight.sum()),
        magnitude=float(weight @ u),
        energy=float(weight @ square),
        fourth=float(weight @ (square * square)),
        energy_one_fewer=float(weight @ (square * one_fewer)),
    )


def _two_labels(slope: float, sparsity: float) -> WinMoments:
    angle = 2.0 * math.atan(slope)  # θ
    energy = 1.0 - sparsity * (0.5 - (angle + math.sin(angle)) / (2.0 * math.pi))
    return WinMoments(
        kept=1.0 - sparsity * (0.5 - angle / (2.0 * math.pi)),
        magnitude=_MEAN_MAGNITUDE * (1.0 - 0.5 * sparsity * (1.0 - math.sin(0.5 * angle))),
        energy=energy,
        fourth=3.0 * energy + sparsity * math.sin(angle) * (1.0 + math.cos(angle)) / (2.0 * math.pi),
        energy_one_fewer=1.0,
    )
