"""The maps that the sanity check compares: every method with and without competition, and controls as sparse as CGI."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Float2D, Float3D, Int1D, Int2D
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
CONTRAST = "contrast with the rivals' mean"
BASELINES = ("gradient", "|gradient|", "input", CONTRAST)
AS_SPARSE = ("random pixels", "largest pixels", "another digit's rivals")
CONTROLS = (*AS_SPARSE, "one random pixel", "blank", "noise on lit pixels", "noise")
# Maps of these light pixels that are blank in the input.
BEYOND_THE_INPUT = ("gradient", "|gradient|", "noise")


def maps_of(net: MLP, x: Float2D, labels: Int1D, methods: Sequence[str], seed: int, *key: int) -> dict[Name, Float2D]:
    """Return all maps (images, d) of these methods, of baselines and of controls, by name and by whether labels compete."""
    found: dict[Name, Float2D] = {}
    for method in methods:
        found |= maps_by(method, net, x, labels)
    return found | baselines(net, x, labels) | controls(net, x, labels, seed, *key)


def maps_by(method: str, net: MLP, x: Float2D, labels: Int1D) -> dict[Name, Float2D]:
    """Return a method's maps without ("no") and with competition ("yes") for the chosen labels.

    And with competition for the label that this network itself predicts ("own label").
    """
    scores = METHODS[method](net, x)
    return {
        (method, "no"): of_chosen_label(scores, labels),
        (method, "yes"): _competing(scores, labels),
        (method, "own label"): _competing(scores, net.predicted_labels(x)),
    }


def baselines(net: MLP, x: Float2D, labels: Int1D) -> dict[Name, Float2D]:
    """Return what is simpler: the gradient, its absolute value, the input alone; and gradient ⊙ input less its mean over rivals."""
    gradients = net.input_gradients(x)
    own, rivals = of_chosen_label(gradients, labels), gradients.shape[1] - 1
    contrast = (own - (gradients.sum(axis=1) - own) / rivals) * x
    return {(name, "no"): maps for name, maps in zip(BASELINES, (own, np.abs(own), x, contrast), strict=True)}


def controls(net: MLP, x: Float2D, labels: Int1D, seed: int, *key: int) -> dict[Name, Float2D]:
    """Return the controls of CGI, the random ones those of a seed and a key.

    Gradient ⊙ input on as many random lit pixels as CGI keeps, on as many of its own largest, competing against the scores of
    another digit's gradients, and on one random lit pixel only; a blank map; and maps of noise, on the lit pixels and on all.
    """
    gradients = net.input_gradients(x)
    scores = gradients * x[:, None, :]
    plain = of_chosen_label(scores, labels)
    size = np.count_nonzero(_competing(scores, labels), axis=1)[:, None]
    shuffled = _ranks(np.where(plain != 0.0, generator(seed, Use.RANDOM_PIXELS, *key).random(x.shape), -1.0))
    others = np.roll(gradients, 1, axis=0) * x[:, None, :]
    others[np.arange(len(x)), labels] = plain
    noise = generator(seed, Use.NOISE_MAP, *key).standard_normal(x.shape)
    found = (
        plain * (shuffled < size),
        plain * (_ranks(np.abs(plain)) < size),
        _competing(others, labels),
        plain * (shuffled < 1),
        np.zeros_like(x),
        noise * (x != 0.0),
        noise,
    )
    return {(name, "control"): maps for name, maps in zip(CONTROLS, found, strict=True)}


def _competing(scores: Float3D, labels: Int1D) -> Float2D:
    """Return the maps of the chosen labels, float64 as the scores are."""
    maps: Float2D = compete(scores, labels).astype(np.float64, copy=False)
    return maps


def _ranks(values: Float2D) -> Int2D:
    """Return each pixel's place in its row, the largest first."""
    return np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1)
