"""The inner loops of the sampler, over one segment of coordinates: draw, sum products, score, compete and sum.

These are the loops that a compiler turns into vector instructions. A segment's numbers are an array (4, 256) of which the first
``tiles`` rows are used: enough that what surrounds a loop (views, streams) costs little by comparison, and
indices that are seen to be neither negative nor strided.
"""

from typing import NamedTuple

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, Single2D, Word2D
from cgi_theory._jit import part, scalar
from cgi_theory.competition import wins
from cgi_theory.sampling.philox import TILE, draw_normals, draw_words, thin
from cgi_theory.sampling.plan import Plan
from cgi_theory.sampling.workspace import (
    COUNT,
    INPUT_SLOT,
    LANES,
    MAP_SUM,
    NORMALS,
    RIVAL_MAP_SUM,
    UNIFORMS,
    Sample,
    Segment,
    stream,
)


class Contest(NamedTuple):
    """A segment on which labels compete."""

    tiles: int
    z: Single2D
    zeta: Single2D
    """ζ₁."""
    y: float
    """Y: √n·x = z + Yζ₁."""
    conditional: bool
    """Whether it is 1 instead."""
    highest: Float2D
    lowest: Float2D
    """The extremes of the rivals' scores so far."""


@part
def draw_segment(out: Single2D, words: Word2D, segment: Segment, slot: int, sample: Sample, plan: Plan) -> None:
    """Draw a segment of a label's ζ or of the input's z (0 for the conditional estimator), with zeros for padding.

    ``words`` is scratch.
    """
    if plan.conditional and slot == INPUT_SLOT:
        out[:] = 0.0
        return
    tiles, seed, number = segment.tiles, sample.seed, sample.number
    draw_normals(out, tiles, seed, number, stream(slot, NORMALS, segment.block), segment.first_tile)
    if plan.sparsity < 1.0 and slot != INPUT_SLOT:
        draw_words(words, tiles, seed, number, stream(slot, UNIFORMS, segment.block), segment.first_tile)
        thin(out, words, tiles, plan.sparsity)
    for i in range(segment.size - (tiles - 1) * TILE, TILE):
        out[tiles - 1, i] = 0.0


@part
def add_square_and_product(squares: Float1D, products: Float1D, left: Single2D, right: Single2D, tiles: int) -> None:
    """Add a segment's left² and left · right to their sums' lanes."""
    for tile in range(tiles):
        for i in range(LANES):
            square, product = squares[i], products[i]
            for turn in range(TILE // LANES):
                value = np.float64(left[tile, turn * LANES + i])
                square += value * value
                product += value * np.float64(right[tile, turn * LANES + i])
            squares[i], products[i] = square, product


@part
def add_product(products: Float1D, left: Single2D, right: Single2D, tiles: int) -> None:
    """Add a segment's left · right to its sum's lanes."""
    for tile in range(tiles):
        for i in range(LANES):
            product = products[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                product += np.float64(left[tile, j]) * np.float64(right[tile, j])
            products[i] = product


@part
def add_multiple(target: Single2D, other: Single2D, tiles: int, factor: float) -> None:
    """Add ``factor`` times a segment's other to its target."""
    for tile in range(tiles):
        for i in range(TILE):
            target[tile, i] = np.float32(np.float64(target[tile, i]) + factor * np.float64(other[tile, i]))


@part
def fold(lanes: Float1D) -> float:
    """Sum of 64 lanes, folded in halves."""
    width = LANES // 2
    while width > 0:
        for i in range(width):
            lanes[i] += lanes[width + i]
        width //= 2
    return float(lanes[0])


@scalar
def input_at(contest: Contest, z: float, zeta: float) -> float:
    """√n·x at a coordinate; 1 for the conditional estimator."""
    return 1.0 if contest.conditional else z + contest.y * zeta


@part
def score_rival(contest: Contest, zeta_j: Single2D, a_j: float, b_j: float, first: bool) -> None:
    """Let the scores of g_j = A_jζ₁ + B_jζ_j raise a segment's highest and lower its lowest; the first rival's are both."""
    zeta_1, z, highest, lowest = contest.zeta, contest.z, contest.highest, contest.lowest
    for tile in range(contest.tiles):
        for i in range(TILE):
            zeta = np.float64(zeta_1[tile, i])
            score = (a_j * zeta + b_j * np.float64(zeta_j[tile, i])) * input_at(contest, np.float64(z[tile, i]), zeta)
            highest[tile, i] = score if first else max(highest[tile, i], score)
            lowest[tile, i] = score if first else min(lowest[tile, i], score)


@part
def add_map(lanes: Float2D, contest: Contest, alpha: float) -> None:
    """Let the chosen label, g₁ = αζ₁, compete with its rivals; add its map, or the squares of its entries, and the count."""
    zeta_1, z, highest, lowest = contest.zeta, contest.z, contest.highest, contest.lowest
    sums, counts = lanes[MAP_SUM], lanes[COUNT]
    for tile in range(contest.tiles):
        for i in range(LANES):
            total, count = sums[i], counts[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                zeta = np.float64(zeta_1[tile, j])
                score = alpha * zeta * input_at(contest, np.float64(z[tile, j]), zeta)
                won = wins(score, highest[tile, j], lowest[tile, j])
                value = score * score if contest.conditional else score
                total += value if won else 0.0
                count += 1.0 if won else 0.0
            sums[i], counts[i] = total, count


@part
def add_rival_map(lanes: Float2D, contest: Contest, zeta_j: Single2D, a_j: float, b_j: float) -> None:
    """Let g_j = A_jζ₁ + B_jζ_j compete as the chosen label, with the others' extremes; add its map."""
    zeta_1, z, highest, lowest = contest.zeta, contest.z, contest.highest, contest.lowest
    sums = lanes[RIVAL_MAP_SUM]
    for tile in range(contest.tiles):
        for i in range(LANES):
            total = sums[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                zeta = np.float64(zeta_1[tile, j])
                score = (a_j * zeta + b_j * np.float64(zeta_j[tile, j])) * input_at(contest, np.float64(z[tile, j]), zeta)
                total += score if wins(score, highest[tile, j], lowest[tile, j]) else 0.0
            sums[i] = total
