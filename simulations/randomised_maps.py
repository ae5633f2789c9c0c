"""Pixels of maps of randomised networks: the table behind Figures 4 to 10.

A network of six layers with biases, trained, each layer re-initialised by itself, and in cascade from the logits down; and the
smaller network that memorised permuted labels. Of a few held-out digits that the trained networks get right: gradient ⊙ input and
LRP with α = 2, β = 1 for the label that the trained network predicts, each without and with competition (CGI, CLRP), and with
competition for the label that the network itself predicts ("own label"). On a network with biases this rule differs from
gradient ⊙ input.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.randomization import cascading, layer_wise
from simulations.lab import nets

LRP = {"alpha": 2.0, "beta": 1.0}
MAPS = {"gradient ⊙ input": "CGI", "LRP": "CLRP"}  # by what they are with competition


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    own = {"shown": [3] if quick else [3, 0, 7], "lrp": LRP, "quick": quick}
    return nets.described(nets.SIX_LAYERS, "trained", "permuted labels", quick=quick) | own


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of networks."""
    return 2 * len(nets.DEEP) + 4


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Return a row for every network, digit and pixel."""
    quick = parameters["quick"]
    deep, net = nets.deep_network(seed=seed, quick=quick), nets.network("trained", seed=seed, quick=quick)
    x, labels = nets.test_images(len(nets.data().test_x))
    right = np.logical_and(*(network.predicted_labels(x) == labels for network in (deep, net)))
    shown = [int(np.flatnonzero(right & (labels == digit))[0]) for digit in parameters["shown"]]
    table = []
    for place, network in _networks(deep, net, seed, quick):
        accuracy = float(np.mean(network.predicted_labels(x) == labels))
        for image, columns in zip(shown, _columns(network, x[shown], labels[shown]), strict=True):
            for pixel, values in enumerate(columns):
                row = {"digit": int(labels[image]), "image": image, "pixel": pixel} | values
                table.append(place | {"accuracy": accuracy} | row)
        advance(1)
    return table


def _networks(deep: MLP, net: MLP, seed: int, quick: bool) -> Iterator[tuple[dict[str, Any], MLP]]:
    layers = len(deep.weights)
    yield {"network": "six layers", "randomised": "none", "layer": layers, "depth": 0}, deep
    for layer in range(layers):
        yield (
            {"network": "six layers", "randomised": "layer-wise", "layer": layer, "depth": 1},
            layer_wise(deep, layer, seed=seed),
        )
    for depth in range(1, layers + 1):
        place = {"network": "six layers", "randomised": "cascading", "layer": layers - depth, "depth": depth}
        yield place, cascading(deep, depth, seed=seed)
    layers = len(net.weights)
    yield {"network": "three layers", "randomised": "none", "layer": layers, "depth": 0}, net
    memorised = nets.network("permuted labels", seed=seed, quick=quick)
    yield {"network": "three layers", "randomised": "permuted labels", "layer": 0, "depth": layers}, memorised


def _columns(net: MLP, x: np.ndarray, labels: np.ndarray) -> Iterator[list[dict[str, float]]]:
    """Yield, for each image, the input and the maps of every pixel."""
    scores = {"gradient ⊙ input": attribution.gradient_times_input(net, x), "LRP": attribution.lrp(net, x, "alpha_beta", **LRP)}
    maps = {"input": x}
    for name, values in scores.items():
        maps |= {name: of_chosen_label(values, labels), MAPS[name]: compete(values, labels)}
        maps |= {f"{MAPS[name]}, own label": compete(values, net.predicted_labels(x))}
    for image in range(len(x)):
        yield [{name: float(values[image, pixel]) for name, values in maps.items()} for pixel in range(x.shape[1])]
