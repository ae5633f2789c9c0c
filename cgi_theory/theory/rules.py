r"""Rules that choose pixels, and the most that any can keep.

Competition is one way "to combine information from all logits"; the paper leaves open which is best. Let a label's gradient at a
pixel be u and its rivals' :math:`v_2 \ldots v_k`, all independent standard normals (dense, r = 0). A *rule* is a mask
:math:`m(u, v) \in [0, 1]` with :math:`m(-u, -v) = m(u, v)`: the input multiplies all gradients alike. With
:math:`\bar v = \sum v_j/(k-1)` and M the rivals' largest on the label's side, :math:`\max_j \mathrm{sign}(u)\,v_j`, it keeps

.. math:: q = E[m], \qquad \ell = E[u^2 m], \qquad E[u\bar v\,m], \qquad E[|u| M\,m]

of the pixels, of the label's logit, of the mean rival's logit, and of what the strongest rival has at each pixel, the last two in
units of the label's logit: the input's mean given the gradients is along u.

Every rule here keeps a pixel where \|u\| reaches a *bar* b ≥ 0 that rivals set. Then, with Q = 1 − Φ,

.. math:: q = 2E[Q(b)], \quad \ell = 2E[Q(b) + b\varphi(b)], \quad 2E[\bar v\,\varphi(b)], \quad 2E[M\varphi(b)].

========================= ==========================================================================================
rule                      bar
========================= ==========================================================================================
random pixels             0 with probability q, else out of reach
largest pixels            τ
contrast with a rival w   where :math:`u(u - \lambda w) = t`: :math:`\tfrac12(\lambda w + \sqrt{\lambda^2w^2 + 4t})`
the m best labels         the m-th largest of the rivals, or 0; m = 1 is CGI
softmax                   :mod:`cgi_theory.theory.softmax`
========================= ==========================================================================================

By Neyman and Pearson's lemma, of all rules that keep as many pixels, :math:`u^2 \ge t` keeps most of the logit, and
:math:`u(u - \lambda w) \ge t` most of it less λ times what is kept of w: the *frontier*, for the mean rival
:math:`w = \bar v` and for the strongest one w = M. For w = M, λ = 1 and t = 0 that is :math:`|u| \ge M`, **CGI itself**: of all
masks, whatever their number of pixels, it keeps most of the label's logit less the strongest rival's. By parts, that is
:math:`E[|u|(|u| - M)^+] = q + 2\varphi(0)\,E[(-M)^+]`, the number of its pixels, but for what is 2⁻ᵏ. For the mean rival, of
which only the sum over pixels counts, CGI lies inside the frontier; of that, by parts, it keeps :math:`-(\ell - q)/(k - 1)`.

The rivals' mean is independent of their residuals, so that M has the mean :math:`\bar v + E[M]` given :math:`\bar v`; given the
m-th largest, the others lie above and below it as truncated normals do.

Equation of paper_notes.md: (16).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from cgi_theory._arrays import Float1D, FloatND

# Where normal densities are less than 1e-18 of their peak, and the widest panel on which 16 points of Gauss and Legendre have 14
# digits of a bar's law.
FAR, PANEL = 9.0, 0.25
POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(16)
# Halvings of the panels next to w = 0, where a bar turns from the rival's to none, within √t/λ.
_HALVINGS = 40
# Thresholds of u(u − λw) above which nothing is left.
_HIGHEST = 1e4


class Kept(NamedTuple):
    """What a rule keeps: of the pixels, and of logits in units of the label's."""

    pixels: float
    """q."""
    logit: float
    """ℓ."""
    mean_rival: float
    """E[u v̄ m]."""
    strongest_rival: float
    """E[|u| M m]."""


class Bars(NamedTuple):
    """A law of bars, all (points,)."""

    height: FloatND
    """b, from 0."""
    chance: FloatND
    mean: FloatND
    """E[v̄ | b], on the label's side."""
    strongest: FloatND
    """E[M | b]."""


def kept_above(bars: Bars) -> Kept:
    """Return what is kept where the label's gradient reaches a bar."""
    density = np.exp(-0.5 * bars.height**2) / math.sqrt(2.0 * math.pi)
    tail, weight = special.ndtr(-bars.height), 2.0 * bars.chance
    return Kept(
        pixels=float(weight @ tail),
        logit=float(weight @ (tail + bars.height * density)),
        mean_rival=float(weight @ (bars.mean * density)),
        strongest_rival=float(weight @ (bars.strongest * density)),
    )


def random_pixels(pixels: float, n_labels: int) -> Kept:
    """Return what a random mask keeps that keeps this fraction of the pixels."""
    return kept_above(Bars(np.zeros(1), np.full(1, pixels), np.zeros(1), np.full(1, mean_of_strongest(n_labels - 1))))


def largest_pixels(threshold: float, n_labels: int) -> Kept:
    """Return what is kept where u² is at least a threshold, from 0."""
    height = np.full(1, math.sqrt(threshold))
    return kept_above(Bars(height, np.ones(1), np.zeros(1), np.full(1, mean_of_strongest(n_labels - 1))))


def contrast_with_mean(price: float, threshold: float, n_labels: int) -> Kept:
    """Return what is kept where u(u − λv̄) is at least a threshold, from 0; the price λ is from 0, and rivals are one or more."""
    rivals = n_labels - 1
    z, weight = panels(_edges(threshold, price / math.sqrt(rivals)))
    chance = weight * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    mean = z / math.sqrt(rivals)
    return kept_above(Bars(_bar(price, mean, threshold), chance, mean, mean + mean_of_strongest(rivals)))


def contrast_with_strongest(price: float, threshold: float, n_labels: int) -> Kept:
    """Return what is kept where u(u − λ sign(u) M) is at least a threshold, from 0; at λ = 1 and 0 that is CGI."""
    w, weight = panels(_edges(threshold, price))
    law = _order_law(w, weight, 1, n_labels - 1)
    return kept_above(law._replace(height=_bar(price, w, threshold)))


def among_best(count: int, n_labels: int) -> Kept:
    """Return what is kept where fewer than ``count`` rivals surpass the label on its side; ``count`` from 1 to k − 1."""
    w, weight = panels(_edges(0.0, 1.0))
    law = _order_law(w, weight, count, n_labels - 1)
    return kept_above(law._replace(height=np.maximum(w, 0.0)))


def threshold_of(rule: Callable[[float], Kept], pixels: float) -> float:
    """Return the threshold, from 0, at which a rule keeps a fraction of the pixels that it can keep."""
    if rule(0.0).pixels <= pixels:
        return 0.0
    found: float = optimize.brentq(lambda threshold: rule(threshold).pixels - pixels, 0.0, _HIGHEST, xtol=1e-14, rtol=1e-14)
    return found


def mean_of_strongest(rivals: int) -> float:
    """Return E[M], the mean of the largest of so many standard normals."""
    t, weight = panels(_edges(0.0, 1.0))
    above, below = -np.expm1(rivals * special.log_ndtr(t)), np.exp(rivals * special.log_ndtr(t))
    return float(weight @ np.where(t > 0.0, above, -below))


def _bar(price: float, rival: FloatND, threshold: float) -> FloatND:
    """Return the larger root of u² − λwu = t, or 0: as a quotient where the difference would cancel."""
    half = 0.5 * price * rival
    root = np.sqrt(half * half + threshold)
    found: FloatND = np.where(
        half >= 0.0, half + root, np.divide(threshold, root - half, out=np.zeros_like(half), where=half < 0.0)
    )
    return found


def _order_law(w: Float1D, weight: Float1D, rank: int, rivals: int) -> Bars:
    """Return the law of the rivals' largest but rank − 1, at points w with weights; its bars are yet to be set."""
    log_below, log_above = special.log_ndtr(w), special.log_ndtr(-w)
    ways = special.gammaln(rivals + 1) - special.gammaln(rank) - special.gammaln(rivals - rank + 1)
    log_density = -0.5 * w * w - 0.5 * math.log(2.0 * math.pi)
    chance = weight * np.exp(ways + log_density + (rank - 1) * log_above + (rivals - rank) * log_below)
    mean_below, mean_above = -np.exp(log_density - log_below), np.exp(log_density - log_above)
    mean = (w + (rank - 1) * mean_above + (rivals - rank) * mean_below) / rivals
    return Bars(w, chance, mean, w if rank == 1 else w + _largest_excess(w, rank - 1))


def _largest_excess(w: Float1D, count: int) -> Float1D:
    """Return by how much the largest of ``count`` normals above w surpasses it on average, (points,)."""
    fraction, weight = panels(np.linspace(0.0, 1.0, math.ceil(2.0 * FAR / PANEL)))
    width = FAR + 1.0 - w
    t = w[:, None] + width[:, None] * fraction
    above = np.exp(special.log_ndtr(-t) - special.log_ndtr(-w)[:, None])  # of those above w
    found: Float1D = (1.0 - (1.0 - np.minimum(above, 1.0)) ** count) @ weight * width
    return found


def _edges(threshold: float, price: float) -> Float1D:
    """Return edges of panels over the rivals' range, finer next to 0 if the bar turns there."""
    coarse = np.arange(-FAR, FAR + PANEL, PANEL)
    turn = math.sqrt(threshold) / price if price > 0.0 else math.inf
    fine = [2.0**-i * PANEL for i in range(1, _HALVINGS) if 2.0**-i * PANEL > 0.25 * turn]
    return np.unique(np.concatenate([coarse, fine, np.negative(fine)]))


def panels(edges: Float1D) -> tuple[Float1D, Float1D]:
    """Return Gauss and Legendre's points between edges, and their weights."""
    half = 0.5 * np.diff(edges)[:, None]
    points: Float1D = (edges[:-1, None] + half * (1.0 + POINTS)).ravel()
    return points, (half * _WEIGHTS).ravel()
