"""What attribution methods must be equal to on real networks (Section 2): errors, the largest over images, labels and pixels.

Without biases LRP-z, LRP-ε at ε → 0 and DeepLIFT are gradient ⊙ input, relative to its largest score; integrated gradients are
complete with biases, Σ IG = S(x) − S(0), relative to the largest difference. And of gradients taken after the softmax, whose
scores should explain a probability near 1, the sum (the paper's footnote 1), beside that of the logits' over the logit: medians
over images.
"""

import numpy as np

from cgi_theory.networks import attribution
from cgi_theory.networks.measures import of_chosen_label
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets

EPSILON = 1e-15
SUM_AFTER_SOFTMAX, SUM_BEFORE_SOFTMAX = "sum of scores after the softmax", "sum of scores over the logit"
COMPLETE = "completeness of integrated gradients"


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(nets.TRAINED, nets.NO_BIASES, quick=quick) | {"images": 20 if quick else 100, "epsilon": EPSILON}


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for the rules, for integrated gradients, and for the softmax."""
    return [Task(_rules), Task(_complete), Task(_softmax)]


def _rules(setting: Setting) -> list[Row]:
    net = setting.network(nets.NO_BIASES)
    x, _ = setting.test_images(setting.parameters["images"])
    plain = attribution.gradient_times_input(net, x)
    others = {
        "LRP-z": attribution.lrp(net, x, "z"),
        "LRP-ε": attribution.lrp(net, x, "epsilon", epsilon=setting.parameters["epsilon"]),
        "DeepLIFT": attribution.deeplift_rescale(net, x),
    }
    largest = np.abs(plain).max()
    return [{"what": name, "value": float(np.abs(scores - plain).max() / largest)} for name, scores in others.items()]


def _complete(setting: Setting) -> list[Row]:
    net = setting.network(nets.TRAINED)
    x, _ = setting.test_images(setting.parameters["images"])
    difference = net.logits(x) - net.logits(np.zeros_like(x))
    sums = attribution.integrated_gradients(net, x, method="exact").sum(axis=2)
    return [{"what": COMPLETE, "value": float(np.abs(sums - difference).max() / np.abs(difference).max())}]


def _softmax(setting: Setting) -> list[Row]:
    net = setting.network(nets.NO_BIASES)
    x, _ = setting.test_images(setting.parameters["images"])
    chosen = net.predicted_labels(x)
    after = of_chosen_label(attribution.softmax_gradient_times_input(net, x), chosen).sum(axis=1)
    sums = of_chosen_label(attribution.gradient_times_input(net, x), chosen).sum(axis=1)
    before = sums / of_chosen_label(net.logits(x), chosen)
    shares = {SUM_AFTER_SOFTMAX: np.abs(after), SUM_BEFORE_SOFTMAX: before}
    return [{"what": name, "value": float(np.median(values))} for name, values in shares.items()]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
