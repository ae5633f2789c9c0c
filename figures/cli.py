"""``python -m figures [NAME ...]``: draw figures, and first simulate the tables that they lack."""

from typing import Annotated, NoReturn

import typer

from cgi_theory._console import ProgressBar
from cgi_theory._jit import announce_compiling
from cgi_theory._options import new_app, print_list
from cgi_theory._stdio import run_to_exit
from figures.drawing.files import require_places, save
from figures.drawing.style import use_style
from figures.registry import FIGURES
from simulations.options import Listed, Mnist, Out, Quick, Seed, chosen_names, giving_up, running

Names = Annotated[list[str] | None, typer.Argument(help="Figures to draw; all by default.", metavar="NAME")]

app = new_app()


@app.command()
def command(
    names: Names = None, listed: Listed = False, quick: Quick = False, seed: Seed = 0, out: Out = None, mnist: Mnist = None
) -> None:
    """Draw the figures as PNG and PDF."""
    if listed:
        print_list({name: figure.caption for name, figure in FIGURES.items()})
        return
    chosen = [FIGURES[name] for name in chosen_names(names or FIGURES, FIGURES, "figure")]
    with running((figure.table for figure in chosen), quick=quick, seed=seed, out=out, mnist=mnist) as runner:
        for figure in chosen:
            with giving_up("draw", figure.name):
                require_places(runner.folder / "figures", figure.name)
        use_style()
        for figure in chosen:
            with giving_up("draw", figure.name):
                table = runner.table(figure.table)
                with ProgressBar(f"drawing {figure.name}", "figures", 1):
                    paths = save(figure.draw(table), runner.folder / "figures", figure.name)
            for path in paths:
                typer.echo(path)


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("figures")
    run_to_exit(app)
