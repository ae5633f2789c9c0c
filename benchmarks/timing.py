"""Timing in pairs: absolute times mean nothing on a shared machine, ratios of neighbours do."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Ratios:
    """Ratios of paired rounds."""

    median: float
    lowest: float
    highest: float


def seconds(work: Work) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired_ratios(slow: Work, fast: Work, rounds: int) -> Ratios:
    """Ratios time(slow) / time(fast) of calls made in turn, after one of each to warm up."""
    slow()
    fast()
    ratios = [seconds(slow) / seconds(fast) for _ in range(rounds)]
    return Ratios(statistics.median(ratios), min(ratios), max(ratios))


def times(work: Work, rounds: int) -> Ratios:
    """Times of single calls, after one to warm up."""
    work()
    measured = [seconds(work) for _ in range(rounds)]
    return Ratios(statistics.median(measured), min(measured), max(measured))
