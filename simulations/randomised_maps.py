"""Pixels of maps of randomised networks: the table behind Figures 4 to 10.

A network of six layers with biases, trained, each layer re-initialised by itself, and in cascade from the logits down; and the
smaller network that memorised permuted labels. Of a few held-out digits that the trained networks get right: gradient ⊙ input and
LRP with α = 2, β = 1 for the label that the trained network predicts, each without and with competition (CGI, CLRP), and with
competition for the label that the network itself predicts ("own label"). On a network with biases this rule differs from
gradient ⊙ input.
"""

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Float2D, Int1D, RealND
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import accuracy
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets

LRP = {"alpha": 2.0, "beta": 1.0}
MAPS = {"gradient ⊙ input": "CGI", "LRP": "CLRP"}  # by what they are with competition
SIX, THREE = "six layers", "three layers"


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    own = {"shown": [3] if quick else [3, 0, 7], "lrp": LRP}
    return nets.described(nets.SIX_LAYERS, nets.TRAINED, nets.MEMORISING, quick=quick) | own


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each network: which, what is randomised of it, the lowest layer changed, and how many."""
    layers = len(parameters["networks"][nets.SIX_LAYERS]["hidden"]) + 1
    places = [(SIX, "none", layers, 0), *((SIX, "layer-wise", layer, 1) for layer in range(layers))]
    places += [(SIX, "cascading", layers - depth, depth) for depth in range(1, layers + 1)]
    layers = len(parameters["networks"][nets.TRAINED]["hidden"]) + 1
    places += [(THREE, "none", layers, 0), (THREE, nets.MEMORISING, 0, layers)]
    return [Task(_pixels, place) for place in places]


def _pixels(setting: Setting, network: str, randomised: str, layer: int, depth: int) -> list[Row]:
    """Return a row for every digit and pixel."""
    digits, net = nets.digits(setting.home), _network(setting, network, randomised, layer, depth)
    x, labels = digits.test_x, digits.test_labels
    both = (nets.network(setting, kind).predicted_labels(x) for kind in (nets.SIX_LAYERS, nets.TRAINED))
    right = np.logical_and(*(predicted == labels for predicted in both))
    shown = [int(np.flatnonzero(right & (labels == digit))[0]) for digit in setting.parameters["shown"]]
    place = {"network": network, "randomised": randomised, "layer": layer, "depth": depth, "accuracy": accuracy(net, x, labels)}
    maps = _maps(net, x[shown], labels[shown])
    return [
        place | {"digit": int(labels[image]), "image": image, "pixel": pixel} | dict(zip(maps, values, strict=True))
        for number, image in enumerate(shown)
        for pixel, values in enumerate(zip(*(values[number].tolist() for values in maps.values()), strict=True))
    ]


def _network(setting: Setting, network: str, randomised: str, layer: int, depth: int) -> MLP:
    if randomised == nets.MEMORISING:
        return nets.network(setting, nets.MEMORISING)
    net = nets.network(setting, nets.SIX_LAYERS if network == SIX else nets.TRAINED)
    seed = derived_seed(setting.seed, Use.RANDOMISATION, 0)
    return layer_wise(net, layer, seed=seed) if randomised == "layer-wise" else cascading(net, depth, seed=seed)


def _maps(net: MLP, x: Float2D, labels: Int1D) -> dict[str, RealND]:
    """Return the input and the maps by their names, each (images, d)."""
    scores = {"gradient ⊙ input": attribution.gradient_times_input(net, x), "LRP": attribution.lrp(net, x, "alpha_beta", **LRP)}
    maps: dict[str, RealND] = {"input": x}
    for name, values in scores.items():
        maps |= {name: of_chosen_label(values, labels), MAPS[name]: compete(values, labels)}
        maps |= {f"{MAPS[name]}, own label": compete(values, net.predicted_labels(x))}
    return maps


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
