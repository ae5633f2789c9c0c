"""Lemma 1 on networks without biases: how far Σ xᵢ∂S/∂xᵢ is from S, and f(tx) from t f(x), by depth and width.

The errors are those of rounding, relative to Σ|xᵢ∂S/∂xᵢ|: the largest over images and labels. Untrained networks of every
depth and width, and trained ones of some. Where a narrow, deep network has no unit left that is on, there is nothing to
be off by.
"""

from itertools import product

import numpy as np

from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.streams import Use, derived_seed
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    width, epochs = 64, 1 if quick else 3
    trained_depths = [1, 2] if quick else [1, 2, 4, 8]
    networks = {_kind(d): nets.description((width,) * (d - 1), biases=False, epochs=epochs) for d in trained_depths}
    return {
        "networks": networks,
        "images": 20 if quick else 100,
        "depths": [1, 2, 4, 8] if quick else [1, 2, 3, 4, 6, 8, 12, 16],
        "widths": [32, 256] if quick else [16, 64, 256, 1024],
        "trained_depths": trained_depths,
        "trained_width": width,
        "factors": [0.5, 3.0],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each network."""
    found = [Task(_untrained, place) for place in product(parameters["depths"], parameters["widths"])]
    return found + [Task(_trained, (depth,)) for depth in parameters["trained_depths"]]


def _kind(depth: int) -> str:
    return f"depth {depth}"


def _untrained(setting: Setting, depth: int, width: int) -> list[Row]:
    pixels = nets.digits(setting.home).test_x.shape[1]
    units = nets.sizes((width,) * (depth - 1), pixels)
    net = MLP.random(units, seed=derived_seed(setting.seed, Use.UNTRAINED_NETWORK, depth, width))
    return [{"network": "untrained", "depth": depth, "width": width} | _errors(setting, net)]


def _trained(setting: Setting, depth: int) -> list[Row]:
    place = {"network": "trained", "depth": depth, "width": setting.parameters["trained_width"]}
    return [place | _errors(setting, nets.network(setting, _kind(depth)))]


def _errors(setting: Setting, net: MLP) -> dict[str, float]:
    """Return the largest relative errors of Lemma 1 and of homogeneity."""
    x, _ = nets.test_images(setting, setting.parameters["images"])
    logits, scores = net.logits(x), net.input_gradients(x) * x[:, None, :]
    scale = np.abs(scores).sum(axis=2)
    alive = scale > 0.0
    homogeneity = [np.abs(net.logits(t * x) / t - logits)[alive] / scale[alive] for t in setting.parameters["factors"]]
    completeness = np.abs(scores.sum(axis=2) - logits)[alive] / scale[alive]
    return {
        "lemma_1_error": float(np.max(completeness, initial=0.0)),
        "homogeneity_error": float(np.max(homogeneity, initial=0.0)),
    }


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
