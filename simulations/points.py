"""One point of a table: a model simulated with a seed of its own, beside the exact answer."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

from cgi_theory import CompetitionModel, exact, large_n_limit, simulate

QUANTITIES = ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared", "rival_shared")


def point_seed(seed: int, model: CompetitionModel, estimator: str) -> int:
    """Return the seed of a point: a digest of the table's seed and the point, so that new points change no old ones."""
    point = json.dumps([seed, dataclasses.asdict(model), estimator])
    return int.from_bytes(hashlib.blake2b(point.encode(), digest_size=8).digest(), "little")


def exact_point(model: CompetitionModel) -> dict[str, Any]:
    """Return a table's row without a simulation: the model, and each quantity exact and for n → ∞."""
    answer, limit = exact(model), large_n_limit(model)
    row = dataclasses.asdict(model) | {"estimator": "exact"}
    for name in QUANTITIES:
        row |= {f"{name}_exact": getattr(answer, name), f"{name}_limit": getattr(limit, name)}
    return row


def simulated_point(
    model: CompetitionModel, n_samples: int, seed: int, estimator: str, advance: Callable[[int], None]
) -> dict[str, Any]:
    """Return a table's row: an exact point with each quantity simulated, and its z-score."""
    own_seed = point_seed(seed, model, estimator)
    estimate = simulate(model, n_samples, seed=own_seed, estimator=estimator, progress=advance)
    row = exact_point(model) | {"estimator": estimator, "n_samples": n_samples, "point_seed": str(own_seed)}
    for name in QUANTITIES:
        measured, expected = getattr(estimate, name), row[f"{name}_exact"]
        row |= {
            name: measured.mean,
            f"{name}_stderr": measured.stderr,
            f"{name}_z": (measured.mean - expected) / measured.stderr if measured.stderr > 0.0 else 0.0,
        }
    return row
