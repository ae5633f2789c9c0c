r"""The truncated normal: T standard normal given :math:`T \ge t`, for a threshold t > 0.

With the Mills ratio :math:`m(t) = (1 - \Phi(t))/\varphi(t)` and the hazard :math:`\lambda = 1/m`,

.. math:: E[T \mid T \ge t] = \lambda(t), \qquad M(t) = \frac{\lambda(t)}{t}, \qquad
   \mathrm{Var}(T \mid T \ge t) = 1 - \lambda(\lambda - t).

M is the factor by which conditioning on :math:`g_1 \cdot x \ge \delta` exceeds :math:`g_1 \cdot x = \delta`. The scaled
complementary error function gives m at every t. The variance, of which little is left of the 1 for large t, is there
:math:`r_1(r_2 - r_1)` with :math:`r_p` the ratio of the moments :math:`\int_t^\infty (s - t)^p \varphi(s)\,ds` for p and p − 1.
By parts :math:`r_p = p/(t + r_{p+1})`, the continued fraction of the Mills ratio.

In the model :math:`t = \delta\sqrt n/\gamma` for a gradient of length γ, and with the condition "exactly" T is t itself.

Equation of paper_notes.md: (4).
"""

import math

import numpy as np
from scipy import special

from cgi_theory._arrays import FloatND
from cgi_theory.model import CompetitionModel

# From here on so many terms of the fraction give the variance to rounding; below, the difference loses no more than two digits.
_LARGE_THRESHOLD = 3.0
_FRACTION_TERMS = 60


def log_mills_ratio(t: FloatND | float) -> FloatND:
    """Log of m(t) = (1 − Φ(t))/φ(t)."""
    result: FloatND = 0.5 * math.log(0.5 * math.pi) + np.log(special.erfcx(np.asarray(t) / math.sqrt(2.0)))
    return result


def hazard(t: FloatND | float) -> FloatND:
    """λ(t) = E[T | T ≥ t]."""
    result: FloatND = math.sqrt(2.0 / math.pi) / special.erfcx(np.asarray(t) / math.sqrt(2.0))
    return result


def excess(t: FloatND | float) -> FloatND:
    """M(t) = λ(t)/t."""
    return hazard(t) / t


def log_excess(t: FloatND | float) -> FloatND:
    """Log of M(t)."""
    return -log_mills_ratio(t) - np.log(t)


def variance(t: FloatND | float) -> FloatND:
    """Var(T | T ≥ t), to a relative 1e-13."""
    threshold = np.asarray(t, dtype=np.float64)
    second = np.zeros_like(threshold)
    for power in range(_FRACTION_TERMS, 1, -1):
        second = power / (threshold + second)
    first = 1.0 / (threshold + second)
    mean = hazard(threshold)
    return np.where(threshold > _LARGE_THRESHOLD, first * (second - first), 1.0 - mean * (mean - threshold))


def mean_excess(model: CompetitionModel, gamma: FloatND | float) -> FloatND:
    """E[g₁·x]/δ for gradients of length γ: M(t), or 1 for "exactly"."""
    t = np.asarray(model.threshold / gamma)
    return np.ones_like(t) if model.conditioning == "exactly" else excess(t)


def log_mean_excess(model: CompetitionModel, gamma: FloatND | float) -> FloatND:
    """Log of ``mean_excess``."""
    t = np.asarray(model.threshold / gamma)
    return np.zeros_like(t) if model.conditioning == "exactly" else log_excess(t)


def tail_variance(model: CompetitionModel, gamma: float) -> float:
    """Var(T) for gradients of length γ."""
    return 0.0 if model.conditioning == "exactly" else float(variance(model.threshold / gamma))
