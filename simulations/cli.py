"""``python -m simulations NAME``: run an experiment and print where its table lies."""

from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cgi_theory._arguments import shown
from cgi_theory._jit import announce_compiling
from cgi_theory._options import REFUSED, SEED, new_app, print_list, stop
from cgi_theory._stdio import run_to_exit
from simulations import claims
from simulations.runner import EXPERIMENTS, current_table, give_up, results_folder, table_path, take_digits

Names = Annotated[list[str] | None, typer.Argument(help="Experiments to run; --list names them.", metavar="NAME")]

app = new_app()


@app.command()
def command(
    names: Names = None,
    listed: Annotated[bool, typer.Option("--list", help="List the experiments and stop.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer points and samples, in a folder quick of their own.")] = False,
    seed: Annotated[int, typer.Option(**SEED)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the results.", file_okay=False)] = None,
    mnist: Annotated[Path | None, typer.Option(help="Folder of MNIST's four files, instead of the embedded digits.")] = None,
) -> None:
    """Run experiments anew and write their tables."""
    if listed:
        print_list(EXPERIMENTS)
        return
    if not names:
        stop(f"name an experiment: {', '.join(EXPERIMENTS)}", REFUSED)
    for name in names:
        if name not in EXPERIMENTS:
            stop(f"no experiment {shown(name)}; there are: {', '.join(EXPERIMENTS)}", REFUSED)
    if mnist is not None:
        take_digits(mnist)
    folder = results_folder(out, quick)
    for name in dict.fromkeys(names):
        try:
            table = current_table(name, folder, quick=quick, seed=seed, force=True)
        except (OSError, ImportError, BrokenExecutor) as error:
            give_up(f"{'write' if isinstance(error, OSError) else 'make'} {name}", error)
        if name == "claims":
            typer.echo(claims.ledger(table))
        else:
            typer.echo(table_path(folder, name))


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("simulations")
    run_to_exit(app)
