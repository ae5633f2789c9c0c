r"""Two networks that agree a little: the integrals over both gradients of a pixel where the chosen label wins on both.

Let each label's gradients on two networks be standard normals with cosine c, labels independent. With :math:`\Phi_2` the
bivariate normal distribution function and :math:`\varphi_2` its density, a rival loses on both networks with probability
:math:`\Phi_2(u, u'; c)` if both gradients u, u' of the chosen label are positive; a pair of gradients of opposite signs is one
of equal signs with cosine −c. So

.. math:: A_\pm = 2\int_0^\infty\!\!\int_0^\infty u\,u'\,\varphi_2(u, u'; \pm c)\,\Phi_2(u, u'; \pm c)^{k-1}\,du\,du'

are E[|u u'| 1{win on both}] over equal and over opposite signs, and the same without u u' the probabilities B± of that.

In :math:`u' = cu + sz` with :math:`s = \sqrt{1 - c^2}` the density is :math:`\varphi(u)\varphi(z)`, and the integrand varies over
lengths of 1 in u and in z, however near c is to ±1; only the edge u' = 0, at z = −cu/s, moves past the bulk of z while u grows by
some s/c. By Owen's T (1956), for positive u and u',

.. math:: \Phi_2(u, u'; c) = \tfrac12\Phi(u) + \tfrac12\Phi(u') - T\Big(u, \frac{z}{u}\Big) - T\Big(u', \frac{su - cz}{u'}\Big).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D, FloatND

# Beyond it normal densities are below 1e-18.
_FAR = 9.0
_NODES = 14
_STEP = 0.6


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
    """Return A± and B± for k labels and a cosine inside (−1, 1)."""
    equal, opposite = (_integrals(signed, n_labels) for signed in (cosine, -cosine))
    return BothWon(equal[0], opposite[0], equal[1], opposite[1])


def _integrals(cosine: float, n_labels: int) -> tuple[float, float]:
    """Return the integrals over positive u and u', with and without their product."""
    sine = math.sqrt((1.0 - cosine) * (1.0 + cosine))
    u, weight_u = _outer(cosine, sine)
    low = np.clip(-cosine * u / sine, -_FAR, _FAR)
    z, weight_z = _inner(low)
    u = u[:, None]
    other = np.maximum(cosine * u + sine * z, 0.0)  # below 0 by rounding alone
    both = _distribution(u, other, z, cosine, sine)
    mass = weight_u[:, None] * weight_z * np.exp(-0.5 * (u * u + z * z)) * both ** (n_labels - 1) / math.pi
    return float(np.sum(u * other * mass)), float(np.sum(mass))


def _distribution(u: FloatND, other: FloatND, z: FloatND, cosine: float, sine: float) -> FloatND:
    """Φ₂(u, u'; c)."""
    with np.errstate(divide="ignore"):
        slope = (sine * u - cosine * z) / other
    tails = special.owens_t(u, z / u) + special.owens_t(other, slope)
    found: FloatND = np.clip(0.5 * (special.ndtr(u) + special.ndtr(other)) - tails, 0.0, 1.0)
    return found


def _outer(cosine: float, sine: float) -> tuple[Float1D, Float1D]:
    """Return the points of u and their weights: up to where nothing is left, and finer while the edge passes z."""
    scale = sine / abs(cosine) if cosine else math.inf
    last = min(_FAR, _FAR * scale) if cosine < 0.0 else _FAR
    edges = np.arange(0.0, last, _STEP)
    passing = scale * np.arange(0.0, _FAR, _STEP) if scale < _FAR else edges
    return _panels(np.unique(np.concatenate([edges, passing[passing < last], [last]])))


def _inner(low: Float1D) -> tuple[FloatND, FloatND]:
    """Return the points of z for each u, from the edge on, and their weights."""
    fractions, weights = _panels(np.linspace(0.0, 1.0, math.ceil(2.0 * _FAR / _STEP) + 1))
    width = (_FAR - low)[:, None]
    return low[:, None] + width * fractions, width * weights


def _panels(edges: Float1D) -> tuple[Float1D, Float1D]:
    """Return Gauss and Legendre's points between edges, and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = 0.5 * np.diff(edges)[:, None]
    points: Float1D = (edges[:-1, None] + half * (1.0 + nodes)).ravel()
    return points, (half * weights).ravel()
