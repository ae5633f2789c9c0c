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

Where the input meets two logits, its part along ζ₂ is added to z before the labels compete, and they compete once more for
the first rival's own map.
"""

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel
from cgi_theory.sampling.collapsed import decide_by_chance
from cgi_theory.sampling.draws import NO_HAT, radius_hat
from cgi_theory.sampling.laws import fill_results, scale_sample
from cgi_theory.sampling.philox import draw_words
from cgi_theory.sampling.segments import (
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
    JOINT,
    SEGMENT_TILES,
    SHARED,
    UNIFORMS,
    Plan,
    Workspace,
    block_size,
    make_workspace,
    place_of,
    segments_for,
    stream,
    tiles_in,
)

Array = NDArray[np.float64]
Normals = NDArray[np.float32]


@kernel
def sample_block(results: Array, first_sample: np.uint64, seed: np.uint64, table: Array, plan: Plan) -> None:
    """Fill ``results`` (samples, columns) with samples first_sample, first_sample + 1, ... of a seed.

    ``table`` is the plan's survival table; only the collapsed estimator reads it.
    """
    work = make_workspace(plan)
    joint = plan.law == JOINT
    hat = radius_hat(plan.n, plan.threshold * np.sqrt(plan.n), plan.exactly) if joint else NO_HAT
    sums = np.empty((2, 3))
    for row in range(results.shape[0]):
        sample = first_sample + np.uint64(row)
        _draw_and_sum(work, seed, sample, plan)
        scaled = scale_sample(work, hat, seed, sample, plan)
        if scaled.gamma == 0.0:
            results[row] = np.nan
        else:
            _compete_and_sum(sums, work, table, seed, sample, plan)
            fill_results(results[row], sums, work, scaled, plan)


@kernel
def _draw_and_sum(work: Workspace, seed: np.uint64, sample: np.uint64, plan: Plan) -> None:
    """First pass: draw every number of a sample and fill the workspace's sums."""
    numbers, words, sparsity = work.numbers, work.words, plan.sparsity
    chosen_lanes, rival_lanes = work.chosen_lanes, work.rival_lanes
    for block in range(2):
        size = block_size(plan, block)
        chosen_lanes[:] = 0.0
        rival_lanes[:] = 0.0
        for segment in range(segments_for(size)):
            tiles, place = tiles_in(size, segment), place_of(work, plan, block, segment)
            noise, chosen = numbers[0, place], numbers[1, place]
            _draw_pair(noise, chosen, words, seed, sample, block, segment, plan)
            add_square_and_product(chosen_lanes[0], chosen_lanes[1], chosen, noise, tiles)
            for rival in range(plan.drawn_rivals):
                slot = rival + 2
                fresh = numbers[slot if work.stored else 2, place]
                draw_segment(fresh, tiles, words, seed, sample, slot, block, segment, size, sparsity)
                add_square_and_product(rival_lanes[rival, 1], rival_lanes[rival, 0], fresh, chosen, tiles)
                if rival == 0:  # whose inner product with the input is reported
                    add_product(rival_lanes[rival, 2], noise, fresh, tiles)
        for product in range(2):
            work.chosen_sums[block, product] = fold(chosen_lanes[product])
        for rival in range(plan.drawn_rivals):
            for product in range(3):
                work.rival_sums[block, rival, product] = fold(rival_lanes[rival, product])


@kernel
def _draw_pair(
    noise: Normals,
    chosen: Normals,
    words: NDArray[np.uint32],
    seed: np.uint64,
    sample: np.uint64,
    block: int,
    segment: int,
    plan: Plan,
) -> None:
    """Draw a segment of the chosen label's ζ₁ and of the input's z, which is 0 for the conditional estimator."""
    size = block_size(plan, block)
    tiles = tiles_in(size, segment)
    draw_segment(chosen, tiles, words, seed, sample, 1, block, segment, size, plan.sparsity)
    if plan.conditional:
        noise[:] = 0.0
    else:
        draw_segment(noise, tiles, words, seed, sample, 0, block, segment, size, plan.sparsity)


@kernel
def _compete_and_sum(sums: Array, work: Workspace, table: Array, seed: np.uint64, sample: np.uint64, plan: Plan) -> None:
    """Second pass: fill ``sums`` (blocks, 3): each block's map (or gradient energy), its pixels won, and a rival's map."""
    numbers, words, sparsity, conditional = work.numbers, work.words, plan.sparsity, plan.conditional
    retained, counts, rival_retained = work.chosen_lanes[0], work.chosen_lanes[1], work.chosen_lanes[2]
    highest, lowest = work.rival_scores[0], work.rival_scores[1]
    root_support = np.sqrt(plan.n * sparsity)
    for block in range(2):
        size = block_size(plan, block)
        scale, tilt = work.chosen_factors[block]
        retained[:] = 0.0
        counts[:] = 0.0
        rival_retained[:] = 0.0
        for segment in range(segments_for(size)):
            tiles, place = tiles_in(size, segment), place_of(work, plan, block, segment)
            noise, chosen = numbers[0, place], numbers[1, place]
            if not work.stored:
                _draw_pair(noise, chosen, words, seed, sample, block, segment, plan)
            if plan.two_logits:
                fresh = _fresh_part(work, 0, place, seed, sample, block, segment, plan)
                add_multiple(noise, fresh, tiles, work.rival_tilts[block])
            if plan.collapsed:
                draw_words(words, tiles, seed, sample, stream(2, UNIFORMS, block), segment * SEGMENT_TILES)
                slope = plan.slope if block == SHARED else 1.0
                decide_by_chance(highest, lowest, chosen, words, tiles, slope * scale * root_support, table)
            elif plan.drawn_rivals == 0:
                highest[:] = -np.inf
                lowest[:] = np.inf
            for rival in range(plan.drawn_rivals):
                slot = rival + 2
                fresh = numbers[slot if work.stored else 2, place]
                if not work.stored:  # not by _fresh_part: an array from a call costs this loop a tenth
                    draw_segment(fresh, tiles, words, seed, sample, slot, block, segment, size, sparsity)
                along, across = work.rival_factors[block, rival]
                score_rival(highest, lowest, chosen, noise, fresh, tiles, tilt, along, across, conditional, rival == 0)
            add_map(retained, counts, chosen, noise, highest, lowest, tiles, scale, tilt, conditional)
            if plan.two_logits:
                _compete_for_rival(work, place, seed, sample, block, segment, plan)
        sums[block, 0], sums[block, 1], sums[block, 2] = fold(retained), fold(counts), fold(rival_retained)


@kernel
def _compete_for_rival(
    work: Workspace, place: int, seed: np.uint64, sample: np.uint64, block: int, segment: int, plan: Plan
) -> None:
    """Let the labels compete for a segment with the first rival as the chosen label; add its map to the lanes."""
    tiles = tiles_in(block_size(plan, block), segment)
    noise, chosen = work.numbers[0, place], work.numbers[1, place]
    highest, lowest = work.rival_scores[0], work.rival_scores[1]
    scale, tilt = work.chosen_factors[block]
    score_rival(highest, lowest, chosen, noise, chosen, tiles, tilt, scale, 0.0, False, True)
    for rival in range(plan.drawn_rivals - 1, -1, -1):
        fresh = _fresh_part(work, rival, place, seed, sample, block, segment, plan)
        along, across = work.rival_factors[block, rival]
        if rival > 0:
            score_rival(highest, lowest, chosen, noise, fresh, tiles, tilt, along, across, False, False)
        else:
            add_rival_map(work.chosen_lanes[2], chosen, noise, fresh, highest, lowest, tiles, tilt, along, across)


@kernel
def _fresh_part(
    work: Workspace, rival: int, place: int, seed: np.uint64, sample: np.uint64, block: int, segment: int, plan: Plan
) -> Normals:
    """Return a segment of a rival's ζ_j, drawn again where it is not stored."""
    fresh: Normals = work.numbers[rival + 2 if work.stored else 2, place]
    if not work.stored:
        size = block_size(plan, block)
        draw_segment(fresh, tiles_in(size, segment), work.words, seed, sample, rival + 2, block, segment, size, plan.sparsity)
    return fresh
