"""c₁ and c₂ against n at fixed δ: how many pixels the limit of Section 3.1 needs.

The paper states neither n nor which δ its constants hold for. Here n runs from 100 to 10⁶ at four δ, for the paper's unit
vectors under both conditionings and for the two Gaussian readings under g₁·x ≥ δ. With unit vectors all of (n, δ) enters
through δ√n alone: c = F·M(δ√n).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel
from simulations.lab.models import exact_point, simulated_point

READINGS = (("unit", "at_least"), ("unit", "exactly"), ("gaussian", "at_least"), ("joint", "at_least"))


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return {
        "deltas": [0.02, 0.05, 0.1, 0.2],
        "ns": _spaced(4 if quick else 9),
        "curve_ns": _spaced(17 if quick else 65),
        "n_samples": 30 if quick else 100,
        "n_samples_at_100": 3_000 if quick else 30_000,
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return len(READINGS) * len(parameters["deltas"]) * sum(_samples(parameters, n) for n in parameters["ns"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point with the input averaged out, and compute the curves on a finer grid."""
    table = [
        simulated_point(model, _samples(parameters, model.n), seed, "conditional", advance) for model in _models(parameters, "ns")
    ]
    return table + [exact_point(model) for model in _models(parameters, "curve_ns")]


def _models(parameters: dict[str, Any], sizes: str) -> Iterator[CompetitionModel]:
    for law, conditioning in READINGS:
        reading = CompetitionModel(n=100, delta=1.0, gradient_law=law, conditioning=conditioning)
        for delta in parameters["deltas"]:
            for n in parameters[sizes]:
                yield replace(reading, n=n, delta=delta)


def _samples(parameters: dict[str, Any], n: int) -> int:
    """Return the samples at n: the fewer coordinates, the more draws, at the same cost."""
    return max(int(parameters["n_samples"]), int(parameters["n_samples_at_100"]) * 100 // n)


def _spaced(points: int) -> list[int]:
    return [2 * round(n / 2) for n in np.geomspace(100, 1_000_000, points)]
