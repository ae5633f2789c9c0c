"""Section 3.1's model held against real networks: a row for every digit and network.

Measured: δ, r, s, ρ, the ratio of logits, the share of the logit and of gradient energy that the CGI map keeps, and the
fraction of lit pixels. Predicted from them by the closed form: the share and the fraction, in three readings, and from
the Gram matrix of each image's gradients.
"""

from collections.abc import Callable
from typing import Any, get_args

from cgi_theory.networks.alignment import Reading, measure, predict, predict_from_gram
from simulations.lab import nets


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    own = {"images": 60 if quick else 400, "gram_draws": 4000, "quick": quick}
    return nets.described(*nets.KINDS, quick=quick) | own


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of networks."""
    return len(nets.KINDS)


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Measure and predict."""
    x, _ = nets.test_images(parameters["images"])
    table = []
    for kind in nets.KINDS:
        net = nets.network(kind, seed=seed, quick=parameters["quick"])
        found = measure(net, x)
        columns = found.columns()
        for reading in get_args(Reading):
            retained, kept = predict(found, reading=reading)
            name = reading.replace(" ", "_")
            columns |= {f"retained_{name}": retained, f"kept_{name}": kept}
        retained, kept = predict_from_gram(net, x, seed=seed, n_draws=parameters["gram_draws"])
        columns |= {"retained_gram_matrix": retained, "kept_gram_matrix": kept}
        names = list(columns)
        for image, values in enumerate(zip(*columns.values(), strict=True)):
            table.append({"network": kind, "image": image} | dict(zip(names, map(float, values), strict=True)))
        advance(1)
    return table
