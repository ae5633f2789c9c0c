"""The tasks of a check, one for each network: run here, by threads or by an executor, and stored as they are finished."""

import pickle
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from typing import Any, NamedTuple

from cgi_theory._arguments import word
from cgi_theory._arrays import Int1D
from cgi_theory._executors import completed, thread_pool
from cgi_theory.sanity.arguments import Explain, Randomiser
from cgi_theory.sanity.comparison import Alike, Before
from cgi_theory.sweep.store import Entry, Store, StoreError

Progress = Callable[[int, int], None]


class Work(NamedTuple):
    """What every task is given."""

    methods: dict[str, Explain]
    x: Any
    labels: Int1D
    before: Before


class Randomised(NamedTuple):
    """A network that its task makes, and what an error calls it."""

    name: str
    net: Any
    randomiser: Randomiser
    layers: tuple[str, ...]
    seed: int

    def made(self) -> Any:
        """Return the network."""
        return self.randomiser(self.net, self.layers, self.seed)


class Retrained(NamedTuple):
    """A network that was given, and what an error calls it."""

    name: str
    net: Any

    def made(self) -> Any:
        """Return the network."""
        return self.net


Task = Randomised | Retrained


class Running(NamedTuple):
    """How tasks are run."""

    executor: Executor | None
    workers: int
    progress: Progress | None


def maps_of(methods: Mapping[str, Explain], net: Any, x: Any, labels: Int1D, *, origin: str = "") -> dict[str, Any]:
    """Return what methods make of a network; ``origin`` is what an error says before the method's name.

    Raises
    ------
    RuntimeError
        If a method raises anything, which is the error's cause.
    TypeError
        If it returns nothing.
    """
    found = {}
    for name, explain in methods.items():
        try:
            found[name] = explain(net, x, labels)
        except MemoryError:
            raise
        except Exception as error:
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise RuntimeError(f"{origin}{word(name)}, called as method(net, x, labels), raised {said}") from error
        if found[name] is None:
            raise TypeError(f"{origin}maps of {word(name)} must be an array, and the method returned None")
    return found


def all_alike(work: Work, tasks: Sequence[Task], store: Store | None, running: Running) -> list[Alike]:
    """Return the similarities of every task's network, in their order; those that are stored are not made again."""
    found: dict[int, Alike] = {}
    for number, task in enumerate(tasks):
        if store is not None and not store.gaps(number, 1):
            found[number] = stored(store, number, work.before.shape(masked=isinstance(task, Retrained)))
    report = running.progress or (lambda done, total: None)
    report(len(found), len(tasks))
    calls = ((work, number, task) for number, task in enumerate(tasks) if number not in found)
    with closing(_finished(calls, running)) as finished:
        for (_, number, _), alike in finished:
            keep(store, number, alike)
            found[number] = alike
            report(len(found), len(tasks))
    return [found[number] for number in range(len(tasks))]


def keep(store: Store | None, place: int, alike: Alike) -> None:
    """Commit what a network gave."""
    if store is not None:
        store.add([Entry(place, 0, 1, alike.to_bytes())])


def stored(store: Store, place: int, shape: tuple[int, int, int]) -> Alike:
    """Return what a network gave, hostile until parsed."""
    (entry,) = store.entries(place, 1)
    try:
        return Alike.from_bytes(entry.content, shape)
    except ValueError as error:
        raise StoreError(f"{store.path} is damaged: delete it ({error})") from None


def _done(work: Work, number: int, task: Task) -> Alike:
    """Do a task."""
    maps = maps_of(work.methods, task.made(), work.x, work.labels, origin=f"{task.name}: ")
    return work.before.alike(work.before.checked(maps, task.name), number + 1, masked=isinstance(task, Retrained))


_Call = tuple[Work, int, Task]


def _finished(calls: Iterable[_Call], running: Running) -> Generator[tuple[_Call, Alike], None, None]:
    if running.executor is None and running.workers == 1:
        for call in calls:
            yield call, _done(*call)
        return
    with thread_pool(running.workers) if running.executor is None else nullcontext(running.executor) as executor:
        try:
            yield from completed(executor, _done, calls, running.workers)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            if "pickle" not in str(error):
                raise
            raise TypeError(
                f"executor must have threads, as methods or networks cannot be sent to a process ({error})"
            ) from error
