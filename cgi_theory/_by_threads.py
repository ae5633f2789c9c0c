"""Large arrays of scores, shared among threads.

A pixel's competition knows nothing of other pixels: threads take some inputs of a batch each, or some pixels of one input, and
the bits of the maps do not depend on how many threads there are.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
from numpy.typing import NDArray

from cgi_theory._arguments import whole_number
from cgi_theory._executors import available_processors, completed, thread_pool

Scores = NDArray[np.floating]
Kernel = Callable[[Scores, NDArray[np.int64], Scores, int, int], bool]

# Pixels that compete at a time: their extremes stay in the second-level cache.
CHUNK = 16384
# Of fewer scores two threads are no faster than one: a pool takes a millisecond or two (measured).
_WORTH_THREADS = 2**25


def by_threads(compiled: Kernel, scores: Scores, labels: NDArray[np.int64], maps: Scores, n_workers: int | None) -> bool:
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
    step = max(CHUNK, -(-pixels // (pieces * CHUNK)) * CHUNK)
    inputs = max(1, batch // (4 * workers))
    for first in range(0, batch, inputs):
        part = slice(first, first + inputs)
        for start in range(0, pixels, step):
            yield scores[part], labels[part], maps[part], start, min(start + step, pixels)
