r"""From a sample's sums to its vectors: the three gradient laws, and the input given the gradients.

Here ζ is b·N(0, 1), its factor 1/√ρ in α and B. In a block with share s of the coordinates, :math:`g_1 = \alpha\zeta_1`,
:math:`g_j = A_j\zeta_1 + B_j\zeta_j` and :math:`x = (z + Y\zeta_1)/\sqrt n`, with r = 0 in the distinct block:

* ``"unit"``: :math:`\alpha = \sqrt s/|\zeta_1|`; the fresh part is
  :math:`e_j = \zeta_j - (\zeta_1\cdot\zeta_j/|\zeta_1|^2)\,\zeta_1` scaled to norm :math:`\sqrt{s(1 - r^2)}`, which gives
  :math:`B_j = \sqrt{s(1 - r^2)}/|e_j|` and :math:`A_j = r\alpha - B_j\,\zeta_1\cdot\zeta_j/|\zeta_1|^2`.
* ``"gaussian"``: :math:`\alpha = 1/\sqrt{\rho n}`, :math:`A_j = r\alpha`, :math:`B_j = \sqrt{1 - r^2}/\sqrt{\rho n}`.
* ``"joint"``: the same but :math:`\alpha = R/(\sqrt n|\zeta_1|)` over all coordinates, R the radius drawn for the law.

With :math:`\gamma = |g_1|`, :math:`d = g_1/\gamma` and the truncated normal T, :math:`Y = \alpha(T - d\cdot z)/\gamma`.

An input that also meets :math:`g_2\cdot x = \delta_2` is :math:`x = (z + b_1 g_1 + b_2 g_2)/\sqrt n`, where b₁, b₂ solve
:math:`b_1 + \kappa b_2 = \sqrt n\,g_1\cdot x - g_1\cdot z`, :math:`\kappa b_1 + b_2 = \sqrt n\,\delta_2 - g_2\cdot z`. Then
:math:`Y = b_1\alpha + b_2 A_2`, and :math:`Y_2 = b_2 B_2` is its part along :math:`\zeta_2`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel
from cgi_theory.sampling.draws import RadiusHat, joint_radius, tail_moments, truncated_normal
from cgi_theory.sampling.philox import draw_uniform
from cgi_theory.sampling.workspace import (
    CHOSEN_SUM,
    DISTINCT,
    JOINT,
    KEPT,
    MAP_SUM,
    MAP_VARIANCE,
    RIVAL_MAP_SUM,
    RIVAL_SUM,
    SHARED,
    UNIFORMS,
    UNIT,
    Plan,
    Workspace,
    block_size,
    stream,
)

Array = NDArray[np.float64]

# A fresh part with less than this share of its draw's square may be the rounding of the sums, 1e-15, and no direction.
_DEGENERATE = 1e-12


class Scaled(NamedTuple):
    """What a sample's scaling leaves for its results."""

    gamma: float
    """γ = |g₁|; 0 where the draw has no direction to scale."""
    mean: float
    """T, or its mean for the conditional estimator."""
    variance: float
    """Variance of T for the conditional estimator, else 0."""


@kernel
def scale_sample(work: Workspace, hat: RadiusHat, seed: np.uint64, sample: np.uint64, plan: Plan) -> Scaled:
    """Fill the workspace's factors from its sums.

    The input has no support to thin, so its two streams of uniforms are free: one makes T, the other the joint radius.
    """
    nothing = Scaled(0.0, 0.0, 0.0)
    energy = 0.0
    for block in range(2):
        energy += work.chosen_sums[block, 0]
    if energy == 0.0:
        return nothing
    radius = 0.0
    if plan.law == JOINT:
        target = plan.threshold * math.sqrt(plan.n)
        radius = joint_radius(hat, plan.n, target, plan.exactly, seed, sample, stream(0, UNIFORMS, DISTINCT))
    gamma_squared = 0.0
    along = 0.0
    for block in range(2):
        if block_size(plan, block) > 0:
            if not _scale_block(work, block, radius / math.sqrt(energy), plan):
                return nothing
            scale = work.chosen_factors[block, 0]
            gamma_squared += scale * scale * work.chosen_sums[block, 0]
            along += scale * work.chosen_sums[block, 1]
    gamma = math.sqrt(gamma_squared)
    threshold = plan.threshold / gamma
    if plan.conditional:
        return Scaled(gamma, *tail_moments(threshold, plan.exactly))
    if plan.two_logits:
        return Scaled(gamma, _meet_two_logits(work, along, seed, sample, plan), 0.0)
    height = _draw_height(threshold, seed, sample, plan.exactly)
    for block in range(2):
        work.chosen_factors[block, 1] = work.chosen_factors[block, 0] * (height - along / gamma) / gamma
    return Scaled(gamma, height, 0.0)


@kernel
def _draw_height(threshold: float, seed: np.uint64, sample: np.uint64, exactly: bool) -> float:
    """Draw T."""
    if exactly:
        return threshold
    uniform = draw_uniform(seed, sample, stream(0, UNIFORMS, SHARED), np.uint64(0))
    return float(truncated_normal(threshold, uniform))


@kernel
def _meet_two_logits(work: Workspace, along: float, seed: np.uint64, sample: np.uint64, plan: Plan) -> float:
    """Fill Y and Y₂ for an input that meets both logits, with ``along`` = g₁·z; return √n g₁·x."""
    kappa = plan.rival_cosine
    square = (1.0 - kappa) * (1.0 + kappa)
    spread, middle = math.sqrt(square), kappa * plan.rival_height
    height = middle + spread * _draw_height((plan.threshold - middle) / spread, seed, sample, plan.exactly)
    rival_along = 0.0
    for block in range(2):
        if block_size(plan, block) > 0:
            scale, across = work.rival_factors[block, 0]
            rival_along += scale * work.chosen_sums[block, 1] + across * work.rival_sums[block, 0, 2]
    missing, rival_missing = height - along, plan.rival_height - rival_along
    pull, rival_pull = (missing - kappa * rival_missing) / square, (rival_missing - kappa * missing) / square
    for block in range(2):
        scale, across = work.rival_factors[block, 0]
        work.chosen_factors[block, 1] = pull * work.chosen_factors[block, 0] + rival_pull * scale
        work.rival_tilts[block] = rival_pull * across
    return height


@kernel
def _scale_block(work: Workspace, block: int, joint_scale: float, plan: Plan) -> bool:
    """Fill one block's α, A_j and B_j; False if a vector that must be scaled to a norm has no direction."""
    energy = work.chosen_sums[block, 0]
    root_n = math.sqrt(plan.n)
    correlation, fresh = (plan.correlation, plan.fresh) if block == SHARED else (0.0, 1.0)
    if plan.law == UNIT:
        if energy == 0.0:
            return False
        norm = math.sqrt(block_size(plan, block) / plan.n)
        scale = norm / math.sqrt(energy)
    else:
        norm = 1.0 / math.sqrt(plan.n * plan.sparsity)
        scale = joint_scale / root_n if plan.law == JOINT else norm
    work.chosen_factors[block, 0] = scale
    for rival in range(plan.drawn_rivals):
        along, across = correlation * scale, fresh * norm
        if plan.law == UNIT and fresh > 0.0:
            product, square = work.rival_sums[block, rival, 0], work.rival_sums[block, rival, 1]
            orthogonal = square - product * product / energy
            if not orthogonal > _DEGENERATE * square:
                return False
            across /= math.sqrt(orthogonal)
            along -= across * product / energy
        work.rival_factors[block, rival, 0] = along
        work.rival_factors[block, rival, 1] = across
    return True


@kernel
def fill_results(row: Array, sums: Array, work: Workspace, scaled: Scaled, plan: Plan) -> None:
    """Write a sample's columns from the second pass's ``sums`` (blocks, 3): map or energy sums, and counts.

    Where the input meets two logits the third is the first rival's own map.
    """
    root_n = math.sqrt(plan.n)
    for block in range(2):
        row[RIVAL_MAP_SUM + block] = sums[block, 2] / root_n if plan.two_logits else np.nan
        row[KEPT + block] = sums[block, 1] / block_size(plan, block) if block_size(plan, block) > 0 else np.nan
        if plan.conditional:
            share = min(sums[block, 0] / (scaled.gamma * scaled.gamma), 1.0)  # rounding may pass 1
            row[MAP_SUM + block] = scaled.mean * share * scaled.gamma / root_n
            spread = scaled.variance * share * share + share * (1.0 - share)
            row[MAP_VARIANCE + block] = scaled.gamma * scaled.gamma * spread / plan.n
        else:
            row[MAP_SUM + block] = sums[block, 0] / root_n
            row[MAP_VARIANCE + block] = 0.0
    _fill_inner_products(row, work, scaled, plan)


@kernel
def _fill_inner_products(row: Array, work: Workspace, scaled: Scaled, plan: Plan) -> None:
    """Write (h₁, 0)·x and (h₂, 0)·x, or their means given the gradients, from the sums."""
    scale, tilt = work.chosen_factors[SHARED]
    energy, noise = work.chosen_sums[SHARED]
    if plan.conditional:
        tilt, noise = scaled.mean * scale / scaled.gamma, 0.0
    root_n = math.sqrt(plan.n)
    row[RIVAL_SUM] = np.nan
    if plan.drawn_rivals > 0:
        along, across = work.rival_factors[SHARED, 0]
        product, square, rival_noise = work.rival_sums[SHARED, 0]
        if plan.conditional:
            rival_noise = 0.0
        noise += work.rival_tilts[SHARED] * product
        rival_noise += work.rival_tilts[SHARED] * square
        row[RIVAL_SUM] = (along * (noise + tilt * energy) + across * (rival_noise + tilt * product)) / root_n
    row[CHOSEN_SUM] = scale * (noise + tilt * energy) / root_n
