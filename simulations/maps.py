"""Pixels of maps: the table behind Figures 1 and 3.

Of the first held-out digit of each class that the network gets right: the image, gradient ⊙ input of every label, and the
CGI map of the predicted one. And over many digits, how many labels each hot pixel is hot for: a label's hot pixels are
the fewest that hold nine tenths of its Σ|score|.
"""

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import attribution
from cgi_theory.networks.measures import HOT_SHARE, hot_pixels, of_chosen_label
from cgi_theory.networks.network import predicted_labels
from simulations.experiment import ARCHITECTURES, MLPS, Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed."""
    own = {"images": 100 if quick else 500, "hot_share": HOT_SHARE}
    return nets.of_architecture(nets.TRAINED, architecture=architecture, quick=quick) | own


def tasks(parameters: Parameters) -> list[Task]:
    """Return the task of the digits shown, and that of the counts."""
    return [Task(_pixels), Task(_hot)]


def _pixels(setting: Setting) -> list[Row]:
    """Return a row for every pixel of every digit shown."""
    net, digits = nets.any_network(setting, nets.TRAINED), nets.digits(setting.home)
    x, labels = digits.test_x, digits.test_labels
    predicted = predicted_labels(net, x)
    right = np.flatnonzero(predicted == labels)
    shown = [int(right[labels[right] == digit][0]) for digit in range(nets.LABELS) if np.any(labels[right] == digit)]
    table: list[Row] = []
    for image in shown:
        scores = attribution.gradient_times_input(net, x[image : image + 1])
        maps = {f"score_{label}": scores[0, label] for label in range(nets.LABELS)}
        maps |= {"input": x[image], "cgi": compete(scores, predicted[image : image + 1])[0]}
        for pixel in range(x.shape[1]):
            values = {name: float(values[pixel]) for name, values in maps.items()}
            table.append({"kind": "pixel", "digit": int(labels[image]), "image": image, "pixel": pixel} | values)
    return table


def _hot(setting: Setting) -> list[Row]:
    """Count, of the pixels hot for the predicted label, for how many labels in all they are hot."""
    net = nets.any_network(setting, nets.TRAINED)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    hot = hot_pixels(attribution.gradient_times_input(net, x))
    own, labels = of_chosen_label(hot, predicted_labels(net, x)), hot.sum(axis=1)
    fractions = [float(np.mean(labels[own] == number)) for number in range(1, nets.LABELS + 1)]
    return [{"kind": "hot", "labels": number + 1, "fraction": fraction} for number, fraction in enumerate(fractions)]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, architectures=ARCHITECTURES)
