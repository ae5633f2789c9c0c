"""The maps that the sanity check compares: every method with and without competition, and controls as sparse as CGI."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from cgi_theory import compete, maps
from cgi_theory._arrays import Bool1D, Float2D, Int1D, RealND
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.streams import Use, generator
from cgi_theory.streaming import mean_of_rivals
from simulations.lab.relevance import ALPHA_BETA, alpha_beta

Name = tuple[str, str]  # the method, and the competition
SETTINGS: dict[str, dict[str, Any]] = {
    "integrated gradients": {"n_steps": 5},
    "LRP ε": {"epsilon": 0.1},
    "LRP αβ": ALPHA_BETA,
}
METHODS: dict[str, Callable[[Any, Float2D], RealND]] = {
    "gradient ⊙ input": attribution.gradient_times_input,
    "integrated gradients": partial(attribution.integrated_gradients, **SETTINGS["integrated gradients"]),
    "DeepLIFT": attribution.deeplift_rescale,
    "LRP ε": partial(attribution.lrp, rule="epsilon", **SETTINGS["LRP ε"]),
    "LRP z⁺": partial(attribution.lrp, rule="z_plus"),
    "LRP αβ": partial(alpha_beta, **SETTINGS["LRP αβ"]),
}
PLAIN, CGI = ("gradient ⊙ input", "no"), ("gradient ⊙ input", "yes")
CONTRAST = "contrast with the rivals' mean"
BASELINES = ("gradient", "|gradient|", "input", CONTRAST)
AS_SPARSE = ("random pixels", "largest pixels", "another digit's rivals")
CONTROLS = (*AS_SPARSE, "one random pixel", "blank", "noise on lit pixels", "noise")
# These maps light pixels that are blank in the input.
BEYOND_THE_INPUT = ("gradient", "|gradient|", "noise")
# Maps that are made together: a method's, the baselines' or the controls'.
GROUPS = (*METHODS, "baselines", "controls")


def maps_of(net: MLP, x: Float2D, labels: Int1D, groups: Sequence[str], seed: int, *key: int) -> dict[Name, Float2D]:
    """Return the maps (images, d) of groups, by name and by whether labels compete; random ones are those of a seed and a key."""
    found: dict[Name, Float2D] = {}
    for group in groups:
        if group == "baselines":
            found |= baselines(net, x, labels)
        elif group == "controls":
            found |= controls(net, x, labels, seed, *key)
        else:
            found |= maps_by(group, net, x, labels)
    return found


def maps_by(method: str, net: MLP, x: Float2D, labels: Int1D) -> dict[Name, Float2D]:
    """Return a method's maps without ("no") and with competition ("yes") for the chosen labels.

    And with competition for the label that this network itself predicts ("own label").
    """
    narrow, part, lit = _lit_part(net, x)
    scores = METHODS[method](narrow, part)
    found = {
        "no": of_chosen_label(scores, labels),
        "yes": _competing(scores, labels),
        "own label": _competing(scores, narrow.predicted_labels(part)),
    }
    return {(method, competition): _spread(values, lit) for competition, values in found.items()}


def plain_scores(net: MLP, x: Float2D, labels: Int1D) -> Float2D:
    """Return gradient ⊙ input of the labels alone, (images, d)."""
    own, _ = _own_and_all(net, x, labels)
    return own * x


def baselines(net: MLP, x: Float2D, labels: Int1D) -> dict[Name, Float2D]:
    """Return what is simpler: the gradient, its absolute value, the input; and gradient ⊙ input less its mean over rivals."""
    own, everyone = _own_and_all(net, x, labels)
    contrast = (own - mean_of_rivals(everyone, own, net.n_labels)) * x
    return {(name, "no"): values for name, values in zip(BASELINES, (own, np.abs(own), x, contrast), strict=True)}


def _own_and_all(net: MLP, x: Float2D, labels: Int1D) -> tuple[Float2D, Float2D]:
    """Return the gradients of the labels, and the sums of those of all, each (images, d)."""
    inner = net.first_layer_gradients(net.slopes(x), len(x))
    both = np.stack([of_chosen_label(inner, labels), inner.sum(axis=1)], axis=1)
    own, everyone = np.moveaxis(net.through_first_layer(both), 1, 0)
    return own, everyone


def controls(net: MLP, x: Float2D, labels: Int1D, seed: int, *key: int) -> dict[Name, Float2D]:
    """Return the controls of CGI, the random ones those of a seed and a key.

    Gradient ⊙ input on as many random lit pixels as CGI keeps, on as many of its own largest, competing against the scores of
    another digit's gradients, and on one random lit pixel only; a blank map; and maps of noise, on the lit pixels and on all.
    """
    narrow, part, lit = _lit_part(net, x)
    gradients = narrow.input_gradients(part)
    scores, others = (found * part[:, None, :] for found in (gradients, np.roll(gradients, 1, axis=0)))
    plain = of_chosen_label(scores, labels)
    sizes = np.count_nonzero(_competing(scores, labels), axis=1)
    drawn = generator(seed, Use.RANDOM_PIXELS, *key).random(x.shape).compress(lit, axis=1)
    of_scores = (
        maps.thinned(plain, sizes, drawn),
        maps.largest_pixels(scores, labels),
        maps.other_rivals(scores, labels, others),
        maps.thinned(plain, np.ones_like(sizes), drawn),
    )
    noise = generator(seed, Use.NOISE_MAP, *key).standard_normal(x.shape)
    found = (*(_spread(values, lit) for values in of_scores), np.zeros_like(x), noise * (x != 0.0), noise)
    return {(name, "control"): values for name, values in zip(CONTROLS, found, strict=True)}


def _lit_part(net: MLP, x: Float2D) -> tuple[MLP, Float2D, Bool1D]:
    """Return the network and the inputs without the pixels that no input lights, a third of MNIST's, and which are left.

    There all scores that the input multiplies are zero.
    """
    lit: Bool1D = np.any(x != 0.0, axis=0)
    return MLP.from_arrays((net.weights[0][lit], *net.weights[1:]), net.biases), x.compress(lit, axis=1), lit


def _spread(values: RealND, lit: Bool1D) -> Float2D:
    """Return maps of the pixels that are lit as maps of all, zero on the others."""
    found = np.zeros((len(values), len(lit)))
    found[:, lit] = values
    return found


def _competing(scores: RealND, labels: Int1D) -> Float2D:
    """Return the maps of the chosen labels, float64 as the scores are."""
    found: Float2D = compete(scores, labels).astype(np.float64, copy=False)
    return found
