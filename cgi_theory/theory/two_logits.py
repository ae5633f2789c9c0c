r"""A rival with a logit of its own, and what its own map retains (Remark 2).

Let the input be conditioned on both logits, :math:`g_1 \cdot x \ge \delta` (or :math:`= \delta`) and
:math:`g_2 \cdot x = \delta_2`. For unit vectors :math:`\kappa = g_1 \cdot g_2` is fixed, so the conditions fall on a pair of
normals of correlation κ whatever the gradients are, and with P the projection on both gradients

.. math:: x = \alpha_1 g_1 + \alpha_2 g_2 + (I - P)\,\frac{z}{\sqrt n}, \qquad \alpha_1 = \frac{a - \kappa\delta_2}{1 - \kappa^2},
   \quad \alpha_2 = \frac{\delta_2 - \kappa a}{1 - \kappa^2}, \quad a = g_1 \cdot x.

Given :math:`g_2 \cdot x = \delta_2`, :math:`a = \kappa\delta_2 + \sqrt{(1-\kappa^2)/n}\;T` with T a standard normal truncated
to :math:`T \ge (\delta - \kappa\delta_2)\sqrt{n/(1-\kappa^2)}`: the truncated normal of a gradient of length
:math:`\gamma = \sqrt{1-\kappa^2}/(1 - \kappa\delta_2/\delta)`.

The input still does not decide who wins, so the means need the energies and the products of gradients on the
coordinates won. With :math:`v = ru + \sqrt{1-r^2}\,\zeta` the first rival,

.. math:: c = \frac{\bar\alpha_1 F + \bar\alpha_2\,E[uv\,1\{u\ \mathrm{wins}\}]}{\delta}, \qquad
   c_{\mathrm{rival}} = \frac{\bar\alpha_1\,E[uv\,1\{v\ \mathrm{wins}\}] + \bar\alpha_2\,E[v^2\,1\{v\ \mathrm{wins}\}]}{\delta}.

**The chosen label's map.** U and Z are standard normals, :math:`L(x) = 1 - \rho + \rho\Phi(x)`. Given U > 0 the rivals are
independent, and the mean of Z where it loses, :math:`Z \le aU`, is :math:`-\varphi(aU)`, so that

.. math:: E[uv\,1\{u\ \mathrm{wins}\}] = rF - 2\rho\sqrt{1-r^2}\int_0^\infty U\varphi(U)\varphi(aU)L(aU)^{k-2}\,dU,

which for k = 2 is :math:`rF - \rho(1+r)\sqrt{1-r^2}/(2\pi)`.

**The rival's map.** All rivals have the same part along u, so v beats another rival exactly when its own fresh part is the
larger, for v > 0: given ζ, with probability L(Z) for Z > 0 and :math:`\rho\Phi(Z)` for Z < 0. It beats the chosen label
where :math:`U \le Z/a`. What is left, :math:`v > 0` and :math:`U \le Z/a`, is an interval of U, whose moments are
those of a truncated normal; the integral over Z remains. With one fresh part missing (probability 1 − ρ):

* the chosen label's: :math:`v = \sqrt{1-r^2}\,\zeta` wins against it everywhere;
* the rival's: v = ru wins against u only for r < 0, and ties with every other rival that has none. Being orthogonal to
  :math:`h_1` leaves each of these another trace of u, of order :math:`1/\sqrt n`, which breaks the ties at random. With N
  others it wins with probability 1/(N + 1), on average
  :math:`[(1-\rho/2)^{k-1} - (\rho/2)^{k-1}]/((k-1)(1-\rho))`.

The same trace is all that the rival has on such coordinates at r = 0. It wins those where it is negative, which adds a term
of order :math:`1/\sqrt n`, for k = 2 :math:`-(1-\rho)/\sqrt{2\pi n_b}` to E[uv 1{v wins}] in a block of
:math:`n_b` coordinates, that the limit of many coordinates leaves out.

Equations of paper_notes.md: (8), (9).
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D
from cgi_theory.model import CompetitionModel, loss_slope
from cgi_theory.theory.moments import log_win_probability, win_moments
from cgi_theory.theory.quadrature import half_normal, log_integral, log_limits

# Standard deviations beyond which a normal density and tail are nothing.
_FARTHEST = 40.0


class MeanCoefficients(NamedTuple):
    """The mean of the input given the gradients, ᾱ₁g₁ + ᾱ₂g₂, in units of δ."""

    chosen: float
    """ᾱ₁/δ."""
    rival: float
    """ᾱ₂/δ."""


class RivalMoments(NamedTuple):
    """Products of the chosen label's u and the first rival's v where one of them wins, in units of E[u²]."""

    product_chosen_wins: float
    """E[uv 1{u wins}]."""
    product_rival_wins: float
    """E[uv 1{v wins}]."""
    energy_rival_wins: float
    """E[v² 1{v wins}]."""


def equivalent_length(model: CompetitionModel) -> float:
    """Return the length of the gradient whose T is that of g₁·x given g₂·x = δ₂."""
    kappa, ratio = model.rival_cosine, _ratio(model)
    return math.sqrt((1.0 - kappa) * (1.0 + kappa)) / (1.0 - kappa * ratio)


def mean_coefficients(model: CompetitionModel, excess: float) -> MeanCoefficients:
    """Return ᾱ₁/δ and ᾱ₂/δ, where T has ``excess`` times its threshold as its mean."""
    kappa, ratio = model.rival_cosine, _ratio(model)
    square = (1.0 - kappa) * (1.0 + kappa)
    above = (1.0 - kappa * ratio) * excess  # (E[a] − κδ₂)/δ
    return MeanCoefficients(above / square, ratio - kappa * above / square)


def _ratio(model: CompetitionModel) -> float:
    """δ₂/δ."""
    assert model.rival_logit is not None
    return model.rival_logit / model.delta


@lru_cache(maxsize=4096)
def rival_moments(correlation: float, n_labels: int, sparsity: float) -> RivalMoments:
    """Return the moments of a block in which rivals have this cosine, for at least two labels, to 1e-12."""
    slope = loss_slope(correlation)
    if math.isinf(slope):  # ties at r = 1, opposite signs at r = −1: every label keeps everything
        return RivalMoments(correlation, correlation, 1.0)
    sine = sine_of(correlation)
    energy = win_moments(slope, n_labels, sparsity).energy
    chosen = correlation * energy - 2.0 * sparsity * sine * _lost_product(slope, n_labels, sparsity)
    if n_labels == 2 and sparsity == 1.0:  # the two labels are alike
        return RivalMoments(chosen, chosen, energy)
    absent = ((1.0 - sparsity / 2.0) ** (n_labels - 1) - (sparsity / 2.0) ** (n_labels - 1)) / (n_labels - 1)
    alone = min(correlation, 0.0)
    product, square = _present_rival(correlation, n_labels, sparsity)
    return RivalMoments(chosen, product + alone * absent, square + alone * alone * absent)


def sine_of(correlation: float) -> float:
    """Return √(1 − r²), what a rival's fresh part is multiplied by."""
    return math.sqrt((1.0 - correlation) * (1.0 + correlation))


def _lost_product(slope: float, n_labels: int, sparsity: float) -> float:
    """Return ∫ Uφ(U)φ(aU)L(aU)^(k−2) dU."""
    if n_labels == 2:
        return 1.0 / (2.0 * math.pi * (1.0 + slope * slope))

    def log_weight(y: Float1D) -> Float1D:
        u = np.exp(y)
        return 2.0 * y - 0.5 * (1.0 + slope * slope) * u * u + log_win_probability(u, slope, n_labels - 1, sparsity)

    return math.exp(log_integral(log_weight, log_limits(n_labels, slope), n_labels)) / (2.0 * math.pi)


def _present_rival(correlation: float, n_labels: int, sparsity: float) -> tuple[float, float]:
    """Return E[uv 1{v wins}] and E[v² 1{v wins}] where the rival has a fresh part."""
    slope, sine = loss_slope(correlation), sine_of(correlation)

    def log_beats_all(z: Float1D) -> Float1D:
        return log_win_probability(z, 1.0, n_labels - 1, sparsity)

    def log_beats_present(z: Float1D) -> Float1D:
        result: Float1D = (n_labels - 2) * (math.log(sparsity) + special.log_ndtr(-z))
        return result

    z, weight = half_normal(log_beats_all, n_labels)
    lowest = -sine * z / correlation if correlation > 0.0 else np.full_like(z, -_FARTHEST)
    product, square = _interval(correlation, z, lowest, z / slope)
    total_product = sparsity * float(weight @ product)
    total_square = float(weight @ (sparsity * square + (1.0 - sparsity) * (sine * z) ** 2))
    if correlation < 0.0:  # then v > 0 also where its fresh part is negative and u more so
        z, weight = half_normal(log_beats_present, n_labels)
        product, square = _interval(correlation, -z, np.full_like(z, -_FARTHEST), sine * z / correlation)
        total_product += sparsity * float(weight @ product)
        total_square += sparsity * float(weight @ square)
    return total_product, total_square


def _interval(correlation: float, z: Float1D, lowest: Float1D, highest: Float1D) -> tuple[Float1D, Float1D]:
    """Return E[Uv 1{U in the interval}] and E[v² 1{...}] for v = rU + √(1 − r²)z."""
    low, high = np.clip(lowest, -_FARTHEST, _FARTHEST), np.clip(highest, -_FARTHEST, _FARTHEST)
    low_density, high_density = (np.exp(-0.5 * end * end) / math.sqrt(2.0 * math.pi) for end in (low, high))
    mass = special.ndtr(high) - special.ndtr(low)
    mean = low_density - high_density
    second = mass + low * low_density - high * high_density
    fresh = sine_of(correlation) * z
    product = correlation * second + fresh * mean
    return product, correlation * product + fresh * (correlation * mean + fresh * mass)
