"""Σ of gradient ⊙ input against the logit on a network with biases, every label of many images: the table behind Figure 2."""

import numpy as np

from cgi_theory.networks import attribution
from simulations.experiment import ARCHITECTURES, MLPS, Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.of_architecture(nets.TRAINED, architecture=architecture, quick=quick) | {"images": 50 if quick else 400}


def tasks(parameters: Parameters) -> list[Task]:
    """Return the one task."""
    return [Task(_sums)]


def _sums(setting: Setting) -> list[Row]:
    """Return a row for every image and label."""
    net = nets.any_network(setting, nets.TRAINED)
    x, labels = nets.test_images(setting, setting.parameters["images"])
    sums = attribution.gradient_times_input(net, x).sum(axis=2)
    return [
        {"image": image, "label": label, "true": int(labels[image])}
        | {"logit": float(logit), "score_sum": float(sums[image, label])}
        for (image, label), logit in np.ndenumerate(net.logits(x))
    ]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, architectures=ARCHITECTURES)
