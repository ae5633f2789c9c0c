r"""Softmax-weighted competition: what it keeps (:mod:`cgi_theory.theory.rules`).

A pixel's weight is the label's share of :math:`e^{g/T}` on its side,
:math:`m = e^{|u|/T}/(e^{|u|/T} + \sum_j e^{\mathrm{sign}(u) v_j/T})`: CGI at T → 0, 1/k of gradient ⊙ input at T → ∞.
That is the probability that the label wins when standard Gumbel noise, times T, is added to all. With the noise's distribution
:math:`\Lambda(x) = e^{-e^{-x}}`, a rival stays below a with probability
:math:`H(a) = \int\varphi(v)\,\Lambda((a - v)/T)\,dv`, and

.. math:: E[m \mid u] = E\,H(a)^{k-1}, \quad
   E[\bar v\,m \mid u] = -E\,H'(a)\,H(a)^{k-2}, \quad
   E[M m \mid u] = (k-1)\,E\!\int t\,\varphi(t)\,\Lambda\Bigl(\frac{a - t}{T}\Bigr)\,
   \Bigl[\int_{-\infty}^t \varphi(v)\,\Lambda\Bigl(\frac{a - v}{T}\Bigr)\,dv\Bigr]^{k-2} dt ,

over the label's own noise in a = \|u\| + T·noise: the second by Stein's lemma, the third by which rival is the largest.

Equation of paper_notes.md: (16).
"""

import math
from functools import lru_cache

import numpy as np

from cgi_theory._arrays import Float1D, FloatND
from cgi_theory.theory.rules import FAR, PANEL, POINTS, Kept, panels

# Temperatures in standard deviations of a gradient: below, softmax is nearly competition, and panels would be many.
COLDEST, HOTTEST = 0.1, 100.0
# Gumbel noise has e^-55 of its mass below −4, and 1e-16 above 37; it changes over a length of T, and what is convolved with it.
_LOWEST_NOISE, _HIGHEST_NOISE = -4.0, 37.0


@lru_cache(maxsize=64)
def softmax(temperature: float, n_labels: int) -> Kept:
    """Return what softmax-weighted competition keeps, at temperatures T from 0.1 to 100 and for two labels or more."""
    step = min(PANEL, 2.0 * temperature)
    u, weight_u = panels(np.arange(0.0, FAR + step, step))
    v, weight_v = panels(np.arange(-FAR, FAR + step, step))
    lowest, highest = _LOWEST_NOISE * temperature, FAR + _HIGHEST_NOISE * temperature
    a, weight_a = panels(np.linspace(lowest, highest, math.ceil((highest - lowest) / max(step, temperature))))
    noise = (a[:, None] - u) / temperature
    own = np.exp(-noise - np.exp(-noise)) / temperature * weight_u * np.exp(-0.5 * u * u)
    surprise = np.exp((v - a[:, None]) / temperature)
    below = np.exp(-surprise) * np.exp(-0.5 * v * v) / math.sqrt(2.0 * math.pi)
    parts = np.sqrt(2.0 / math.pi) * weight_a * np.stack([own.sum(axis=1), own @ u, own @ u**2])
    mass = below @ weight_v
    slope = (below * surprise) @ weight_v / temperature
    alone = mass ** (n_labels - 2)
    largest = (n_labels - 1) * (below * _cumulative(below, weight_v) ** (n_labels - 2)) @ (weight_v * v)
    return Kept(
        pixels=float(parts[0] @ (alone * mass)),
        logit=float(parts[2] @ (alone * mass)),
        mean_rival=float(parts[1] @ (-slope * alone)),
        strongest_rival=float(parts[1] @ largest),
    )


def _cumulative(values: FloatND, weights: Float1D) -> FloatND:
    """Return the integrals up to each point of panels, (…, points): of the panels before it, and of its own interpolated."""
    panel = values.reshape(len(values), -1, len(POINTS))
    scaled = panel * weights.reshape(-1, len(POINTS))
    before = np.cumsum(scaled.sum(axis=2), axis=1) - scaled.sum(axis=2)
    half = weights.reshape(-1, len(POINTS)).sum(axis=1)[:, None] / 2.0
    found: FloatND = (before[:, :, None] + half * (panel @ _up_to_each_point().T)).reshape(values.shape)
    return found


def _up_to_each_point() -> FloatND:
    """Return the matrix from values at Gauss and Legendre's points to their polynomial's integrals from −1 to each point."""
    degrees = len(POINTS)
    values = np.polynomial.legendre.legvander(POINTS, degrees)
    integrals = np.column_stack([POINTS + 1.0, *((values[:, n + 1] - values[:, n - 1]) / (2 * n + 1) for n in range(1, degrees))])
    found: FloatND = integrals @ np.linalg.inv(values[:, :degrees])
    return found
