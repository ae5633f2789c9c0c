"""The inner loops of the sampler, over one segment of coordinates: draw, sum products, score, compete and sum.

These are the loops that a compiler turns into vector instructions. A segment is an array (4, 256) of which the first ``tiles``
rows are used: enough numbers that what surrounds a loop (views, reference counts, streams) costs little by comparison, and
indices that are seen to be neither negative nor strided.
"""

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel, scalar
from cgi_theory.competition import wins
from cgi_theory.sampling.philox import TILE, draw_normals, draw_words, thin
from cgi_theory.sampling.workspace import LANES, NORMALS, SEGMENT, SEGMENT_TILES, UNIFORMS, stream

Array = NDArray[np.float64]
Normals = NDArray[np.float32]


@kernel
def draw_segment(
    out: Normals,
    tiles: int,
    words: NDArray[np.uint32],
    seed: np.uint64,
    sample: np.uint64,
    slot: int,
    block: int,
    segment: int,
    size: int,
    sparsity: float,
) -> None:
    """Draw a segment of z (slot 0) or of a label's ζ, with zeros beyond the block's ``size``; ``words`` is scratch."""
    first_tile = segment * SEGMENT_TILES
    draw_normals(out, tiles, seed, sample, stream(slot, NORMALS, block), first_tile)
    if sparsity < 1.0 and slot > 0:
        draw_words(words, tiles, seed, sample, stream(slot, UNIFORMS, block), first_tile)
        thin(out, words, tiles, sparsity)
    last = tiles - 1
    for i in range(max(size - segment * SEGMENT - last * TILE, 0), TILE):
        out[last, i] = 0.0


@kernel
def add_square_and_product(squares: Array, products: Array, left: Normals, right: Normals, tiles: int) -> None:
    """Add a segment's left² and left · right to their sums' lanes."""
    for tile in range(tiles):
        for i in range(LANES):
            square, product = squares[i], products[i]
            for turn in range(TILE // LANES):
                value = np.float64(left[tile, turn * LANES + i])
                square += value * value
                product += value * np.float64(right[tile, turn * LANES + i])
            squares[i], products[i] = square, product


@kernel
def add_product(products: Array, left: Normals, right: Normals, tiles: int) -> None:
    """Add a segment's left · right to its sum's lanes."""
    for tile in range(tiles):
        for i in range(LANES):
            product = products[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                product += np.float64(left[tile, j]) * np.float64(right[tile, j])
            products[i] = product


@kernel
def add_multiple(target: Normals, other: Normals, tiles: int, factor: float) -> None:
    """Add ``factor`` times a segment's other to its target."""
    for tile in range(tiles):
        for i in range(TILE):
            target[tile, i] = np.float32(np.float64(target[tile, i]) + factor * np.float64(other[tile, i]))


@kernel
def fold(lanes: Array) -> float:
    """Sum of 64 lanes, folded in halves."""
    width = LANES // 2
    while width > 0:
        for i in range(width):
            lanes[i] += lanes[width + i]
        width //= 2
    return float(lanes[0])


@scalar
def input_value(noise: float, chosen: float, tilt: float, conditional: bool) -> float:
    """√n·x at a coordinate; 1 for the conditional estimator."""
    return 1.0 if conditional else noise + tilt * chosen


@kernel
def score_rival(
    highest: Array,
    lowest: Array,
    chosen: Normals,
    noise: Normals,
    fresh: Normals,
    tiles: int,
    tilt: float,
    along: float,
    across: float,
    conditional: bool,
    first: bool,
) -> None:
    """Let a rival's scores raise a segment's highest and lower its lowest; those of the first rival are both."""
    for tile in range(tiles):
        for i in range(TILE):
            zeta = np.float64(chosen[tile, i])
            x = input_value(np.float64(noise[tile, i]), zeta, tilt, conditional)
            score = (along * zeta + across * np.float64(fresh[tile, i])) * x
            highest[tile, i] = score if first else max(highest[tile, i], score)
            lowest[tile, i] = score if first else min(lowest[tile, i], score)


@kernel
def add_map(
    retained: Array,
    counts: Array,
    chosen: Normals,
    noise: Normals,
    highest: Array,
    lowest: Array,
    tiles: int,
    scale: float,
    tilt: float,
    conditional: bool,
) -> None:
    """Let the labels compete for a segment; add its map, or the squares of its entries, and the pixels won."""
    for tile in range(tiles):
        for i in range(LANES):
            total, count = retained[i], counts[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                zeta = np.float64(chosen[tile, j])
                score = scale * zeta * input_value(np.float64(noise[tile, j]), zeta, tilt, conditional)
                won = wins(score, highest[tile, j], lowest[tile, j])
                value = score * score if conditional else score
                total += value if won else 0.0
                count += 1.0 if won else 0.0
            retained[i], counts[i] = total, count


@kernel
def add_rival_map(
    retained: Array,
    chosen: Normals,
    noise: Normals,
    fresh: Normals,
    highest: Array,
    lowest: Array,
    tiles: int,
    tilt: float,
    along: float,
    across: float,
) -> None:
    """Let the labels compete for a segment with a rival as the chosen label; add its map."""
    for tile in range(tiles):
        for i in range(LANES):
            total = retained[i]
            for turn in range(TILE // LANES):
                j = turn * LANES + i
                zeta = np.float64(chosen[tile, j])
                x = input_value(np.float64(noise[tile, j]), zeta, tilt, False)
                score = (along * zeta + across * np.float64(fresh[tile, j])) * x
                total += score if wins(score, highest[tile, j], lowest[tile, j]) else 0.0
            retained[i] = total
