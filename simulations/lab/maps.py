"""The maps that the sanity check compares: every method with and without competition, and controls as sparse as CGI."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Bool1D, Float2D, Float3D, Int1D, Int2D
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.streams import Use, generator

Name = tuple[str, str]  # the method, and the competition
SETTINGS: dict[str, dict[str, Any]] = {
    "integrated gradients": {"n_steps": 5},
    "LRP ε": {"epsilon": 0.1},
    "LRP αβ": {"alpha": 2.0, "beta": 1.0},
}
METHODS: dict[str, Callable[[MLP, Float2D], Float3D]] = {
    "gradient ⊙ input": attribution.gradient_times_input,
    "integrated gradients": partial(attribution.integrated_gradients, **SETTINGS["integrated gradients"]),
    "DeepLIFT": attribution.deeplift_rescale,
    "LRP ε": partial(attribution.lrp, rule="epsilon", **SETTINGS["LRP ε"]),
    "LRP z⁺": partial(attribution.lrp, rule="z_plus"),
    "LRP αβ": partial(attribution.lrp, rule="alpha_beta", **SETTINGS["LRP αβ"]),
}
PLAIN, CGI = ("gradient ⊙ input", "no"), ("gradient ⊙ input", "yes")
AS_SPARSE = ("random pixels", "largest pixels", "another digit's rivals")
_OF_SCORES = (*AS_SPARSE, "one random pixel", "blank")
CONTROLS = (*_OF_SCORES, "noise")


def maps_of(net: MLP, x: Float2D, labels: Int1D, methods: Sequence[str], seed: int, *key: int) -> dict[Name, Float2D]:
    """Return maps (images, d) by method and by whether labels compete, and the controls'.

    Without ("no") and with competition ("yes") for the chosen labels, and with it for the label that this network itself predicts
    ("own label"). Controls, of gradient ⊙ input: on as many random lit pixels as CGI keeps, on as many of its own largest,
    competing against the scores of another digit's gradients, on one random lit pixel only; a blank map, and a map of noise. The
    random ones are those of a seed and a key.
    """
    # Pixels that no input lights, a third of MNIST's, are zero in all maps but noise, and are left out of all products.
    lit: Bool1D = np.any(x != 0.0, axis=0)
    narrow = MLP.from_arrays((net.weights[0][lit], *net.weights[1:]), net.biases)
    drawn = generator(seed, Use.RANDOM_PIXELS, *key).random(x.shape).compress(lit, axis=1)
    found = {name: _spread(maps, lit) for name, maps in _maps_of(narrow, x.compress(lit, axis=1), labels, methods, drawn).items()}
    return found | {("noise", "control"): generator(seed, Use.NOISE_MAP, *key).standard_normal(x.shape)}


def _spread(maps: Float2D, lit: Bool1D) -> Float2D:
    """Return maps of the pixels that are lit as maps of all, zero on the others."""
    found = np.zeros((len(maps), len(lit)))
    found[:, lit] = maps
    return found


def _maps_of(net: MLP, x: Float2D, labels: Int1D, methods: Sequence[str], drawn: Float2D) -> dict[Name, Float2D]:
    """Return all maps but noise; ``drawn``, of the shape of ``x``, ranks pixels at random."""
    found: dict[Name, Float2D] = {}
    own = net.predicted_labels(x)
    for method in methods:
        scores = METHODS[method](net, x)
        found[method, "no"], found[method, "yes"] = of_chosen_label(scores, labels), _competing(scores, labels)
        found[method, "own label"] = _competing(scores, own)
    plain, size = found[PLAIN], np.sum(found[CGI] != 0.0, axis=1)[:, None]
    shuffled = _ranks(np.where(plain != 0.0, drawn, -1.0))
    scores = np.roll(net.input_gradients(x), 1, axis=0) * x[:, None, :]
    scores[np.arange(len(x)), labels] = plain
    controls = (
        plain * (shuffled < size),
        plain * (_ranks(np.abs(plain)) < size),
        _competing(scores, labels),
        plain * (shuffled < 1),
        np.zeros_like(x),
    )
    return found | {(name, "control"): maps for name, maps in zip(_OF_SCORES, controls, strict=True)}


def _competing(scores: Float3D, labels: Int1D) -> Float2D:
    """Return the maps of the chosen labels, float64 as the scores are."""
    maps: Float2D = compete(scores, labels).astype(np.float64, copy=False)
    return maps


def _ranks(values: Float2D) -> Int2D:
    """Return each pixel's place in its row, the largest first."""
    return np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1)
