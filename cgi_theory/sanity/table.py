"""The table of a sanity check: every mean with its interval, the number of pairs, how many are undefined, and why.

A row is a method, or null, under one *control*, by one metric:

* ``randomised``: the similarity of the network's maps with those of the network randomised, for each *stage*;
* ``retrained``: with those of networks of the same recipe, trained from other seeds;
* ``random mask``: with those of retrained networks as random masks (:mod:`cgi_theory.sanity.comparison`);
* ``retrained − randomised``, all layers randomised; and ``retrained − random mask``: the differences of the means;
* ``AUC``: the probability that the map of a retrained network is more alike than that of a randomised one, ties counting half.

All are similarities with the maps of the *one* network that is checked, which so is the same on both sides of a difference; other
networks and images are drawn again, as crossed random effects (:mod:`cgi_theory.sanity.crossed`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cgi_theory._arrays import Float2D
from cgi_theory.maps._similarities import in_words
from cgi_theory.sanity.agreement import crossed_area
from cgi_theory.sanity.comparison import Alike, Reasons
from cgi_theory.sanity.crossed import Interval, Values, by_student, crossed_difference, crossed_interval, smallest_sample
from cgi_theory.sanity.metrics import Metric

RANDOMISED, RETRAINED, MASK = "randomised", "retrained", "random mask"
DIFFERENCE, BEYOND_MASK, AUC = "retrained − randomised", "retrained − random mask", "AUC"
EVERYTHING = "all layers"
# How the other stages' names begin.
LAYER_WISE, CASCADING = "layer-wise ", "cascading "
METHOD, NULL = "method", "null map"
Row = dict[str, Any]
# Every similarity lies between these.
_LIMITS = (-1.0, 1.0)


def rows_of(
    names: Mapping[str, str], metrics: Sequence[Metric], stages: Mapping[str, list[Alike]], retrained: list[Alike], seed: int
) -> list[Row]:
    """Return the rows of a table.

    Parameters
    ----------
    names : mapping of str to str
        The methods and nulls in the order of their maps, each with ``METHOD`` or ``NULL``.
    metrics : sequence of Metric
        In the order of the similarities.
    stages : mapping of str to list of Alike
        Of the randomised networks by the stage of randomisation.
    retrained : list of Alike
        Of the retrained networks, with those of their random masks.
    seed : int
        Of the networks and images that are drawn again.
    """
    table = []
    for place, (name, kind) in enumerate(names.items()):
        for number, metric in enumerate(metrics):
            about = {"method": name, "kind": kind, "metric": metric[0], "pixels": metric[1]}
            randomised = {stage: _Sample(found, place, number) for stage, found in stages.items()}
            others = [_Sample(retrained, place + shift, number) for shift in (0, len(names))] if retrained else []
            table += [{**about, **row} for row in _rows(randomised, others, seed)]
    return table


class _Sample:
    """Similarities of some networks by one method and metric, (networks, images), and the reasons of those undefined."""

    def __init__(self, found: Sequence[Alike], place: int, metric: int) -> None:
        self.values: Float2D = np.stack([alike.values[place, metric] for alike in found])
        self.why: Reasons = sum((alike.why[place][metric] for alike in found), Counter())
        self.networks = np.arange(len(found))
        defined = ~np.isnan(self.values)
        # Networks and images of which anything is defined: no others say anything.
        self.known_networks, self.known_images = (int(np.count_nonzero(defined.any(axis=axis))) for axis in (1, 0))

    @property
    def numbered(self) -> Values:
        return Values(self.values, self.networks)

    def size(self) -> int:
        return smallest_sample(np.arange(self.known_networks), self.known_images)


def _rows(randomised: Mapping[str, _Sample], others: Sequence[_Sample], seed: int) -> Iterator[Row]:
    for stage, sample in randomised.items():
        yield _row(RANDOMISED, stage, _mean(sample, seed), sample)
    if not others:
        return
    retrained, mask = others
    for control, sample in ((RETRAINED, retrained), (MASK, mask)):
        yield _row(control, "", _mean(sample, seed), sample)
    both = crossed_difference(retrained.numbered, mask.numbered, seed=seed)
    yield _row(BEYOND_MASK, "", by_student(both, retrained.size(), (-2.0, 2.0)), retrained, mask)
    if EVERYTHING not in randomised:
        return
    plain = randomised[EVERYTHING]
    pair, smaller = (retrained.numbered, plain.numbered), min(retrained.size(), plain.size())
    difference = crossed_difference(*pair, seed=seed, apart=True)
    yield _row(DIFFERENCE, EVERYTHING, by_student(difference, smaller, (-2.0, 2.0)), retrained, plain)
    area = crossed_area(*pair, seed=seed, apart=True)
    yield _row(AUC, EVERYTHING, by_student(area, smaller, (0.0, 1.0)), retrained, plain)


def _mean(sample: _Sample, seed: int) -> Interval:
    return by_student(crossed_interval(sample.values, sample.networks, seed=seed), sample.size(), _LIMITS)


def _row(control: str, stage: str, found: Interval, *samples: _Sample) -> Row:
    """Return a row of one sample, or of two that are compared: then of the fewer networks and images, and of all pairs."""
    why: Reasons = sum((sample.why for sample in samples), Counter())
    return {
        "control": control,
        "stage": stage,
        **found._asdict(),
        "networks": min(sample.known_networks for sample in samples),
        "images": min(sample.known_images for sample in samples),
        "pairs": sum(sample.values.size for sample in samples),
        "undefined": sum(why.values()),
        "why": in_words(why),
    }
