"""The evidence for the claims on networks: what each speaks of, as measured and in worlds in which it must not hold.

A row is a claim and a world: the mean over networks and digits, with the interval that counts both as crossed random effects
(:mod:`cgi_theory.sanity.crossed`). One function gives the number in every world. In a null world (:mod:`simulations.lab.worlds`)
one thing is exchanged, and a claim whose number stays the same there says nothing. A world in which the claim may hold as well,
for a reason that it does not speak of, is shown beside.
"""

from typing import Any, NamedTuple

import numpy as np

from cgi_theory.sanity.crossed import crossed_interval
from simulations.experiment import ALEXNET, ARCHITECTURES, MLPS, Experiment, Made, Parameters, Row, Setting, Task
from simulations.lab import algebra, model_on_nets, nets, randomised
from simulations.lab.worlds import GAUSSIAN, MEASURED, NOISE, OTHER_DIGIT, UNTRAINED, Statistic

NULL, BESIDE = "null world", "beside"


class Evidence(NamedTuple):
    """A claim's statistic, and the worlds in which it is computed beside the measured one."""

    of: Statistic
    nulls: tuple[str, ...]
    beside: tuple[str, ...] = ()
    kind: str = nets.RETRAINED
    """The networks that are measured; there are as many of them as of this kind."""
    measured: str = MEASURED


_RANDOMISED = (UNTRAINED, randomised.UNRANDOMISED, NOISE)
EVIDENCE: dict[str, Evidence] = {
    "almost-blank": Evidence(model_on_nets.votes_for_any_label, (MEASURED,), measured=UNTRAINED),
    "lemma-1": Evidence(algebra.sums_to_the_logit, (algebra.WITH_BIASES, NOISE, OTHER_DIGIT), (UNTRAINED,), kind=nets.NO_BIASES),
    "homogeneous": Evidence(algebra.is_homogeneous, (algebra.WITH_BIASES,), (UNTRAINED,), kind=nets.NO_BIASES),
    "completeness": Evidence(algebra.determined_by_the_logit, (NOISE, OTHER_DIGIT), (UNTRAINED, GAUSSIAN)),
    "delta": Evidence(model_on_nets.delta, (UNTRAINED, GAUSSIAN)),
    "logit-ratio": Evidence(model_on_nets.ratio_is_said, (UNTRAINED, GAUSSIAN)),
    "heat": Evidence(model_on_nets.heat_in_several_maps, (UNTRAINED, GAUSSIAN, NOISE)),
    "energy": Evidence(model_on_nets.logit_beyond_energy, (model_on_nets.LARGEST,), (UNTRAINED, GAUSSIAN)),
    "rules": Evidence(algebra.rules_are_gradients, (algebra.WITH_BIASES, NOISE), (UNTRAINED,), kind=nets.NO_BIASES),
    "ig": Evidence(algebra.paths_are_complete, (NOISE, OTHER_DIGIT), (UNTRAINED,)),
    "quality": Evidence(
        model_on_nets.logit_of_its_pixels, (UNTRAINED, NOISE, OTHER_DIGIT, model_on_nets.RANDOM), (model_on_nets.LARGEST,)
    ),
    "votes": Evidence(model_on_nets.votes_for_the_predicted_label, (UNTRAINED, GAUSSIAN, NOISE, OTHER_DIGIT)),
    "layer-wise": Evidence(randomised.kept_after(randomised.layers_one_by_one), _RANDOMISED),
    "cascade": Evidence(randomised.kept_after(randomised.layers_in_cascade), _RANDOMISED),
    "own-label": Evidence(randomised.kept_after(randomised.layers_one_by_one, own_label=True), _RANDOMISED),
    "clrp": Evidence(randomised.kept_after(randomised.every_layer, "LRP αβ"), _RANDOMISED),
    "permuted": Evidence(randomised.kept_after(randomised.permuted_labels), _RANDOMISED, kind=nets.MEMORISING),
    "memorised": Evidence(randomised.permuted_labels_learned, (UNTRAINED,), kind=nets.MEMORISING),
    "softmax": Evidence(algebra.explains_the_probability, (algebra.BEFORE_SOFTMAX, UNTRAINED), kind=nets.NO_BIASES),
}


# What is said of other architectures, which have biases.
OF_OTHER_NETWORKS = (
    *("almost-blank", "completeness", "delta", "logit-ratio", "heat", "energy", "votes"),
    *("layer-wise", "cascade", "own-label", "clrp", "permuted", "memorised"),
)


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed."""
    if architecture != MLPS:
        kinds = nets.RETRAINED, nets.UNTRAINED, *([nets.MEMORISING] if architecture == ALEXNET else [])
        return nets.of_architecture(*kinds, architecture=architecture, quick=quick) | {
            "images": 5 if quick else 30,
            "networks_in_null_worlds": 1 if quick else 3,
            "claims": [claim for claim in OF_OTHER_NETWORKS if EVIDENCE[claim].kind in kinds],
        }
    many = 3 if quick else 8
    kinds = nets.RETRAINED, nets.NO_BIASES, nets.MEMORISING, nets.UNTRAINED
    return nets.described(*kinds, quick=quick, memorising=many, retrained=many) | {
        "images": 20 if quick else 100,
        "images_of_paths": 5 if quick else 10,  # each is integrated piece by piece
        "networks_in_null_worlds": many,
        "claims": list(EVIDENCE),
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for every claim, world and network."""
    return [Task(_values, place) for place in _places(parameters)]


def _places(parameters: Parameters) -> list[tuple[str, str, int]]:
    found = []
    for claim in parameters["claims"]:
        evidence = EVIDENCE[claim]
        several, known = parameters["networks_in_null_worlds"], parameters["networks"][evidence.kind]["count"]
        for world in (evidence.measured, *evidence.nulls, *evidence.beside):
            exchanged = world in (UNTRAINED, GAUSSIAN)
            count = several if exchanged else known if world == evidence.measured else min(several, known)
            found += [(claim, world, number) for number in range(count)]
    return found


def _values(setting: Setting, claim: str, world: str, number: int) -> list[Row]:
    """Return a network's value for each digit."""
    return [{"values": EVIDENCE[claim].of(setting, world, number).tolist()}]


def rows(made: Made) -> list[Row]:
    """Return a row for each claim and world."""
    found: dict[tuple[str, str], list[Any]] = {}
    for (claim, world, _), (row,) in zip(_places(made.parameters), made.results, strict=True):
        found.setdefault((claim, world), []).append(row["values"])
    return [_row(claim, world, np.array(values, dtype=np.float64)) for (claim, world), values in found.items()]


def _row(claim: str, world: str, values: Any) -> Row:
    mean = crossed_interval(values, np.arange(len(values)), seed=0)
    evidence = EVIDENCE[claim]
    role = MEASURED if world == evidence.measured else NULL if world in evidence.nulls else BESIDE
    place = {"claim": claim, "world": world, "role": role}
    return place | mean._asdict() | {"networks": len(values), "digits": values.shape[1], "defined": np.mean(~np.isnan(values))}


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, rows=rows, architectures=ARCHITECTURES)
