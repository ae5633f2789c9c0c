"""Section 3.1's model held against many real networks of two depths: a row for every digit and network.

Measured: δ, r, s, ρ, the ratio of logits; of what the CGI map of the predicted label keeps, the share of the logit
(``retained``, of Σ xᵢgᵢ), the share of gradient energy (``energy_kept``) and the fraction of lit pixels (``kept``); the label's
share of all labels' votes, and k_eff, how many independent labels would leave it as many pixels.

Predicted, in three readings of the closed form and from the Gram matrix of each digit's gradients: the share of energy
(``energy_one_block`` ...) and the fraction of lit pixels (``kept_one_block`` ...). Of the logit the model says that its share is
that of energy; ``logit_gram_matrix`` takes the rivals' logits into account as well.
"""

from typing import get_args

from cgi_theory.networks import attribution
from cgi_theory.networks.alignment import Reading, measure, predict, predict_from_gradients
from cgi_theory.networks.logits_kept import predict_logit_kept
from cgi_theory.networks.measures import share_of_votes
from cgi_theory.theory.effective_labels import effective_labels
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets

KINDS = (
    nets.RETRAINED,
    nets.UNTRAINED,
    nets.MEMORISING,
    nets.DEEP_RETRAINED,
    nets.DEEP_UNTRAINED,
    nets.DEEP_MEMORISING,
)


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    many = 3 if quick else 8
    described = nets.described(*KINDS, quick=quick, memorising=many, retrained=many)
    return described | {"of_each_kind": many, "images": 20 if quick else 100, "gram_tolerance": 3e-3}


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each network."""
    return [Task(_measured, (kind, number)) for kind in KINDS for number in range(parameters["of_each_kind"])]


def _measured(setting: Setting, kind: str, number: int) -> list[Row]:
    """Measure and predict."""
    x, _ = nets.test_images(setting, setting.parameters["images"])
    net = nets.network(setting, kind, number)
    found = measure(net, x)
    scores = attribution.gradient_times_input(net, x)
    columns = found.columns() | {
        "share_of_votes": share_of_votes(x, scores, net.predicted_labels(x)),
        "effective_labels": effective_labels(found.kept),
    }
    for reading in get_args(Reading):
        name = reading.replace(" ", "_")
        columns[f"energy_{name}"], columns[f"kept_{name}"] = predict(found, reading=reading)
    energy, kept = predict_from_gradients(net, x, seed=setting.seed, tolerance=setting.parameters["gram_tolerance"])
    columns |= {"energy_gram_matrix": energy, "kept_gram_matrix": kept}
    columns["logit_gram_matrix"] = predict_logit_kept(net, x, seed=setting.seed)
    return [
        {"network": kind, "number": number, "image": image} | dict(zip(columns, map(float, values), strict=True))
        for image, values in enumerate(zip(*columns.values(), strict=True))
    ]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
