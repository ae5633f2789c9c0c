"""One point of a table: a model with a seed of its own, its estimate, and the exact answer beside it."""

import hashlib
import json
from typing import Any

from cgi_theory.model import CompetitionModel
from cgi_theory.quantities import Measurement
from cgi_theory.sampling.estimate import Estimate
from cgi_theory.theory.exact import exact, large_n_limit

QUANTITIES = ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared", "rival_shared", "rival_c1", "rival_c2")


def point_seed(seed: int, model: CompetitionModel, drawn: str) -> int:
    """Return the seed of what is drawn at a point: a digest of the table's seed and both, so that new points change no old ones.

    Parameters
    ----------
    seed : int
    model : CompetitionModel
    drawn : str
        An estimator, or what else is drawn.
    """
    fields = {name: value for name, value in vars(model).items() if value is not None}  # a field that is unset changes no seed
    point = json.dumps([seed, fields, drawn])
    return int.from_bytes(hashlib.blake2b(point.encode(), digest_size=8).digest(), "little")


def exact_columns(model: CompetitionModel) -> dict[str, float]:
    """Return each quantity exactly and for n → ∞, as ``{name}_exact`` and ``{name}_limit``."""
    answer, limit = exact(model), large_n_limit(model)
    columns: dict[str, float] = {}
    for name in QUANTITIES:
        columns |= {f"{name}_exact": getattr(answer, name), f"{name}_limit": getattr(limit, name)}
    return columns


def exact_row(model: CompetitionModel, answers: dict[str, float]) -> dict[str, Any]:
    """Return a table's row without a simulation: the model's fields and its ``exact_columns``."""
    return vars(model) | {"estimator": "exact"} | answers


def estimate_row(estimate: Estimate, answers: dict[str, float]) -> dict[str, Any]:
    """Return a table's row: each quantity as measured, with standard error and z-score, after what ``exact_row`` has."""
    row = exact_row(estimate.model, answers)
    row |= {"estimator": estimate.estimator, "n_samples": estimate.n_samples, "point_seed": str(estimate.seed)}
    for name in QUANTITIES:
        row |= measured_columns(name, getattr(estimate, name), answers[f"{name}_exact"])
    return row


def measured_columns(name: str, measured: Measurement, expected: float) -> dict[str, float]:
    """Return a measurement's columns: ``{name}``, ``{name}_stderr`` and ``{name}_z``."""
    return {name: measured.mean, f"{name}_stderr": measured.stderr, f"{name}_z": measured.z(expected)}
