"""Pixels of maps of randomised networks: the table behind Figures 4 to 10.

A network with biases, trained, each layer re-initialised by itself, and in cascade from the logits down; and one that memorised
permuted labels. Of MLPs the former has six layers, the latter three; AlexNet (``--network``) has eight, and of VGG's nineteen
some are shown. Of a few held-out digits that the trained networks get right: gradient ⊙ input and
LRP with α = 2, β = 1 for the label that the trained network predicts, each without and with competition (CGI, CLRP), and with
competition for the label that the network itself predicts ("own label"). On a network with biases this rule differs from
gradient ⊙ input.

Layers are counted from 0, the one at the input.
"""

from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Float2D, Int1D, RealND
from cgi_theory.networks import attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.network import predicted_labels, require_layered
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import accuracy
from simulations.experiment import ALEXNET, ARCHITECTURES, MLPS, VGG, Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.relevance import ALPHA_BETA, alpha_beta

MAPS = {"gradient ⊙ input": "CGI", "LRP": "CLRP"}  # by what they are with competition
SIX, THREE = "six layers", "three layers"
# Of an architecture: how many layers it has, and those that are shown. In cascade a layer is shown with all above it randomised.
LAYERS = {ALEXNET: (8, range(8)), VGG: (19, (0, 2, 4, 8, 12, 15, 16, 17, 18))}


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed."""
    own: Parameters = {"shown": [3] if quick else [3, 0, 7], "lrp": ALPHA_BETA}
    if architecture == MLPS:
        return nets.described(nets.SIX_LAYERS, nets.TRAINED, nets.MEMORISING, quick=quick) | own
    layers, shown = LAYERS[architecture]
    own |= {"layers": layers, "layers_shown": list(shown)}
    kinds = (nets.TRAINED, nets.MEMORISING) if architecture == ALEXNET else (nets.TRAINED,)
    return nets.of_architecture(*kinds, architecture=architecture, quick=quick) | own


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each network: which, what is randomised of it, the lowest layer changed, and how many."""
    randomised, memorising = networks_of(parameters)
    known = parameters["networks"]
    layers = parameters.get("layers") or len(known[_kind(randomised)]["hidden"]) + 1
    shown = parameters.get("layers_shown", range(layers))
    places = [(randomised, "none", layers, 0), *((randomised, "layer-wise", layer, 1) for layer in shown)]
    places += [(randomised, "cascading", layer, layers - layer) for layer in reversed(shown)]
    if randomised != memorising:
        layers = len(known[nets.TRAINED]["hidden"]) + 1
        places += [(memorising, "none", layers, 0)]
    if nets.MEMORISING in known:
        places += [(memorising, nets.MEMORISING, 0, layers)]
    return [Task(_pixels, place) for place in places]


def networks_of(parameters: Parameters) -> tuple[str, str]:
    """Return the names of the network whose layers are randomised, and of that whose twin memorised permuted labels."""
    architecture = parameters["networks"][nets.TRAINED].get("architecture")
    return (SIX, THREE) if architecture is None else (architecture, architecture)


def _kind(network: str) -> str:
    return nets.SIX_LAYERS if network == SIX else nets.TRAINED


def _pixels(setting: Setting, network: str, randomised: str, layer: int, depth: int) -> list[Row]:
    """Return a row for every digit and pixel."""
    digits, net = nets.digits(setting.home), _network(setting, network, randomised, layer, depth)
    x, labels = digits.test_x, digits.test_labels
    trained = {_kind(name) for name in networks_of(setting.parameters)}
    right = np.all([predicted_labels(nets.any_network(setting, kind), x) == labels for kind in sorted(trained)], axis=0)
    shown = [int(np.flatnonzero(right & (labels == digit))[0]) for digit in setting.parameters["shown"]]
    place = {"network": network, "randomised": randomised, "layer": layer, "depth": depth, "accuracy": accuracy(net, x, labels)}
    maps = _maps(net, x[shown], labels[shown])
    return [
        place | {"digit": int(labels[image]), "image": image, "pixel": pixel} | dict(zip(maps, values, strict=True))
        for number, image in enumerate(shown)
        for pixel, values in enumerate(zip(*(values[number].tolist() for values in maps.values()), strict=True))
    ]


def _network(setting: Setting, network: str, randomised: str, layer: int, depth: int) -> Any:
    if randomised == nets.MEMORISING:
        return nets.any_network(setting, nets.MEMORISING)
    net = require_layered(nets.any_network(setting, _kind(network)))
    seed = derived_seed(setting.seed, Use.RANDOMISATION, 0)
    return layer_wise(net, layer, seed=seed) if randomised == "layer-wise" else cascading(net, depth, seed=seed)


def _maps(net: Any, x: Float2D, labels: Int1D) -> dict[str, RealND]:
    """Return the input and the maps by their names, each (images, d)."""
    scores = {"gradient ⊙ input": attribution.gradient_times_input(net, x), "LRP": alpha_beta(net, x, **ALPHA_BETA)}
    maps: dict[str, RealND] = {"input": x}
    for name, values in scores.items():
        maps |= {name: of_chosen_label(values, labels), MAPS[name]: compete(values, labels)}
        maps |= {f"{MAPS[name]}, own label": compete(values, predicted_labels(net, x))}
    return maps


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, architectures=ARCHITECTURES)
