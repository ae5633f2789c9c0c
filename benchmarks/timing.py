"""Timing in pairs: absolute times mean nothing on a shared machine, ratios of neighbours do."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Spread:
    """Ratios or times of several rounds, summed up."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Sum up."""
        return cls(statistics.median(values), min(values), max(values))

    def scaled(self, factor: float) -> "Spread":
        """In another unit."""
        return Spread(factor * self.median, factor * self.lowest, factor * self.highest)


def seconds(work: Work) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired_ratios(slow: Work, fast: Work, rounds: int) -> Spread:
    """Ratios time(slow) / time(fast) of calls made in turn, after one of each to warm up."""
    slow()
    fast()
    return Spread.of([seconds(slow) / seconds(fast) for _ in range(rounds)])


def times(work: Work, rounds: int) -> Spread:
    """Times of single calls, after one to warm up."""
    work()
    return Spread.of([seconds(work) for _ in range(rounds)])
