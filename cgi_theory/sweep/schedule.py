"""What a sweep still has to draw.

How many samples a point gets depends on nothing but its samples. With a target standard error they are looked at after 100
samples, and after every quarter more, until those of c₁ and c₂ are small enough; so an interrupted sweep, or one whose target was
lowered, ends where an uninterrupted one does.
"""

from collections.abc import Iterator
from typing import Any

from cgi_theory._sources import source_digest
from cgi_theory.sampling.estimate import Estimate, estimate_of
from cgi_theory.sweep.batches import Batch, split
from cgi_theory.sweep.samples import samples_in
from cgi_theory.sweep.specification import Sweep
from cgi_theory.sweep.store import Store
from cgi_theory.tables.rows import point_seed

_FIRST_LOOK = 100


def sources() -> str:
    """Return the digest of what decides which sample is whose, and what it is: samples of other sources are another sweep's."""
    return source_digest(__name__)


class Schedule:
    """The points of a sweep, the number of samples that each is to have, and those that failed.

    Attributes
    ----------
    goals : list of int
        Samples that each point is to have, as far as is known.
    failed : dict of int to str
        Points that could not be drawn, and why.
    """

    def __init__(self, sweep: Sweep, store: Store) -> None:
        self.sweep, self.store = sweep, store
        self.seeds = [point_seed(sweep.seed, model, sweep.estimator) for model in sweep.points]
        first = sweep.n_samples if sweep.target_stderr is None else min(_FIRST_LOOK, sweep.max_samples)
        self.goals = [first] * len(sweep.points)
        self.failed: dict[int, str] = {}
        self._unfinished = list(range(len(sweep.points)))

    def gaps(self) -> list[tuple[int, int, int]]:
        """Return what must be drawn before more can be said, as (point, start, stop); empty when the sweep is done."""
        while self._unfinished:
            points = self._unfinished
            gaps = [(point, *gap) for point in points for gap in self.store.gaps(point, self.goals[point])]
            if gaps:
                return gaps
            self._unfinished = [point for point in points if point not in self.failed and self._raise_goal(point)]
        return []

    def batches(self, gaps: list[tuple[int, int, int]]) -> Iterator[Batch]:
        """Cut gaps into batches of samples."""
        for point, start, stop in gaps:
            yield from split(Batch(point, self.sweep.points[point], self.sweep.estimator, self.seeds[point], start, stop))

    def estimate(self, point: int) -> Estimate:
        """Return what a point's samples say."""
        samples = samples_in(self.store, point, self.goals[point])
        return estimate_of(samples, self.sweep.points[point], self.seeds[point], self.sweep.estimator)

    def fail(self, point: int, error: str) -> None:
        """Give a point up."""
        self.failed.setdefault(point, error)
        if point in self._unfinished:
            self._unfinished.remove(point)

    def fields(self, point: int) -> dict[str, Any]:
        """Return the values that a point has on the axes."""
        return {name: getattr(self.sweep.points[point], name) for name in self.sweep.axes}

    def _raise_goal(self, point: int) -> bool:
        """Have a point drawn further if its standard errors are above the target; False if it is done."""
        target, goal = self.sweep.target_stderr, self.goals[point]
        if target is None or goal >= self.sweep.max_samples:
            return False
        estimate = self.estimate(point)
        if not (estimate.c1.stderr > target or estimate.c2.stderr > target):
            return False
        self.goals[point] = min((5 * goal + 3) // 4, self.sweep.max_samples)
        return True
