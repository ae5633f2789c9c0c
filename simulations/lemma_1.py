"""Lemma 1 on networks without biases: how far Σ xᵢ∂S/∂xᵢ is from S, and f(tx) from t f(x), by depth and width.

The errors are those of rounding, relative to Σ|xᵢ∂S/∂xᵢ|: the largest over images and labels. Untrained networks of every
depth and width, and trained ones of some. Where a narrow, deep network has no unit left that is on, there is nothing to
be off by.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.training import Recipe
from simulations.lab import nets


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    epochs = 1 if quick else 3
    return {
        "digits": nets.source(),
        "held_out": nets.HELD_OUT,
        "images": 20 if quick else 100,
        "depths": [1, 2, 4, 8] if quick else [1, 2, 3, 4, 6, 8, 12, 16],
        "widths": [32, 256] if quick else [16, 64, 256, 1024],
        "trained_depths": [1, 2] if quick else [1, 2, 4, 8],
        "trained_width": 64,
        "training": nets.training_settings(Recipe(sizes=(1, nets.LABELS), epochs=epochs)),
        "factors": [0.5, 3.0],
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of networks."""
    return len(parameters["depths"]) * len(parameters["widths"]) + len(parameters["trained_depths"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Measure every network."""
    x, _ = nets.test_images(parameters["images"])
    table = []
    for depth, width in product(parameters["depths"], parameters["widths"]):
        net = MLP.random(nets.sizes((width,) * (depth - 1)), seed=seed)
        table.append({"network": "untrained", "depth": depth, "width": width} | errors(net, x, parameters["factors"]))
        advance(1)
    for depth in parameters["trained_depths"]:
        width = parameters["trained_width"]
        recipe = Recipe(sizes=nets.sizes((width,) * (depth - 1)), seed=seed, biases=False, **parameters["training"])
        net = nets.fit(recipe, nets.data().train_x, nets.data().train_labels, f"training, depth {depth}")
        table.append({"network": "trained", "depth": depth, "width": width} | errors(net, x, parameters["factors"]))
        advance(1)
    return table


def errors(net: MLP, x: np.ndarray, factors: list[float]) -> dict[str, float]:
    """Return the largest relative errors of Lemma 1 and of homogeneity."""
    logits, scores = net.logits(x), net.input_gradients(x) * x[:, None, :]
    scale = np.abs(scores).sum(axis=2)
    alive = scale > 0.0
    homogeneity = [np.abs(net.logits(t * x) / t - logits)[alive] / scale[alive] for t in factors]
    completeness = np.abs(scores.sum(axis=2) - logits)[alive] / scale[alive]
    return {
        "lemma_1_error": float(np.max(completeness, initial=0.0)),
        "homogeneity_error": float(np.max(homogeneity, initial=0.0)),
    }
