"""Section 3.1's model held against real networks: a row for every digit and network.

Measured: δ, r, s, ρ, the ratio of logits, the share of the logit and of gradient energy that the CGI map keeps, and the
fraction of lit pixels. Predicted from them by the closed form: the share and the fraction, in three readings, and from
the Gram matrix of each image's gradients.
"""

from typing import get_args

from cgi_theory.networks.alignment import Reading, measure, predict, predict_from_gram
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(*nets.KINDS, quick=quick) | {"images": 60 if quick else 400, "gram_draws": 4000}


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each network."""
    return [Task(_measured, (kind,)) for kind in parameters["networks"]]


def _measured(setting: Setting, kind: str) -> list[Row]:
    """Measure and predict."""
    x, _ = nets.test_images(setting, setting.parameters["images"])
    net = nets.network(setting, kind)
    found = measure(net, x)
    columns = found.columns()
    for reading in get_args(Reading):
        retained, kept = predict(found, reading=reading)
        name = reading.replace(" ", "_")
        columns |= {f"retained_{name}": retained, f"kept_{name}": kept}
    retained, kept = predict_from_gram(net, x, seed=setting.seed, n_draws=setting.parameters["gram_draws"])
    columns |= {"retained_gram_matrix": retained, "kept_gram_matrix": kept}
    rows = zip(*columns.values(), strict=True)
    return [
        {"network": kind, "image": image} | dict(zip(columns, map(float, values), strict=True))
        for image, values in enumerate(rows)
    ]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
