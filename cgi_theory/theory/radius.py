r"""Averages over the length of the chosen gradient, for the laws in which it is random.

With ``"gaussian"`` the number of coordinates that carry the gradient is B ~ Binomial(n, ρ) (at least one: a gradient that is
zero has no direction), and :math:`\rho n\gamma^2 \sim \chi^2_B` given B. With ``"joint"`` the radius
:math:`R = \sqrt n\,\gamma` has density proportional to :math:`\chi_n(R)\,P(T \ge \delta n/R)`, and for ``"exactly"`` to
:math:`\chi_n(R)\,(n/R)\,\varphi(\delta n/R)`. In all of them the direction is uniform on the sphere of the gradient's
support and independent of the radius, so that the square of a coordinate is :math:`R^2\beta` with
:math:`\beta \sim \mathrm{Beta}(1/2, (b-1)/2)` in b dimensions, and

.. math:: c = \sum_b P(b) E_R\bigl[M(\delta\sqrt n/\gamma) b\,E_\beta[\beta\,(1 - \rho + \rho\Phi(aR\sqrt\beta))^{k-1}]\bigr] .

With many labels a rare long gradient may decide the average, so the double integral is taken where its whole integrand is,
by the trapezoidal rule in y, the log of R over about its mode, and v, half the logit of β; and over every h-th b with h half of
its standard deviation. For smooth bell shapes all three sums converge exponentially (:mod:`cgi_theory.theory.quadrature`). As
:math:`t R = \delta n\sqrt\rho` is the same for all radii, t at y is t at the mode times :math:`e^{-y}`.

Equations of paper_notes.md: (5), (6).
"""

import math
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D, Float2D, FloatND
from cgi_theory.model import CompetitionModel
from cgi_theory.theory.moments import log_win_probability
from cgi_theory.theory.quadrature import (
    NEGLIGIBLE,
    core,
    log_integral,
    log_sum,
    peak_box,
    peak_grid,
    step_of,
    uniform_grid,
)
from cgi_theory.theory.truncated import log_mean_excess, log_mills_ratio

# Where y may lie: below, the density falls at least as e^y, above, as exp(−e^{2y}/2), but for the winning with many labels.
_LOWEST_Y, _HIGHEST_Y = -60.0, 4.0
# How far v may lie from where β = 1/b, and beyond 0: the density of v falls at least as e^-|v|.
_FARTHEST_V = NEGLIGIBLE + 8.0


# Of the sums over support sizes, in standard deviations: a normal law summed in steps of h is off by 2 exp(−2π²/h²), here 7e-18.
_STRIDE = 0.7


class RadiusNodes(NamedTuple):
    """Nodes of the distribution of γ = |g₁|, for averages of smooth functions."""

    gamma: Float1D
    weight: Float1D
    """Weights that sum to 1."""


class Averages(NamedTuple):
    """Means over gradients and input of what a block keeps."""

    retained: float
    """The share of its logit, c."""
    kept: float
    """The fraction of its coordinates."""


def radius_nodes(model: CompetitionModel) -> RadiusNodes:
    """Nodes and weights for the mean of a smooth function of γ."""
    gammas, weights = [], []
    for count, probability in zip(*_support_sizes(model.n, model.sparsity), strict=True):
        law = _radius_law(model, float(count))
        y = peak_grid(law.log_density, (_LOWEST_Y, _HIGHEST_Y), n_labels=1)
        gammas.append(law.gamma(y))
        weights.append(probability * special.softmax(law.log_density(y)))
    return RadiusNodes(np.concatenate(gammas), np.concatenate(weights))


def block_averages(model: CompetitionModel, slope: float) -> Averages:
    """What a block whose rivals lose with slope a keeps: remembered, for blocks of other models are often the same."""
    return _block_averages(replace(model, shared_fraction=0.0, shared_correlation=0.0), slope)


@lru_cache(maxsize=1024)
def _block_averages(model: CompetitionModel, slope: float) -> Averages:
    """Return them for a model of the distinct block alone: how it is divided and correlated is in the slope."""
    sizes, probabilities = _support_sizes(model.n, model.sparsity)
    given = np.array([_given_support(_radius_law(model, float(b)), slope) for b in sizes])
    retained, kept = probabilities @ (given * np.column_stack((np.ones_like(sizes), sizes / model.n)))
    return Averages(float(retained), float(kept))


class _RadiusLaw(NamedTuple):
    """The law of R = γ√(ρn) given the support's size b, in y = log(R/scale)."""

    model: CompetitionModel
    support: float
    """b."""
    scale: float
    """R near its mode."""
    threshold: float
    """t at y = 0."""

    def gamma(self, y: FloatND) -> FloatND:
        """|g₁|."""
        return self.scale / math.sqrt(self.model.sparsity * self.model.n) * np.exp(y)

    def log_density(self, y: FloatND) -> FloatND:
        """Log density of y less that of 0, as a sum of small differences."""
        chi: FloatND = self.support * y - 0.5 * self.scale**2 * np.expm1(2.0 * y)
        if self.model.gradient_law != "joint":
            return chi
        with_normal: FloatND = chi - 0.5 * self.threshold**2 * np.expm1(-2.0 * y)
        if self.model.conditioning == "exactly":
            return with_normal - y
        return with_normal + log_mills_ratio(self.threshold * np.exp(-y)) - log_mills_ratio(self.threshold)


def _radius_law(model: CompetitionModel, support: float) -> _RadiusLaw:
    threshold_times_radius = model.threshold * math.sqrt(model.sparsity * model.n)
    square = support
    if model.gradient_law == "joint":
        square = 0.5 * (support + math.hypot(support, 2.0 * threshold_times_radius))
    scale = math.sqrt(square)
    return _RadiusLaw(model, support, scale, threshold_times_radius / scale)


class _WonCoordinate(NamedTuple):
    """The joint density of y and v, times the probability that a coordinate of the support is won there."""

    law: _RadiusLaw
    slope: float
    """a."""

    def log_direction(self, v: FloatND) -> FloatND:
        """Log density of v up to a constant; a support of one coordinate has no direction."""
        b = self.law.support
        if b == 1.0:
            return np.zeros_like(v)
        density: FloatND = 0.5 * _log_square(v) - 0.5 * (b - 1.0) * np.logaddexp(0.0, 2.0 * v)
        return density

    def log_value(self, y: FloatND, v: FloatND) -> FloatND:
        """Log of density and probability, for y and v that broadcast."""
        model = self.law.model
        magnitude = self.law.scale * np.exp(y + 0.5 * _log_square(v))
        won = log_win_probability(magnitude, min(self.slope, 1e300), model.n_labels, model.sparsity)
        return self.law.log_density(y) + self.log_direction(v) + won


def _log_square(v: FloatND) -> FloatND:
    """Log β, for half its logit v."""
    square: FloatND = -np.logaddexp(0.0, -2.0 * v)
    return square


def _given_support(law: _RadiusLaw, slope: float) -> tuple[float, float]:
    """Means of M · bβ · 1{win} and of 1{win}, given the support's size b."""
    won = _WonCoordinate(law, slope)
    y, v, log_mass, log_cell = _nodes(won)
    log_won: Float2D = won.log_value(y[:, None], v)
    log_share = log_mean_excess(law.model, law.gamma(y))[:, None] + _log_square(v)
    retained, kept = (math.exp(float(log_sum(f.ravel())) + log_cell - log_mass) for f in (log_won + log_share, log_won))
    return law.support * retained, kept


class _Nodes(NamedTuple):
    """Where a double integral is taken."""

    y: Float1D
    v: Float1D
    log_mass: float
    """Log of the integral of the density alone."""
    log_cell: float
    """Log of the product of both steps."""


def _nodes(won: _WonCoordinate) -> _Nodes:
    """Return grids of y and v that reach and resolve the whole integrand."""
    law, labels = won.law, won.law.model.n_labels
    log_mass = log_integral(law.log_density, (_LOWEST_Y, _HIGHEST_Y), n_labels=1)
    v, log_angular, at_mode, log_step = np.array([_FARTHEST_V]), 0.0, 0.0, 0.0  # β = 1, if b = 1
    limits = (-0.5 * math.log(law.support) - _FARTHEST_V, _FARTHEST_V)
    if law.support > 1.0:
        log_angular = log_integral(won.log_direction, limits, n_labels=1)
        # At the mode winning has some probability, and with length it only grows: a longer radius that is rarer than that by
        # e^-42 does not matter, even if it always won.
        at_mode = log_integral(partial(won.log_value, np.zeros(1)), limits, n_labels=labels) - log_angular
    reach = (_LOWEST_Y, _HIGHEST_Y + 0.5 * math.log(labels))
    shortest, _ = peak_box(law.log_density, reach)
    _, longest = peak_box(law.log_density, reach, NEGLIGIBLE - at_mode)
    if law.support > 1.0:
        slices = [partial(won.log_value, np.full(1, end)) for end in (shortest, 0.0, longest)]
        boxes = [peak_box(part, limits) for part in slices]
        whole = min(lower for lower, _ in boxes), max(upper for _, upper in boxes)
        v = uniform_grid(whole, [core(part, limits) for part in slices], labels)
        log_step = math.log(step_of(v))
    y = peak_grid(lambda y: log_sum(won.log_value(y[:, None], v)), (shortest, longest), labels)
    return _Nodes(y, v, log_mass + log_angular, log_step + math.log(step_of(y)))


def _support_sizes(n: int, sparsity: float) -> tuple[Float1D, Float1D]:
    """Every h-th support size B >= 1 and its probability: every one where the law is cut off at an end that counts."""
    if sparsity == 1.0:
        return np.array([float(n)]), np.array([1.0])
    mean, spread = n * sparsity, math.sqrt(n * sparsity * (1.0 - sparsity))
    reach = 10.0 * spread + 40.0  # beyond it even a few coordinates in a large n, a Poisson law, are negligible
    lowest, highest = max(1, int(mean - reach)), min(n, int(mean + reach))
    every = np.arange(lowest, highest + 1, dtype=np.float64)
    # log P(b + 1) − log P(b), summed up: no large logarithms of factorials to cancel.
    ratios = np.log((n - every[:-1]) / (every[:-1] + 1.0)) + special.logit(sparsity)
    log_probability = np.concatenate(([0.0], np.cumsum(ratios)))
    smooth = max(log_probability[0], log_probability[-1]) < log_probability.max() - NEGLIGIBLE
    stride = max(1, int(_STRIDE * spread)) if smooth else 1
    counts, log_probability = every[::stride], log_probability[::stride]
    inside = log_probability > log_probability.max() - NEGLIGIBLE
    return counts[inside], special.softmax(log_probability[inside])
