"""The sanity check with both controls: maps must differ where the network was randomised, and agree where it was retrained.

Networks of one recipe, trained from other seeds, are as accurate as each other; a useful method gives them more alike maps than
it gives a network and its randomisation. Of each pair of retrained networks, and of each network and itself with all layers
re-initialised, the similarity of maps of the same digits is measured, for the label that most of the networks predict; over lit
pixels ("lit") and over all. A row is a method, or control, and a metric: the means of both kinds of pairs, their difference, and
the probability that a retrained pair is more alike than a randomised one (the area under the curve; ties count half), each with
an interval that counts networks and digits as crossed random effects (:mod:`cgi_theory.sanity.crossed`).

What is predicted is so from the mean cosine of the label's gradients on the two networks over lit pixels
(:mod:`simulations.lab.predicted`). In the null world the retrained networks' place is taken by networks that were never trained:
both kinds of pairs are then the same.
"""

import numpy as np

from cgi_theory._arrays import Float2D
from cgi_theory.networks import MLP
from cgi_theory.networks.datasets import Digits
from cgi_theory.networks.similarity import PreparedMaps
from cgi_theory.networks.training import accuracy
from cgi_theory.sanity.agreement import compared
from cgi_theory.sanity.metrics import ALL, LIT, METRICS, Metric, similarity
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets
from simulations.lab.maps import GROUPS, Name, maps_of
from simulations.lab.pairs import Pairs, pairs_in
from simulations.lab.predicted import prediction_of
from simulations.lab.worlds import MEASURED, UNTRAINED

COSINE, ACCURACY = "cosine of gradients", "accuracy"


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(nets.RETRAINED, nets.UNTRAINED, quick=quick, retrained=4 if quick else 10) | {
        "images": 20 if quick else 100,
        "untrained": 3 if quick else 5,
        "maps": list(GROUPS),
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for every group of maps in both worlds, and one for the networks themselves."""
    worlds = MEASURED, UNTRAINED
    return [Task(_networks), *(Task(_compared, (world, group)) for group in parameters["maps"] for world in worlds)]


def _networks(setting: Setting) -> list[Row]:
    """Return the networks' accuracy on the digits held out, and the cosines of their gradients, in both worlds."""
    digits, table = nets.digits(setting.home), []
    for world in (MEASURED, UNTRAINED):
        found = pairs_in(setting, world)
        before, after = (_accuracies(digits, side) for side in (found.nets, found.randomised))
        of_networks = compared(before, after, np.arange(len(before)), seed=setting.seed)
        table.append(_row(world, ("trained", "no"), (ACCURACY, ALL)) | of_networks)
        table.append(_row(world, ("gradient", "no"), (COSINE, LIT)) | compared(*found.cosines(), found.pairs, seed=setting.seed))
    return table


def _accuracies(digits: Digits, side: list[MLP]) -> Float2D:
    """Return the networks' accuracies, (networks, 1)."""
    return np.array([[accuracy(net, digits.test_x, digits.test_labels)] for net in side])


def _compared(setting: Setting, world: str, group: str) -> list[Row]:
    """Return the rows of a group of maps."""
    found, table = pairs_in(setting, world), []
    inputs = PreparedMaps(found.x)
    before, after = (
        [_maps(setting, found, net, group, side, number) for number, net in enumerate(networks)]
        for side, networks in enumerate((found.nets, found.randomised))
    )
    for name in before[0]:
        for metric in METRICS:
            alike = similarity(metric, inputs)
            retrained = np.stack([alike(before[i][name], before[j][name]) for i, j in found.pairs])
            randomised = np.stack([alike(one[name], other[name]) for one, other in zip(before, after, strict=True)])
            row = _row(world, name, metric) | compared(retrained, randomised, found.pairs, seed=setting.seed)
            table.append(row | _predicted(found, name, metric))
    return table


def _maps(setting: Setting, found: Pairs, net: MLP, group: str, *key: int) -> dict[Name, PreparedMaps]:
    maps = maps_of(net, found.x, found.labels, [group], setting.seed, *key)
    return {name: PreparedMaps(values) for name, values in maps.items() if name[1] != "own label"}


def _row(world: str, name: Name, metric: Metric) -> Row:
    return {"world": world, "method": name[0], "competition": name[1], "metric": metric[0], "pixels": metric[1]}


def _predicted(found: Pairs, name: Name, metric: Metric) -> Row:
    """Return what the theory predicts of both kinds of pairs, if it does."""
    if (of := prediction_of(name, metric)) is None:
        return {}
    retrained, randomised = (of(float(values.mean()), found.x) for values in found.cosines())
    return {"predicted_retrained": retrained, "predicted_randomised": randomised}


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
