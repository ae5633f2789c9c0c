r"""The Monte Carlo kernels: draw, scale, compete and reduce, one sample after the other.

A sample's coordinates lie in tiles of 256; each block begins a new tile and is padded with zeros, which score 0 and win
nothing. A sample is made in two passes over its tiles. The first draws the chosen label's fresh Gaussians ζ₁, the input's
z and every rival's ζ_j, and sums the products by which the law of the model scales them
(:mod:`cgi_theory.sampling.laws`). The second forms the scores :math:`g_j x`, lets the labels compete and sums the map.
A sample too large for the caches is not stored between the passes but drawn again.

Sums over a block run in 64 lanes, coordinate i in lane i mod 64, folded in halves at its end. That order is part of the
result.

The conditional estimator draws no input. The input multiplies every label's gradient alike, so the winners are those of
x = 1, and the mean of the map given the gradients follows from the gradient energy on the coordinates won. The collapsed
estimator draws no rivals: given the chosen label's gradient it decides each coordinate by one uniform.

Where the input is conditioned on two logits, its part along ζ₂ is added to z before the labels compete, and they compete once
more for the first rival's own map.
"""

import numpy as np

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._jit import kernel, part
from cgi_theory.sampling.collapsed import decide_by_chance
from cgi_theory.sampling.draws import RadiusHat
from cgi_theory.sampling.laws import scale_sample
from cgi_theory.sampling.philox import draw_words
from cgi_theory.sampling.plan import Plan, RivalLogit
from cgi_theory.sampling.results import fill_results
from cgi_theory.sampling.segments import (
    Contest,
    add_map,
    add_multiple,
    add_product,
    add_rival_map,
    add_square_and_product,
    draw_segment,
    fold,
    score_rival,
)
from cgi_theory.sampling.workspace import (
    BLOCKS,
    CHOSEN,
    CHOSEN_SLOT,
    FIRST_RIVAL,
    FIRST_RIVAL_SLOT,
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
    Segment,
    Workspace,
    Y,
    segment_of,
    stream,
)


@kernel
def sample_range(
    results: Float2D,
    sample: Sample,
    plan: Plan,
    work: Workspace,
    hat: RadiusHat | None,
    survival: Float1D | None,
    rival: RivalLogit | None,
) -> int:
    """Fill ``results`` (samples, columns) with ``sample`` and those after it; return how many could be drawn.

    If not all, the next one has a vector without a direction to scale. ``hat`` is for the joint law alone, ``survival`` for the
    collapsed estimator, ``rival`` for a rival with a logit of its own: the code for what is None is not compiled.
    """
    for row in range(results.shape[0]):
        draw_and_sum(work, plan, sample)
        scaled = scale_sample(work, plan, sample, hat, rival)
        if not scaled.has_direction:
            return row
        compete_and_sum(work, plan, sample, survival, rival)
        fill_results(results[row], work, plan, scaled, rival)
        sample = Sample(sample.seed, sample.number + np.uint64(1))
    return results.shape[0]


@part
def draw_and_sum(work: Workspace, plan: Plan, sample: Sample) -> None:
    """First pass: draw every number of a sample and fill the workspace's sums."""
    numbers, words, lanes = work.numbers, work.words, work.label_lanes
    for block in range(BLOCKS):
        lanes[:] = 0.0
        for index in range(work.segments[block]):
            segment = segment_of(plan, work, block, index)
            tiles, place = segment.tiles, segment.place
            for slot in range(FIRST_RIVAL_SLOT):
                draw_segment(numbers[slot, place], words, segment, slot, sample, plan)
            z, zeta = numbers[INPUT_SLOT, place], numbers[CHOSEN_SLOT, place]
            add_square_and_product(lanes[CHOSEN, WITH_ITSELF], lanes[CHOSEN, WITH_INPUT], zeta, z, tiles)
            for label in range(FIRST_RIVAL, plan.drawn_labels):
                zeta_j = numbers[label + 1 if work.stored else FIRST_RIVAL_SLOT, place]
                draw_segment(zeta_j, words, segment, label + 1, sample, plan)
                add_square_and_product(lanes[label, WITH_ITSELF], lanes[label, WITH_CHOSEN], zeta_j, zeta, tiles)
                if label == FIRST_RIVAL:  # whose inner product with the input is reported
                    add_product(lanes[label, WITH_INPUT], z, zeta_j, tiles)
        for label in range(plan.drawn_labels):
            for product in range(lanes.shape[1]):
                work.sums[block, label, product] = fold(lanes[label, product])


@part
def compete_and_sum(work: Workspace, plan: Plan, sample: Sample, survival: Float1D | None, rival: RivalLogit | None) -> None:
    """Second pass: let the labels compete and fill the workspace's sums over the maps."""
    numbers, words, lanes, highest, lowest = work.numbers, work.words, work.map_lanes, work.highest, work.lowest
    root_support = np.sqrt(plan.n * plan.sparsity)
    for block in range(BLOCKS):
        alpha, y, y_2 = work.factors[block, CHOSEN, A], work.input_factors[block, Y], work.input_factors[block, Y_2]
        lanes[:] = 0.0
        for index in range(work.segments[block]):
            segment = segment_of(plan, work, block, index)
            place = segment.place
            if not work.stored:
                for slot in range(FIRST_RIVAL_SLOT):
                    draw_segment(numbers[slot, place], words, segment, slot, sample, plan)
            z, zeta = numbers[INPUT_SLOT, place], numbers[CHOSEN_SLOT, place]
            contest = Contest(segment.tiles, z, zeta, y, plan.conditional, highest, lowest)
            if rival is not None:
                zeta_2 = numbers[FIRST_RIVAL_SLOT, place]
                if not work.stored:
                    draw_segment(zeta_2, words, segment, FIRST_RIVAL_SLOT, sample, plan)
                add_multiple(z, zeta_2, segment.tiles, y_2)
            if survival is not None:
                uniforms = stream(FIRST_RIVAL_SLOT, UNIFORMS, block)
                draw_words(words, segment.tiles, sample.seed, sample.number, uniforms, segment.first_tile)
                slope = plan.slope if block == SHARED else 1.0
                decide_by_chance(contest, words, slope * alpha * root_support, survival)
            elif plan.drawn_labels == 1:
                highest[:] = -np.inf
                lowest[:] = np.inf
            for label in range(FIRST_RIVAL, plan.drawn_labels):
                zeta_j = numbers[label + 1 if work.stored else FIRST_RIVAL_SLOT, place]
                if not work.stored:
                    draw_segment(zeta_j, words, segment, label + 1, sample, plan)
                a_j, b_j = work.factors[block, label, A], work.factors[block, label, B]
                score_rival(contest, zeta_j, a_j, b_j, first=label == FIRST_RIVAL)
            add_map(lanes, contest, alpha)
            if rival is not None:
                _compete_for_rival(work, plan, segment, contest, sample)
        for total in range(lanes.shape[0]):
            work.map_sums[block, total] = fold(lanes[total])


@part
def _compete_for_rival(work: Workspace, plan: Plan, segment: Segment, contest: Contest, sample: Sample) -> None:
    """Let the labels compete for a segment with the first rival as the chosen label; add its map."""
    score_rival(contest, contest.zeta, work.factors[segment.block, CHOSEN, A], 0.0, first=True)
    for label in range(plan.drawn_labels - 1, CHOSEN, -1):
        zeta_j = work.numbers[label + 1 if work.stored else FIRST_RIVAL_SLOT, segment.place]
        if not work.stored:
            draw_segment(zeta_j, work.words, segment, label + 1, sample, plan)
        a_j, b_j = work.factors[segment.block, label, A], work.factors[segment.block, label, B]
        if label > FIRST_RIVAL:
            score_rival(contest, zeta_j, a_j, b_j, first=False)
        else:
            add_rival_map(work.map_lanes, contest, zeta_j, a_j, b_j)
