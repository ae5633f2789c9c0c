"""Runs a sweep: what its store lacks is drawn by an executor, committed batch by batch, and made into a table.

The table depends on the sweep alone: sample i of a point is the same whoever draws it, and whenever.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, nullcontext
from itertools import chain
from pathlib import Path

import pandas as pd

import cgi_theory
from cgi_theory._arguments import file_path, flag, function, instance, whole_number
from cgi_theory._executors import Arguments, ProcessPool, Result, available_processors, completed
from cgi_theory._files import in_words
from cgi_theory.sampling.columns import NAMES
from cgi_theory.sampling.samples import compile_kernels
from cgi_theory.sweep.batches import Outcome, bundle, exact_answers, run_task
from cgi_theory.sweep.command import sweep_command
from cgi_theory.sweep.progress import Progress, forget, noted
from cgi_theory.sweep.samples import SAMPLE_BYTES, entry_of
from cgi_theory.sweep.schedule import Schedule, sources
from cgi_theory.sweep.specification import Sweep
from cgi_theory.sweep.store import Entry, Store
from cgi_theory.tables.files import SWEEP, require_place, write_table
from cgi_theory.tables.rows import estimate_row

# Exact answers take up to some 10 milliseconds a point.
_POINTS_IN_A_TASK = 50
_TASKS_DONE_HERE = 2


class ExecutorError(Exception):
    """An executor that lost a task: a worker was killed, or a cluster went away."""


def run(
    sweep: Sweep,
    out: str | Path,
    *,
    executor: Executor | None = None,
    n_workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Run a sweep, or what is left of it, and write its table.

    Parameters
    ----------
    sweep : Sweep
    out : path
        The table, ``NAME.csv``; what lies there already must be a sweep's table. Beside it lie its sidecar ``NAME.json`` and the
        store of finished samples, ``NAME.sqlite``.
    executor : concurrent.futures.Executor, optional
        Carries the tasks; by default a pool of processes of its own, from a script, a notebook or standard input alike: they
        import this package, not the caller. An executor is not shut down, and changes no bit of the table.
    n_workers : int, optional
        Processes of the pool, or how many tasks ``executor`` runs at a time; by default the processors this process may use.
    force : bool
        Discard what is stored for another sweep under this name, or damaged, and replace files that are no table of ours. A
        store's file is never discarded if it is none of ours.
    progress : callable, optional
        Called with the numbers of samples that are stored, and that are wanted as far as is known, such as a ``progress_bar``.

    Returns
    -------
    SweepFrame
        The table as :func:`~cgi_theory.sweep.load` gives it, one row for each point. ``attrs["sidecar"]["failed"]`` lists the
        points that are not in it, each with its fields and the error.

    Raises
    ------
    StoreError
        If the store is refused, or cannot be written.
    ExecutorError
        If the executor lost a task. What was finished is stored in both cases, and the next run goes on from there.
    RefusedTableError
        If something else lies where the table is to be, or it cannot be written there; before anything is drawn.
    OSError
        If the table cannot be written after all.
    TypeError, ValueError
        If an argument is off.
    """
    instance("sweep", sweep, Sweep, "a Sweep")
    out, force = file_path("out", out), flag("force", force)
    if out.suffix != ".csv":
        raise ValueError(f"out must end in .csv, not {str(out)!r}")
    if executor is not None:
        instance("executor", executor, Executor, "a concurrent.futures.Executor")
    if progress is not None:
        function("progress", progress)
    workers = available_processors() if n_workers is None else whole_number("n_workers", n_workers, 1, 4096)
    grid = sweep.grid() | {"version": cgi_theory.__version__, "sources": sources()}
    require_place(out, SWEEP, force=force)
    with Store(out.with_suffix(".sqlite"), grid | {"columns": NAMES}, sample_bytes=SAMPLE_BYTES, force=force) as store:
        schedule = Schedule(sweep, store)
        compile_kernels(sweep.points, sweep.estimator)  # once here: workers find them in the cache
        with ProcessPool(workers) if executor is None else nullcontext(executor) as runner:
            _draw(schedule, runner, 2 * workers, noted(out, progress))
            answers = _answers(schedule, runner, 2 * workers)
        rows = [estimate_row(schedule.estimate(point), columns) for point, columns in answers.items()]
        failed = [schedule.fields(point) | {"error": error} for point, error in sorted(schedule.failed.items())]
        command = sweep_command(sweep, out)
        frame = write_table(out, rows, grid | sweep.sampling(), module=__name__, command=command, failed=failed)
        forget(out)
        return frame


def _draw(schedule: Schedule, executor: Executor, in_flight: int, report: Progress) -> None:
    """Draw what is missing and commit it, until nothing is."""
    while gaps := schedule.gaps():
        wanted = sum(schedule.goals)
        stored = wanted - sum(stop - start for _, start, stop in gaps)
        report(stored, wanted)
        tasks = ((task,) for task in bundle(schedule.batches(gaps)))
        for _, outcomes in _finished(executor, run_task, tasks, in_flight):
            stored += _commit(schedule, outcomes)
            report(stored, wanted)


def _answers(schedule: Schedule, executor: Executor, in_flight: int) -> dict[int, dict[str, float]]:
    """Return the exact columns of the points that were drawn, computed here if they are few; give up those that have none."""
    points = [(point, model) for point, model in enumerate(schedule.sweep.points) if point not in schedule.failed]
    tasks = [tuple(points[i : i + _POINTS_IN_A_TASK]) for i in range(0, len(points), _POINTS_IN_A_TASK)]
    parts: Iterable[list[tuple[int, dict[str, float] | str]]] = map(exact_answers, tasks)
    if len(tasks) > _TASKS_DONE_HERE:
        parts = (answers for _, answers in _finished(executor, exact_answers, ((task,) for task in tasks), in_flight))
    found: dict[int, dict[str, float]] = {}
    for point, columns in chain.from_iterable(parts):
        if isinstance(columns, str):
            schedule.fail(point, columns)
        else:
            found[point] = columns
    return dict(sorted(found.items()))


def _finished(
    executor: Executor, function: Callable[..., Result], calls: Iterable[Arguments], in_flight: int
) -> Iterator[tuple[Arguments, Result]]:
    """Yield (arguments, result) of every call as it finishes."""
    with closing(completed(executor, function, calls, in_flight)) as finished:
        while True:
            try:
                done = next(finished)
            except StopIteration:
                return
            except Exception as error:
                words = in_words(error) if isinstance(error, OSError) else str(error)
                if isinstance(error, BrokenProcessPool):
                    words += "; its processes import the calling program, which must begin its work under a main guard"
                raise ExecutorError(f"the executor lost a task ({type(error).__name__}: {words})") from error
            yield done


def _commit(schedule: Schedule, outcomes: list[Outcome]) -> int:
    """Store a task's samples, give up the points that failed, and return the number of samples dealt with."""
    entries: list[Entry] = []
    drawn = 0
    for batch, samples, error in outcomes:
        drawn += batch.stop - batch.start
        if samples is None:
            schedule.fail(batch.point, error or "")
        else:
            entries.append(entry_of(batch.point, batch.start, batch.stop, samples))
    schedule.store.add(entries)
    return drawn
