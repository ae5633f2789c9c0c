r"""The Monte Carlo kernels: draw, scale, compete and reduce, one sample after the other.

A sample's coordinates lie in tiles of 256; each block begins a new tile and is padded with zeros, which score 0 and win
nothing. A sample is made in two passes over its tiles. The first draws the chosen label's fresh Gaussians ζ₁, the input's
z and every rival's ζ_j, and sums the products by which the law of the model scales them
(:mod:`cgi_theory.gaussian.scaling`). The second forms the scores :math:`g_j x`, lets the labels compete and sums the map.
A sample too large for the caches is not stored between the passes but drawn again.

Sums run in 64 lanes over a tile; the lanes are folded in halves and the tiles added in order. That order is part of the
result.

The conditional estimator draws no input. The input multiplies every label's gradient alike, so the winners are those of
x = 1, and the mean of the map given the gradients follows from the gradient energy on the coordinates won.
"""

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel, scalar
from cgi_theory.competition import wins
from cgi_theory.gaussian.philox import CALLS, SLOTS, TILE, draw_normals, thin
from cgi_theory.gaussian.scaling import fill_results, scale_sample
from cgi_theory.gaussian.tail import radius_hat
from cgi_theory.gaussian.workspace import (
    NORMALS,
    UNIFORMS,
    Plan,
    Workspace,
    block_size,
    make_workspace,
    stream,
    tile_of,
    tiles_for,
)

Array = NDArray[np.float64]


@kernel
def sample_block(results: Array, first_sample: np.uint64, seed: np.uint64, plan: Plan) -> None:
    """Fill ``results`` (samples, columns) with samples first_sample, first_sample + 1, ... of a seed."""
    work = make_workspace(plan)
    hat = radius_hat(plan.n, plan.threshold * np.sqrt(plan.n), plan.exactly)
    sums = np.empty((2, 2))
    for row in range(results.shape[0]):
        sample = first_sample + np.uint64(row)
        _draw_and_sum(work, seed, sample, plan)
        scaled = scale_sample(work, hat, seed, sample, plan)
        if scaled.gamma == 0.0:
            results[row] = np.nan
        else:
            _compete_and_sum(sums, work, seed, sample, plan)
            fill_results(results[row], sums, work, scaled, plan)


@kernel
def _draw_and_sum(work: Workspace, seed: np.uint64, sample: np.uint64, plan: Plan) -> None:
    """First pass: draw every number of a sample and fill the workspace's sums."""
    work.chosen_sums[:] = 0.0
    work.rival_sums[:] = 0.0
    for block in range(2):
        for tile in range(tiles_for(block_size(plan, block))):
            chosen = tile_of(work, plan, 1, block, tile)
            noise = tile_of(work, plan, 0, block, tile)
            _draw_tile(chosen, seed, sample, plan, 1, block, tile)
            if plan.conditional:
                noise[:] = 0.0
            else:
                _draw_tile(noise, seed, sample, plan, 0, block, tile)
            _add_chosen_products(work.chosen_sums[block], chosen, noise, work.lanes)
            for rival in range(plan.n_labels - 1):
                fresh = tile_of(work, plan, rival + 2, block, tile)
                _draw_tile(fresh, seed, sample, plan, rival + 2, block, tile)
                _add_rival_products(work.rival_sums[block, rival], chosen, noise, fresh, work.lanes)


@kernel
def _draw_tile(out: Array, seed: np.uint64, sample: np.uint64, plan: Plan, slot: int, block: int, tile: int) -> None:
    """Draw one tile (256,) of z (slot 0) or of a label's ζ, with zeros beyond the block's end."""
    draw_normals(out, seed, sample, stream(slot, NORMALS, block), tile)
    if plan.sparsity < 1.0 and slot > 0:
        thin(out, seed, sample, stream(slot, UNIFORMS, block), tile, plan.sparsity, 1.0 / np.sqrt(plan.sparsity))
    used = block_size(plan, block) - tile * TILE
    if used < TILE:
        out[used:] = 0.0


@kernel
def fold(lanes: Array) -> float:
    """Sum of 64 lanes, folded in halves."""
    for i in range(32):
        lanes[i] += lanes[32 + i]
    for i in range(16):
        lanes[i] += lanes[16 + i]
    for i in range(8):
        lanes[i] += lanes[8 + i]
    even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6])
    odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7])
    return float(even + odd)


@kernel
def _add_chosen_products(sums: Array, chosen: Array, noise: Array, lanes: Array) -> None:
    """Add a tile's ζ₁² and zζ₁."""
    squares, noises = lanes[0], lanes[1]
    for i in range(CALLS):
        square, along = 0.0, 0.0
        for slot in range(SLOTS):
            j = slot * CALLS + i
            square += chosen[j] * chosen[j]
            along += chosen[j] * noise[j]
        squares[i], noises[i] = square, along
    sums[0] += fold(squares)
    sums[1] += fold(noises)


@kernel
def _add_rival_products(sums: Array, chosen: Array, noise: Array, fresh: Array, lanes: Array) -> None:
    """Add a tile's ζ₁ζ_j, ζ_j² and zζ_j."""
    products, squares, noises = lanes[0], lanes[1], lanes[2]
    for i in range(CALLS):
        product, square, along = 0.0, 0.0, 0.0
        for slot in range(SLOTS):
            j = slot * CALLS + i
            product += chosen[j] * fresh[j]
            square += fresh[j] * fresh[j]
            along += noise[j] * fresh[j]
        products[i], squares[i], noises[i] = product, square, along
    sums[0] += fold(products)
    sums[1] += fold(squares)
    sums[2] += fold(noises)


@kernel
def _compete_and_sum(sums: Array, work: Workspace, seed: np.uint64, sample: np.uint64, plan: Plan) -> None:
    """Second pass: fill ``sums`` (blocks, 2) with each block's map (or gradient energy) and pixels won."""
    sums[:] = 0.0
    highest, lowest = work.rival_scores[0], work.rival_scores[1]
    for block in range(2):
        for tile in range(tiles_for(block_size(plan, block))):
            chosen = tile_of(work, plan, 1, block, tile)
            noise = tile_of(work, plan, 0, block, tile)
            if not work.stored:
                _draw_tile(chosen, seed, sample, plan, 1, block, tile)
                if not plan.conditional:
                    _draw_tile(noise, seed, sample, plan, 0, block, tile)
            scale, tilt = work.chosen_factors[block]
            highest[:] = -np.inf
            lowest[:] = np.inf
            for rival in range(plan.n_labels - 1):
                fresh = tile_of(work, plan, rival + 2, block, tile)
                if not work.stored:
                    _draw_tile(fresh, seed, sample, plan, rival + 2, block, tile)
                along, across = work.rival_factors[block, rival]
                _score_rival(highest, lowest, chosen, noise, fresh, tilt, along, across, plan.conditional)
            _add_map(sums[block], chosen, noise, highest, lowest, scale, tilt, plan.conditional, work.lanes)


@scalar
def input_value(noise: float, chosen: float, tilt: float, conditional: bool) -> float:
    """√n·x at a coordinate; 1 for the conditional estimator."""
    return 1.0 if conditional else noise + tilt * chosen


@kernel
def _score_rival(
    highest: Array,
    lowest: Array,
    chosen: Array,
    noise: Array,
    fresh: Array,
    tilt: float,
    along: float,
    across: float,
    conditional: bool,
) -> None:
    """Let a rival's scores raise a tile's highest and lower its lowest."""
    for i in range(TILE):
        x = input_value(noise[i], chosen[i], tilt, conditional)
        score = (along * chosen[i] + across * fresh[i]) * x
        highest[i] = max(highest[i], score)
        lowest[i] = min(lowest[i], score)


@kernel
def _add_map(
    sums: Array,
    chosen: Array,
    noise: Array,
    highest: Array,
    lowest: Array,
    scale: float,
    tilt: float,
    conditional: bool,
    lanes: Array,
) -> None:
    """Let the labels compete for a tile; add its map, or the squares of its entries, and the number of pixels won."""
    retained, counts = lanes[0], lanes[1]
    for i in range(CALLS):
        total, count = 0.0, 0.0
        for slot in range(SLOTS):
            j = slot * CALLS + i
            score = scale * chosen[j] * input_value(noise[j], chosen[j], tilt, conditional)
            kept = score if wins(score, highest[j], lowest[j]) else 0.0
            total += kept * kept if conditional else kept
            count += 1.0 if kept != 0.0 else 0.0
        retained[i], counts[i] = total, count
    sums[0] += fold(retained)
    sums[1] += fold(counts)
