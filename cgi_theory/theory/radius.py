r"""Averages over the length of the chosen gradient, for the laws in which it is random.

With ``"gaussian"`` the number of coordinates that carry the gradient is B ~ Binomial(n, ρ) (at least one: a gradient that is
zero has no direction), and :math:`\rho n\gamma^2 \sim \chi^2_B` given B. With ``"joint"`` the radius
:math:`R = \sqrt n\,\gamma` has density proportional to :math:`\chi_n(R)\,P(T \ge \delta n/R)`, and for ``"exactly"`` to
:math:`\chi_n(R)\,(n/R)\,\varphi(\delta n/R)`. In all of them the direction is uniform on the sphere of the gradient's
support and independent of the radius, so that the square of a coordinate is :math:`R^2\beta` with
:math:`\beta \sim \mathrm{Beta}(1/2, (b-1)/2)` in b dimensions, and

.. math:: c = \sum_b P(b)\, E_R\big[M(\delta\sqrt n/\gamma)\; b\,E_\beta[\beta\,(1 - \rho + \rho\Phi(aR\sqrt\beta))^{k-1}]\big] .

With many labels a rare long gradient may decide the average, so the double integral is taken where its whole integrand is,
by the trapezoidal rule in log R and half the logit of β; and over every h-th b with h half of its standard deviation. For
smooth bell shapes all three sums converge exponentially.
"""

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cgi_theory.model import CompetitionModel
from cgi_theory.theory.moments import log_win_probability
from cgi_theory.theory.quadrature import NEGLIGIBLE, log_integral, log_sum, peak_box, peak_grid, uniform_grid
from cgi_theory.theory.truncated import log_mean_excess, log_mills_ratio

Array = NDArray[np.float64]

_LONGER = 60.0  # Log radii this far below the mode have no mass.


class RadiusNodes(NamedTuple):
    """Nodes of the distribution of γ = |g₁|, for averages of smooth functions."""

    gamma: Array
    weight: Array
    """Weights that sum to 1."""


class _Radius(NamedTuple):
    """The law of the radius given the support's size, in y = log(R/near_mode)."""

    model: CompetitionModel
    support: float
    near_mode: float

    def log_density(self, y: Array) -> Array:
        """Log density of y up to a constant, as a sum of small differences."""
        chi: Array = self.support * y - 0.5 * self.near_mode**2 * np.expm1(2.0 * y)
        if self.model.gradient_law != "joint":
            return chi
        t = self._target / self.near_mode
        tilted = chi - 0.5 * t**2 * np.expm1(-2.0 * y)
        if self.model.conditioning == "exactly":
            return tilted - y
        return tilted + log_mills_ratio(t * np.exp(-y)) - log_mills_ratio(t)

    def gamma(self, y: Array) -> Array:
        """The length |g₁|."""
        return self.near_mode * np.exp(y) / math.sqrt(self.model.sparsity * self.model.n)

    @property
    def _target(self) -> float:
        """T · R."""
        return self.model.threshold * math.sqrt(self.model.sparsity * self.model.n)


def radius_nodes(model: CompetitionModel) -> RadiusNodes:
    """Nodes and weights for the mean of a smooth function of γ."""
    gammas, weights = [], []
    for count, probability in zip(*_support_sizes(model.n, model.sparsity), strict=True):
        law = _radius(model, float(count))
        grid = peak_grid(law.log_density, (-_LONGER, 4.0), n_labels=1)
        gammas.append(law.gamma(grid))
        weights.append(probability * special.softmax(law.log_density(grid)))
    return RadiusNodes(np.concatenate(gammas), np.concatenate(weights))


class Averages(NamedTuple):
    """Means over gradients and input of what a block keeps."""

    retained: float
    """The share of its logit, c."""
    kept: float
    """The fraction of its coordinates."""


def block_averages(model: CompetitionModel, slope: float) -> Averages:
    """What a block whose rivals lose with slope a keeps."""
    sizes, probabilities = _support_sizes(model.n, model.sparsity)
    given = np.array([_given_support(_radius(model, float(b)), slope) for b in sizes])
    retained, kept = probabilities @ (given * np.column_stack((np.ones_like(sizes), sizes / model.n)))
    return Averages(float(retained), float(kept))


def _given_support(law: _Radius, slope: float) -> tuple[float, float]:
    """Means of M · bβ · 1{win} and of 1{win}, given the support's size b; y is log(R/near_mode), v half the logit of β."""
    model, b = law.model, law.support
    rivals = min(slope, 1e300), model.n_labels, model.sparsity

    def log_spherical(v: Array) -> Array:
        density: Array = -0.5 * np.logaddexp(0.0, -2.0 * v) - 0.5 * (b - 1.0) * np.logaddexp(0.0, 2.0 * v)
        return density

    def log_kept(y: Array, v: Array) -> Array:
        magnitude = law.near_mode * np.exp(y - 0.5 * np.logaddexp(0.0, -2.0 * v))
        kept: Array = law.log_density(y) + log_win_probability(magnitude, *rivals)
        return kept if b == 1.0 else kept + log_spherical(v)

    labels = model.n_labels
    angles = (-0.5 * math.log(b) - 50.0, 50.0)
    log_angular = 0.0 if b == 1.0 else log_integral(log_spherical, angles, n_labels=1)
    log_mass = log_integral(law.log_density, (-_LONGER, 4.0), n_labels=1) + log_angular
    # At the mode winning has some probability, and with length it only grows: a longer radius that is rarer than that by
    # e^-42 does not matter, even if it always won.
    at_mode = 0.0 if b == 1.0 else log_integral(partial(log_kept, np.zeros(1)), angles, n_labels=labels) - log_angular
    farthest = 4.0 + 0.5 * math.log(labels)
    shortest, _ = peak_box(law.log_density, (-_LONGER, farthest), NEGLIGIBLE)
    _, longest = peak_box(law.log_density, (-_LONGER, farthest), NEGLIGIBLE - at_mode)
    v = np.array([50.0])  # b = 1: β = 1
    if b > 1.0:
        slices = [partial(log_kept, np.full(1, end)) for end in (shortest, 0.0, longest)]
        boxes = [peak_box(part, angles, NEGLIGIBLE) for part in slices]
        cores = [peak_box(part, angles, 8.0) for part in slices]
        v = uniform_grid((min(b[0] for b in boxes), max(b[1] for b in boxes)), cores, labels)

    def log_profile(y: Array) -> Array:
        return log_sum(log_kept(y[:, None], v))

    y = peak_grid(log_profile, (shortest, longest), labels)
    log_cell = math.log(y[1] - y[0]) + (math.log(v[1] - v[0]) if b > 1.0 else 0.0)
    log_won = log_kept(y[:, None], v)
    log_share = log_mean_excess(model, law.gamma(y))[:, None] - np.logaddexp(0.0, -2.0 * v)
    retained, kept = (math.exp(float(log_sum(f.ravel())) + log_cell - log_mass) for f in (log_won + log_share, log_won))
    return b * retained, kept


def _radius(model: CompetitionModel, support: float) -> _Radius:
    target = model.threshold * math.sqrt(model.sparsity * model.n)
    square = support if model.gradient_law != "joint" else 0.5 * (support + math.hypot(support, 2.0 * target))
    return _Radius(model, support, math.sqrt(square))


def _support_sizes(n: int, sparsity: float) -> tuple[Array, Array]:
    """Every h-th support size B >= 1 and its probability."""
    if sparsity == 1.0:
        return np.array([float(n)]), np.array([1.0])
    mean, spread = n * sparsity, math.sqrt(n * sparsity * (1.0 - sparsity))
    reach = 10.0 * spread + 40.0
    lowest, highest = max(1, int(mean - reach)), min(n, int(mean + reach))
    every = np.arange(lowest, highest + 1, dtype=np.float64)
    # log P(b + 1) − log P(b), summed up: no large logarithms of factorials to cancel.
    steps = np.log((n - every[:-1]) / (every[:-1] + 1.0)) + special.logit(sparsity)
    log_probability = np.concatenate(([0.0], np.cumsum(steps)))
    stride = max(1, int(spread / 2.0))
    counts, log_probability = every[::stride], log_probability[::stride]
    inside = log_probability > log_probability.max() - 42.0
    return counts[inside], special.softmax(log_probability[inside])
