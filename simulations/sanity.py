"""The sanity check with its controls: how alike the maps of a trained and of a randomised network are.

Layers re-initialised one by one, in cascade from the logits down, and all of them by training on permuted labels; each
method with and without competition, for the label that the trained network predicts. Beside CGI stand controls that are
as sparse: gradient ⊙ input on as many random lit pixels, on its own largest pixels, and competing against the scores of
another digit's gradients; and a blank map and a map of noise, which know nothing of either network.

A row is a seed of the randomisation; similarities are means over digits of the pairs for which they are defined, beside
the fraction for which they are. ``selectivity`` is no similarity: the share of the logit that the randomised network's
map retains over the fraction of lit pixels that it keeps, the median over digits; for the network "trained" it is that of
the trained one.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import METRICS
from simulations import nets

Array = np.ndarray
_METHODS: dict[str, Callable[[MLP, Array], Array]] = {
    "gradient ⊙ input": attribution.gradient_times_input,
    "integrated gradients": lambda net, x: attribution.integrated_gradients(net, x, n_steps=5),
    "DeepLIFT": attribution.deeplift_rescale,
    "LRP ε": lambda net, x: attribution.lrp(net, x, "epsilon", epsilon=0.1),
    "LRP z⁺": lambda net, x: attribution.lrp(net, x, "z_plus"),
    "LRP αβ": lambda net, x: attribution.lrp(net, x, "alpha_beta"),
}
CONTROLS = ("random pixels", "largest pixels", "another digit's rivals", "blank", "noise")


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return {
        "digits": nets.source(),
        "images": 20 if quick else 100,
        "seeds": 2 if quick else 20,
        "methods": list(_METHODS)[:2] if quick else list(_METHODS),
        "metrics": ["|spearman|", "spearman", "jaccard", "spearman on the union", "ssim"],
        "quick": quick,
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of randomised networks."""
    return 5 * int(parameters["seeds"]) + 1


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Compare the maps of every randomised network with those of the trained one."""
    net = nets.network("trained", seed=seed, quick=parameters["quick"])
    x, _ = nets.test_images(parameters["images"])
    labels = net.logits(x).argmax(axis=1)
    before = maps_of(net, x, labels, parameters["methods"], seed)
    table = [{"network": "trained"} | row for row in _selectivities(net, x, labels, before)]
    for place, randomised in _networks(net, parameters, seed):
        # Another stream of the random controls: nothing but the networks may make the maps alike.
        after = maps_of(randomised, x, labels, parameters["methods"], seed + 1 + int(place["seed"]))
        for (method, competition), maps in after.items():
            for metric in parameters["metrics"]:
                values = METRICS[metric](before[method, competition], maps)
                defined = ~np.isnan(values)
                value = float(values[defined].mean()) if defined.any() else float("nan")
                name = {"method": method, "competition": competition, "metric": metric}
                table.append(place | name | {"value": value, "defined": float(defined.mean())})
        table += [place | row for row in _selectivities(randomised, x, labels, after)]
        advance(1)
    return table


def maps_of(net: MLP, x: Array, labels: Array, methods: list[str], seed: int) -> dict[tuple[str, str], Array]:
    """Return the chosen labels' maps (images, d) by method and by whether labels compete, and the controls'."""
    images, found = np.arange(len(x)), {}
    for method in methods:
        scores = _METHODS[method](net, x)
        found[method, "no"], found[method, "yes"] = scores[images, labels], compete(scores, labels)
    plain, kept = found["gradient ⊙ input", "no"], found["gradient ⊙ input", "yes"] != 0.0
    rng = np.random.default_rng(seed)
    size = kept.sum(axis=1)[:, None]
    scores = np.roll(net.input_gradients(x), 1, axis=0) * x[:, None, :]
    scores[images, labels] = plain
    controls = (
        plain * (_ranks(np.where(x != 0.0, rng.random(x.shape), -1.0)) < size),
        plain * (_ranks(np.abs(plain)) < size),
        compete(scores, labels),
        np.zeros_like(x),
        rng.standard_normal(x.shape),
    )
    return found | {(name, "control"): maps for name, maps in zip(CONTROLS, controls, strict=True)}


def _ranks(values: Array) -> Array:
    """Return each pixel's place in its row, the largest first."""
    return np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1)


def _networks(net: MLP, parameters: dict[str, Any], seed: int) -> Iterator[tuple[dict[str, Any], MLP]]:
    """Yield every randomised network and where it stands."""
    layers = len(net.weights)
    for number in range(parameters["seeds"]):
        for layer in range(layers):
            place = {"network": "layer-wise", "layer": layer, "depth": 1, "seed": number}
            yield place, layer_wise(net, layer, seed=number)
        for depth in range(2, layers + 1):
            place = {"network": "cascading", "layer": layers - depth, "depth": depth, "seed": number}
            yield place, cascading(net, depth, seed=number)
    memorised = nets.network("permuted labels", seed=seed, quick=parameters["quick"])
    yield {"network": "permuted labels", "layer": 0, "depth": layers, "seed": 0}, memorised


def _selectivities(net: MLP, x: Array, labels: Array, maps: dict[tuple[str, str], Array]) -> Iterator[dict[str, Any]]:
    """Yield the selectivity of gradient ⊙ input's maps and of its controls."""
    logit = attribution.gradient_times_input(net, x)[np.arange(len(x)), labels].sum(axis=1)
    for (method, competition), found in maps.items():
        if method in ("gradient ⊙ input", *CONTROLS[:3]):
            with np.errstate(divide="ignore", invalid="ignore"):
                values = found.sum(axis=1) / logit / (np.sum(found != 0.0, axis=1) / np.sum(x != 0.0, axis=1))
            name = {"method": method, "competition": competition, "metric": "selectivity"}
            yield name | {"value": float(np.nanmedian(values)), "defined": float(np.isfinite(values).mean())}
