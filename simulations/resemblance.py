"""The theory of the sanity check held against networks: how alike |maps| are under randomisation, and how many pixels stay.

Pairs of networks that share nothing: the trained one and one with all layers re-initialised (up to the digits' ten labels), and
two that were never trained, with a thousand logits. A row is a pair and a digit ("image": all ten labels compete, or none), or a
pair and a number of labels k of which the first competes with the k − 1 after it ("labels", means over digits). Measured:
Pearson's correlation of |gradient ⊙ input| after competition, and the fraction of lit pixels that the second network's map keeps.
Predicted for independent gradients: :func:`cgi_theory.theory.resemblance.map_correlation`, and 2(1 − 2⁻ᵏ)/k by ``exact``; and
the correlation again with the first network's mean cosine r of the chosen label's gradient with the others'.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from cgi_theory import CompetitionModel, compete, exact
from cgi_theory._arrays import FloatND, Int1D, RealND
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.alignment import measure
from cgi_theory.networks.measures import kept
from cgi_theory.networks.randomization import cascading
from cgi_theory.networks.similarity import absolute_pearson
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.theory.resemblance import map_correlation
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets

_DELTA = 0.1
TRAINED, UNTRAINED = "trained and re-initialised", "two untrained"


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(nets.TRAINED, quick=quick) | {
        "untrained_hidden": list(nets.HIDDEN),
        "delta": _DELTA,
        "images": {TRAINED: 20 if quick else 100, UNTRAINED: 5 if quick else 20},
        "labels": {
            TRAINED: list(range(1, nets.LABELS + 1)),
            UNTRAINED: [1, 2, 3, 5, 10, 30, 100] + ([] if quick else [300, 1000]),
        },
        "pairs": 10 if quick else 20,
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each pair of networks."""
    pairs = range(parameters["pairs"])
    return [*(Task(_trained_pair, (pair,)) for pair in pairs), *(Task(_untrained_pair, (pair,)) for pair in pairs)]


def _trained_pair(setting: Setting, pair: int) -> list[Row]:
    """Compare the trained network's maps with those of one with all layers re-initialised."""
    net = nets.network(setting, nets.TRAINED)
    x, _ = nets.test_images(setting, setting.parameters["images"][TRAINED])
    other = cascading(net, len(net.weights), seed=derived_seed(setting.seed, Use.RANDOMISATION, pair))
    chosen = net.predicted_labels(x)
    first, second = (_scores(network, x, chosen) for network in (net, other))
    labels, r = setting.parameters["labels"][TRAINED], _mean_correlation(setting)
    return [*_image_rows(pair, x, first, second), *_label_rows(TRAINED, pair, x, first, second, labels, r)]


@lru_cache(maxsize=1)
def _mean_correlation(setting: Setting) -> float:
    """Return the trained network's mean cosine r of the chosen label's gradient with the others', over all images."""
    x, _ = nets.test_images(setting, setting.parameters["images"][TRAINED])
    return float(measure(nets.network(setting, nets.TRAINED), x).correlation.mean())


def _untrained_pair(setting: Setting, pair: int) -> list[Row]:
    """Compare the maps of two networks that were never trained."""
    x, _ = nets.test_images(setting, setting.parameters["images"][UNTRAINED])
    labels = setting.parameters["labels"][UNTRAINED]
    units = nets.sizes(tuple(setting.parameters["untrained_hidden"]), x.shape[1], labels[-1])
    chosen = np.arange(len(x)) * labels[-1] // len(x)  # another label for each digit: all are alike
    seeds = (derived_seed(setting.seed, Use.UNTRAINED_NETWORK, pair, i) for i in range(2))
    first, second = (_scores(MLP.random(units, seed=seed), x, chosen) for seed in seeds)
    return list(_label_rows(UNTRAINED, pair, x, first, second, labels, 0.0))


def _scores(net: MLP, x: FloatND, chosen: Int1D) -> FloatND:
    """Return gradient ⊙ input with the labels of each image in turn from the chosen one, (images, k, d)."""
    scores = attribution.gradient_times_input(net, x)
    order = (chosen[:, None] + np.arange(scores.shape[1])) % scores.shape[1]
    return np.take_along_axis(scores, order[:, :, None], axis=1)


def _competed(scores: FloatND, n_labels: int) -> RealND:
    """Return the first label's maps as it competes with the n_labels − 1 after it, (images, d)."""
    return compete(scores[:, :n_labels], np.zeros(len(scores), dtype=int))


def _image_rows(pair: int, x: FloatND, first: FloatND, second: FloatND) -> Iterator[Row]:
    for labels in (1, first.shape[1]):
        maps = (_competed(scores, labels) for scores in (first, second))
        for image, (measured, predicted) in enumerate(zip(absolute_pearson(*maps), map_correlation(x, labels), strict=True)):
            place = {"kind": "image", "networks": TRAINED, "pair": pair, "image": image, "n_labels": labels}
            yield place | {"correlation": float(measured), "correlation_exact": float(predicted)}


def _label_rows(
    networks: str, pair: int, x: FloatND, first: FloatND, second: FloatND, labels: list[int], r: float
) -> Iterator[Row]:
    for n_labels in labels:
        before, after = (_competed(scores, n_labels) for scores in (first, second))
        correlations = absolute_pearson(before, after)
        model = CompetitionModel(n=x.shape[1], delta=_DELTA, n_labels=n_labels, shared_fraction=0.0, gradient_law="gaussian")
        yield {
            **{"kind": "labels", "networks": networks, "pair": pair, "n_labels": n_labels},
            "correlation": float(correlations.mean()),  # undefined where a digit's map is blank, as with a thousand labels
            "correlation_exact": float(map_correlation(x, n_labels).mean()),
            "correlation_with_r": float(map_correlation(x, n_labels, correlation=r, correlation_after=0.0).mean()),
            **{"kept": float(kept(x, after).mean()), "kept_exact": exact(model).kept_distinct},
        }


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
