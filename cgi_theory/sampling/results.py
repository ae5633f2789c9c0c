"""From a sample's sums to its columns."""

import math

import numpy as np

from cgi_theory._arrays import Float1D
from cgi_theory._jit import part
from cgi_theory.sampling.columns import CHOSEN_SHARED, KEPT, MAP, MAP_VARIANCE, RIVAL_MAP, RIVAL_SHARED
from cgi_theory.sampling.laws import Scaled
from cgi_theory.sampling.plan import Plan, RivalLogit
from cgi_theory.sampling.workspace import (
    BLOCKS,
    CHOSEN,
    COUNT,
    FIRST_RIVAL,
    MAP_SUM,
    RIVAL_MAP_SUM,
    SHARED,
    WITH_CHOSEN,
    WITH_INPUT,
    WITH_ITSELF,
    Y_2,
    A,
    B,
    Workspace,
    Y,
)


@part
def fill_results(row: Float1D, work: Workspace, plan: Plan, scaled: Scaled, rival: RivalLogit | None) -> None:
    """Write a sample's columns from the sums over its maps."""
    root_n = math.sqrt(plan.n)
    for block in range(BLOCKS):
        size, total = plan.sizes[block], work.map_sums[block, MAP_SUM]
        row[KEPT[block]] = work.map_sums[block, COUNT] / size if size > 0 else np.nan
        row[RIVAL_MAP[block]] = np.nan
        if rival is not None:
            row[RIVAL_MAP[block]] = work.map_sums[block, RIVAL_MAP_SUM] / root_n
        if plan.conditional:
            share = min(total / (scaled.gamma * scaled.gamma), 1.0)  # rounding may pass 1
            row[MAP[block]] = scaled.t_mean * share * scaled.gamma / root_n
            spread = scaled.t_variance * share * share + share * (1.0 - share)
            row[MAP_VARIANCE[block]] = scaled.gamma * scaled.gamma * spread / plan.n
        else:
            row[MAP[block]] = total / root_n
            row[MAP_VARIANCE[block]] = 0.0
    _fill_inner_products(row, work, plan, scaled)


@part
def _fill_inner_products(row: Float1D, work: Workspace, plan: Plan, scaled: Scaled) -> None:
    """Write (h₁, 0)·x and (h₂, 0)·x, or their means given the gradients, from the sums."""
    root_n = math.sqrt(plan.n)
    alpha = work.factors[SHARED, CHOSEN, A]
    energy, z_zeta = work.sums[SHARED, CHOSEN, WITH_ITSELF], work.sums[SHARED, CHOSEN, WITH_INPUT]
    y, y_2 = work.input_factors[SHARED, Y], work.input_factors[SHARED, Y_2]
    if plan.conditional:  # the mean of x is that of T along g₁
        y, z_zeta = scaled.t_mean * alpha / scaled.gamma, 0.0
    row[RIVAL_SHARED] = np.nan
    if plan.drawn_labels > 1:
        a_2, b_2 = work.factors[SHARED, FIRST_RIVAL, A], work.factors[SHARED, FIRST_RIVAL, B]
        product, square = work.sums[SHARED, FIRST_RIVAL, WITH_CHOSEN], work.sums[SHARED, FIRST_RIVAL, WITH_ITSELF]
        z_zeta_2 = work.sums[SHARED, FIRST_RIVAL, WITH_INPUT]
        if plan.conditional:
            z_zeta_2 = 0.0
        z_zeta += y_2 * product
        z_zeta_2 += y_2 * square
        row[RIVAL_SHARED] = (a_2 * (z_zeta + y * energy) + b_2 * (z_zeta_2 + y * product)) / root_n
    row[CHOSEN_SHARED] = alpha * (z_zeta + y * energy) / root_n
