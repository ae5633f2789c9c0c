"""c against the kept fraction for 2 to 1000 labels: whether competition is more than a way to be sparse.

A random mask that keeps a fraction of the pixels retains the same fraction of the logit. What competition retains beyond it
is its selectivity, c over the kept fraction. One uniform a pixel stands for all rivals ("collapsed"). The shared features
stop at fewer labels: at r = 1/2 and a thousand the chosen label keeps 4·10⁻⁷ of them, too few to be
simulated.
"""

from dataclasses import replace

import numpy as np

from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import IMAGENET, curve, model_parameters, points


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return model_parameters(IMAGENET) | {
        "n_samples": 200 if quick else 1000,
        "labels": [2, 10, 100, 1000] if quick else [2, 3, 5, 10, 20, 50, 100, 200, 500, 1000],
        "curve_labels": sorted({round(k) for k in np.geomspace(1, 1000, 25 if quick else 80)}),
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and the curves' on a finer grid."""
    simulated, exact = ([replace(IMAGENET, n_labels=k) for k in parameters[name]] for name in ("labels", "curve_labels"))
    return points(simulated, parameters["n_samples"], "collapsed") + curve(exact)


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
