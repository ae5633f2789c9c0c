"""c against the kept fraction for 2 to 1000 labels: whether competition is more than a way to be sparse.

A random mask that keeps a fraction of the pixels retains the same fraction of the logit. What competition retains beyond it
is its selectivity, c over the kept fraction. One uniform a pixel stands for all rivals ("collapsed"). The shared features
stop at fewer labels: at r = 1/2 and a thousand the chosen label keeps 4·10⁻⁷ of them, too few to be
simulated.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from simulations.lab.models import IMAGENET, model_parameters, points_and_curves


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return model_parameters(IMAGENET) | {
        "n_samples": 200 if quick else 1000,
        "labels": [2, 10, 100, 1000] if quick else [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000],
        "curve_labels": sorted({round(k) for k in np.geomspace(1, 1000, 25 if quick else 80)}),
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return int(parameters["n_samples"]) * len(parameters["labels"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the curves on a finer grid."""
    points, curves = ([replace(IMAGENET, n_labels=k) for k in parameters[name]] for name in ("labels", "curve_labels"))
    return points_and_curves(points, curves, parameters["n_samples"], seed, "collapsed", advance)
