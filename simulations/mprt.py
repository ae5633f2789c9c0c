"""The sanity check as it was revised: every order and way of randomisation, and the efficient and the smooth test.

Layers of trained networks are randomised in cascade, from the logits down ("top_down") and from the input up ("bottom_up", which
Hedström et al. 2023 advise: the order of Adebayo et al. 2018 leaves the lower layers' part of a map in place, Binder et al.
2023), by new initial weights, by a permutation of a layer's own, and by normal numbers of its mean and deviation. A row is one of
these with one map (:mod:`simulations.lab.maps`), for the label that the network itself predicts before:

* the similarity with the map of the network before (the headline of :mod:`cgi_theory.sanity.metrics`, and over all pixels);
* ``entropy rise``, when all layers are randomised: the score of the efficient test (eMPRT), the relative rise of the entropy of
  the map's histogram (:mod:`cgi_theory.networks.complexity`), over lit and over all pixels. A method passes if it is positive.
* the smooth test (sMPRT), where ``inputs`` = "noisy": the similarity of maps that are each averaged over N inputs, N − 1 of them
  with normal noise of a tenth of the image's range and the last without, as in Quantus (``SmoothMPRT``); other noise before and
  after. Its ``depth`` 0 is the network unchanged: what the noise that is left does to maps by itself.

Means over networks and digits, with 95 % intervals that count both as drawn (:mod:`cgi_theory.sanity.crossed`).
"""

from functools import lru_cache
from typing import NamedTuple, get_args

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, Int1D
from cgi_theory.networks import MLP
from cgi_theory.networks.complexity import BINS, histogram_entropy, relative_rise
from cgi_theory.networks.randomization import Direction, Method, cascading
from cgi_theory.networks.similarity import PreparedMaps
from cgi_theory.networks.streams import Use, derived_seed, generator
from cgi_theory.sanity.crossed import LEVEL, crossed_interval
from cgi_theory.sanity.metrics import ALL, HEADLINE, LIT, Metric, similarity
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.maps import GROUPS, SETTINGS, Name, maps_of

METHODS: tuple[Method, ...] = get_args(Method)
ORDERS: tuple[Direction, ...] = get_args(Direction)
CLEAN, NOISY = "clean", "noisy"
RISE = "entropy rise"
_SIMILARITIES: tuple[Metric, ...] = (*HEADLINE, ("|spearman|", ALL))
_CASCADED = ("gradient ⊙ input", "LRP z⁺", "LRP αβ", "baselines", "controls")  # the others are as the first
_DENOISED = ("gradient ⊙ input", "baselines", "controls")
_NOISE = 0.1  # of the range of an image


class Place(NamedTuple):
    """What is randomised: how, in which order, and how many layers."""

    randomisation: Method
    order: Direction
    depth: int


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    groups = ["gradient ⊙ input", "LRP αβ", "baselines", "controls"] if quick else list(GROUPS)
    return nets.described(nets.RETRAINED, quick=quick, retrained=3 if quick else 10) | {
        "partly_randomised": 2 if quick else 5,  # of these networks; the efficient test is of all, wholly randomised
        "images": 20 if quick else 50,
        "groups": groups,
        "method_settings": {method: SETTINGS[method] for method in groups if method in SETTINGS},
        "randomisations": list(METHODS),
        "bins": BINS,
        "noise": _NOISE,
        "noisy_inputs": 3 if quick else 10,
        "interval": LEVEL,
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for each group of maps and kind of randomisation; for noisy inputs, of new weights from the input up."""
    layers = len(parameters["networks"][nets.RETRAINED]["hidden"]) + 1
    partly = [Place(how, order, depth) for how in METHODS for order in ORDERS for depth in range(1, layers)]
    wholly = [Place(how, ORDERS[1], layers) for how in METHODS]  # in either order
    upwards = [Place(METHODS[0], ORDERS[1], depth) for depth in range(layers + 1)]
    groups = parameters["groups"]
    kinds = (
        (CLEAN, groups, wholly),
        (CLEAN, [group for group in _CASCADED if group in groups], partly),
        (NOISY, _DENOISED, upwards),
    )
    return [Task(_compared, (inputs, group, *place)) for inputs, of, places in kinds for group in of for place in places]


class _Maps(NamedTuple):
    """The digits, and a group's maps of a network."""

    x: PreparedMaps
    labels: Int1D
    maps: dict[Name, PreparedMaps]


def _compared(setting: Setting, inputs: str, group: str, randomisation: Method, order: Direction, depth: int) -> list[Row]:
    """Return the rows of a group's maps under one kind of randomisation."""
    place, found = Place(randomisation, order, depth), dict[tuple[Name, Metric], list[Float1D]]()
    about = setting.parameters["networks"][nets.RETRAINED]
    efficient = inputs == CLEAN and depth == len(about["hidden"]) + 1
    for number in range(about["count"] if efficient else setting.parameters["partly_randomised"]):
        net, before = nets.network(setting, nets.RETRAINED, number), _before(setting, inputs, group, number)
        seed = derived_seed(setting.seed, Use.RANDOMISATION, number)
        changed = cascading(net, depth, seed=seed, method=randomisation, direction=order)
        after = _prepared(setting, inputs, group, changed, before.x.flat, before.labels, number, 1 + METHODS.index(randomisation))
        for name in after:
            pair = before.maps[name], after[name]
            measured = {metric: similarity(metric, before.x)(*pair) for metric in _SIMILARITIES}
            for metric, values in (measured | (_rises(before.x, *pair) if efficient else {})).items():
                found.setdefault((name, metric), []).append(values)
    return [
        {"inputs": inputs, **place._asdict(), **_row(setting, name, metric, np.stack(values))}
        for (name, metric), values in found.items()
    ]


@lru_cache(maxsize=10)
def _before(setting: Setting, inputs: str, group: str, number: int) -> _Maps:
    net = nets.network(setting, nets.RETRAINED, number)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    labels = net.predicted_labels(x)
    return _Maps(PreparedMaps(x), labels, _prepared(setting, inputs, group, net, x, labels, number, 0))


def _prepared(
    setting: Setting, inputs: str, group: str, net: MLP, x: Float2D, labels: Int1D, *key: int
) -> dict[Name, PreparedMaps]:
    """Return a network's maps, or their means over noisy inputs; ``key`` tells what is drawn for one network from another's."""
    if inputs == CLEAN:
        found = maps_of(net, x, labels, [group], setting.seed, *key)
    else:
        count, found = setting.parameters["noisy_inputs"], {}
        for sample in range(count):
            noisy = _noisy(setting, x, *key, sample) if sample < count - 1 else x
            for name, maps in maps_of(net, noisy, labels, [group], setting.seed, *key, sample).items():
                found[name] = found.get(name, 0.0) + maps / count
    return {name: PreparedMaps(maps) for name, maps in found.items() if name[1] != "own label"}


def _noisy(setting: Setting, x: Float2D, *key: int) -> Float2D:
    deviation = setting.parameters["noise"] * np.ptp(x, axis=1, keepdims=True)
    found: Float2D = x + deviation * generator(setting.seed, Use.NOISY_INPUT, *key).standard_normal(x.shape)
    return found


def _rises(x: PreparedMaps, before: PreparedMaps, after: PreparedMaps) -> dict[Metric, Float1D]:
    """Return the relative rise of the entropy over lit and over all pixels."""
    return {
        (RISE, pixels): relative_rise(*(histogram_entropy(maps, among=among) for maps in (before, after)))
        for pixels, among in ((LIT, x), (ALL, None))
    }


def _row(setting: Setting, name: Name, metric: Metric, values: Float2D) -> Row:
    found = crossed_interval(values, np.arange(len(values)), seed=setting.seed)
    row: Row = {"method": name[0], "competition": name[1], "metric": metric[0], "pixels": metric[1]}
    row |= {"mean": found.mean, "low": found.low, "high": found.high}
    return row | {"networks": len(values), "defined": float(np.mean(~np.isnan(values)))}


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
