"""c₁ and c₂ over the (ρ, k) plane at ImageNet's scale: how sparse gradients must be for how many labels.

An exact grid from 2 to 1000 labels and ρ from 0.003 to 1, and simulated points on it, one uniform a pixel standing for all
rivals ("collapsed").
"""

from dataclasses import replace
from itertools import product

import numpy as np

from cgi_theory import CompetitionModel
from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import IMAGENET, curve, model_parameters, points


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    ks = np.geomspace(2, 1000, 13 if quick else 49)
    return model_parameters(IMAGENET) | {
        "n_samples": 50 if quick else 500,
        "labels": [3, 10, 100, 1000] if quick else [3, 10, 50, 200, 1000],
        "sparsities": [0.01, 0.2] if quick else [0.005, 0.018, 0.06, 0.2, 0.6],
        "grid_labels": sorted({round(k) for k in ks}),
        "grid_sparsities": [float(f"{rho:.4g}") for rho in np.geomspace(0.003, 1.0, 17 if quick else 61)],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and the grid's."""
    simulated = _models(parameters["labels"], parameters["sparsities"])
    grid = _models(parameters["grid_labels"], parameters["grid_sparsities"])
    return points(simulated, parameters["n_samples"], "collapsed") + curve(grid)


def _models(labels: list[int], sparsities: list[float]) -> list[CompetitionModel]:
    return [replace(IMAGENET, n_labels=k, sparsity=rho) for k, rho in product(labels, sparsities)]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
