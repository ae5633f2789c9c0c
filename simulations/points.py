"""Rows of an experiment's table: a model's exact answers, alone or beside a simulation."""

from collections.abc import Callable
from typing import Any

from cgi_theory import CompetitionModel, simulate
from cgi_theory.sweep.points import estimate_row, exact_columns, exact_row, point_seed


def exact_point(model: CompetitionModel) -> dict[str, Any]:
    """Return a row without a simulation."""
    return exact_row(model, exact_columns(model))


def simulated_point(
    model: CompetitionModel, n_samples: int, seed: int, estimator: str, advance: Callable[[int], None]
) -> dict[str, Any]:
    """Return a row with each quantity simulated under the point's own seed, and its z-score."""
    estimate = simulate(model, n_samples, seed=point_seed(seed, model, estimator), estimator=estimator, progress=advance)
    return estimate_row(estimate, exact_columns(model))
