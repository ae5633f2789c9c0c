r"""From a sample's sums to its vectors: the three gradient laws, and the input given the gradients.

Here ζ is b·N(0, 1), its factor 1/√ρ in α and B. In a block with share s of the coordinates, :math:`g_1 = \alpha\zeta_1`,
:math:`g_j = A_j\zeta_1 + B_j\zeta_j` and :math:`x = (z + Y\zeta_1)/\sqrt n`, with r = 0 in the distinct block:

* ``"unit"``: :math:`\alpha = \sqrt s/|\zeta_1|`; the fresh part is
  :math:`e_j = \zeta_j - (\zeta_1\cdot\zeta_j/|\zeta_1|^2)\,\zeta_1` scaled to norm :math:`\sqrt{s(1 - r^2)}`, which gives
  :math:`B_j = \sqrt{s(1 - r^2)}/|e_j|` and :math:`A_j = r\alpha - B_j\,\zeta_1\cdot\zeta_j/|\zeta_1|^2`.
* ``"gaussian"``: :math:`\alpha = 1/\sqrt{\rho n}`, :math:`A_j = r\alpha`, :math:`B_j = \sqrt{1 - r^2}/\sqrt{\rho n}`.
* ``"joint"``: the same but :math:`\alpha = R/(\sqrt n|\zeta_1|)` over all coordinates, R the radius drawn for the law.

With :math:`\gamma = |g_1|`, :math:`d = g_1/\gamma` and the truncated normal T, :math:`Y = \alpha(T - d\cdot z)/\gamma`.

An input conditioned on :math:`g_2\cdot x = \delta_2` too is :math:`x = (z + m_1 g_1 + m_2 g_2)/\sqrt n`, where m₁, m₂ solve
:math:`m_1 + \kappa m_2 = \sqrt n\,g_1\cdot x - g_1\cdot z`, :math:`\kappa m_1 + m_2 = \sqrt n\,\delta_2 - g_2\cdot z`. Then
:math:`Y = m_1\alpha + m_2 A_2`, and :math:`Y_2 = m_2 B_2` is its part along :math:`\zeta_2`.
"""

import math
from typing import NamedTuple

import numpy as np

from cgi_theory._jit import part
from cgi_theory.sampling.draws import RadiusHat, joint_radius, tail_moments, truncated_normal
from cgi_theory.sampling.philox import draw_uniform
from cgi_theory.sampling.plan import UNIT, Plan, RivalLogit
from cgi_theory.sampling.workspace import (
    BLOCKS,
    CHOSEN,
    DISTINCT,
    FIRST_RIVAL,
    INPUT_SLOT,
    SHARED,
    UNIFORMS,
    WITH_CHOSEN,
    WITH_INPUT,
    WITH_ITSELF,
    Y_2,
    A,
    B,
    Sample,
    Workspace,
    Y,
    stream,
)

# A fresh part with less than this share of its draw's square may be the rounding of the sums, 1e-15, and no direction.
_DEGENERATE = 1e-12


class Scaled(NamedTuple):
    """What a sample's scaling leaves for its results."""

    has_direction: bool
    """Whether all vectors that must be scaled to a norm have one; nothing else is said otherwise."""
    gamma: float
    """γ = |g₁|."""
    t_mean: float
    """T, or its mean for the conditional estimator."""
    t_variance: float
    """Variance of T for the conditional estimator, else 0."""


@part
def scale_sample(work: Workspace, plan: Plan, sample: Sample, hat: RadiusHat | None, rival: RivalLogit | None) -> Scaled:
    """Fill the workspace's factors from its sums.

    The input has no support to thin, so its two streams of uniforms are free: one makes T, the other the joint radius.
    """
    nothing = Scaled(has_direction=False, gamma=0.0, t_mean=0.0, t_variance=0.0)
    energy = 0.0
    for block in range(BLOCKS):
        energy += work.sums[block, CHOSEN, WITH_ITSELF]
    if energy == 0.0:
        return nothing
    norm = 1.0 / math.sqrt(plan.n * plan.sparsity)
    alpha = norm
    if hat is not None:
        radius = joint_radius(hat, sample.seed, sample.number, stream(INPUT_SLOT, UNIFORMS, DISTINCT))
        alpha = radius / math.sqrt(energy) / math.sqrt(plan.n)
    gamma_squared, g_z = 0.0, 0.0
    for block in range(BLOCKS):
        if plan.sizes[block] > 0:
            if plan.law == UNIT:
                if not _scale_to_norms(work, plan, block):
                    return nothing
            else:
                _scale_by(work, plan, block, alpha, norm)
            factor = work.factors[block, CHOSEN, A]
            gamma_squared += factor * factor * work.sums[block, CHOSEN, WITH_ITSELF]
            g_z += factor * work.sums[block, CHOSEN, WITH_INPUT]
    gamma = math.sqrt(gamma_squared)
    threshold = plan.threshold / gamma
    if plan.conditional:
        t_mean, t_variance = tail_moments(threshold, plan.exactly)
        return Scaled(has_direction=True, gamma=gamma, t_mean=t_mean, t_variance=t_variance)
    if rival is not None:
        t = _condition_on_both_logits(work, plan, sample, rival, g_z)
    else:
        t = _draw_t(threshold, sample, plan.exactly)
        for block in range(BLOCKS):
            work.input_factors[block, Y] = work.factors[block, CHOSEN, A] * (t - g_z / gamma) / gamma
    return Scaled(has_direction=True, gamma=gamma, t_mean=t, t_variance=0.0)


@part
def _draw_t(threshold: float, sample: Sample, exactly: bool) -> float:
    """Draw T."""
    if exactly:
        return threshold
    uniform = draw_uniform(sample.seed, sample.number, stream(INPUT_SLOT, UNIFORMS, SHARED), np.uint64(0))
    return truncated_normal(threshold, uniform)


@part
def _condition_on_both_logits(work: Workspace, plan: Plan, sample: Sample, rival: RivalLogit, g_z: float) -> float:
    """Fill Y and Y₂ for an input that is conditioned on both logits, with ``g_z`` = g₁·z; return √n g₁·x."""
    kappa = rival.kappa
    square = (1.0 - kappa) * (1.0 + kappa)
    spread, middle = math.sqrt(square), kappa * rival.threshold
    t = middle + spread * _draw_t((plan.threshold - middle) / spread, sample, plan.exactly)
    g_2_z = 0.0
    for block in range(BLOCKS):
        if plan.sizes[block] > 0:
            a_2, b_2 = work.factors[block, FIRST_RIVAL, A], work.factors[block, FIRST_RIVAL, B]
            g_2_z += a_2 * work.sums[block, CHOSEN, WITH_INPUT] + b_2 * work.sums[block, FIRST_RIVAL, WITH_INPUT]
    missing, missing_2 = t - g_z, rival.threshold - g_2_z
    m_1, m_2 = (missing - kappa * missing_2) / square, (missing_2 - kappa * missing) / square
    for block in range(BLOCKS):
        work.input_factors[block, Y] = m_1 * work.factors[block, CHOSEN, A] + m_2 * work.factors[block, FIRST_RIVAL, A]
        work.input_factors[block, Y_2] = m_2 * work.factors[block, FIRST_RIVAL, B]
    return t


@part
def _scale_by(work: Workspace, plan: Plan, block: int, alpha: float, norm: float) -> None:
    """Fill one block's factors for the laws "gaussian" and "joint"; ``norm`` is 1/√(ρn)."""
    correlation, fresh = (plan.correlation, plan.fresh) if block == SHARED else (0.0, 1.0)
    work.factors[block, CHOSEN, A] = alpha
    for label in range(FIRST_RIVAL, plan.drawn_labels):
        work.factors[block, label, A] = correlation * alpha
        work.factors[block, label, B] = fresh * norm


@part
def _scale_to_norms(work: Workspace, plan: Plan, block: int) -> bool:
    """Fill one block's factors for the law "unit"; False if a vector has no direction."""
    correlation, fresh = (plan.correlation, plan.fresh) if block == SHARED else (0.0, 1.0)
    energy = work.sums[block, CHOSEN, WITH_ITSELF]
    if energy == 0.0:
        return False
    norm = math.sqrt(plan.sizes[block] / plan.n)
    alpha = norm / math.sqrt(energy)
    work.factors[block, CHOSEN, A] = alpha
    for label in range(FIRST_RIVAL, plan.drawn_labels):
        a_j, b_j = correlation * alpha, fresh * norm
        if fresh > 0.0:
            product, square = work.sums[block, label, WITH_CHOSEN], work.sums[block, label, WITH_ITSELF]
            orthogonal = square - product * product / energy
            if not orthogonal > _DEGENERATE * square:
                return False
            b_j /= math.sqrt(orthogonal)
            a_j -= b_j * product / energy
        work.factors[block, label, A] = a_j
        work.factors[block, label, B] = b_j
    return True
