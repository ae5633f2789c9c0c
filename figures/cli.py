"""``python -m figures [NAME ...]``: draw figures, and first simulate the tables that they lack."""

from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cgi_theory._arguments import shown
from cgi_theory._jit import announce_compiling
from cgi_theory._options import REFUSED, SEED, new_app, print_list, stop
from cgi_theory._stdio import run_to_exit
from figures import (
    alignment,
    blankness,
    correlation,
    figure_1,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
    figure_6,
    figure_7,
    figure_8,
    figure_9,
    figure_10,
    figure_11,
    figure_12,
    finite_size,
    lemma_1,
    masking,
    phase_diagram,
    resemblance,
    rival_map,
    sanity,
    sanity_methods,
    selectivity,
    sparsity,
)
from figures.drawing.style import save, use_style
from simulations.runner import current_table, give_up, results_folder, take_digits

FIGURES = {
    "figure_11": figure_11,
    "figure_12": figure_12,
    "finite_size": finite_size,
    "correlation": correlation,
    "sparsity": sparsity,
    "phase_diagram": phase_diagram,
    "selectivity": selectivity,
    "blankness": blankness,
    "rival_map": rival_map,
    "lemma_1": lemma_1,
    "figure_1": figure_1,
    "figure_2": figure_2,
    "figure_3": figure_3,
    "figure_4": figure_4,
    "figure_5": figure_5,
    "figure_6": figure_6,
    "figure_7": figure_7,
    "figure_8": figure_8,
    "figure_9": figure_9,
    "figure_10": figure_10,
    "alignment": alignment,
    "masking": masking,
    "sanity": sanity,
    "sanity_methods": sanity_methods,
    "resemblance": resemblance,
}

Names = Annotated[list[str] | None, typer.Argument(help="Figures to draw; all by default.", metavar="NAME")]

app = new_app()


@app.command()
def command(
    names: Names = None,
    listed: Annotated[bool, typer.Option("--list", help="List the figures and stop.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer points and samples, in a folder quick of their own.")] = False,
    seed: Annotated[int, typer.Option(**SEED)] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the results.", file_okay=False)] = None,
    mnist: Annotated[Path | None, typer.Option(help="Folder of MNIST's four files, instead of the embedded digits.")] = None,
) -> None:
    """Draw the figures as PNG and PDF."""
    if listed:
        print_list(FIGURES)
        return
    for name in names or ():
        if name not in FIGURES:
            stop(f"no figure {shown(name)}; there are: {', '.join(FIGURES)}", REFUSED)
    if mnist is not None:
        take_digits(mnist)
    folder = results_folder(out, quick)
    use_style()
    for name in dict.fromkeys(names or FIGURES):
        figure_module = FIGURES[name]
        try:
            table = current_table(figure_module.TABLE, folder, quick=quick, seed=seed)
            for path in save(figure_module.draw(table), folder / "figures", name):
                typer.echo(path)
        except (OSError, ImportError, BrokenExecutor) as error:
            give_up(f"{'write' if isinstance(error, OSError) else 'draw'} {name}", error)


def main() -> NoReturn:
    """Run the command."""
    announce_compiling("figures")
    run_to_exit(app)
