"""Σ of gradient ⊙ input against the logit on a network with biases, every label of many images: the table behind Figure 2."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cgi_theory.networks import attribution
from simulations.lab import nets


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return nets.described("trained", quick=quick) | {"images": 50 if quick else 300, "quick": quick}


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of networks."""
    return 1


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Return a row for every image and label."""
    net = nets.network("trained", seed=seed, quick=parameters["quick"])
    x, labels = nets.test_images(parameters["images"])
    sums, logits = attribution.gradient_times_input(net, x).sum(axis=2), net.logits(x)
    advance(1)
    return [
        {"image": image, "label": label, "true": int(labels[image]), "logit": logit, "score_sum": sums[image, label]}
        for (image, label), logit in np.ndenumerate(logits)
    ]
