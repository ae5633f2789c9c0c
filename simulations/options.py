"""What ``python -m simulations`` and ``python -m figures`` share: their options, what they refuse, and how they give up."""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cgi_theory._arguments import shown
from cgi_theory._files import in_words
from cgi_theory._interrupts import advise_to_repeat
from cgi_theory._options import FAILED, REFUSED, SEED, stop
from cgi_theory.sweep.store import StoreError
from cgi_theory.tables.files import RefusedTableError
from simulations.lab import nets
from simulations.runner import Runner

Listed = Annotated[bool, typer.Option("--list", help="List the names and stop.")]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer points and samples, in a folder quick of their own.")]
Seed = Annotated[int, typer.Option(**SEED)]
Out = Annotated[Path | None, typer.Option(help="Folder of the results.", file_okay=False)]
Mnist = Annotated[Path | None, typer.Option(help="Folder of MNIST's four files, instead of the embedded digits.")]


def chosen_names(names: Iterable[str], known: Collection[str], kind: str) -> list[str]:
    """Return the names without repetitions, or end the command at one that is not known, as a ``kind`` of thing."""
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in known:
            stop(f"no {kind} {shown(name)}; there are: {', '.join(known)}", REFUSED)
    return chosen


@contextmanager
def running(names: Iterable[str], *, quick: bool, seed: int, out: Path | None, mnist: Path | None) -> Iterator[Runner]:
    """Yield a runner for the tables of these experiments; or end the command with one line, before anything is simulated."""
    with Runner(out, quick=quick, seed=seed, mnist=mnist) as runner:
        if mnist is not None:
            try:
                nets.source(runner.home)
            except (OSError, ValueError) as error:
                stop(f"cannot use --mnist: {_words(error)}", REFUSED)
        for name in names:
            with giving_up("make", name):
                runner.expect([name])
        advise_to_repeat()
        yield runner


@contextmanager
def giving_up(verb: str, name: str) -> Iterator[None]:
    """End the command with one line where it cannot ``verb`` the thing of this name, or cannot write it."""
    try:
        yield
    except (OSError, ImportError, BrokenExecutor, StoreError) as error:
        code = REFUSED if isinstance(error, RefusedTableError) else FAILED
        stop(f"cannot {'write' if isinstance(error, OSError) else verb} {name}: {_words(error)}", code)


def _words(error: Exception) -> str:
    return in_words(error) if isinstance(error, OSError) else str(error)
