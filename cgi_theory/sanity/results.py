"""What the networks of a check gave, one after the other, and the report that is made of it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cgi_theory.sanity.comparison import Alike, Before
from cgi_theory.sanity.report import NETWORKS, Report
from cgi_theory.sanity.table import EVERYTHING, METHOD, NULL, RANDOMISED, RETRAINED, rows_of


def parameters_of(before: Before) -> dict[str, Any]:
    """Return what a check's numbers depend on beside the seed and the other networks."""
    return {
        "methods": list(before.methods),
        "metrics": [list(metric) for metric in before.metrics],
        "images": before.images,
        "pixels": before.pixels,
        "inputs": before.x is not None,
    }


def about_networks(stages: Sequence[str], n_retrained: int, digest: str) -> dict[str, Any]:
    """Return what a check's numbers depend on of the other networks: of each randomised one the stage, and their digest."""
    counts = {RANDOMISED: sum(stage == EVERYTHING for stage in stages), RETRAINED: n_retrained}
    return {"networks": counts, "stages": list(stages), NETWORKS: digest}


def report_of(
    before: Before,
    stages: Sequence[str],
    randomised: Sequence[Alike],
    retrained: Sequence[Alike],
    made: dict[str, Any],
    command: str,
) -> Report:
    """Return the report of randomised networks, each of a stage, and of retrained ones."""
    by_stage: dict[str, list[Alike]] = {}
    for stage, alike in zip(stages, randomised, strict=True):
        by_stage.setdefault(stage, []).append(alike)
    names = {name: METHOD if name in before.methods else NULL for name in before.names}
    rows = rows_of(names, before.metrics, by_stage, list(retrained), before.seed)
    return Report(pd.DataFrame(rows), made, command)
