"""c₁ and c₂ over the (ρ, k) plane at ImageNet's scale: how sparse gradients must be for how many labels.

An exact grid from 2 to 1000 labels and ρ from 0.003 to 1, and simulated points on it, one uniform a pixel standing for all
rivals ("collapsed").
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel
from simulations.lab.models import IMAGENET, model_parameters, points_and_curves


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    ks = np.geomspace(2, 1000, 13 if quick else 49)
    return model_parameters(IMAGENET) | {
        "n_samples": 50 if quick else 500,
        "labels": [3, 10, 100, 1000] if quick else [3, 10, 50, 200, 1000],
        "sparsities": [0.01, 0.2] if quick else [0.005, 0.018, 0.06, 0.2, 0.6],
        "grid_labels": sorted({round(k) for k in ks}),
        "grid_sparsities": [float(f"{rho:.4g}") for rho in np.geomspace(0.003, 1.0, 17 if quick else 61)],
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return int(parameters["n_samples"]) * len(parameters["labels"]) * len(parameters["sparsities"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the grid."""
    points = _models(parameters["labels"], parameters["sparsities"])
    grid = _models(parameters["grid_labels"], parameters["grid_sparsities"])
    return points_and_curves(points, grid, parameters["n_samples"], seed, "collapsed", advance)


def _models(labels: list[int], sparsities: list[float]) -> list[CompetitionModel]:
    return [replace(IMAGENET, n_labels=k, sparsity=rho) for k, rho in product(labels, sparsities)]
