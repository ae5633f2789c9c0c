"""Runs experiments: their registry, and their progress bar on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulations import claims, delta, rival
from simulations.tables import TableFile

RESULTS = Path("results")
# Each module has parameters(quick), steps(parameters) and rows(parameters, seed, advance).
EXPERIMENTS: dict[str, ModuleType] = {"delta": delta, "claims": claims, "rival": rival}


def results_folder(out: Path | None, quick: bool) -> Path:
    """Return where tables and figures go: quick ones apart, so that they never replace the real ones."""
    folder = out or RESULTS
    return folder / "quick" if quick else folder


def current_table(experiment: str, folder: Path, *, quick: bool, seed: int, force: bool = False) -> pd.DataFrame:
    """Return an experiment's table, made anew if it is missing, was made with other parameters, or ``force``."""
    module = EXPERIMENTS[experiment]
    parameters = module.parameters(quick)
    table = TableFile(folder, experiment, parameters, seed)
    if force or not table.is_current():
        with progress_bar(f"simulating {experiment}", module.steps(parameters)) as advance:
            table.write(module.rows(parameters, seed, advance))
    return table.read()


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal; in a pipe stay silent."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda done: progress.advance(task, done)
