"""c₁ and c₂ against δ: the table behind Figures 11 and 12.

The paper averages 100 samples and states neither n, nor the range of δ, nor the conditioning. Here n = 10 000 (its
example for 1/√n = 0.01) and δ runs from 0.01 to 0.5, past both ends of the 0.1 to 0.2 it finds on real data. The
paper's setting is drawn directly; all readings of the model, gradient laws times conditionings, with the input averaged
out analytically, which shows differences that 100 direct samples cannot.
"""

from dataclasses import replace
from itertools import product
from typing import get_args

import numpy as np

from cgi_theory import CompetitionModel
from cgi_theory.model import Conditioning, GradientLaw
from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import curve, points

LAWS: tuple[GradientLaw, ...] = get_args(GradientLaw)
CONDITIONINGS: tuple[Conditioning, ...] = get_args(Conditioning)


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return {
        "n": 10_000,
        "n_samples": 20 if quick else 100,
        "deltas": _spaced(6 if quick else 18),
        "curve_deltas": _spaced(24 if quick else 96),
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and the curves' on a finer grid."""
    n, n_samples, deltas = parameters["n"], parameters["n_samples"], parameters["deltas"]
    found = points([CompetitionModel(n=n, delta=delta) for delta in deltas], n_samples, "direct")
    for law, conditioning in product(LAWS, CONDITIONINGS):
        reading = CompetitionModel(n=n, delta=1.0, gradient_law=law, conditioning=conditioning)
        found += points([replace(reading, delta=delta) for delta in deltas], n_samples, "conditional")
        found += curve([replace(reading, delta=delta) for delta in parameters["curve_deltas"]])
    return found


def _spaced(points: int) -> list[float]:
    return [float(f"{delta:.3g}") for delta in np.geomspace(0.01, 0.5, points)]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
