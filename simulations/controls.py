"""The sanity check with both controls: maps must differ where the network was randomised, and agree where it was retrained.

Networks of one recipe, trained from other seeds, are as accurate as each other; a useful method gives them more alike maps than
it gives a network and its randomisation. Of each pair of retrained networks, and of each network and itself with all layers
re-initialised, the similarity of maps of the same digits is measured, for the label that most of the networks predict; over lit
pixels ("lit") and over all. A row is a method, or control, and a metric: the means of both kinds of pairs, their difference, and
the probability that a retrained pair is more alike than a randomised one (the area under the curve; ties count half), each with
an interval that counts networks and digits as crossed random effects (:mod:`simulations.lab.crossed`).

Predicted, from the mean cosine c of the label's gradients on the two networks over lit pixels: ψ_k(c), the overlap, and the
correlation of absolute values over the same pixels (:func:`cgi_theory.resemblance`); for a random mask of a fraction q, q·c and
q/(2 − q). The null world of the retrained is of networks that were never trained: both kinds of pairs are then the same.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from cgi_theory import resemblance
from cgi_theory._arrays import Float2D, FloatND
from cgi_theory.networks import MLP
from cgi_theory.networks.datasets import Digits
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps, hog, jaccard, ssim
from cgi_theory.networks.training import accuracy
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.agreement import compared
from simulations.lab.maps import CGI, METHODS, PLAIN, Name, baselines, controls, maps_by
from simulations.lab.pairs import Pairs, pairs_in
from simulations.lab.worlds import MEASURED, UNTRAINED

LIT, ALL = "lit", "all"
BASELINES, CONTROLS, NETWORKS = "baselines", "controls", "networks"
COSINE, ACCURACY = "cosine of gradients", "accuracy"
_RANDOM = ("random pixels", "control")


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(nets.RETRAINED, nets.UNTRAINED, quick=quick, retrained=4 if quick else 10) | {
        "images": 20 if quick else 100,
        "untrained": 3 if quick else 5,
        "methods": [*METHODS, BASELINES, CONTROLS],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for every method in both worlds, and one for the networks themselves."""
    worlds = MEASURED, UNTRAINED
    methods = [Task(_compared, (world, method)) for method in parameters["methods"] for world in worlds]
    return [Task(_networks), *methods]


def _networks(setting: Setting) -> list[Row]:
    """Return the networks' accuracy on the digits held out, and the cosines of their gradients, in both worlds."""
    digits, table = nets.digits(setting.home), []
    for world in (MEASURED, UNTRAINED):
        found = pairs_in(setting, world)
        before, after = (_accuracies(digits, side) for side in (found.nets, found.randomised))
        of_networks = compared(before, after, np.arange(len(before)), seed=setting.seed)
        table.append(_row(world, ("trained", "no"), ACCURACY, ALL) | of_networks)
        table.append(_row(world, ("gradient", "no"), COSINE, LIT) | compared(*found.cosines(), found.pairs, seed=setting.seed))
    return table


def _accuracies(digits: Digits, side: list[MLP]) -> Float2D:
    """Return the networks' accuracies, (networks, 1)."""
    return np.array([[accuracy(net, digits.test_x, digits.test_labels)] for net in side])


def _compared(setting: Setting, world: str, method: str) -> list[Row]:
    """Return the rows of a method's maps, of the baselines', or of the controls'."""
    found, table = pairs_in(setting, world), []
    before, after = ([_maps(setting, found, side, number, method) for number in range(len(found.nets))] for side in (0, 1))
    for name in before[0]:
        for metric, pixels, measure in metrics(PreparedMaps(found.x)):
            retrained = np.stack([measure(before[i][name], before[j][name]) for i, j in found.pairs])
            randomised = np.stack([measure(one[name], other[name]) for one, other in zip(before, after, strict=True)])
            row = _row(world, name, metric, pixels) | compared(retrained, randomised, found.pairs, seed=setting.seed)
            table.append(row | _predicted(found, name, metric, pixels))
    return table


def _maps(setting: Setting, found: Pairs, side: int, number: int, method: str) -> dict[Name, PreparedMaps]:
    net = (found.nets, found.randomised)[side][number]
    if method == BASELINES:
        maps = baselines(net, found.x, found.labels)
    elif method == CONTROLS:
        maps = controls(net, found.x, found.labels, setting.seed, side, number)
    else:
        maps = maps_by(method, net, found.x, found.labels)
    return {name: PreparedMaps(values) for name, values in maps.items() if name[1] != "own label"}


def metrics(lit: PreparedMaps) -> Iterator[tuple[str, str, "partial[FloatND]"]]:
    """Yield metrics by name and by the pixels that they compare."""
    for name, correlation in CORRELATIONS.items():
        yield name, LIT, partial(correlation, among=lit)
        yield name, ALL, partial(correlation)
    for name, metric in (("jaccard", jaccard), ("ssim", ssim), ("hog", hog)):
        yield name, ALL, partial(metric)


def _row(world: str, name: Name, metric: str, pixels: str) -> Row:
    return {"world": world, "method": name[0], "competition": name[1], "metric": metric, "pixels": pixels}


def _predicted(found: Pairs, name: Name, metric: str, pixels: str) -> Row:
    """Return what the theory predicts of both kinds of pairs, if it does."""
    if (name, metric, pixels) not in _PREDICTED:
        return {}
    of = _PREDICTED[name, metric, pixels]
    retrained, randomised = (of(found, float(values.mean())) for values in found.cosines())
    return {"predicted_retrained": retrained, "predicted_randomised": randomised}


def _signed(found: Pairs, cosine: float, *, labels: int) -> float:
    return resemblance(labels, cosine).signed


def _overlap(found: Pairs, cosine: float, *, labels: int) -> float:
    return resemblance(labels, cosine).overlap


def _absolute(found: Pairs, cosine: float, *, labels: int) -> float:
    """Return the mean over digits, each with its own contrast over lit pixels."""
    alike = resemblance(labels, cosine)
    lit = [np.abs(image[image != 0.0]) for image in found.x]
    return float(np.mean([alike.absolute(float(values.mean()), float(np.mean(values**2))) for values in lit]))


def _masked(found: Pairs, cosine: float) -> float:
    return cosine * _fraction()


def _masks(found: Pairs, cosine: float) -> float:
    return _fraction() / (2.0 - _fraction())


def _fraction() -> float:
    """Return the fraction of pixels that ten labels leave one, and a random mask as sparse."""
    return 2.0 * (1.0 - 0.5**nets.LABELS) / nets.LABELS


_PREDICTED = {
    (name, metric, pixels): partial(of, labels=labels)
    for name, labels in ((PLAIN, 1), (CGI, nets.LABELS))
    for metric, pixels, of in (("pearson", LIT, _signed), ("|pearson|", LIT, _absolute), ("jaccard", ALL, _overlap))
} | {(_RANDOM, "pearson", LIT): _masked, (_RANDOM, "jaccard", ALL): _masks}
EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
