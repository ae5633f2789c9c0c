"""The frontier: how much of a label a rule that chooses pixels can keep, of how little else, and where CGI stands.

Rows of kind "theory" are exact integrals of the model for k labels (:mod:`cgi_theory.theory.rules`): what each rule keeps of the
pixels, of the label's logit, of the mean rival's and of the strongest rival's. Rules are as they are, and those that choose by
size take as many pixels as CGI, or half as many ("rule"); beside them stand the frontiers of Neyman and Pearson, which keep most
of the label at a number of pixels ("by pixels"), or at a price of what is kept of a rival ("by price").

Rows of kind "networks" are the same of networks, means over networks and digits with crossed intervals: of the lit pixels, of the
logit and of gradient energy, which the model says are one, and of rivals in units of that energy; a network's frontiers are those
of each digit's own gradients. Rows of kind "controls" say how alike gradient ⊙ input on a rule's pixels is for retrained networks
and for a network and itself randomised, over lit pixels.

Worlds are retrained networks ("measured"), others that were never trained, and the model itself: independent normal gradients of
all labels on the same digits, with the cosine between networks that the retrained ones have on average. Of logits only the
measured world has shares: a network that has learned nothing has logits near 0, and the model's gradients know no digit.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, Float3D
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps
from cgi_theory.networks.streams import Use, generator
from cgi_theory.sanity.agreement import compared
from cgi_theory.sanity.crossed import crossed_interval
from cgi_theory.theory import rules as theory
from cgi_theory.theory.softmax import softmax
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets, rules
from simulations.lab.pairs import Pairs, pairs_in
from simulations.lab.worlds import MEASURED, UNTRAINED

MODEL = "model"
WORLDS = (MEASURED, UNTRAINED, MODEL)
THEORY, NETWORKS, CONTROLS = "theory", "networks", "controls"
_CONTRASTS = {rules.MEAN: theory.contrast_with_mean, rules.STRONGEST: theory.contrast_with_strongest}


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    count = 3 if quick else 6
    return nets.described(nets.RETRAINED, nets.UNTRAINED, quick=quick, retrained=count) | {
        "images": 20 if quick else 100,
        "untrained": count,
        "labels": [2, nets.LABELS, 100, 1000],
        "pixels": np.linspace(0.02, 1.0, 50).round(2).tolist(),
        "prices": [0.0, *np.geomspace(0.1, 100.0, 61).round(4).tolist()],
        "networks_pixels": np.linspace(0.1, 1.0, 10).round(2).tolist(),
        "networks_prices": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0],
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return a task for every number of labels, and two for every world."""
    exact = [Task(_theory, (labels,)) for labels in parameters["labels"]]
    return exact + [Task(work, (world,)) for world in WORLDS for work in (_kept, _controls)]


def _theory(setting: Setting, n_labels: int) -> list[Row]:
    """Return the model's rules and curves for so many labels."""
    table = [_exact(n_labels, rules.RULE, name, kept) for name, kept in _rules(n_labels)]
    for pixels in setting.parameters["pixels"]:
        kept = _as_many(partial(theory.largest_pixels, n_labels=n_labels), pixels)
        table.append(_exact(n_labels, rules.BY_PIXELS, rules.LARGEST, kept))
    for name, contrast in _CONTRASTS.items():
        for price in setting.parameters["prices"]:
            table.append(_exact(n_labels, rules.BY_PRICE, name, contrast(price, 0.0, n_labels)) | {"price": price})
    return table


def _rules(n_labels: int) -> Iterator[tuple[str, theory.Kept]]:
    """Yield what every rule keeps in the model."""
    cgi = theory.contrast_with_strongest(1.0, 0.0, n_labels)
    yield rules.EVERYTHING, theory.random_pixels(1.0, n_labels)
    yield rules.CGI, cgi
    yield rules.RANDOM, theory.random_pixels(cgi.pixels, n_labels)
    yield rules.LARGEST, _as_many(partial(theory.largest_pixels, n_labels=n_labels), cgi.pixels)
    for name, pixels in ((rules.MEAN, cgi.pixels), (rules.STRONGEST, 0.5 * cgi.pixels)):
        yield name, _as_many(partial(_CONTRASTS[name], 1.0, n_labels=n_labels), pixels)
    for count in rules.COUNTS:
        if count < n_labels:
            yield rules.BEST.format(count), theory.among_best(count, n_labels)
    for temperature in rules.TEMPERATURES:
        yield rules.SOFTMAX.format(temperature), softmax(temperature, n_labels)


def _as_many(rule: Callable[[float], theory.Kept], pixels: float) -> theory.Kept:
    """Return what a rule keeps at the threshold that leaves a fraction of the pixels."""
    return rule(theory.threshold_of(rule, pixels))


def _exact(n_labels: int, curve: str, rule: str, kept: theory.Kept) -> Row:
    return {"kind": THEORY, "n_labels": n_labels, "curve": curve, "rule": rule} | kept._asdict()


def _kept(setting: Setting, world: str) -> list[Row]:
    """Return what rules keep of a world's networks, and the networks' frontiers."""
    found, given = _pairs(setting, world), setting.parameters
    kept: dict[rules.Place, list[dict[str, Float1D]]] = {}
    for number in range(len(found.nets)):
        gradients = _gradients(setting, world, found, 0, number)
        sides = rules.sides(gradients, found.x, found.labels)
        masks = chain(
            ((rules.Place(rules.RULE, name, 0.0), mask) for name, mask in _masks(setting, sides, 0, number).items()),
            rules.frontiers(sides, given["networks_prices"], given["networks_pixels"]),
        )
        for place, mask in masks:
            kept.setdefault(place, []).append(rules.shares(sides, mask, gradients, found.x, found.labels))
    return [_shares_row(setting, world, place, of_nets) for place, of_nets in kept.items()]


def _shares_row(setting: Setting, world: str, place: rules.Place, of_nets: list[dict[str, Float1D]]) -> Row:
    row: Row = {"kind": NETWORKS, "world": world, "n_labels": nets.LABELS, "curve": place.curve, "rule": place.rule}
    if place.curve == rules.BY_PRICE:
        row["price"] = place.bound
    for name in rules.MEASURES if world == MEASURED else rules.OF_GRADIENTS:
        values = np.stack([shares[name] for shares in of_nets])
        found = crossed_interval(values, np.arange(len(values)), seed=setting.seed)
        row |= {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
    return row


def _controls(setting: Setting, world: str) -> list[Row]:
    """Return how alike a rule's maps are of networks that should agree, and of those that should not."""
    found = _pairs(setting, world)
    maps: dict[str, tuple[list[PreparedMaps], list[PreparedMaps]]] = {}
    for side, number in ((side, number) for side in (0, 1) for number in range(len(found.nets))):
        gradients = _gradients(setting, world, found, side, number)
        plain = of_chosen_label(gradients, found.labels) * found.x
        sides = rules.sides(gradients, found.x, found.labels)
        for name, mask in _masks(setting, sides, side, number).items():
            maps.setdefault(name, ([], []))[side].append(PreparedMaps(plain * mask))
    return [
        {"kind": CONTROLS, "world": world, "n_labels": nets.LABELS, "curve": rules.RULE, "rule": rule} | row
        for rule, (before, after) in maps.items()
        for row in _alike(setting, found, before, after)
    ]


def _alike(setting: Setting, found: Pairs, before: list[PreparedMaps], after: list[PreparedMaps]) -> Iterator[Row]:
    """Yield the similarity of maps by every correlation."""
    lit = PreparedMaps(found.x)
    for metric, measure in CORRELATIONS.items():
        retrained: Float2D = np.stack([measure(before[i], before[j], among=lit) for i, j in found.pairs])
        randomised: Float2D = np.stack([measure(one, other, among=lit) for one, other in zip(before, after, strict=True)])
        yield {"metric": metric} | compared(retrained, randomised, found.pairs, seed=setting.seed)


def _pairs(setting: Setting, world: str) -> Pairs:
    """Return a world's networks; the model's gradients take the place of the measured ones'."""
    return pairs_in(setting, MEASURED if world == MODEL else world)


def _gradients(setting: Setting, world: str, found: Pairs, side: int, number: int) -> Float3D:
    """Return the gradients of all labels (images, k, d) of a network, or of that network randomised (side 1)."""
    if world != MODEL:
        return (found.nets, found.randomised)[side][number].input_gradients(found.x)
    shape = len(found.x), nets.LABELS, found.x.shape[1]
    own: Float3D = generator(setting.seed, Use.MODEL_GRADIENTS, 1 + side, number).standard_normal(shape)
    if side == 1:
        return own
    cosine = float(found.cosines()[0].mean())
    common = generator(setting.seed, Use.MODEL_GRADIENTS, 0).standard_normal(shape)
    drawn: Float3D = np.sqrt(cosine) * common + np.sqrt(1.0 - cosine) * own
    return drawn


def _masks(setting: Setting, sides: rules.Sides, side: int, number: int) -> dict[str, Float2D]:
    """Return every rule's masks of a network, whose random pixels are its own."""
    return rules.weights_of(sides, generator(setting.seed, Use.RANDOM_PIXELS, side, number))


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
