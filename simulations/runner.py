"""Runs experiments: their registry, and where their tables lie."""

import shlex
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pandas as pd

import cgi_theory
from cgi_theory._console import ProgressBar
from cgi_theory._files import in_words
from cgi_theory._options import FAILED, REFUSED, stop
from cgi_theory._sources import source_digest
from cgi_theory.tables.files import RefusedTableError, current, require_place, write_table
from simulations import (
    alignment,
    blankness,
    claims,
    completeness,
    correlation,
    delta,
    finite_size,
    lemma_1,
    maps,
    masking,
    phase_diagram,
    randomised_maps,
    resemblance,
    rival,
    sanity,
    selectivity,
    sparsity,
)
from simulations.lab import nets

RESULTS = Path("results")
_QUICK = "quick"
# Each module has parameters(quick), steps(parameters) and rows(parameters, seed, advance).
EXPERIMENTS: dict[str, ModuleType] = {
    "delta": delta,
    "finite_size": finite_size,
    "correlation": correlation,
    "sparsity": sparsity,
    "phase_diagram": phase_diagram,
    "selectivity": selectivity,
    "blankness": blankness,
    "rival": rival,
    "lemma_1": lemma_1,
    "completeness": completeness,
    "maps": maps,
    "alignment": alignment,
    "masking": masking,
    "randomised_maps": randomised_maps,
    "sanity": sanity,
    "resemblance": resemblance,
    "claims": claims,
}


def results_folder(out: Path | None, quick: bool) -> Path:
    """Return where tables and figures go: quick ones apart, so that they never replace the real ones."""
    folder = out or RESULTS
    return folder / _QUICK if quick else folder


def take_digits(folder: Path) -> None:
    """Use a folder's digits in all experiments, or end the command with one line."""
    try:
        nets.use_mnist(folder)
    except (OSError, ValueError) as error:
        give_up("use --mnist", error, REFUSED)


def give_up(what: str, error: Exception, code: int = FAILED) -> NoReturn:
    """End the command with one line that says what cannot be done, and why."""
    code = REFUSED if isinstance(error, RefusedTableError) else code
    stop(f"cannot {what}: {in_words(error) if isinstance(error, OSError) else error}", code)


def current_table(experiment: str, folder: Path, *, quick: bool, seed: int, force: bool = False) -> pd.DataFrame:
    """Return an experiment's table, made anew if it is missing, was made with other parameters or by other code, or ``force``.

    Raises
    ------
    RefusedTableError
        If something else lies where it is to be; before anything is simulated.
    """
    module = EXPERIMENTS[experiment]
    parameters = module.parameters(quick)
    path = table_path(folder, experiment)
    made_with = {
        "experiment": experiment,
        "parameters": parameters,
        "seed": seed,
        "version": cgi_theory.__version__,
        "sources": source_digest(module.__name__),
    }
    if not force and (table := current(path, made_with)) is not None:
        return table
    path.parent.mkdir(parents=True, exist_ok=True)
    require_place(path, f"the experiment {experiment}")
    with ProgressBar(f"simulating {experiment}", "steps", module.steps(parameters)) as bar:
        rows = module.rows(parameters, seed, bar.advance)
    return write_table(path, rows, made_with, module=module.__name__, command=_command(experiment, folder, quick, seed))


def _command(experiment: str, folder: Path, quick: bool, seed: int) -> str:
    """Return the command line that makes a table, whatever made it."""
    out, mnist = folder.parent if quick and folder.name == _QUICK else folder, nets.settings()[0]
    words = ["python", "-m", "simulations", experiment, *(["--quick"] if quick else []), "--seed", str(seed)]
    words += [] if out == RESULTS else ["--out", str(out)]
    words += [] if mnist is None else ["--mnist", str(mnist)]
    return shlex.join(words)


def table_path(folder: Path, experiment: str) -> Path:
    """Where an experiment's rows lie."""
    return folder / "tables" / f"{experiment}.csv"
