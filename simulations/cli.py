"""``python -m simulations NAME``: run an experiment and print where its table lies."""

from typing import Annotated, NoReturn

import typer

from cgi_theory._jit import announce_compiling
from cgi_theory._options import REFUSED, new_app, print_list, stop
from cgi_theory._stdio import run_to_exit
from simulations import claims
from simulations.options import Listed, Mnist, Out, Quick, Seed, chosen_names, giving_up
from simulations.runner import EXPERIMENTS, current_table, results_folder, table_path, take_digits

Names = Annotated[list[str] | None, typer.Argument(help="Experiments to run; --list names them.", metavar="NAME")]

app = new_app()


@app.command()
def command(
    names: Names = None, listed: Listed = False, quick: Quick = False, seed: Seed = 0, out: Out = None, mnist: Mnist = None
) -> None:
    """Run experiments anew and write their tables."""
    if listed:
        print_list({name: module.__doc__ or "" for name, module in EXPERIMENTS.items()})
        return
    if not names:
        stop(f"name an experiment: {', '.join(EXPERIMENTS)}", REFUSED)
    chosen = chosen_names(names, EXPERIMENTS, "experiment")
    if mnist is not None:
        take_digits(mnist)
    folder = results_folder(out, quick)
    for name in chosen:
        with giving_up("make", name):
            table = current_table(name, folder, quick=quick, seed=seed, force=True)
        if name == "claims":
            typer.echo(claims.ledger(table))
        else:
            typer.echo(table_path(folder, name))


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("simulations")
    run_to_exit(app)
