"""Where the sampler's time goes: nanoseconds a coordinate of each stage, on segments that stay in the first-level cache.

Beside each stands the limit of this hardware: the operations that the stage cannot do without, each at the rate that
:mod:`benchmarks.peak` measures for it in the same run.
"""

import numpy as np

from benchmarks.peak import Operations, jit, limit, measure_peaks
from benchmarks.timing import times
from cgi_theory._arrays import Float1D, Float2D, Single2D, Word2D
from cgi_theory.sampling import segments
from cgi_theory.sampling.collapsed import decide_by_chance, survival_table
from cgi_theory.sampling.philox import TILE, draw_normals, draw_words
from cgi_theory.sampling.segments import Contest
from cgi_theory.sampling.workspace import LANES, SEGMENT_TILES

_REPEATS = 2000
_COORDINATES = _REPEATS * SEGMENT_TILES * TILE

# What a coordinate costs at the least. Philox: ten rounds of two products make four words. Box–Muller: 56 operations, a
# division and a root make two normals. The others: their formulas' operations, and what they read.
_WORDS = Operations(philox=5)
_NORMAL = Operations(philox=5, single=28, divide_and_root=0.5)
_PAIR = Operations(double=4, widen=2, load=8)
_PRODUCT = Operations(double=2, widen=2, load=8)
_RIVAL = Operations(double=6, widen=3, load=12)  # the first
_CHANCE = Operations(double=15, widen=1, load=8, look_up=2)
_MAP = Operations(double=15, widen=2, load=24)


@jit
def _words(words: Word2D) -> None:
    for i in range(_REPEATS):
        draw_words(words, SEGMENT_TILES, np.uint64(1), np.uint64(i), np.uint64(2), 0)


@jit
def _normals(out: Single2D) -> None:
    for i in range(_REPEATS):
        draw_normals(out, SEGMENT_TILES, np.uint64(1), np.uint64(i), np.uint64(2), 0)


@jit
def _pair(lanes: Float2D, left: Single2D, right: Single2D) -> None:
    for _ in range(_REPEATS):
        segments.add_square_and_product(lanes[0], lanes[1], left, right, SEGMENT_TILES)


@jit
def _product(lanes: Float2D, left: Single2D, right: Single2D) -> None:
    for _ in range(_REPEATS):
        segments.add_product(lanes[0], left, right, SEGMENT_TILES)


@jit
def _rival(contest: Contest, zeta_j: Single2D) -> None:
    for _ in range(_REPEATS):
        segments.score_rival(contest, zeta_j, 0.5, 0.6, first=True)


@jit
def _chance(contest: Contest, words: Word2D, survival: Float1D) -> None:
    for _ in range(_REPEATS):
        decide_by_chance(contest, words, 0.577, survival)


@jit
def _map(lanes: Float2D, contest: Contest) -> None:
    for _ in range(_REPEATS):
        segments.add_map(lanes, contest, 0.5)


def stage_rows(rounds: int) -> list[dict[str, object]]:
    """One row a stage: its time, and how often a coordinate passes it in the paper's setting."""
    rng = np.random.default_rng(1)
    zeta, z, zeta_j = rng.standard_normal((3, SEGMENT_TILES, TILE), dtype=np.float32)
    highest, lowest = rng.standard_normal((2, SEGMENT_TILES, TILE))
    contest = Contest(SEGMENT_TILES, z, zeta, y=0.1, conditional=False, highest=highest, lowest=lowest)
    words = rng.integers(0, 2**32, (SEGMENT_TILES, TILE), dtype=np.uint32)
    lanes, survival = np.zeros((3, LANES)), survival_table(999, 1.0)
    drawn = np.empty_like(zeta)
    stages = (
        # What it is, its operations, passes of a coordinate in the paper's setting, work.
        ("draw: Philox's words", _WORDS, 3, lambda: _words(words)),
        ("draw: words and Box–Muller", _NORMAL, 3, lambda: _normals(drawn)),
        ("normalise: a square and a product", _PAIR, 2, lambda: _pair(lanes, zeta, z)),
        ("normalise: a product", _PRODUCT, 1, lambda: _product(lanes, z, zeta_j)),
        ("compete: score of a rival", _RIVAL, 1, lambda: _rival(contest, zeta_j)),
        ("compete: chance in place of all rivals", _CHANCE, 0, lambda: _chance(contest, words, survival)),
        ("reduce: rule, map and count", _MAP, 1, lambda: _map(lanes, contest)),
    )
    peaks = measure_peaks(rounds)
    rows: list[dict[str, object]] = []
    for what, operations, passes, work in stages:
        nanoseconds, least = 1e9 * times(work, rounds).median / _COORDINATES, limit(operations, peaks)
        rows.append(
            {
                "what": what,
                "ns a coordinate": nanoseconds,
                "limit of this hardware, ns": least,
                "times the limit": nanoseconds / least,
                "passes, paper's setting": passes,
                "together, ns": passes * nanoseconds,
            }
        )
    return rows
