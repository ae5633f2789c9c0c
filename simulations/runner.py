"""Runs experiments: their tables, made by one pool of processes and kept as they are made.

A table is current if it was made with the same parameters, seed and version by the same code, and is whole. Else its tasks are
run: what each returns is stored at once in ``NAME.tasks`` beside the table, so that a run that was interrupted or killed goes on
from there; when the table is written the store is deleted.
"""

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

import cgi_theory
from cgi_theory._console import ProgressBar
from cgi_theory._executors import ProcessPool, available_processors, completed
from cgi_theory._files import require_replaceable
from cgi_theory._sources import source_digest
from cgi_theory.sweep.store import Entry, Store, StoreError
from cgi_theory.tables.files import current, require_place, write_table
from simulations.experiment import MLPS, Home, Made, Parameters, Row, Setting, Task
from simulations.lab import nets, photographed
from simulations.places import RESULTS, results_folder
from simulations.registry import experiment_of, module_of, read_by


class Runner:
    """Makes tables, and the networks that they need, with one pool of processes for all.

    Parameters
    ----------
    out : Path, optional
        The folder of the results; ``results`` without one.
    quick : bool
        Whether tables are to be the quick ones.
    seed : int
    mnist : Path, optional
        A folder with MNIST's four files, instead of the embedded digits.
    architecture : {"mlp", "alexnet", "vgg"}
        Of the networks, or one of "vgg16" and "vgg19"; experiments must know it.
    weights, images : Path, optional
        For those two, a file of weights and a folder of photographs.
    executor : concurrent.futures.Executor, optional
        Runs the tasks, instead of processes of the runner's own. It is not shut down, and changes no table.
    """

    def __init__(
        self,
        out: Path | None = None,
        *,
        quick: bool = False,
        seed: int = 0,
        mnist: Path | None = None,
        architecture: str = MLPS,
        weights: Path | None = None,
        images: Path | None = None,
        executor: Executor | None = None,
    ) -> None:
        self.folder = results_folder(out, quick, architecture)
        self.quick, self.seed, self.architecture = quick, seed, architecture
        self.home = Home(mnist, (out or RESULTS) / "networks", weights, images)
        self._out, self._workers = out, available_processors()
        self.executor, self._is_own = executor or ProcessPool(self._workers), executor is None
        self._expected: tuple[str, ...] = ()
        self._compiled = {""}

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._is_own:
            self.executor.shutdown()

    def expect(self, names: Iterable[str]) -> None:
        """Make sure, before anything is simulated, that the tables of these experiments can be written.

        The networks of all of them are trained together when the first is needed.

        Raises
        ------
        RefusedTableError
            If something else lies where one is to be.
        OSError
            If a folder cannot be made or written.
        """
        known = self._expected
        asked = (other for name in names for other in (*read_by(name, self.architecture), name))
        self._expected = tuple(dict.fromkeys((*known, *asked)))
        for name in self._expected[len(known) :]:
            path = self.path_of(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            require_place(path, _kind(name))
            if "networks" in experiment_of(name).parameters_for(self.quick, self.architecture):
                self.home.networks.mkdir(parents=True, exist_ok=True)
                require_replaceable(self.home.networks / "network.npz")

    def path_of(self, name: str) -> Path:
        """Return where an experiment's table lies."""
        return self.folder / "tables" / f"{name}.csv"

    def setting_of(self, name: str) -> Setting:
        """Return what an experiment's tasks are given."""
        return Setting(json.dumps(self.parameters_of(name)), self.seed, self.home)

    def parameters_of(self, name: str) -> Parameters:
        """Return all that an experiment's table depends on beside the seed, the digits included."""
        parameters = experiment_of(name).parameters_for(self.quick, self.architecture)
        if "networks" in parameters:
            return parameters | nets.source(self.home)
        return parameters | photographed.source(self.home) if "photographs" in parameters else parameters

    def table(self, name: str, *, anew: bool = False) -> pd.DataFrame:
        """Return an experiment's table, made anew if it is not current, or if asked for.

        Raises
        ------
        RefusedTableError
            If something else lies where it is to be; before anything is simulated.
        StoreError
            If what is finished cannot be kept, or another process is making this table.
        BrokenExecutor
            If a process was lost. What was finished is kept.
        OSError
            If a file cannot be written.
        """
        if name not in self._expected:
            self.expect([name])
        tables = {other: self.table(other) for other in read_by(name, self.architecture)}
        path, made_with = self.path_of(name), self._made_with(name, tables)
        if not anew and (table := current(path, made_with)) is not None:
            _discard_left(path, made_with)
            return table
        require_place(path, _kind(name))
        for read in tables.values():
            read.attrs.clear()  # pandas copies them with every part of a table that is taken
        with Store(path.with_suffix(".tasks"), made_with, force=True) as store:
            made = Made(made_with["parameters"], self._results(name, made_with, store), tables)
            rows = experiment_of(name).rows(made)
            table = write_table(path, rows, made_with, module=module_of(name), command=self.command(name))
            store.delete()
        return table

    def command(self, name: str) -> str:
        """Return the command line that makes a table, whatever made it."""
        words = ["python", "-m", "simulations", name, *(["--quick"] if self.quick else []), "--seed", str(self.seed)]
        words += [] if self._out in (None, RESULTS) else ["--out", str(self._out)]
        words += [] if self.home.mnist is None else ["--mnist", str(self.home.mnist)]
        words += [] if self.architecture == MLPS else ["--network", self.architecture]
        given = {"--weights": self.home.weights, "--images": self.home.images}
        return shlex.join(words + [word for option, path in given.items() if path for word in (option, str(path))])

    def _made_with(self, name: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
        read = {other: table.attrs["sidecar"]["sha256"] for other, table in tables.items()}
        return {
            "experiment": name,
            "parameters": self.parameters_of(name),
            "seed": self.seed,
            "version": cgi_theory.__version__,
            "sources": source_digest(module_of(name)),
            **({"tables": read} if read else {}),
        }

    def _results(self, name: str, made_with: Mapping[str, Any], store: Store) -> list[list[Row]]:
        """Return the rows of every task; those that are not stored are run, the last and mostly largest first."""
        parameters = made_with["parameters"]
        tasks = experiment_of(name).tasks(parameters)
        missing = [number for number in range(len(tasks)) if store.gaps(number, 1)]
        if missing and "networks" in parameters:
            self._train()
        setting = self.setting_of(name)
        ahead, rest = self._in_turn(tasks, missing)
        done = len(tasks) - len(missing)
        for title, part in ((f"compiling kernels for {name}, or loading them", ahead), (f"simulating {name}", rest)):
            if not part:
                continue
            calls = ((number, tasks[number], setting) for number in reversed(part))
            with (
                ProgressBar(title, "tasks", done + len(part)) as bar,
                closing(completed(self.executor, _run, calls, 2 * self._workers)) as finished,
            ):
                bar.advance(done)
                for (number, *_), rows in finished:
                    store.add([Entry(number, 0, 1, rows.encode())])
                    bar.advance(1)
            done += len(part)
        return [_rows_of(store, number) for number in range(len(tasks))]

    def _in_turn(self, tasks: Sequence[Task], missing: list[int]) -> tuple[list[int], list[int]]:
        """Return the tasks that compile what others need, and those others: two processes would compile the same at once."""
        first: dict[str, int] = {}
        for number in missing:
            first.setdefault(tasks[number].kernels, number)
        ahead = [number for kernels, number in first.items() if kernels not in self._compiled]
        self._compiled |= set(first)
        return ahead, [number for number in missing if number not in ahead]

    def _train(self) -> None:
        """Train the networks of all the experiments that are expected, once each.

        They are saved here: a process of the pool may be killed at any moment, and would leave half a file.
        """
        found = {}
        for name in self._expected:
            for about, number in nets.wanted(experiment_of(name).parameters_for(self.quick, self.architecture)):
                found[json.dumps([{**about, "count": None}, number])] = about, number
        longest = sorted(found.values(), key=lambda network: -network[0]["training"]["epochs"])
        calls = ((self.home, about, self.seed, number) for about, number in longest)
        with (
            ProgressBar("training networks", "networks", len(longest)) as bar,
            closing(completed(self.executor, nets.newly_trained, calls, 2 * self._workers)) as finished,
        ):
            for _, made in finished:
                if made is not None:
                    path, net = made
                    net.save(path)
                bar.advance(1)


def _run(number: int, task: Task, setting: Setting) -> str:
    """Return a task's rows as JSON: what an executor carries."""
    return json.dumps(task.work(setting, *task.place))


def _rows_of(store: Store, number: int) -> list[Row]:
    """Return a task's rows from the store, hostile until parsed."""
    (entry,) = store.entries(number, 1)
    try:
        rows = json.loads(entry.content)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StoreError(f"{store.path} is damaged: delete it") from None
    return rows


def _discard_left(path: Path, made_with: Mapping[str, Any]) -> None:
    """Delete the store that a process left which was killed between writing the table and deleting it."""
    left = path.with_suffix(".tasks")
    if left.exists():
        with suppress(StoreError), Store(left, made_with, force=True) as store:
            store.delete()


def _kind(name: str) -> str:
    return f"the experiment {name}"
