"""c₁ and c₂ against n at fixed δ: how many pixels the limit of Section 3.1 needs.

The paper states neither n nor which δ its constants hold for. Here n runs from 100 to 10⁶ at four δ, for the paper's unit
vectors under both conditionings and for the two Gaussian readings under g₁·x ≥ δ. With unit vectors all of (n, δ) enters
through δ√n alone: c = F·M(δ√n).
"""

from dataclasses import replace
from itertools import product

import numpy as np

from cgi_theory import CompetitionModel
from cgi_theory.model import Conditioning, GradientLaw
from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import curve, points

READINGS: tuple[tuple[GradientLaw, Conditioning], ...] = (
    ("unit", "at_least"),
    ("unit", "exactly"),
    ("gaussian", "at_least"),
    ("joint", "at_least"),
)


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return {
        "deltas": [0.02, 0.05, 0.1, 0.2],
        "ns": _spaced(4 if quick else 9),
        "curve_ns": _spaced(17 if quick else 65),
        "n_samples": 30 if quick else 100,
        "n_samples_at_100": 3_000 if quick else 30_000,
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, with the input averaged out, and the curves' on a finer grid."""
    found: list[Task] = []
    for model in _models(parameters, "ns"):
        found += points([model], _samples(parameters, model.n), "conditional")
    return found + curve(_models(parameters, "curve_ns"))


def _models(parameters: Parameters, sizes: str) -> list[CompetitionModel]:
    readings = [CompetitionModel(n=100, delta=1.0, gradient_law=law, conditioning=condition) for law, condition in READINGS]
    grid = product(readings, parameters["deltas"], parameters[sizes])
    return [replace(reading, n=n, delta=delta) for reading, delta, n in grid]


def _samples(parameters: Parameters, n: int) -> int:
    """Return the samples at n: the fewer coordinates, the more draws, at the same cost."""
    return max(int(parameters["n_samples"]), int(parameters["n_samples_at_100"]) * 100 // n)


def _spaced(points: int) -> list[int]:
    return [2 * round(n / 2) for n in np.geomspace(100, 1_000_000, points)]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
