"""What ``python -m simulations`` and ``python -m figures`` share: their options, what they refuse, and how they give up."""

import importlib.util
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
from simulations.experiment import ARCHITECTURES, MLPS, OF_WEIGHTS
from simulations.lab import nets, photographed
from simulations.registry import EXPERIMENTS, experiment_of
from simulations.runner import Runner

Listed = Annotated[bool, typer.Option("--list", help="List the names and stop.")]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer points and samples, in a folder quick of their own.")]
Seed = Annotated[int, typer.Option(**SEED)]
Out = Annotated[Path | None, typer.Option(help="Folder of the results.", file_okay=False)]
Mnist = Annotated[Path | None, typer.Option(help="Folder of MNIST's four files, instead of the embedded digits.")]

_NETWORKS = f"{', '.join(ARCHITECTURES)}: which networks learn digits; all but the first need PyTorch."
Network = Annotated[str, typer.Option(help=_NETWORKS)]
_OF = f"for --network {' or '.join(OF_WEIGHTS)}."
Weights = Annotated[Path | None, typer.Option(help=f"File of weights in torchvision's layout, {_OF}", dir_okay=False)]
Images = Annotated[Path | None, typer.Option(help=f"Folder of photographs, {_OF}", file_okay=False)]


def chosen_names(names: Iterable[str], known: Collection[str], kind: str) -> list[str]:
    """Return the names without repetitions, or end the command at one that is not known, as a ``kind`` of thing."""
    chosen = list(dict.fromkeys(names))
    for name in chosen:
        if name not in known:
            stop(f"no {kind} {shown(name)}; there are: {', '.join(known)}", REFUSED)
    return chosen


def require_architecture(network: str, names: Iterable[str]) -> None:
    """End the command with one line unless these experiments know networks of an architecture, and there is what it needs."""
    if network not in (*ARCHITECTURES, *OF_WEIGHTS):
        stop(f"no network {shown(network)}; there are: {', '.join((*ARCHITECTURES, *OF_WEIGHTS))}", REFUSED)
    for name in names:
        if network not in experiment_of(name).architectures:
            knowing = [other for other in EXPERIMENTS if network in experiment_of(other).architectures]
            stop(f"{name} is not made for --network {network}; these are: {', '.join(knowing)}", REFUSED)
    if network != MLPS and importlib.util.find_spec("torch") is None:
        stop(f"--network {network} needs PyTorch: pip install 'cgi-theory[torch]'", FAILED)


def require_given(network: str, weights: Path | None, images: Path | None) -> None:
    """End the command with one line unless a network has the weights and photographs that it needs, and no other has any."""
    if network in OF_WEIGHTS and (weights is None or images is None):
        stop(f"--network {network} needs --weights FILE and --images FOLDER", REFUSED)
    if network not in OF_WEIGHTS and (weights or images):
        stop(f"--weights and --images are for --network {' or '.join(OF_WEIGHTS)}, not {network}", REFUSED)
    if weights and images:
        try:
            photographed.require_given(network, weights, images)
        except (OSError, ValueError, ImportError) as error:
            stop(f"cannot use --weights and --images: {_words(error)}", REFUSED)


@contextmanager
def running(
    names: Iterable[str],
    *,
    quick: bool,
    seed: int,
    out: Path | None,
    mnist: Path | None,
    network: str = MLPS,
    weights: Path | None = None,
    images: Path | None = None,
) -> Iterator[Runner]:
    """Yield a runner for the tables of these experiments; or end the command with one line, before anything is simulated."""
    require_architecture(network, names)
    require_given(network, weights, images)
    with Runner(out, quick=quick, seed=seed, mnist=mnist, architecture=network, weights=weights, images=images) as runner:
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
