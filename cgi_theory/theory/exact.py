r"""Exact answers for the model of Section 3.1: what the paper leaves to "a multidimensional integral".

Given the gradients, the mean of the input is :math:`E[T]\,g_1/(\gamma\sqrt n)`, so the retained share of the logit is
the share of the *gradient energy* on the coordinates that the chosen label wins. With
:math:`M_p` from :mod:`cgi_theory.theory.moments`, :math:`F = M_2`,

.. math:: c = F\,M(t), \qquad M(t) = \frac{\lambda(t)}{t} = \frac{E[T \mid T \ge t]}{t}, \qquad t = \delta\sqrt n/\gamma,

with :math:`\lambda = \varphi/(1 - \Phi)`; M = 1 when :math:`g_1 \cdot x = \delta` exactly. All of the δ-dependence of
Figures 11 and 12 is M: competition itself does not depend on δ.

Where the radius γ is random (``"gaussian"``, ``"joint"``), c is the mean over it of
:math:`M(\delta\sqrt n/\gamma)\,F_b(\gamma)`, with :math:`F_b` the share for a uniform direction in b dimensions.

A model with a ``rival_logit`` is in :mod:`cgi_theory.theory.two_logits`.

Equations of paper_notes.md: (1), (4), (5).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from cgi_theory._arguments import any_number
from cgi_theory._floating import own_error_state
from cgi_theory.model import CompetitionModel, loss_slope, require_model
from cgi_theory.quantities import NAMES, Quantities
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.radius import RadiusNodes, block_averages, radius_nodes
from cgi_theory.theory.spread import single_map_sd
from cgi_theory.theory.truncated import mean_excess
from cgi_theory.theory.two_logits import MeanCoefficients, equivalent_length, mean_coefficients, rival_moments
from cgi_theory.theory.two_logits_spread import sd_with_rival_logit


@dataclass(frozen=True, kw_only=True, eq=False)
class ExactAnswer(Quantities[float]):
    """The quantities of :class:`Quantities` as numbers."""

    def __post_init__(self) -> None:
        for name in NAMES:
            object.__setattr__(self, name, any_number(name, getattr(self, name)))

    def _columns(self) -> dict[str, list[float]]:
        return {"exact": [getattr(self, name) for name in NAMES]}


@own_error_state
def exact(model: CompetitionModel) -> ExactAnswer:
    """Return the exact expectation of every quantity that ``simulate`` estimates.

    Where it holds:

    * ``"unit"`` with two labels and ρ = 1 (or one label): exact at every n. Coordinates of orthonormal vectors are
      directions of Gaussian vectors, and winning does not depend on length.
    * ``"gaussian"`` and ``"joint"``: exact at every n, for all k and ρ.
    * ``"unit"`` otherwise: the limit of many coordinates; ``c1``, ``c2`` and the kept fractions are off by O(1/(ρn)).
    * ``rival_c1`` and ``rival_c2`` with ρ < 1: the limit of many coordinates, off by O(1/√(ρn)).
    * ``c1_sd`` and ``c2_sd``: leading order for every law, relative error O(1/(ρn)).

    Parameters
    ----------
    model : CompetitionModel

    Returns
    -------
    ExactAnswer
        Relative accuracy 1e-10 (but for the standard deviations); 0 where the true value is below 1e-300. With a
        ``rival_logit`` sums may cancel, and the accuracy is 1e-10 of the terms.

    Notes
    -----
    Section 3.1, Figures 11 and 12. ``"unit"`` takes well under a millisecond, ``"gaussian"`` and ``"joint"`` some
    milliseconds, sparse ``"gaussian"`` some tenths of a second.
    """
    require_model(model)
    if model.rival_logit is not None:
        excess = float(mean_excess(model, equivalent_length(model)))
        return _with_rival_logit(model, mean_coefficients(model, excess), partial(sd_with_rival_logit, model))
    nodes = None if model.gradient_law == "unit" else radius_nodes(model)
    shares = model.n_shared / model.n, model.n_distinct / model.n
    shared, distinct = (_block(model, slope, share, nodes) for slope, share in zip(_slopes(model), shares, strict=True))
    weights, gammas = (np.ones(1), np.ones(1)) if nodes is None else (nodes.weight, nodes.gamma)
    excess = float(np.sum(weights * mean_excess(model, gammas)))
    return _answer(model, shared, distinct, chosen_shared=excess, rival_shared=excess)


@own_error_state
def large_n_limit(model: CompetitionModel) -> ExactAnswer:
    r"""Return the limit n → ∞ at fixed δ of ``exact(model)``, the flat line of Figures 11 and 12.

    M → 1 and every standard deviation → 0. With ``"joint"`` the vectors grow longer:
    :math:`\gamma^2 \to 1/(1-\theta_0^2)` with :math:`\theta_0/(1-\theta_0^2) = \delta`, which multiplies a.
    """
    require_model(model)
    if model.rival_logit is not None:
        return _with_rival_logit(model, mean_coefficients(model, 1.0), lambda *block: 0.0)
    gamma = 1.0
    if model.gradient_law == "joint":
        theta = 2.0 * model.delta / (1.0 + math.hypot(1.0, 2.0 * model.delta))
        gamma = 1.0 / math.sqrt((1.0 - theta) * (1.0 + theta))
    blocks = []
    for slope in _slopes(model):
        moments = win_moments(slope * gamma, model.n_labels, model.sparsity)
        blocks.append(_Block(moments.energy, model.sparsity * moments.kept, 0.0))
    shared, distinct = (
        block if size > 0 else _NO_BLOCK for block, size in zip(blocks, (model.n_shared, model.n_distinct), strict=True)
    )
    return _answer(model, shared, distinct, chosen_shared=1.0, rival_shared=1.0)


class _Block(NamedTuple):
    """One block's share of its logit retained, fraction of coordinates kept, SD of the former, and the rival's retained."""

    retained: float
    kept: float
    sd: float
    rival_retained: float = math.nan


_NO_BLOCK = _Block(math.nan, math.nan, math.nan)


def _slopes(model: CompetitionModel) -> tuple[float, float]:
    return loss_slope(model.shared_correlation), loss_slope(0.0)


def _block(model: CompetitionModel, slope: float, share: float, nodes: RadiusNodes | None) -> _Block:
    if share == 0.0:
        return _NO_BLOCK
    if nodes is None:
        moments = win_moments(slope, model.n_labels, model.sparsity)
        retained = moments.energy * float(mean_excess(model, 1.0))
        kept = model.sparsity * moments.kept
    else:
        retained, kept = block_averages(model, slope)
    return _Block(retained, kept, single_map_sd(model, slope, share, nodes))


def _with_rival_logit(
    model: CompetitionModel, mean: MeanCoefficients, sd: Callable[[MeanCoefficients, float, float], float]
) -> ExactAnswer:
    """Answer for an input conditioned on both logits; ``sd`` is a map's, by ᾱ/δ and a block's cosine and share of coordinates."""

    def block(size: int, correlation: float) -> _Block:
        if size == 0:
            return _NO_BLOCK
        won = win_moments(loss_slope(correlation), model.n_labels, model.sparsity)
        moments = rival_moments(correlation, model.n_labels, model.sparsity)
        retained = mean.chosen * won.energy + mean.rival * moments.product_chosen_wins
        rival = mean.chosen * moments.product_rival_wins + mean.rival * moments.energy_rival_wins
        return _Block(retained, model.sparsity * won.kept, sd(mean, correlation, size / model.n), rival)

    r = model.shared_correlation
    shared, distinct = block(model.n_shared, r), block(model.n_distinct, 0.0)
    rival_shared = mean.chosen + mean.rival / r if r != 0.0 else math.nan
    return _answer(model, shared, distinct, chosen_shared=mean.chosen + r * mean.rival, rival_shared=rival_shared)


def _answer(
    model: CompetitionModel, shared: _Block, distinct: _Block, *, chosen_shared: float, rival_shared: float
) -> ExactAnswer:
    """Gather what the blocks keep and the two labels' shared sums, which are NaN where there is nothing to sum."""
    has_rival = model.n_labels > 1 and model.shared_correlation != 0.0
    absent = model.n_shared == 0
    return ExactAnswer(
        c1=shared.retained,
        c2=distinct.retained,
        kept_shared=shared.kept,
        kept_distinct=distinct.kept,
        chosen_shared=math.nan if absent else chosen_shared,
        rival_shared=rival_shared if has_rival and not absent else math.nan,
        c1_sd=shared.sd,
        c2_sd=distinct.sd,
        rival_c1=shared.rival_retained,
        rival_c2=distinct.rival_retained,
    )
