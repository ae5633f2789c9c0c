"""c₁ and c₂ against δ: the table behind Figures 11 and 12.

The paper averages 100 samples and states neither n, nor the range of δ, nor the conditioning. Here n = 10 000 (its
example for 1/√n = 0.01) and δ runs from 0.01 to 0.5, past both ends of the 0.1 to 0.2 it finds on real data. The
paper's setting is drawn directly; all readings of the model, gradient laws times conditionings, with the input averaged
out analytically, which shows differences that 100 direct samples cannot.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel
from simulations.lab.models import exact_point, simulated_point

LAWS = ("unit", "gaussian", "joint")
CONDITIONINGS = ("at_least", "exactly")


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return {
        "n": 10_000,
        "n_samples": 20 if quick else 100,
        "deltas": _spaced(6 if quick else 18),
        "curve_deltas": _spaced(24 if quick else 96),
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    simulated = (1 + len(LAWS) * len(CONDITIONINGS)) * len(parameters["deltas"])
    return simulated * int(parameters["n_samples"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the curves on a finer grid."""
    n, n_samples = parameters["n"], parameters["n_samples"]
    table = [
        simulated_point(CompetitionModel(n=n, delta=delta), n_samples, seed, "direct", advance) for delta in parameters["deltas"]
    ]
    for law, conditioning in product(LAWS, CONDITIONINGS):
        reading = CompetitionModel(n=n, delta=1.0, gradient_law=law, conditioning=conditioning)
        table += [
            simulated_point(replace(reading, delta=delta), n_samples, seed, "conditional", advance)
            for delta in parameters["deltas"]
        ]
        table += [exact_point(replace(reading, delta=delta)) for delta in parameters["curve_deltas"]]
    return table


def _spaced(points: int) -> list[float]:
    return [float(f"{delta:.3g}") for delta in np.geomspace(0.01, 0.5, points)]
