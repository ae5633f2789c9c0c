r"""Two networks that agree a little: the integrals over both gradients of a pixel where the chosen label wins on both.

Let each label's gradients on two networks be standard normals with cosine c, labels independent. With :math:`\Phi_2` the
bivariate normal distribution function and :math:`\varphi_2` its density, a rival loses on both networks with probability
:math:`\Phi_2(u, u'; c)` if both gradients u, u' of the chosen label are positive; a pair of gradients of opposite signs is one
of equal signs with cosine −c. So

.. math:: A_\pm = 2\int_0^\infty\!\!\int_0^\infty u\,u'\,\varphi_2(u, u'; \pm c)\,\Phi_2(u, u'; \pm c)^{k-1}\,du\,du'

are E[|u u'| 1{win on both}] over equal and over opposite signs, and the same without u u' the probabilities B± of that.

Let :math:`\alpha = \sqrt{(1+c)/2}`, :math:`\beta = \sqrt{(1-c)/2}`, and turn to the independent normals p, q of

.. math:: u = \alpha p + \beta q, \qquad u' = \alpha p - \beta q.

The integrands are even in q, positive for :math:`|q| < p\alpha/\beta`, and log-concave in (p, q): :math:`\Phi_2` is so in its two
arguments by Prékopa's theorem (1973), and :math:`\varphi_2` and u u' are. So they fall with |q|, what remains after the integral
over q has one peak in p, and nothing is narrow, however near c is to ±1: there u and u' are nearly ±1 times each other, but p
and q are not. By Owen's T (1956) a rival wins on either network with probability

.. math:: 1 - \Phi_2 = \tfrac12(1 - \Phi(u)) + \tfrac12(1 - \Phi(u')) + T\Bigl(u, \frac{\beta p - \alpha q}{u}\Bigr)
   + T\Bigl(u', \frac{\beta p + \alpha q}{u'}\Bigr),

of which nothing has cancelled where thousands of labels leave only its smallness.

Equation of paper_notes.md: (13).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.quadrature import NEGLIGIBLE, log_limits, peak_grid, step_of

# Gauss and Legendre's points of q: twice as many change nothing by 1e-13.
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(48)
# Where a normal density is less than NEGLIGIBLE, and how often what lies beyond is cut off, to a fifteenth at most each time.
_FAR = 9.5
_CUTS, _COARSE = 3, np.linspace(0.0, 1.0, 16)


class BothWon(NamedTuple):
    """What is won on both networks: E[|u u'| 1{…}] and the probability, where gradients have equal and opposite signs."""

    product_equal: float
    """A₊."""
    product_opposite: float
    """A₋."""
    kept_equal: float
    """B₊."""
    kept_opposite: float
    """B₋."""


@lru_cache(maxsize=1024)
def both_won(cosine: float, n_labels: int) -> BothWon:
    """Return A± and B± for k labels and a cosine from −1 to 1: in closed form for one network twice, none in common, or k = 1."""
    (product, kept), (opposite_product, opposite_kept) = (_equal_signs(c, n_labels) for c in (cosine, -cosine))
    return BothWon(product, opposite_product, kept, opposite_kept)


def _equal_signs(cosine: float, n_labels: int) -> tuple[float, float]:
    """Return A₊ and B₊."""
    won = win_moments(1.0, n_labels, 1.0)
    if abs(cosine) == 1.0:
        return (won.energy, won.kept) if cosine > 0.0 else (0.0, 0.0)
    if cosine == 0.0:
        return 0.5 * won.magnitude**2, 0.5 * won.kept**2
    if n_labels == 1:
        angle, sine = math.acos(-cosine), math.sqrt((1.0 - cosine) * (1.0 + cosine))
        return (sine + cosine * angle) / math.pi, angle / math.pi
    return _by_quadrature(cosine, n_labels)


def _by_quadrature(cosine: float, n_labels: int) -> tuple[float, float]:
    """Return A₊ and B₊: the trapezoidal rule in log p over Gauss's and Legendre's in q."""
    plane = _Plane(math.sqrt(0.5 * (1.0 + cosine)), math.sqrt(0.5 * (1.0 - cosine)), n_labels - 1)

    def log_both(y: Float1D) -> Float1D:
        log_scale, product, kept = plane.over_q(np.exp(y))
        return y + log_scale + np.log(product + kept)

    y = peak_grid(log_both, log_limits(n_labels), n_labels)
    log_scale, product, kept = plane.over_q(np.exp(y))
    weight = np.exp(y + log_scale) * (2.0 / math.pi * step_of(y))
    return float(weight @ product), float(weight @ kept)


class _Plane(NamedTuple):
    """The plane of p and q."""

    alpha: float
    beta: float
    rivals: int

    def over_q(self, p: Float1D) -> tuple[Float1D, Float1D, Float1D]:
        """Return a log scale and, to that scale, the integrals over q > 0 with and without u u', each (points,)."""
        log_scale = self.log_mass(p[:, None], np.zeros((1, 1)))[:, 0]
        far = np.minimum(p * (self.alpha / self.beta), _FAR)
        for _ in range(_CUTS):
            q = far[:, None] * _COARSE
            negligible = self.log_mass(p[:, None], q[:, 1:-1]) < log_scale[:, None] - NEGLIGIBLE
            first = np.where(negligible.any(axis=1), 1 + negligible.argmax(axis=1), len(_COARSE) - 1)
            far = q[np.arange(len(q)), first]
        q = far[:, None] * (0.5 + 0.5 * _POINTS)
        mass = np.exp(self.log_mass(p[:, None], q) - log_scale[:, None]) * (0.5 * far[:, None] * _WEIGHTS)
        product = (self.alpha * p[:, None]) ** 2 - (self.beta * q) ** 2
        return log_scale - 0.5 * p * p, np.sum(product * mass, axis=1), np.sum(mass, axis=1)

    def log_mass(self, p: Float2D, q: Float2D) -> Float2D:
        """Return the log of exp(−q²/2) Φ₂^(k−1), (points of p, points of q)."""
        u, other = self.alpha * p + self.beta * q, self.alpha * p - self.beta * q
        slope, other_slope = (self.beta * p - self.alpha * q) / u, (self.beta * p + self.alpha * q) / other
        tails = 0.5 * (special.ndtr(-u) + special.ndtr(-other))
        wins = tails + special.owens_t(u, slope) + special.owens_t(other, other_slope)
        found: Float2D = self.rivals * np.log1p(-wins) - 0.5 * q * q
        return found
