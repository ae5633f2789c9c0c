"""Statistics of what is said to hold exactly on networks: sums of scores, homogeneity, rules that are one (Sections 2 and 3).

Each is a relative error, the largest over a digit's labels, and 0 where the claim holds. What holds on any network says nothing
of training: its null worlds exchange the scores, or the network for one with biases.
"""

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, FloatND
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from simulations.experiment import Setting
from simulations.lab import nets
from simulations.lab.worlds import any_network_in, exchanged, network_in, scores_in

WITH_BIASES, BEFORE_SOFTMAX = "network with biases", "before the softmax"
EPSILON = 1e-15
_FACTORS = (0.5, 3.0)


def sums_to_the_logit(setting: Setting, world: str, number: int) -> Float1D:
    """|Σ xᵢ∂S/∂xᵢ − S| over Σ|xᵢ∂S/∂xᵢ| (Lemma 1)."""
    net, x = _without_biases(setting, world, number)
    scores = scores_in(setting, world, net, x, number)
    return _largest(np.abs(scores.sum(axis=2) - net.logits(x)), np.abs(scores).sum(axis=2))


def is_homogeneous(setting: Setting, world: str, number: int) -> Float1D:
    """|f(tx)/t − f(x)| over Σ|xᵢ∂S/∂xᵢ| for t below and above 1."""
    net, x = _without_biases(setting, world, number)
    scale = np.abs(attribution.gradient_times_input(net, x)).sum(axis=2)
    found: Float1D = np.max([_largest(np.abs(net.logits(t * x) / t - net.logits(x)), scale) for t in _FACTORS], axis=0)
    return found


def rules_are_gradients(setting: Setting, world: str, number: int) -> Float1D:
    """The largest difference of LRP-z, LRP-ε as ε → 0 and DeepLIFT from gradient ⊙ input, over its largest score."""
    net, x = _without_biases(setting, world, number)
    plain = scores_in(setting, world, net, x, number)
    rules = (
        attribution.lrp(net, x, "z"),
        attribution.lrp(net, x, "epsilon", epsilon=EPSILON),
        attribution.deeplift_rescale(net, x),
    )
    found: Float1D = np.max([np.abs(scores - plain).max(axis=(1, 2)) for scores in rules], axis=0) / np.abs(plain).max(
        axis=(1, 2)
    )
    return found


def paths_are_complete(setting: Setting, world: str, number: int) -> Float1D:
    """|Σ IG − (S(x) − S(0))| over |S(x) − S(0)| of integrated gradients, with biases."""
    x, _ = nets.test_images(setting, setting.parameters["images_of_paths"])
    net = network_in(setting, world, nets.RETRAINED, number)
    difference = net.logits(x) - net.logits(np.zeros_like(x))
    scores = exchanged(setting, world, attribution.integrated_gradients(net, x, method="exact"), x, number)
    return _largest(np.abs(scores.sum(axis=2) - difference), np.abs(difference).max(axis=1, keepdims=True))


def explains_the_probability(setting: Setting, world: str, number: int) -> Float1D:
    """|Σ of the scores| of the predicted label after the softmax over its probability; 1 if they shared it out."""
    x, _ = nets.test_images(setting, setting.parameters["images"])
    net = network_in(setting, world, nets.NO_BIASES, number)
    chosen, logits = net.predicted_labels(x), net.logits(x)
    if world == BEFORE_SOFTMAX:
        scores, whole = attribution.gradient_times_input(net, x), of_chosen_label(logits, chosen)
    else:
        scores = attribution.softmax_gradient_times_input(net, x)
        whole = 1.0 / np.exp(logits - of_chosen_label(logits, chosen)[:, None]).sum(axis=1)
    found: Float1D = np.abs(of_chosen_label(scores, chosen).sum(axis=1)) / whole
    return found


def determined_by_the_logit(setting: Setting, world: str, number: int) -> Float1D:
    """R² of a regression of the scores' sums on the logits of all digits and labels, with biases: one value for a network."""
    x, _ = nets.test_images(setting, setting.parameters["images"])
    net = any_network_in(setting, world, nets.RETRAINED, number)
    sums = scores_in(setting, world, net, x, number).sum(axis=2)
    found: Float1D = np.array([np.corrcoef(net.logits(x).ravel(), sums.ravel())[0, 1] ** 2])
    return found


def _without_biases(setting: Setting, world: str, number: int) -> tuple[MLP, Float2D]:
    x, _ = nets.test_images(setting, setting.parameters["images"])
    kind = nets.RETRAINED if world == WITH_BIASES else nets.NO_BIASES
    return network_in(setting, world, kind, number), x


def _largest(errors: FloatND, scale: FloatND) -> Float1D:
    """Return the largest error over labels, each over its scale; labels without any score are left out."""
    found: Float1D = np.divide(errors, scale, out=np.zeros_like(errors), where=scale > 0.0).max(axis=1)
    return found
