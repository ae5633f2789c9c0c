"""The sanity check with its controls: how alike the maps of a trained and of a randomised network are.

Layers re-initialised one by one, in cascade from the logits down (whose first step is the logits' layer by itself), and all of
them by training on permuted labels; each method with and without competition, for the label that the trained network predicts;
and controls beside CGI (:mod:`simulations.lab.maps`). The row of a blank map, for which no similarity is defined, says so.

A similarity is a mean over digits, of the pairs for which it is defined; ``defined`` is their fraction. ``mean`` is over the
networks of all seeds, ``low`` and ``high`` its 95 % interval (Student's t over seeds). ``jaccard expected`` is what supports of
the same sizes would have if placed at random on the lit pixels. Two are no similarities but of the randomised network's map
alone, and for the network "trained" of its map, with intervals over digits: ``kept``, the fraction of lit pixels that it keeps,
and ``selectivity``, the share of the logit that it retains over that fraction, the median over digits.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import stats

from cgi_theory._executors import ProcessPool, available_processors, completed
from cgi_theory.networks import MLP
from cgi_theory.networks.measures import kept, selectivity
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import METRICS, SSIM_WINDOW, PreparedMaps, jaccard_expected
from simulations.lab import nets
from simulations.lab.maps import AS_SPARSE, CGI, METHODS, PLAIN, SETTINGS, maps_of

Array = np.ndarray
Place = tuple[str, int, int]  # the kind of randomisation, the lowest layer changed, and how many
Maps = dict[tuple[str, str], Array]  # (method, competition): maps
Values = dict[tuple[str, str, str], tuple[float, float]]  # (method, competition, metric): value and fraction defined
_INTERVAL = 0.95
_UPPER = 0.5 + _INTERVAL / 2.0
_SELECTIVE = {PLAIN, CGI, *((name, "control") for name in AS_SPARSE)}


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    methods = list(METHODS)[:2] if quick else list(METHODS)
    return nets.described("trained", "permuted labels", quick=quick) | {
        "images": 20 if quick else 100,
        "seeds": 2 if quick else 20,
        "methods": methods,
        "method_settings": {method: SETTINGS[method] for method in methods if method in SETTINGS},
        "metrics": [*METRICS, "jaccard expected", "kept", "selectivity"],
        "ssim_window": SSIM_WINDOW,
        "interval": _INTERVAL,
        "quick": quick,
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of randomised networks."""
    return len(_places(len(nets.HIDDEN) + 1)) * int(parameters["seeds"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Compare the maps of every randomised network with those of the trained one."""
    net, seeds = nets.network("trained", seed=seed, quick=parameters["quick"]), range(parameters["seeds"])
    places = _places(len(net.weights))
    for number in seeds:  # trained here once, workers take them from the folder
        nets.network("permuted labels", seed=seed + number, quick=parameters["quick"])
    calls = ((place, number, parameters, seed, nets.settings()) for place, number in itertools.product(places, seeds))
    workers = available_processors()
    found: dict[tuple[Place, int], Values] = {}
    with ProcessPool(workers) as pool, closing(completed(pool, _compared, calls, 2 * workers)) as finished:
        for (place, number, *_), values in finished:
            found[place, number] = values
            advance(1)
    table = list(_trained_rows(parameters, seed))
    for place in places:
        table += _rows_of(place, [found[place, number] for number in seeds])
    return table


def _places(layers: int) -> list[Place]:
    one_by_one: list[Place] = [("layer-wise", layer, 1) for layer in range(layers)]
    return [
        *one_by_one,
        *(("cascading", layers - depth, depth) for depth in range(2, layers + 1)),
        ("permuted labels", 0, layers),
    ]


def _rows_of(place: Place, values: list[Values]) -> Iterator[dict[str, Any]]:
    """Yield the rows of one kind of randomisation: means over seeds, and their intervals."""
    network, layer, depth = place
    for method, competition, metric in values[0]:
        found, defined = np.array([value[method, competition, metric] for value in values]).T
        mean, half = float(found.mean()), float(stats.sem(found) * stats.t.ppf(_UPPER, len(found) - 1))
        yield {
            **{"network": network, "layer": layer, "depth": depth, "method": method, "competition": competition},
            **{"metric": metric, "mean": mean, "low": mean - half, "high": mean + half, "networks": len(found)},
            "defined": float(defined.mean()),
        }


@dataclass(frozen=True)
class _Before:
    """The trained network's maps, prepared once in every process."""

    net: MLP
    x: Array
    labels: Array
    maps: dict[tuple[str, str], PreparedMaps]


@lru_cache(maxsize=1)
def _before(digits: str, images: int, methods: tuple[str, ...], seed: int, quick: bool) -> _Before:
    """``digits`` tells one set of digits from another in the cache."""
    net = nets.network("trained", seed=seed, quick=quick)
    x, _ = nets.test_images(images)
    labels = net.predicted_labels(x)
    maps = maps_of(net, x, labels, methods, seed)
    return _Before(net, x, labels, {name: PreparedMaps(found) for name, found in maps.items()})


def _before_of(parameters: dict[str, Any], seed: int) -> _Before:
    digits, images, methods, quick = (parameters[name] for name in ("digits", "images", "methods", "quick"))
    return _before(digits, images, tuple(methods), seed, quick)


def _compared(place: Place, number: int, parameters: dict[str, Any], seed: int, settings: nets.Settings) -> Values:
    """Return every metric of one randomised network's maps; a worker's task."""
    nets.use(settings)
    before = _before_of(parameters, seed)
    network, layer, depth = place
    if network == "permuted labels":
        net = nets.network(network, seed=seed + number, quick=parameters["quick"])
    else:
        net = layer_wise(before.net, layer, seed=number) if network == "layer-wise" else cascading(before.net, depth, seed=number)
    # Another stream of the random controls: nothing but the networks may make the maps alike.
    after = maps_of(net, before.x, before.labels, parameters["methods"], seed + 1 + number)
    found: Values = {}
    for name, maps in after.items():
        pair = before.maps[name], PreparedMaps(maps)
        metrics = {metric: compare(*pair) for metric, compare in METRICS.items()}
        if name[0] != "noise":  # which lights pixels that are blank in the input
            metrics["jaccard expected"] = jaccard_expected(*pair, among=before.x)
        metrics |= _alone(before.x, name, maps, after[PLAIN])
        for metric, values in metrics.items():
            found[*name, metric] = _average(metric, values[~np.isnan(values)]), float(np.mean(~np.isnan(values)))
    return found


def _alone(x: Array, name: tuple[str, str], maps: Array, plain: Array) -> dict[str, Array]:
    """Return what is measured on one network's maps alone, ``plain`` being its gradient ⊙ input."""
    found = {"kept": kept(x, maps)}
    return found | {"selectivity": selectivity(x, plain, maps)} if name in _SELECTIVE else found


def _average(metric: str, values: Array) -> float:
    if not values.size:
        return float("nan")
    return float(np.median(values) if metric == "selectivity" else values.mean())


def _trained_rows(parameters: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    """Yield what is measured on the trained network alone."""
    before = _before_of(parameters, seed)
    for name, maps in before.maps.items():
        for metric, values in _alone(before.x, name, maps.flat, before.maps[PLAIN].flat).items():
            defined = values[~np.isnan(values)]
            yield {
                **{"network": "trained", "method": name[0], "competition": name[1], "metric": metric},
                **dict(zip(("mean", "low", "high"), _over_digits(metric, defined), strict=True)),
                **{"networks": 1, "defined": len(defined) / len(values)},
            }


def _over_digits(metric: str, values: Array) -> tuple[float, float, float]:
    """Return a metric's average over digits and its 95 % interval: the median's from its ranks, the mean's from Student's t."""
    if metric == "selectivity":
        margin = 0.5 * stats.norm.ppf(_UPPER) / np.sqrt(len(values))
        low, high = np.quantile(values, [0.5 - margin, 0.5 + margin])
        return _average(metric, values), float(low), float(high)
    half = float(stats.sem(values) * stats.t.ppf(_UPPER, len(values) - 1))
    return _average(metric, values), float(values.mean()) - half, float(values.mean()) + half
