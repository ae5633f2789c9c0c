"""The work of a sweep: batches of samples, bundled into tasks that take long enough to be worth sending anywhere."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cgi_theory._arrays import Float2D
from cgi_theory.model import CompetitionModel
from cgi_theory.sampling.samples import Estimator, coordinates_drawn, draw_samples
from cgi_theory.tables.rows import exact_columns

# Coordinates of labels that a task draws: some 50 milliseconds' worth.
_TASK_COORDINATES = 2**24


class Batch(NamedTuple):
    """Samples ``start`` to ``stop`` − 1 of a point."""

    point: int
    """Its number in the sweep."""
    model: CompetitionModel
    estimator: Estimator
    seed: int
    """The point's own."""
    start: int
    stop: int


class Outcome(NamedTuple):
    """What became of a batch."""

    batch: Batch
    samples: Float2D | None
    error: str | None
    """Why there are no samples."""


Task = tuple[Batch, ...]


def run_task(task: Task) -> list[Outcome]:
    """Draw every batch of a task: what an executor carries, a function of its argument alone."""
    return [_run(batch) for batch in task]


def _run(batch: Batch) -> Outcome:
    try:
        samples = draw_samples(batch.model, batch.seed, batch.estimator, batch.start, batch.stop)
    except Exception as error:  # whatever it is, the other points go on and it is reported with the point
        return Outcome(batch, None, f"{type(error).__name__}: {error}")
    return Outcome(batch, samples, None)


def exact_answers(points: tuple[tuple[int, CompetitionModel], ...]) -> list[tuple[int, dict[str, float] | str]]:
    """Return each point's number and exact columns, or why it has none: carried by an executor as ``run_task`` is."""
    return [(point, _exact(model)) for point, model in points]


def _exact(model: CompetitionModel) -> dict[str, float] | str:
    try:
        return exact_columns(model)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def split(batch: Batch) -> Iterator[Batch]:
    """Cut a batch into parts that fit into a task."""
    size = max(1, _TASK_COORDINATES // coordinates_drawn(batch.model, batch.estimator))
    for start in range(batch.start, batch.stop, size):
        yield batch._replace(start=start, stop=min(start + size, batch.stop))


def bundle(batches: Iterable[Batch]) -> Iterator[Task]:
    """Gather small batches into tasks."""
    task: list[Batch] = []
    drawn = 0
    for batch in batches:
        task.append(batch)
        drawn += coordinates_drawn(batch.model, batch.estimator) * (batch.stop - batch.start)
        if drawn >= _TASK_COORDINATES // 2:
            yield tuple(task)
            task, drawn = [], 0
    if task:
        yield tuple(task)
