"""``python -m figures [NAME ...]``: draw figures, and first simulate the tables that they lack."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Annotated, NoReturn

import pandas as pd
import typer

from cgi_theory._console import ProgressBar
from cgi_theory._jit import announce_compiling
from cgi_theory._options import REFUSED, new_app, print_list, stop
from cgi_theory._stdio import run_to_exit
from cgi_theory.plotting.files import Printed, printed, require_places, save
from cgi_theory.plotting.style import use_style
from cgi_theory.tables.files import load
from figures.drawing.figure_of import FigureOf
from figures.registry import FIGURES
from simulations.experiment import MLPS, OF_WEIGHTS
from simulations.options import (
    Images,
    Listed,
    Mnist,
    Network,
    Out,
    Quick,
    Seed,
    Weights,
    chosen_names,
    giving_up,
    require_architecture,
    running,
)
from simulations.registry import experiment_of

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Figures to draw; by default all but those whose tables take many minutes.", metavar="NAME"),
]
All = Annotated[
    bool, typer.Option("--all", help="Draw those that take many minutes, too, but for those that need pretrained networks.")
]

CLAIMS = "claims"

app = new_app()


@app.command()
def command(
    names: Names = None,
    listed: Listed = False,
    everything: All = False,
    quick: Quick = False,
    seed: Seed = 0,
    out: Out = None,
    mnist: Mnist = None,
    network: Network = MLPS,
    weights: Weights = None,
    images: Images = None,
) -> None:
    """Draw figures as PNG and PDF; with all of them goes the table of claims.

    On other networks than MLPs these are the figures that know them.
    """
    if listed:
        print_list({name: figure.caption for name, figure in FIGURES.items()})
        return
    require_architecture(network, ())
    usual = [name for name, figure in FIGURES.items() if _is_usual(figure, everything, network) and _knows(figure, network)]
    ledger = (everything or not names) and network == MLPS  # with all figures goes the table of claims
    wanted = [*(names or ()), *(usual if everything or not names else ())]
    chosen = [FIGURES[name] for name in chosen_names(wanted, FIGURES, "figure")]
    for figure in chosen:
        if not _knows(figure, network):
            knowing = ", ".join(name for name, other in FIGURES.items() if _knows(other, network))
            stop(f"{figure.name} is not drawn for --network {network}; these are: {knowing}", REFUSED)
    tables = [figure.table for figure in chosen] + ([CLAIMS] if ledger else [])
    with running(tables, quick=quick, seed=seed, out=out, mnist=mnist, network=network, weights=weights, images=images) as runner:
        for figure in chosen:
            with giving_up("draw", figure.name):
                require_places(runner.folder / "figures", figure.name)
        folder = runner.folder / "figures"
        drawn = _Drawn(folder)
        for figure in chosen:
            with giving_up("draw", figure.name):
                table = runner.table(figure.table)
                if figure is chosen[-1]:  # nothing waits for it, and here all is imported
                    drawn.finish()
                    with ProgressBar(f"drawing {figure.name}", "figures", 1):
                        paths = save(_draw(figure.name, table), folder, figure.name)
                    _echo(paths)
                else:
                    drawn.add(figure.name, runner.executor.submit(_draw_from, figure.name, runner.path_of(figure.table)))
        if ledger:
            with giving_up("make", CLAIMS):
                runner.table(CLAIMS)
            typer.echo(runner.path_of(CLAIMS))


def _is_usual(figure: FigureOf, everything: bool, network: str) -> bool:
    """Return whether a figure is drawn without being named."""
    return (not figure.by_name or network in OF_WEIGHTS) and (everything or not figure.takes_long)


def _knows(figure: FigureOf, network: str) -> bool:
    return network in figure.architectures and network in experiment_of(figure.table).architectures


class _Drawn:
    """Figures that are being drawn by processes; here they are written, and their files printed in their order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: deque[tuple[str, Future[Printed]]] = deque()

    def add(self, name: str, contents: "Future[Printed]") -> None:
        """Wait for one more, and write those that are there."""
        self._waiting.append((name, contents))
        while self._waiting and self._waiting[0][1].done():
            self._write_next()

    def finish(self) -> None:
        """Wait for all, and write them."""
        if not self._waiting:
            return
        with ProgressBar("drawing", "figures", len(self._waiting)) as bar:
            while self._waiting:
                self._write_next()
                bar.advance(1)

    def _write_next(self) -> None:
        name, contents = self._waiting.popleft()
        with giving_up("draw", name):
            _echo(save(contents.result(), self._folder, name))


def _draw_from(name: str, path: Path) -> Printed:
    """Draw a figure from its table's file: what an executor carries."""
    return _draw(name, load(path))


def _draw(name: str, table: pd.DataFrame) -> Printed:
    use_style()
    return printed(FIGURES[name].draw(table))


def _echo(paths: Iterable[Path]) -> None:
    for path in paths:
        typer.echo(path)


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("figures")
    run_to_exit(app)
