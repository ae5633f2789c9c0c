"""Graded checks: does a map change as much as the function does? From a trained network to a random one, by steps.

Three paths lead away from a network that learned the digits, its reference. *weights*: (1 − λ)W + λW' between its own and
random ones. *labels*: a fraction λ of the training labels permuted, from the same initial weights. *epochs*: training broken
off early; the last epoch is the reference. On each step there are the accuracy on the digits held out, how often the
predictions agree with the reference's, and the similarity over lit pixels of every map with the reference's, for the label that
the reference predicts: means over networks of other seeds and digits, with intervals that count both
(:mod:`cgi_theory.sanity.crossed`). Over the steps of all paths, without the references themselves, three numbers say how each map
follows the function (:mod:`simulations.lab.following`).
"""

from functools import lru_cache, partial

import numpy as np

from cgi_theory._arrays import FloatND
from cgi_theory.networks import MLP
from cgi_theory.networks.randomization import towards_random
from cgi_theory.networks.similarity import PreparedMaps
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.sanity.crossed import crossed_interval
from cgi_theory.sanity.metrics import HEADLINE, similarity
from simulations.experiment import Experiment, Made, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.following import followed
from simulations.lab.maps import GROUPS, Name, maps_of

WEIGHTS, LABELS, EPOCHS = "weights", "labels", "epochs"
ALL_PATHS = "all"
AGREEMENT, ACCURACY = "agreement", "accuracy"
MEAN = "mean"
_NAME = ("method", "competition", "metric")
_UNDRAWN = ("blank", "noise", "one random pixel")


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    count = 2 if quick else 6
    described = nets.described(nets.RETRAINED, quick=quick, retrained=count)
    reference = described["networks"][nets.RETRAINED]
    epochs = reference["training"]["epochs"]
    steps = {
        WEIGHTS: [0.0, 0.5, 1.0] if quick else [round(0.1 * i, 1) for i in range(11)],
        LABELS: [0.0, 0.1, 1.0] if quick else [0.0, 0.1, 0.25, 0.5, 0.75, 1.0],
        EPOCHS: [0, 1, epochs] if quick else [0, 1, 2, 4, 8, epochs],
    }
    hidden, common = tuple(reference["hidden"]), {"count": count, "own_seed": True, "epochs": epochs}
    for fraction in steps[LABELS][1:]:
        described["networks"][_kind(LABELS, fraction)] = nets.description(hidden, permuted_labels=fraction, **common)
    for epoch in steps[EPOCHS][1:-1]:
        described["networks"][_kind(EPOCHS, epoch)] = nets.description(hidden, stop_after=epoch, **common)
    return described | {"images": 20 if quick else 100, "maps": list(GROUPS), "steps": steps}


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for every network and step of a path."""
    return [Task(_compared, place) for place in _places(parameters)]


def _places(parameters: Parameters) -> list[tuple[str, float, int]]:
    """Return the steps of all paths for one network after the other: a process knows the references of the last two."""
    count = parameters["networks"][nets.RETRAINED]["count"]
    return [(path, step, number) for number in range(count) for path, step in _steps(parameters)]


def _steps(parameters: Parameters) -> list[tuple[str, float]]:
    return [(path, step) for path, steps in parameters["steps"].items() for step in steps]


def _kind(path: str, step: float) -> str:
    return f"{path} {step}"


@lru_cache(maxsize=2)
def _reference(setting: Setting, number: int) -> tuple[MLP, dict[Name, PreparedMaps]]:
    net = nets.network(setting, nets.RETRAINED, number)
    return net, _maps(setting, net, net, number)


def _maps(setting: Setting, reference: MLP, net: MLP, *key: int) -> dict[Name, PreparedMaps]:
    x, _ = nets.test_images(setting, setting.parameters["images"])
    found = maps_of(net, x, reference.predicted_labels(x), setting.parameters["maps"], setting.seed, *key)
    return {name: PreparedMaps(maps) for name, maps in found.items() if name[0] not in _UNDRAWN and name[1] != "own label"}


def _on_the_path(setting: Setting, reference: MLP, path: str, step: float, number: int) -> MLP:
    """Return the network of a step."""
    if _is_reference(setting.parameters, path, step):
        return reference
    if path == WEIGHTS:
        return towards_random(reference, step, seed=derived_seed(setting.seed, Use.RANDOMISATION, number))
    if path == EPOCHS and step == 0:
        return MLP.random(reference.sizes, seed=derived_seed(setting.seed, Use.RETRAINED_NETWORK, number))
    return nets.network(setting, _kind(path, step), number)


def _is_reference(parameters: Parameters, path: str, step: float) -> bool:
    """Return whether a step is where its path begins; training begins at the other end."""
    return bool(step == parameters["steps"][path][-1 if path == EPOCHS else 0])


def _compared(setting: Setting, path: str, step: float, number: int) -> list[Row]:
    """Return the values of each digit: of both kinds of agreement, and of every map and metric."""
    reference, before = _reference(setting, number)
    net, digits = _on_the_path(setting, reference, path, step, number), nets.digits(setting.home)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    predicted = net.predicted_labels(digits.test_x)
    table = [
        _values("", "", ACCURACY, predicted == digits.test_labels),
        _values("", "", AGREEMENT, predicted == reference.predicted_labels(digits.test_x)),
    ]
    drawn = number, 1 + _steps(setting.parameters).index((path, step))  # a random mask is drawn anew on every step
    inputs = PreparedMaps(x)
    for name, maps in _maps(setting, reference, net, *drawn).items():
        table.extend(_values(*name, metric[0], similarity(metric, inputs)(before[name], maps)) for metric in HEADLINE)
    return table


def _values(method: str, competition: str, metric: str, values: FloatND) -> Row:
    return {
        "method": method,
        "competition": competition,
        "metric": metric,
        "values": np.asarray(values, dtype=np.float64).tolist(),
    }


def rows(made: Made) -> list[Row]:
    """Return a row for every step, map and metric; then three for every map and metric, over the steps of all paths."""
    count, table, along = made.parameters["networks"][nets.RETRAINED]["count"], [], []
    interval = partial(crossed_interval, networks=np.arange(count), seed=0)
    steps = _steps(made.parameters)
    for place, (path, step) in enumerate(steps):
        found = {}
        for alike in zip(*made.results[place :: len(steps)], strict=True):
            name = tuple(alike[0][key] for key in _NAME)
            found[name] = values = np.array([row["values"] for row in alike], dtype=np.float64)
            row = {"path": path, "step": step, "statistic": MEAN} | dict(zip(_NAME, name, strict=True))
            table.append(row | interval(values)._asdict() | {"defined": float(np.mean(~np.isnan(values)))})
        if not _is_reference(made.parameters, path, step):
            along.append(found)
    return table + _over_all_paths(along)


def _over_all_paths(along: list[dict[tuple[str, ...], FloatND]]) -> list[Row]:
    """Return how every map follows the function, from the values on each step but the references themselves."""
    agreement = [found["", "", AGREEMENT] for found in along]
    return [
        {"path": ALL_PATHS, "statistic": statistic} | dict(zip(_NAME, name, strict=True)) | interval._asdict()
        for name in along[0]
        if name[-1] not in (AGREEMENT, ACCURACY)
        for statistic, interval in followed(agreement, [found[name] for found in along], seed=0).items()
    ]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, rows=rows)
