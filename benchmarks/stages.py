"""Where the sampler's time goes: nanoseconds a coordinate of each stage, and how far it is from the hardware's limit.

A stage's limit is the time that its arithmetic alone would take at the rate, measured beside it, of a loop of dependent
multiplications and additions on float64 vectors: operations a coordinate, counted in the source (a division or a square root
as eight, float32 operations as half), over that rate. A stage may beat it where the processor finds more to do at a time.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import times
from cgi_theory.gaussian import segments
from cgi_theory.gaussian.philox import TILE, draw_normals, draw_words
from cgi_theory.gaussian.workspace import LANES, SEGMENT_TILES

Array = NDArray[np.float64]
Normals = NDArray[np.float32]

_REPEATS = 2000
_PEAK_TURNS = 64
_COORDINATES = _REPEATS * SEGMENT_TILES * TILE
_jit = numba.njit(error_model="numpy")


@_jit
def _peak(values: Array) -> None:
    """Multiply and add in registers, over and over."""
    for _ in range(_REPEATS):
        for i in range(values.size):
            value = values[i]
            for _ in range(_PEAK_TURNS):
                value = value * 0.999 + 0.001
            values[i] = value


@_jit
def _words(words: NDArray[np.uint32]) -> None:
    for i in range(_REPEATS):
        draw_words(words, SEGMENT_TILES, np.uint64(1), np.uint64(i), np.uint64(2), 0)


@_jit
def _normals(out: Normals) -> None:
    for i in range(_REPEATS):
        draw_normals(out, SEGMENT_TILES, np.uint64(1), np.uint64(i), np.uint64(2), 0)


@_jit
def _pair(lanes: Array, left: Normals, right: Normals) -> None:
    for _ in range(_REPEATS):
        segments.add_square_and_product(lanes[0], lanes[1], left, right, SEGMENT_TILES)


@_jit
def _product(lanes: Array, left: Normals, right: Normals) -> None:
    for _ in range(_REPEATS):
        segments.add_product(lanes[0], left, right, SEGMENT_TILES)


@_jit
def _rival(highest: Array, lowest: Array, chosen: Normals, noise: Normals, fresh: Normals) -> None:
    for _ in range(_REPEATS):
        segments.score_rival(highest, lowest, chosen, noise, fresh, SEGMENT_TILES, 0.1, 0.5, 0.6, False)


@_jit
def _chance(highest: Array, lowest: Array, chosen: Normals, words: NDArray[np.uint32], table: Array) -> None:
    for _ in range(_REPEATS):
        segments.decide_by_chance(highest, lowest, chosen, words, SEGMENT_TILES, 0.577, table)


@_jit
def _map(retained: Array, counts: Array, chosen: Normals, noise: Normals, highest: Array, lowest: Array) -> None:
    for _ in range(_REPEATS):
        segments.add_map(retained, counts, chosen, noise, highest, lowest, SEGMENT_TILES, 0.5, 0.1, False)


def stage_rows(rounds: int) -> list[dict[str, object]]:
    """One row a stage: how often a coordinate passes it in the paper's setting, its time, its limit."""
    rng = np.random.default_rng(1)
    chosen, noise, fresh = rng.standard_normal((3, SEGMENT_TILES, TILE), dtype=np.float32)
    highest, lowest = rng.standard_normal((2, SEGMENT_TILES, TILE))
    words = rng.integers(0, 2**32, (SEGMENT_TILES, TILE), dtype=np.uint32)
    lanes, table = np.zeros((2, LANES)), segments.survival_table(999, 1.0)
    many = rng.standard_normal(256)
    rate = _REPEATS * many.size * _PEAK_TURNS * 2 / times(lambda: _peak(many), rounds).median
    drawn = np.empty_like(chosen)
    stages = (
        # What it is, passes of a coordinate in the paper's setting, operations a pass, work.
        ("draw: Philox's words", 3, 17.5, lambda: _words(words)),
        ("draw: words and Box–Muller", 3, 17.5 + 20.0, lambda: _normals(drawn)),
        ("normalise: a square and a product", 2, 4.0, lambda: _pair(lanes, chosen, noise)),
        ("normalise: a product", 1, 2.0, lambda: _product(lanes, noise, fresh)),
        ("compete: score of a rival", 1, 8.0, lambda: _rival(highest, lowest, chosen, noise, fresh)),
        ("compete: chance in place of all rivals", 0, 9.0, lambda: _chance(highest, lowest, chosen, words, table)),
        ("reduce: rule, map and count", 1, 10.0, lambda: _map(lanes[0], lanes[1], chosen, noise, highest, lowest)),
    )
    rows: list[dict[str, object]] = []
    for what, passes, operations, work in stages:
        nanoseconds = 1e9 * times(work, rounds).median / _COORDINATES
        limit = 1e9 * operations / rate
        rows.append(
            {
                "what": what,
                "passes, paper's setting": passes,
                "ns a coordinate": nanoseconds,
                "arithmetic's limit, ns": limit,
                "times the limit": nanoseconds / limit,
            }
        )
    return rows
