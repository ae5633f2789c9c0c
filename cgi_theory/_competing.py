"""What competition compiles: its rule, the extremes over labels, the scores that are kept; and how threads share large arrays.

A pixel's competition knows nothing of other pixels: threads take some inputs of a batch each, or some pixels of one input, and
the bits of the maps do not depend on how many threads there are.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from cgi_theory._arguments import whole_number
from cgi_theory._executors import available_processors, completed, thread_pool
from cgi_theory._jit import kernel, scalar

Scores = NDArray[np.floating]
_Kernel = Callable[[Scores, NDArray[np.int64], Scores, int, int], bool]

NOT_FINITE = "scores must be finite in {dtype}: they hold NaN or infinity"

# Pixels that compete at a time: their extremes stay in the second-level cache.
_CHUNK = 16384
# Fewer scores are competed before threads have started.
_WORTH_THREADS = 2**22


@scalar
def wins(score: float, highest_rival: float, lowest_rival: float) -> bool:
    """Algorithm 1's rule for one pixel: whether the chosen label keeps it."""
    return (score > 0.0 and score >= highest_rival) or (score < 0.0 and score <= lowest_rival)


def compete_batch(scores: Scores, labels: NDArray[np.int64], maps: Scores, n_workers: int | None) -> bool:
    """Fill ``maps`` (batch, pixels) from ``scores`` (batch, labels, pixels); False if a score is not finite."""
    return _shared(_keep, scores, labels, maps, n_workers)


def compete_every_label(scores: Scores, maps: Scores, n_workers: int | None) -> bool:
    """Fill ``maps`` from ``scores``, both (labels, pixels); False if a score is not finite."""
    return _shared(_keep_all, scores[None], np.zeros(1, dtype=np.int64), maps[None], n_workers)


def extremes_of(scores: Scores) -> tuple[Scores, Scores, bool]:
    """Return the highest and the lowest of ``scores`` (batch, labels, pixels) over labels, and whether all are finite."""
    highest, lowest = (np.empty((len(scores), scores.shape[2]), dtype=scores.dtype) for _ in range(2))
    return highest, lowest, bool(_extremes(scores, highest, lowest))


def _shared(compiled: _Kernel, scores: Scores, labels: NDArray[np.int64], maps: Scores, n_workers: int | None) -> bool:
    """Call a kernel, or have threads call it for parts of a large array; whether it said True of all."""
    workers = available_processors() if n_workers is None else whole_number("n_workers", n_workers, 1, 4096)
    if workers == 1 or scores.size < _WORTH_THREADS:
        return bool(compiled(scores, labels, maps, 0, scores.shape[2]))
    with (
        thread_pool(workers) as threads,
        closing(completed(threads, compiled, _parts(scores, labels, maps, workers), workers)) as done,
    ):
        return all(finite for _, finite in done)


def _parts(
    scores: Scores, labels: NDArray[np.int64], maps: Scores, workers: int
) -> Iterator[tuple[Scores, NDArray[np.int64], Scores, int, int]]:
    """Yield what calls of a kernel take: some inputs each, or one input and some of its pixels."""
    batch, _, pixels = scores.shape
    pieces = -(-4 * workers // batch)  # of an input; a thread that is held up leaves its share to the others
    step = max(_CHUNK, -(-pixels // (pieces * _CHUNK)) * _CHUNK)
    inputs = max(1, batch // (4 * workers))
    for first in range(0, batch, inputs):
        part = slice(first, first + inputs)
        for start in range(0, pixels, step):
            yield scores[part], labels[part], maps[part], start, min(start + step, pixels)


@kernel
def _keep(scores: Scores, labels: NDArray[np.int64], maps: Scores, first: int, last: int) -> bool:
    """Fill pixels first to last of ``maps`` (batch, pixels) from ``scores`` (batch, labels, pixels).

    The extremes run over the chosen label too: it is at least its own score, so the rule is the same.
    """
    highest = np.empty(_CHUNK, dtype=scores.dtype)
    lowest = np.empty(_CHUNK, dtype=scores.dtype)
    spoiled = np.zeros(_CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(first, last, _CHUNK):
            stop = min(start + _CHUNK, last)
            find_extremes(scores[b], start, stop, highest, lowest, spoiled)
            keep_won(scores[b, labels[b], start:stop], highest, lowest, maps[b, start:stop])
    return bool(np.all(spoiled == 0))


@kernel
def _keep_all(scores: Scores, labels: NDArray[np.int64], maps: Scores, first: int, last: int) -> bool:
    """Fill pixels first to last of ``maps`` from ``scores``, both (batch, labels, pixels), each label the chosen one in turn."""
    highest = np.empty(_CHUNK, dtype=scores.dtype)
    lowest = np.empty(_CHUNK, dtype=scores.dtype)
    spoiled = np.zeros(_CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(first, last, _CHUNK):
            stop = min(start + _CHUNK, last)
            find_extremes(scores[b], start, stop, highest, lowest, spoiled)
            for label in range(scores.shape[1]):
                keep_won(scores[b, label, start:stop], highest, lowest, maps[b, label, start:stop])
    return bool(np.all(spoiled == 0))


@kernel
def _extremes(scores: Scores, highest: Scores, lowest: Scores) -> bool:
    """Fill the extremes over labels, both (batch, pixels), of ``scores`` (batch, labels, pixels)."""
    spoiled = np.zeros(_CHUNK, dtype=scores.dtype)
    for b in range(scores.shape[0]):
        for start in range(0, scores.shape[2], _CHUNK):
            stop = min(start + _CHUNK, scores.shape[2])
            find_extremes(scores[b], start, stop, highest[b, start:stop], lowest[b, start:stop], spoiled)
    return bool(np.all(spoiled == 0))


@kernel
def find_extremes(
    scores: Scores,
    start: int,
    stop: int,
    highest: Scores,
    lowest: Scores,
    spoiled: Scores,
) -> None:
    """Find the extremes over labels of ``scores`` (labels, pixels) on pixels start to stop; spoil what is not finite."""
    zero = scores.dtype.type(0)
    highest[:] = -np.inf
    lowest[:] = np.inf
    n_labels = scores.shape[0]
    # Four labels a turn: the extremes so far are read and written a quarter as often.
    for label in range(0, n_labels - 3, 4):
        first, second = scores[label, start:stop], scores[label + 1, start:stop]
        third, fourth = scores[label + 2, start:stop], scores[label + 3, start:stop]
        for i in range(stop - start):
            top = max(first[i], second[i], third[i], fourth[i])
            bottom = min(first[i], second[i], third[i], fourth[i])
            highest[i] = max(highest[i], top)
            lowest[i] = min(lowest[i], bottom)
            # 0 times a score that is not finite spoils its pixel for good.
            spoiled[i] += (zero * first[i] + zero * second[i]) + (zero * third[i] + zero * fourth[i])
    for label in range(n_labels - n_labels % 4, n_labels):
        row = scores[label, start:stop]
        for i in range(stop - start):
            highest[i] = max(highest[i], row[i])
            lowest[i] = min(lowest[i], row[i])
            spoiled[i] += zero * row[i]


@kernel
def keep_won(own: Scores, highest: Scores, lowest: Scores, target: Scores) -> None:
    """Write a label's scores where it wins, 0 elsewhere."""
    zero = target.dtype.type(0)
    for i in range(own.shape[0]):
        target[i] = own[i] if wins(own[i], highest[i], lowest[i]) else zero
