r"""How long the chosen gradient is, as nodes and weights for averages over it.

With ``"unit"`` γ = 1. With ``"gaussian"`` the number of coordinates that carry the gradient is B ~ Binomial(n, ρ)
(at least one: a gradient that is zero has no direction), and :math:`\rho n\gamma^2 \sim \chi^2_B` given B. With
``"joint"`` the radius :math:`R = \sqrt n\,\gamma` has density proportional to :math:`\chi_n(R)\,P(T \ge \delta n/R)`, and
for ``"exactly"`` to :math:`\chi_n(R)\,(n/R)\,\varphi(\delta n/R)`. In all three the direction is uniform on the sphere
of its support and independent of the radius.

The averages are trapezoidal sums in log R, and over every h-th count B with h a third of its standard deviation:
for smooth bell shapes both converge exponentially.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cgi_theory.gaussian.integrals import peak_grid
from cgi_theory.gaussian.model import CompetitionModel

Array = NDArray[np.float64]


class RadiusNodes(NamedTuple):
    """Nodes of the joint distribution of support size and length of the chosen gradient."""

    support: Array
    """B, the coordinates that carry the gradient."""
    radius: Array
    """Length in standard deviations of one of those coordinates: √(ρn)·γ."""
    gamma: Array
    """γ = |g₁|."""
    weight: Array
    """Weights that sum to 1."""


def radius_nodes(model: CompetitionModel) -> RadiusNodes:
    """Nodes for laws in which the radius is random: "gaussian" and "joint"."""
    counts, probabilities = _support_sizes(model.n, model.sparsity)
    supports, radii, weights = [], [], []
    for count, probability in zip(counts, probabilities, strict=True):
        radius, weight = _radii(model, float(count))
        some = weight > 0.0
        supports.append(np.full(np.count_nonzero(some), float(count)))
        radii.append(radius[some])
        weights.append(probability * weight[some])
    every = np.concatenate(radii)
    gamma = every / math.sqrt(model.sparsity * model.n)
    return RadiusNodes(np.concatenate(supports), every, gamma, np.concatenate(weights))


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
    stride = max(1, int(spread / 3.0))
    counts, log_probability = every[::stride], log_probability[::stride]
    inside = log_probability > log_probability.max() - 42.0
    return counts[inside], special.softmax(log_probability[inside])


def _radii(model: CompetitionModel, support: float) -> tuple[Array, Array]:
    """Radii and their weights for a given support size."""
    target = model.threshold * math.sqrt(model.sparsity * model.n)  # t = target / R
    joint = model.gradient_law == "joint"
    near_mode = math.sqrt(0.5 * (support + math.hypot(support, 2.0 * target))) if joint else math.sqrt(support)
    t_near_mode = target / near_mode

    def log_density(y: Array) -> Array:
        """Log density of y = log(R / near_mode), up to a constant, as a sum of small differences."""
        chi: Array = support * y - 0.5 * near_mode**2 * np.expm1(2.0 * y)
        if not joint:
            return chi
        tilted = chi - 0.5 * t_near_mode**2 * np.expm1(-2.0 * y)
        if model.conditioning == "exactly":
            return tilted - y
        mills = special.erfcx(t_near_mode * np.exp(-y) / math.sqrt(2.0))
        with_tail: Array = tilted + np.log(mills / special.erfcx(t_near_mode / math.sqrt(2.0)))
        return with_tail

    grid = peak_grid(log_density, -60.0, 4.0)
    return near_mode * np.exp(grid), special.softmax(log_density(grid))
