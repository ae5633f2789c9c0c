"""c₁ and the kept fraction against r: how alike the labels' shared features may be.

The paper sets r = h₁·h₂ to 1/2 or more. Here r runs from −1 to 1 for 2, 3 and 10 labels, every rival drawn. At r = 1 every
comparison is a tie, which Algorithm 1 gives to the chosen label; just below, the chosen label wins against k − 1 rivals with
probability 2^−(k−1).
"""

from dataclasses import replace
from itertools import product

import numpy as np

from cgi_theory import CompetitionModel
from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import curve, model_parameters, points

_MODEL = CompetitionModel(n=10_000, delta=0.1, shared_fraction=1.0, conditioning="exactly")
NEXT_TO_ONE = 1.0 - 1e-12


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    inner = np.cos(np.linspace(np.pi, 0.0, 41 if quick else 161))[1:-1]  # dense at both ends, where c₁ is steep
    return model_parameters(_MODEL) | {
        "n_samples": 40 if quick else 400,
        "labels": [2, 3, 10],
        "correlations": [round(r, 3) for r in np.linspace(-1.0, 1.0, 9 if quick else 21).tolist()],
        "curve_correlations": [-1.0, *inner.tolist(), NEXT_TO_ONE],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and the curves' up to just below r = 1."""
    simulated, exact = (
        [replace(_MODEL, n_labels=k, shared_correlation=r) for k, r in product(parameters["labels"], parameters[grid])]
        for grid in ("correlations", "curve_correlations")
    )
    return points(simulated, parameters["n_samples"], "conditional") + curve(exact)


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
