"""The kept fraction of random nets against k: how blank competition makes the map of a network that has learnt nothing.

The gradients of all labels are drawn alike and independently from N(0, 1/n)ⁿ (r = 0 everywhere), so that 2(1 − 2^−k)/k is
exact at every n; every rival is drawn. The paper expects 1/k.
"""

from dataclasses import replace

from cgi_theory import CompetitionModel
from simulations.experiment import Experiment, Parameters, Task
from simulations.lab.models import curve, model_parameters, points

_MODEL = CompetitionModel(n=10_000, delta=0.1, shared_fraction=0.0, conditioning="exactly", gradient_law="gaussian")


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return model_parameters(_MODEL) | {
        "n_samples": 100,
        "labels": [1, 2, 3, 5, 10, 20, 50] if quick else [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000],
        "curve_labels": [*range(1, 21), *range(25, 101, 5), *range(150, 1001, 50)],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and the curve's."""
    simulated, exact = ([replace(_MODEL, n_labels=k) for k in parameters[name]] for name in ("labels", "curve_labels"))
    return points(simulated, parameters["n_samples"], "conditional") + curve(exact)


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
