"""The sanity check with its controls: how alike the maps of trained and of randomised networks are.

Layers re-initialised one by one, in cascade from the logits down (whose first step is the logits' layer by itself), and all of
them by training on permuted labels; each method with and without competition, for the label that the trained network predicts;
and baselines, and controls beside CGI (:mod:`simulations.lab.maps`). The row of a blank map, for which no similarity is defined,
says so. Of maps for the label that a network itself predicts ("own label") there is the headline.

Correlations are over the lit pixels ("lit") and over all (:mod:`cgi_theory.sanity.metrics`). A similarity is a mean over
networks and digits, of the pairs for which it is defined; ``defined`` is their fraction. ``low`` and ``high`` are its 95 %
interval, for other networks *and* digits (:mod:`cgi_theory.sanity.crossed`): each network is compared with itself randomised.
``jaccard expected`` is what supports of the same sizes would have if placed at random on the lit pixels. Two are no similarities
but of the randomised network's map alone, and for "trained" of the trained ones': ``kept``, the fraction of lit pixels that it
keeps, and ``selectivity``, the share of the logit that it retains over that fraction, the median over networks and digits. And of
the networks that memorised permuted labels there is the accuracy on them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, Int1D
from cgi_theory.networks import MLP
from cgi_theory.networks.measures import kept, selectivity
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import SSIM_WINDOW, PreparedMaps, jaccard_expected
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import accuracy
from cgi_theory.sanity.crossed import LEVEL, crossed_interval, crossed_median
from cgi_theory.sanity.metrics import ALL, HEADLINE, LIT, METRICS, Metric, similarity
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.maps import AS_SPARSE, BEYOND_THE_INPUT, CGI, GROUPS, PLAIN, SETTINGS, Name, maps_of, plain_scores

Place = tuple[str, int, int]  # the kind of randomisation, the lowest layer changed, and how many
_SELECTIVE = {PLAIN, CGI, *((name, "control") for name in AS_SPARSE)}
EXPECTED, KEPT, SELECTIVITY = ("jaccard expected", LIT), ("kept", LIT), ("selectivity", LIT)
ACCURACY = "training accuracy"
TRAINED_MAPS, RANDOMISED_MAPS = 0, 1  # keys of the random controls: nothing but the networks may make maps alike


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    groups = ["gradient ⊙ input", "LRP z⁺", "LRP αβ", "baselines", "controls"] if quick else list(GROUPS)
    kinds, many = (nets.RETRAINED, nets.MEMORISING), 2 if quick else 8
    return nets.described(*kinds, quick=quick, retrained=2 if quick else 10, memorising=many) | {
        "images": 20 if quick else 100,
        "groups": groups,
        "method_settings": {method: SETTINGS[method] for method in groups if method in SETTINGS},
        "metrics": [list(metric) for metric in (*METRICS, EXPECTED, KEPT, SELECTIVITY, (ACCURACY, ALL))],
        "ssim_window": SSIM_WINDOW,
        "interval": LEVEL,
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for each group of maps on the trained network and on each kind of randomised ones, and for accuracies."""
    places = _places(len(parameters["networks"][nets.RETRAINED]["hidden"]) + 1)
    groups = parameters["groups"]
    alone = [Task(_trained, (group,)) for group in groups]
    return [*alone, Task(_accuracy), *(Task(_compared, (group, *place)) for group in groups for place in places)]


def _places(layers: int) -> list[Place]:
    one_by_one: list[Place] = [("layer-wise", layer, 1) for layer in range(layers)]
    return [
        *one_by_one,
        *(("cascading", layers - depth, depth) for depth in range(2, layers + 1)),
        (nets.MEMORISING, 0, layers),
    ]


@dataclass(frozen=True)
class _Before:
    """A trained network, the digits, the labels that it predicts, and a group of its maps."""

    net: MLP
    x: PreparedMaps
    labels: Int1D
    maps: dict[Name, PreparedMaps]


@lru_cache(maxsize=10)
def _before(setting: Setting, group: str, number: int) -> _Before:
    net = nets.network(setting, nets.RETRAINED, number)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    labels = net.predicted_labels(x)
    maps = maps_of(net, x, labels, [group], setting.seed, TRAINED_MAPS, number)
    return _Before(net, PreparedMaps(x), labels, {name: PreparedMaps(found) for name, found in maps.items()})


def _compared(setting: Setting, group: str, network: str, layer: int, depth: int) -> list[Row]:
    """Return the rows of a group's maps: those of trained networks beside those of one kind of randomised ones."""
    found: dict[tuple[Name, Metric], list[Float1D]] = {}
    for number in range(_count(setting, nets.MEMORISING if network == nets.MEMORISING else nets.RETRAINED)):
        before = _before(setting, group, number)
        net = _randomised(setting, before.net, network, layer, depth, number)
        key = (RANDOMISED_MAPS, layer, depth, number)
        after = maps_of(net, before.x.flat, before.labels, [group], setting.seed, *key)
        plain = _plain(net, before)
        for name, maps in after.items():
            pair = before.maps[name], PreparedMaps(maps)
            metrics = HEADLINE if name[1] == "own label" else METRICS
            measured = {metric: similarity(metric, before.x)(*pair) for metric in metrics}
            if metrics is METRICS and name[0] not in BEYOND_THE_INPUT:
                measured[EXPECTED] = jaccard_expected(*pair, among=before.x)
            for metric, values in (measured | _alone(before.x.flat, name, maps, plain)).items():
                found.setdefault((name, metric), []).append(values)
    place = {"network": network, "layer": layer, "depth": depth}
    return [place | _row(setting, name, metric, np.stack(values)) for (name, metric), values in found.items()]


def _count(setting: Setting, kind: str) -> int:
    """Return how many networks of a kind there are."""
    found: int = setting.parameters["networks"][kind]["count"]
    return found


def _randomised(setting: Setting, net: MLP, network: str, layer: int, depth: int, number: int) -> MLP:
    if network == nets.MEMORISING:
        return nets.network(setting, network, number)
    seed = derived_seed(setting.seed, Use.RANDOMISATION, number)
    return layer_wise(net, layer, seed=seed) if network == "layer-wise" else cascading(net, depth, seed=seed)


def _plain(net: MLP, before: _Before) -> Float2D | None:
    """Return gradient ⊙ input, if the selectivity of a map of the group is measured."""
    return plain_scores(net, before.x.flat, before.labels) if any(name in _SELECTIVE for name in before.maps) else None


def _alone(x: Float2D, name: Name, maps: Float2D, plain: Float2D | None) -> dict[Metric, Float1D]:
    """Return what is measured on one network's maps alone, ``plain`` being its gradient ⊙ input."""
    found = {KEPT: kept(x, maps)}
    return found | {SELECTIVITY: selectivity(x, plain, maps)} if name in _SELECTIVE and plain is not None else found


def _trained(setting: Setting, group: str) -> list[Row]:
    """Return what is measured on the trained networks alone."""
    found: dict[tuple[Name, Metric], list[Float1D]] = {}
    for number in range(_count(setting, nets.RETRAINED)):
        before = _before(setting, group, number)
        plain = _plain(before.net, before)
        for name, maps in before.maps.items():
            for metric, values in _alone(before.x.flat, name, maps.flat, plain).items():
                found.setdefault((name, metric), []).append(values)
    return [{"network": "trained"} | _row(setting, name, metric, np.stack(values)) for (name, metric), values in found.items()]


def _accuracy(setting: Setting) -> list[Row]:
    """Return how many of their labels the networks know that memorised them."""
    images, found = nets.digits(setting.home).train_x, []
    for number in range(_count(setting, nets.MEMORISING)):
        labels = nets.permuted_labels(setting.home, setting.seed, number)
        found.append([accuracy(nets.network(setting, nets.MEMORISING, number), images, labels)])
    layers = len(setting.parameters["networks"][nets.MEMORISING]["hidden"]) + 1
    place = {"network": nets.MEMORISING, "layer": 0, "depth": layers}
    return [place | _row(setting, ("", ""), (ACCURACY, ALL), np.array(found))]


def _row(setting: Setting, name: Name, metric: Metric, values: Float2D) -> Row:
    """Return a metric's average over networks and digits, (networks, digits), with its interval."""
    average = crossed_median if metric == SELECTIVITY else crossed_interval
    found = average(values, np.arange(len(values)), seed=setting.seed)
    row: Row = {"method": name[0], "competition": name[1], "metric": metric[0], "pixels": metric[1]}
    row |= {"mean": found.mean, "low": found.low, "high": found.high}
    return row | {"networks": len(values), "defined": float(np.mean(~np.isnan(values)))}


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
