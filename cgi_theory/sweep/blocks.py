"""The work of a sweep: blocks of samples, bundled into tasks that take long enough to be worth sending anywhere."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cgi_theory.model import CompetitionModel
from cgi_theory.sampling.answer import Estimator
from cgi_theory.sampling.estimate import coordinates_drawn, draw_samples, refuse_degenerate
from cgi_theory.tables.rows import exact_columns

Array = NDArray[np.float64]

# Coordinates of labels that a task draws: some 50 milliseconds' worth.
_TASK_COORDINATES = 2**24


class Block(NamedTuple):
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
    """What became of a block."""

    block: Block
    results: Array | None
    error: str | None
    """Why there are no results."""


Task = tuple[Block, ...]


def run_task(task: Task) -> list[Outcome]:
    """Draw every block of a task: what an executor carries, a function of its argument alone."""
    return [_run_block(block) for block in task]


def _run_block(block: Block) -> Outcome:
    try:
        results = draw_samples(block.model, block.seed, block.estimator, block.start, block.stop)
        refuse_degenerate(results, block.start, block.model)
    except Exception as error:  # whatever it is, the other points go on and it is reported with the point
        return Outcome(block, None, f"{type(error).__name__}: {error}")
    return Outcome(block, results, None)


def exact_answers(points: tuple[tuple[int, CompetitionModel], ...]) -> list[tuple[int, dict[str, float] | str]]:
    """Return each point's number and exact columns, or why it has none: carried by an executor as ``run_task`` is."""
    return [(point, _exact(model)) for point, model in points]


def _exact(model: CompetitionModel) -> dict[str, float] | str:
    try:
        return exact_columns(model)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def split(block: Block) -> Iterator[Block]:
    """Cut a block into parts that fit into a task."""
    size = max(1, _TASK_COORDINATES // coordinates_drawn(block.model, block.estimator))
    for start in range(block.start, block.stop, size):
        yield block._replace(start=start, stop=min(start + size, block.stop))


def bundle(blocks: Iterable[Block]) -> Iterator[Task]:
    """Gather small blocks into tasks."""
    task: list[Block] = []
    drawn = 0
    for block in blocks:
        task.append(block)
        drawn += coordinates_drawn(block.model, block.estimator) * (block.stop - block.start)
        if drawn >= _TASK_COORDINATES // 2:
            yield tuple(task)
            task, drawn = [], 0
    if task:
        yield tuple(task)
