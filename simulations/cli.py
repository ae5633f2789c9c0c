"""``python -m simulations NAME``: run an experiment and print where its table lies."""

import importlib
from typing import Annotated, NoReturn

import typer

from cgi_theory._jit import announce_compiling
from cgi_theory._options import REFUSED, new_app, print_list, stop
from cgi_theory._stdio import run_to_exit
from simulations.claims import ledger
from simulations.experiment import MLPS
from simulations.options import Images, Listed, Mnist, Network, Out, Quick, Seed, Weights, chosen_names, giving_up, running
from simulations.registry import EXPERIMENTS, module_of

Names = Annotated[list[str] | None, typer.Argument(help="Experiments to run; --list names them.", metavar="NAME")]

app = new_app()


@app.command()
def command(
    names: Names = None,
    listed: Listed = False,
    quick: Quick = False,
    seed: Seed = 0,
    out: Out = None,
    mnist: Mnist = None,
    network: Network = MLPS,
    weights: Weights = None,
    images: Images = None,
) -> None:
    """Run experiments anew and write their tables."""
    if listed:
        print_list({name: importlib.import_module(module_of(name)).__doc__ or "" for name in EXPERIMENTS})
        return
    if not names:
        stop(f"name an experiment: {', '.join(EXPERIMENTS)}", REFUSED)
    chosen = chosen_names(names, EXPERIMENTS, "experiment")
    with running(chosen, quick=quick, seed=seed, out=out, mnist=mnist, network=network, weights=weights, images=images) as runner:
        for name in chosen:
            with giving_up("make", name):
                table = runner.table(name, anew=True)
            typer.echo(ledger(table) if name in ("claims", "imagenet_claims") else runner.path_of(name))


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("simulations")
    run_to_exit(app)
