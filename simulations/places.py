"""Where results lie."""

from pathlib import Path

from simulations.experiment import MLPS

RESULTS = Path("results")
QUICK = "quick"


def results_folder(out: Path | None, quick: bool, architecture: str = MLPS) -> Path:
    """Return where tables and figures go: quick ones, and those of other networks, apart: they never replace the real ones."""
    folder = (out or RESULTS) / ("" if architecture == MLPS else architecture)
    return folder / QUICK if quick else folder
