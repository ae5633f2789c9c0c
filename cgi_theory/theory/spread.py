r"""The standard deviation of a single map, to leading order in 1/(ρn).

Let A be a map's sum over a block with share s of the coordinates. Given the gradients, with q the share of the gradient
energy that the block's winners hold and :math:`T \ge t = \delta\sqrt n/\gamma`,

.. math:: E[A \mid g] = \delta M(t)\,q, \qquad \mathrm{Var}(A \mid g) = \gamma^2(\mathrm{Var}(T)\,q^2 + q - q^2)/n .

For small δ only the second matters and gives :math:`\sqrt{sF(1 - sF)/n}/(s\delta)`. The first varies with the gradients:
:math:`M q` is a function of means over coordinates of :math:`z = u^2` and :math:`y = u^2 1\{\mathrm{win}\}` (u scaled to
:math:`E u^2 = 1`, so that :math:`E z^2 = 3/\rho`, :math:`E yz = E y^2 = K = M_4/\rho`), and the delta method gives its
variance from their influence functions. What is made to have a fixed length, or made orthogonal, takes variance away:

* ``"gaussian"``: per coordinate :math:`M(y - \mu z) + \tfrac12\mu M_\gamma (z - 1)`, with :math:`\mu = sF` and
  :math:`M_\gamma = dM/d\log\gamma = M - 1 + \mathrm{Var}(T)`. Blocks are fixed: variances are taken within them.
* ``"joint"``: the same without the part of q that goes with the radius, whose slope is
  :math:`s D,\ D = dF/d\log a = M_4 - 3M_2`; in its place comes the joint law's own variance of log γ.
* ``"unit"``: within a block :math:`y - Fz - \tfrac12 D(z - 1)
  + \sum_j [\tfrac12 D_j(\zeta_j^2 - 1) + (D_j/a)\,u\zeta_j]` with :math:`D_j = D/(k-1)`, because the lengths of
  :math:`h_1` and of each fresh part, and their product, are fixed. Differentiating :math:`E[y]` by the scale of
  :math:`\zeta_j`, and by a shift along u, gives :math:`E[y(\zeta_j^2 - 1)] = F_1 - F - D_j/\rho`, with :math:`F_1` the
  share given that rival j is present, and :math:`E[y u\zeta_j] = -D_j/(a\rho)`. The collapsed
  estimator's rivals have neither length nor product fixed: its sum over j is gone, and its spread is wider.

Equation of paper_notes.md: (7).
"""

import math

import numpy as np

from cgi_theory.model import CompetitionModel
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.radius import RadiusNodes
from cgi_theory.theory.truncated import mean_excess, tail_variance


def single_map_sd(model: CompetitionModel, slope: float, share: float, nodes: RadiusNodes | None) -> float:
    """Standard deviation of one map's retained share of a block, to leading order in 1/(ρn)."""
    gamma = 1.0
    if model.gradient_law == "joint" and nodes is not None:
        gamma = float(np.sum(nodes.weight * nodes.gamma))
    mu = share * win_moments(slope * gamma, model.n_labels, model.sparsity).energy
    noise = gamma**2 * (tail_variance(model, gamma) * mu**2 + mu - mu**2)
    if nodes is None:
        gradient = float(mean_excess(model, 1.0)) ** 2 * share * _unit_variance(model, slope)
    else:
        gradient = _random_radius_variance(model, slope, share, gamma, nodes)
    return math.sqrt((noise / model.delta**2 + gradient) / model.n) / share


def _unit_variance(model: CompetitionModel, slope: float) -> float:
    """Variance per coordinate of a block's kept share of its own energy, for the law "unit"."""
    rivals, rho = model.n_labels - 1, model.sparsity
    won = win_moments(slope, model.n_labels, rho)
    F, D = won.energy, won.energy_slope
    K, fourth = won.fourth / rho, 3.0 / rho  # E[yz] = E[y²], E[z²]
    variance = K - 2.0 * F * K + F**2 * fourth
    if rivals == 0 or math.isinf(slope):
        return variance
    variance += -D * (K - F * fourth) + 0.25 * D**2 * (fourth - 1.0)
    each = D / rivals  # D_j
    present = (F - (1.0 - rho) * won.energy_one_fewer) / rho  # F₁
    lengths = each * (present - F - each / rho) + 0.25 * each**2 * (fourth - 1.0)
    products = (each / slope) ** 2 * (1.0 - 2.0 / rho)
    return variance + rivals * (lengths + products)


def _random_radius_variance(model: CompetitionModel, slope: float, share: float, gamma: float, nodes: RadiusNodes) -> float:
    """N times the variance of M·q, for the laws in which the radius is random."""
    rho = model.sparsity
    won = win_moments(slope * gamma, model.n_labels, rho)
    K, fourth = won.fourth / rho, 3.0 / rho  # E[yz] = E[y²], E[z²]
    mu = share * won.energy
    M = float(mean_excess(model, gamma))
    M_slope = 0.0 if model.conditioning == "exactly" else M - 1.0 + tail_variance(model, gamma)
    within = share * K - 2.0 * mu * share * K + mu**2 * fourth - share * (1.0 - share) * won.energy**2
    if model.gradient_law == "gaussian":
        both = M * mu * M_slope * (share * K - mu * fourth)
        return M**2 * within + both + (0.5 * mu * M_slope) ** 2 * (fourth - 1.0)
    share_slope = share * won.energy_slope
    mean_slope = M_slope * mu + M * share_slope
    log_gamma_variance = float(np.sum(nodes.weight * (nodes.gamma / gamma - 1.0) ** 2))
    return M**2 * (within - 0.5 * share_slope**2) + mean_slope**2 * log_gamma_variance * model.n
