r"""Exact answers for the model of Section 3.1: what the paper leaves to "a multidimensional integral".

Given the gradients, the mean of the input is :math:`E[T]\,g_1/(\gamma\sqrt n)`, so the retained share of the logit is
the share of the *gradient energy* on the coordinates that the chosen label wins. With
:math:`M_p` from :mod:`cgi_theory.gaussian.integrals`, :math:`F = M_2`,

.. math:: c = F\,M(t), \qquad M(t) = \frac{\lambda(t)}{t} = \frac{E[T \mid T \ge t]}{t}, \qquad t = \delta\sqrt n/\gamma,

with :math:`\lambda = \varphi/(1 - \Phi)`; M = 1 when :math:`g_1 \cdot x = \delta` exactly. All of the δ-dependence of
Figures 11 and 12 is M: competition itself does not depend on δ.

Where the radius γ is random (``"gaussian"``, ``"joint"``), c is the mean over it of
:math:`M(\delta\sqrt n/\gamma)\,F_b(\gamma)`, with :math:`F_b` the share for a uniform direction in b dimensions.

Standard deviation of a single map's sum :math:`A = \sum H_i` over a block of share s, to leading order in 1/(ρn): given
the gradients, with q the share of energy kept, A has mean :math:`E[T]\gamma q/\sqrt n` and variance
:math:`\gamma^2(V q^2 + q - q^2)/n`, :math:`V = \mathrm{Var}(T)`. Its mean varies with q and with γ; both are means of
functions of independent coordinates, so the delta method gives their variances from :math:`M_2` and :math:`M_4`.
For small δ this is :math:`\sqrt{sF(1 - sF)/n}/(s\delta)`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cgi_theory.gaussian.integrals import loss_slope, sphere_win_moment, win_moment
from cgi_theory.gaussian.model import CompetitionModel, require_model
from cgi_theory.gaussian.quantities import Quantities
from cgi_theory.gaussian.radius import RadiusNodes, radius_nodes

Array = NDArray[np.float64]


class ExactAnswer(Quantities[float]):
    """The quantities of :class:`Quantities` as numbers."""


def exact(model: CompetitionModel) -> ExactAnswer:
    """Return the exact expectation of every quantity that ``simulate`` estimates.

    Where it holds:

    * ``"unit"`` with two labels and ρ = 1 (or one label): exact at every n. Coordinates of orthonormal vectors are
      directions of Gaussian vectors, and winning does not depend on length.
    * ``"gaussian"`` and ``"joint"``: exact at every n, for all k and ρ.
    * ``"unit"`` otherwise: the limit of many coordinates; ``c1``, ``c2`` and the kept fractions are off by O(1/(ρn)).
    * ``c1_sd`` and ``c2_sd``: leading order for every law, relative error O(1/(ρn)).

    Parameters
    ----------
    model : CompetitionModel

    Returns
    -------
    ExactAnswer
        Relative accuracy 1e-10 (but for the standard deviations); 0 where the true value is below 1e-300.

    Notes
    -----
    Section 3.1, Figures 11 and 12. ``"unit"`` takes well under a millisecond, ``"gaussian"`` and ``"joint"`` some
    milliseconds, sparse ``"gaussian"`` some tenths of a second.
    """
    require_model(model)
    nodes = None if model.gradient_law == "unit" else radius_nodes(model)
    shares = model.n_shared / model.n, model.n_distinct / model.n
    blocks = [_block(model, slope, share, nodes) for slope, share in zip(_slopes(model), shares, strict=True)]
    weights, gammas = (np.ones(1), np.ones(1)) if nodes is None else (nodes.weight, nodes.gamma)
    logit = float(np.sum(weights * _mean_excess(model, gammas)))
    return _answer(model, *blocks, logit=logit)


def large_n_limit(model: CompetitionModel) -> ExactAnswer:
    r"""Return the limit n → ∞ at fixed δ of ``exact(model)``, the flat line of Figures 11 and 12.

    M → 1 and every standard deviation → 0. With ``"joint"`` the vectors grow longer:
    :math:`\gamma^2 \to 1/(1-\theta_0^2)` with :math:`\theta_0/(1-\theta_0^2) = \delta`, which multiplies a.
    """
    require_model(model)
    gamma = 1.0
    if model.gradient_law == "joint":
        tilt = 2.0 * model.delta / (1.0 + math.hypot(1.0, 2.0 * model.delta))
        gamma = 1.0 / math.sqrt((1.0 - tilt) * (1.0 + tilt))
    blocks = []
    for slope in _slopes(model):
        kept, energy = (win_moment(p, slope * gamma, model.n_labels, model.sparsity) for p in (0, 2))
        blocks.append(_Block(energy, model.sparsity * kept, 0.0))
    return _answer(model, *blocks, logit=1.0)


def mean_excess(threshold: Array | float) -> Array:
    """M(t) = E[T | T ≥ t]/t for a standard normal T and t > 0."""
    t = np.asarray(threshold, dtype=np.float64)
    result: Array = math.sqrt(2.0 / math.pi) / (t * special.erfcx(t / math.sqrt(2.0)))
    return result


class _Block(NamedTuple):
    """One block's share of its logit retained, fraction of coordinates kept, and SD of the former."""

    retained: float
    kept: float
    sd: float


def _slopes(model: CompetitionModel) -> tuple[float, float]:
    return loss_slope(model.shared_correlation), loss_slope(0.0)


def _mean_excess(model: CompetitionModel, gamma: Array | float) -> Array:
    if model.conditioning == "exactly":
        return np.ones_like(np.asarray(gamma, dtype=np.float64))
    return mean_excess(model.threshold / np.asarray(gamma))


def _block(model: CompetitionModel, slope: float, share: float, nodes: RadiusNodes | None) -> _Block:
    if share == 0.0:
        return _Block(math.nan, math.nan, math.nan)
    rivals = slope, model.n_labels, model.sparsity
    if nodes is None:
        retained = win_moment(2, *rivals) * float(_mean_excess(model, 1.0))
        kept = model.sparsity * win_moment(0, *rivals)
    else:
        support, radius, gamma, weight = nodes
        retained = sphere_win_moment(2, support, radius, weight * _mean_excess(model, gamma), *rivals)
        kept = sphere_win_moment(0, support, radius, weight * support / model.n, *rivals)
    return _Block(retained, kept, _single_map_sd(model, slope, share, nodes))


def _single_map_sd(model: CompetitionModel, slope: float, share: float, nodes: RadiusNodes | None) -> float:
    """Standard deviation of one map's retained share of a block, to leading order."""
    gamma = 1.0
    if model.gradient_law == "joint" and nodes is not None:
        gamma = float(np.sum(nodes.weight * nodes.gamma))
    rivals = slope * gamma, model.n_labels, model.sparsity
    energy = win_moment(2, *rivals)
    fourth = win_moment(4, *rivals) / model.sparsity  # E[u⁴1{win}], and E[u⁴] = 3/ρ
    everywhere = 3.0 / model.sparsity
    kept = share * energy
    excess = float(_mean_excess(model, gamma))
    variance = 0.0 if model.conditioning == "exactly" else _truncated_variance(model.threshold / gamma)
    excess_slope = 0.0 if model.conditioning == "exactly" else excess - (1.0 - variance)  # dM/d log γ

    from_noise = variance * kept**2 + kept - kept**2
    if nodes is None:
        from_gradient = excess**2 * share * (fourth - 2.0 * energy * fourth + energy**2 * everywhere)
    else:
        direction = share * fourth - 2.0 * kept * share * fourth + kept**2 * everywhere
        if model.gradient_law == "gaussian":
            both = excess * kept * excess_slope * (share * fourth - kept * everywhere)
            radial = (0.5 * kept * excess_slope) ** 2 * (everywhere - 1.0)
            from_gradient = excess**2 * direction + both + radial
        else:
            # The part of the share's variance that comes with the radius has the joint law's radius instead.
            energy_slope = share * (fourth - 3.0 * energy)  # d(sF)/d log γ
            mean_slope = excess_slope * kept + excess * energy_slope
            log_gamma_variance = float(np.sum(nodes.weight * (nodes.gamma - gamma) ** 2)) / gamma**2
            from_gradient = excess**2 * (direction - 0.5 * energy_slope**2)
            from_gradient += mean_slope**2 * log_gamma_variance * model.n
    return math.sqrt(from_noise * (gamma / model.delta) ** 2 / model.n + from_gradient / model.n) / share


def _truncated_variance(threshold: float) -> float:
    """Var(T | T ≥ t): 1 − λ(λ − t), and its asymptotic series where that difference cancels."""
    if threshold > 25.0:
        w = threshold**-2
        return w * (1.0 - w * (6.0 - w * (50.0 - w * 518.0)))
    hazard = float(mean_excess(threshold)) * threshold
    return 1.0 - hazard * (hazard - threshold)


def _answer(model: CompetitionModel, shared: _Block, distinct: _Block, logit: float) -> ExactAnswer:
    has_rival = model.n_labels > 1 and model.shared_correlation != 0.0
    absent = model.n_shared == 0
    return ExactAnswer(
        c1=shared.retained,
        c2=distinct.retained,
        kept_shared=shared.kept,
        kept_distinct=distinct.kept,
        chosen_shared=math.nan if absent else logit,
        rival_shared=logit if has_rival and not absent else math.nan,
        c1_sd=shared.sd,
        c2_sd=distinct.sd,
    )
