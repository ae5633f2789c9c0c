"""The sanity check with its controls: how alike the maps of a trained and of a randomised network are.

Layers re-initialised one by one, in cascade from the logits down (whose first step is the logits' layer by itself), and all of
them by training on permuted labels; each method with and without competition, for the label that the trained network predicts;
and controls beside CGI (:mod:`simulations.lab.maps`). The row of a blank map, for which no similarity is defined, says so.

A similarity is a mean over digits, of the pairs for which it is defined; ``defined`` is their fraction. ``mean`` is over the
networks of all seeds, ``low`` and ``high`` its 95 % interval (Student's t over seeds). ``jaccard expected`` is what supports of
the same sizes would have if placed at random on the lit pixels. Two are no similarities but of the randomised network's map
alone, and for the network "trained" of its map, with intervals over digits: ``kept``, the fraction of lit pixels that it keeps,
and ``selectivity``, the share of the logit that it retains over that fraction, the median over digits. And of the networks that
memorised permuted labels there is the accuracy on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from cgi_theory._arrays import FloatND, Int1D
from cgi_theory.networks import MLP
from cgi_theory.networks.measures import kept, selectivity
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import METRICS, SSIM_WINDOW, PreparedMaps, jaccard_expected
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import accuracy
from simulations.experiment import Experiment, Made, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.maps import AS_SPARSE, BEYOND_THE_INPUT, CGI, METHODS, PLAIN, SETTINGS, Name, maps_of

Place = tuple[str, int, int]  # the kind of randomisation, the lowest layer changed, and how many
_INTERVAL = 0.95
_UPPER = 0.5 + _INTERVAL / 2.0
_SELECTIVE = {PLAIN, CGI, *((name, "control") for name in AS_SPARSE)}
ACCURACY = "training accuracy"
TRAINED_MAPS, RANDOMISED_MAPS = 0, 1  # keys of the random controls: nothing but the networks may make maps alike


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    seeds = 2 if quick else 20
    methods = ["gradient ⊙ input", "integrated gradients", "LRP αβ"] if quick else list(METHODS)
    return nets.described(nets.TRAINED, nets.MEMORISING, quick=quick, memorising=seeds) | {
        "images": 20 if quick else 100,
        "seeds": seeds,
        "methods": methods,
        "method_settings": {method: SETTINGS[method] for method in methods if method in SETTINGS},
        "metrics": [*METRICS, "jaccard expected", "kept", "selectivity", ACCURACY],
        "ssim_window": SSIM_WINDOW,
        "interval": _INTERVAL,
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for the trained network, and one for each randomised."""
    places = _places(len(parameters["networks"][nets.TRAINED]["hidden"]) + 1)
    numbers = range(parameters["seeds"])
    return [Task(_trained), *(Task(_compared, (*place, number)) for place in places for number in numbers)]


def rows(made: Made) -> list[Row]:
    """Return the trained network's rows, and means over networks for the others, with their intervals."""
    trained, *compared = made.results
    seeds = made.parameters["seeds"]
    return trained + [row for i in range(0, len(compared), seeds) for row in _over_networks(compared[i : i + seeds])]


def _places(layers: int) -> list[Place]:
    one_by_one: list[Place] = [("layer-wise", layer, 1) for layer in range(layers)]
    return [
        *one_by_one,
        *(("cascading", layers - depth, depth) for depth in range(2, layers + 1)),
        (nets.MEMORISING, 0, layers),
    ]


def _over_networks(networks: list[list[Row]]) -> Iterator[Row]:
    """Yield the rows of one kind of randomisation: means over its networks, and their intervals."""
    for alike in zip(*networks, strict=True):
        found, defined = np.array([[row["value"], row["defined"]] for row in alike]).T
        mean, half = float(found.mean()), _half(found)
        place = {name: value for name, value in alike[0].items() if name not in ("value", "defined")}
        yield place | {"mean": mean, "low": mean - half, "high": mean + half, "networks": len(found), "defined": defined.mean()}


@dataclass(frozen=True)
class _Before:
    """The trained network's maps, prepared once in every process."""

    net: MLP
    x: FloatND
    labels: Int1D
    maps: dict[Name, PreparedMaps]


@lru_cache(maxsize=1)
def _before(setting: Setting) -> _Before:
    net = nets.network(setting, nets.TRAINED)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    labels = net.predicted_labels(x)
    maps = maps_of(net, x, labels, setting.parameters["methods"], setting.seed, TRAINED_MAPS)
    return _Before(net, x, labels, {name: PreparedMaps(found) for name, found in maps.items()})


def _compared(setting: Setting, network: str, layer: int, depth: int, number: int) -> list[Row]:
    """Return every metric of one randomised network's maps."""
    before = _before(setting)
    net = _randomised(setting, before.net, network, layer, depth, number)
    key, methods = (RANDOMISED_MAPS, layer, depth, number), setting.parameters["methods"]
    after = maps_of(net, before.x, before.labels, methods, setting.seed, *key)
    place = {"network": network, "layer": layer, "depth": depth}
    table: list[Row] = []
    if network == nets.MEMORISING:
        learned = accuracy(net, nets.digits(setting.home).train_x, nets.permuted_labels(setting.home, setting.seed, number))
        table.append(place | {"method": "", "competition": "", "metric": ACCURACY, "value": learned, "defined": 1.0})
    for name, maps in after.items():
        pair = before.maps[name], PreparedMaps(maps)
        metrics = {metric: compare(*pair) for metric, compare in METRICS.items()}
        if name[0] not in BEYOND_THE_INPUT:
            metrics["jaccard expected"] = jaccard_expected(*pair, among=before.x)
        metrics |= _alone(before.x, name, maps, after[PLAIN])
        for metric, values in metrics.items():
            known = values[~np.isnan(values)]
            row = {"method": name[0], "competition": name[1], "metric": metric, "value": _average(metric, known)}
            table.append(place | row | {"defined": len(known) / len(values)})
    return table


def _randomised(setting: Setting, net: MLP, network: str, layer: int, depth: int, number: int) -> MLP:
    if network == nets.MEMORISING:
        return nets.network(setting, network, number)
    seed = derived_seed(setting.seed, Use.RANDOMISATION, number)
    return layer_wise(net, layer, seed=seed) if network == "layer-wise" else cascading(net, depth, seed=seed)


def _alone(x: FloatND, name: Name, maps: FloatND, plain: FloatND) -> dict[str, FloatND]:
    """Return what is measured on one network's maps alone, ``plain`` being its gradient ⊙ input."""
    found: dict[str, FloatND] = {"kept": kept(x, maps)}
    return found | {"selectivity": selectivity(x, plain, maps)} if name in _SELECTIVE else found


def _average(metric: str, values: FloatND) -> float:
    if not values.size:
        return float("nan")
    return float(np.median(values) if metric == "selectivity" else values.mean())


def _trained(setting: Setting) -> list[Row]:
    """Return what is measured on the trained network alone."""
    before, table = _before(setting), []
    for name, maps in before.maps.items():
        for metric, values in _alone(before.x, name, maps.flat, before.maps[PLAIN].flat).items():
            known = values[~np.isnan(values)]
            mean, low, high = _over_digits(metric, known)
            row = {"network": "trained", "method": name[0], "competition": name[1], "metric": metric}
            table.append(row | {"mean": mean, "low": low, "high": high, "networks": 1, "defined": len(known) / len(values)})
    return table


def _over_digits(metric: str, values: FloatND) -> tuple[float, float, float]:
    """Return a metric's average over digits and its 95 % interval: the median's from its ranks, the mean's from Student's t."""
    if metric == "selectivity":
        margin = 0.5 * special.ndtri(_UPPER) / np.sqrt(len(values))
        low, high = np.quantile(values, [0.5 - margin, 0.5 + margin])
        return _average(metric, values), float(low), float(high)
    half = _half(values)
    return _average(metric, values), float(values.mean()) - half, float(values.mean()) + half


def _half(values: FloatND) -> float:
    """Return half of the 95 % interval of a mean: Student's t times its standard error."""
    return float(special.stdtrit(len(values) - 1, _UPPER) * values.std(ddof=1) / np.sqrt(len(values)))


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, rows=rows)
