"""Labels of ImageNet compete on photographs, on a trained network and on randomised ones: what one pass over all of them says.

EfficientNet-Lite0, whose weights come in a package, and photographs that scikit-image ships; or weights of VGG-16 or VGG-19 and
photographs of one's own (``--network vgg19 --weights FILE --images FOLDER``). The chosen label is
the one that the trained network predicts. Of every photograph the gradients of all labels are taken on the trained network, on
one with its last layer re-initialised, and on one with all layers re-initialised; of the first also with each stage
re-initialised by itself, and in cascade from the logits down. A second network, Lite1, at its own resolution, is the positive
control.

Rows are of four kinds, of each of which there is a table of its own. ``network``: what the label keeps, measured and predicted
(:mod:`simulations.lab.competing_labels`). ``label``: each label's logit, its sum of gradient ⊙ input, and its votes. ``map``: a
row of pixels of a map (:mod:`simulations.lab.pictures`). ``similarity``: how alike a map and the trained network's are.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from simulations.experiment import MLPS, OF_WEIGHTS, Experiment, Parameters, Row, Setting, Task
from simulations.lab import photographed
from simulations.lab.all_labels import AllLabels
from simulations.lab.by_region import measured_by_region
from simulations.lab.competing_labels import hot_for_others, measured, predicted
from simulations.lab.image_maps import LABEL_MAP, NOISE, kept_map, maps_of, noise
from simulations.lab.photograph_rows import rows
from simulations.lab.photographed import LAST_LAYER, TRAINED, State
from simulations.lab.pictures import INPUT

_SHOWN_LABELS = 6
_DIGITS = 6  # that a label's numbers are written with


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the seed, and on a user's own weights and photographs."""
    own = {
        "labels": 30 if quick else 1000,
        "gram_tolerance": 1e-2 if quick else 3e-3,
        "regions": {"side": 2 if quick else 4, "tolerance": 2e-2},
        "grid": 56,
    }
    if architecture in OF_WEIGHTS:
        return {"network": architecture, "control": "", "photographs": [], "stage_by_stage": not quick} | own
    photographs = ["cat", "coffee"] if quick else ["cat", "coffee", "rocket"]
    shipped = {"network": "efficientnet-lite0", "control": "efficientnet-lite1", "photographs": photographs}
    return {**shipped, "stage_by_stage": not quick} | own


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each pass over all labels: of a photograph, on a network in a state."""
    name, found = parameters["network"], []
    for number, photograph in enumerate(parameters["photographs"]):
        states = photographed.states(name, stage_by_stage=parameters["stage_by_stage"] and number == 0)
        found += [Task(_pass, (photograph, name, *state)) for state in states]
        found += [Task(_pass, (photograph, control, *TRAINED)) for control in (parameters["control"],) if control]
    return found


def _pass(setting: Setting, photograph: str, network: str, randomised: str, stage: str) -> list[Row]:
    """Return the rows of a pass over all labels: the network's, each label's, and each map's."""
    state, chosen = State(randomised, stage), photographed.chosen_label(setting, photograph)
    net, x = photographed.network(setting, network, state), photographed.inputs(setting, network, photograph)
    found = AllLabels.of(photographed.for_one_pass(net), x, photographed.competing_labels(setting, net.n_labels, chosen))
    label, own = found.labels.index(chosen), found.labels[int(found.logits.argmax())]
    place = {"photograph": photograph, "network": network, "randomised": randomised, "stage": stage}
    known = partial(photographed.name_of, n_labels=net.n_labels)
    names = {"label": chosen, "name": known(chosen), "own_label": own, "own_name": known(own)}
    row = measured(found, label)
    tabled = network == setting.parameters["network"] and state in (TRAINED, LAST_LAYER, photographed.every_stage(network))
    if tabled:
        row |= predicted(found, label, seed=setting.seed, tolerance=setting.parameters["gram_tolerance"])
    if tabled and state == TRAINED:
        row["hot_for_others"] = hot_for_others(found, label)
        row |= measured_by_region(found, label, seed=setting.seed, **setting.parameters["regions"])
    table: list[Row] = [{"kind": "network", **place, **names, **row}]
    number = setting.parameters["photographs"].index(photograph)
    maps = maps_of(found, label, setting.seed, number, *photographed.key_of(setting, network, state))
    table += [kept_map(place | {"method": method}, scores.reshape(x.shape)) for method, scores in maps.items()]
    if not tabled:
        return table
    table += _of_labels(found, place, known)
    if state == TRAINED:
        seen = photographed.pixels(setting, network, photograph)
        table += [
            kept_map(place | {"method": INPUT}, seen),
            kept_map(place | {"method": NOISE}, noise(x.shape, setting.seed, number)),
        ]
    if state == TRAINED and number == 0:
        best = np.argsort(-found.logits, kind="stable")[:_SHOWN_LABELS]
        for shown in best.tolist():
            name = known(found.labels[shown]) or found.labels[shown]
            table.append(kept_map(place | {"method": f"{LABEL_MAP}{name}"}, found.scores(shown).reshape(x.shape)))
    return table


def _of_labels(found: AllLabels, place: Row, known: Callable[[int], str]) -> Iterator[Row]:
    """Yield a row for each label."""
    columns = {"logit": found.logits, "score_sum": found.sums, "kept": found.votes}
    for number, label in enumerate(found.labels):
        values = {name: float(f"{column[number]:.{_DIGITS}g}") for name, column in columns.items()}
        yield {"kind": "label", **place, "label": label, "name": known(label)} | values


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks, rows=rows, architectures=(MLPS, *OF_WEIGHTS))
