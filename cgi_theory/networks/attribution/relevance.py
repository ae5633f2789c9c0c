r"""Layer-wise relevance propagation (Bach et al. 2015; Montavon et al. 2019).

A label's relevance starts as its logit and is handed down layer by layer. All rules are sums of one form: a group of terms has
activations a', weights W' and biases b' that are parts of the layer's own; its units' relevance is divided by the group's sum,

.. math:: R_i = \sum_{\text{groups}} c \sum_{\text{terms}} a'_i \sum_j W'_{ij}\,\frac{g_j R_j}{z'_j \pm \epsilon},
   \qquad z' = \sum_{\text{terms}} (a' W' + b'),

with the sign of ε that of z'. With a⁺, a⁻ the positive and negative parts of a, and so on:

* ``"z"``, ``"epsilon"``: one term (a, W, b); ε = 0 for z, where a unit with z = 0 hands down nothing.
* ``"z_plus"`` (α1β0): (a⁺, W⁺, b⁺) and (a⁻, W⁻, 0).
* ``"alpha_beta"``: α times that group, less β times the group (a⁺, W⁻, b⁻), (a⁻, W⁺, 0); α − β = 1.
* ``"gamma"``: for units with z > 0 the group (a⁺, W + γW⁺, b + γb⁺), (a⁻, W + γW⁻, 0); for z < 0 the parts exchanged.

Biases take part in the denominators and keep their share: it reaches no pixel. ReLUs pass relevance on. These are the conventions
of zennit (Anders et al. 2021).

Equation of paper_notes.md: (12).
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Bool2D, Float1D, Float2D, Float3D, FloatND
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.attribution._arguments import LRPSettings, Rule, lrp_settings
from cgi_theory.networks.mlp import MLP, require_mlp

Parted = TypeVar("Parted", Float1D, Float2D)
Summed = TypeVar("Summed", bound=FloatND)


_Term = tuple[Float2D, Float2D, Float1D]  # (activations, weights, biases)


class _Group(NamedTuple):
    """Terms that share a denominator, with their factor c and gate g."""

    factor: float
    gate: Bool2D | None
    terms: tuple[_Term, ...]


_Groups = Callable[[Float2D, Float2D, Float1D, Float2D], Iterator[_Group]]


@own_error_state
def lrp(
    net: MLP,
    x: ArrayLike,
    rule: Rule = "epsilon",
    *,
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    beta: float = 1.0,
) -> Float3D:
    """Return the relevance of every pixel for every label.

    Parameters
    ----------
    net : MLP
    x : array_like, (batch, d)
    rule : {"epsilon", "z", "gamma", "z_plus", "alpha_beta"}
        The same in all layers.
    epsilon : float
        What keeps denominators from 0, above 0; "z" uses none.
    gamma : float
        γ of "gamma", from 0.
    alpha, beta : float
        α and β of "alpha_beta", from 0, with α − β = 1.

    Returns
    -------
    ndarray, (batch, k, d)

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    inputs = require_mlp(net).inputs(x)
    settings = lrp_settings(rule, epsilon, gamma, alpha, beta)
    return relevance_from(net, inputs, settings, lambda logits: logits[:, :, None] * np.eye(net.n_labels))


def relevance_from(net: MLP, inputs: Float2D, settings: LRPSettings, start: Callable[[Float2D], Float3D]) -> Float3D:
    """Return the relevance of every pixel, (batch, starts, d), handed down from ``start`` of the logits, (batch, starts, k)."""
    groups = _groups_of(settings)
    z = net.preactivations(inputs)
    activations = [inputs, *(np.maximum(hidden, 0.0) for hidden in z[:-1])]
    relevance = start(z[-1])
    for layer in range(len(z) - 1, -1, -1):
        split = groups(activations[layer], net.weights[layer], net.biases[layer], z[layer])
        relevance = _sum(_hand_down(group, relevance, settings.stabilizer) for group in split)
    return relevance


def _hand_down(group: _Group, relevance: Float3D, stabilizer: float) -> Float3D:
    """Hand the units' relevance (batch, k, units) down to the layer below."""
    total = _sum(a @ weight + bias for a, weight, bias in group.terms)
    denominator = finite("denominators", total + np.where(total >= 0.0, stabilizer, -stabilizer))
    divides = denominator != 0.0 if group.gate is None else group.gate
    # Not times an inverse, which is infinite for the smallest denominators.
    share = relevance / np.where(divides, denominator, 1.0)[:, None, :]
    share *= (group.factor * divides)[:, None, :]
    return finite("relevances", _sum(_handed_down(share, a, weight) for a, weight, _ in group.terms))


def _handed_down(share: Float3D, activations: Float2D, weight: Float2D) -> Float3D:
    """Return a term's share of relevance, (batch, k, units), in what goes into the layer, (batch, k, fan_in)."""
    batch, labels, units = share.shape
    handed = (share.reshape(batch * labels, units) @ weight.T).reshape(batch, labels, len(weight))
    handed *= activations[:, None, :]
    return handed


def _sum(arrays: Iterable[Summed]) -> Summed:
    """Return the sum of one array or more, in the memory of the first."""
    first, *others = arrays
    for other in others:
        np.add(first, other, out=first)
    return first


def _groups_of(settings: LRPSettings) -> _Groups:
    """Return the function that splits a layer (a, W, b, z) into a rule's groups."""
    return {
        "z": _whole,
        "epsilon": _whole,
        "gamma": lambda a, w, b, z: _raised(a, w, b, z, settings.gamma),
        "z_plus": lambda a, w, b, z: _signed(a, w, b, 1.0, 0.0),
        "alpha_beta": lambda a, w, b, z: _signed(a, w, b, settings.alpha, settings.beta),
    }[settings.rule]


def _whole(a: Float2D, weight: Float2D, bias: Float1D, z: Float2D) -> Iterator[_Group]:
    yield _Group(1.0, None, ((a, weight, bias),))


def _signed(a: Float2D, weight: Float2D, bias: Float1D, alpha: float, beta: float) -> Iterator[_Group]:
    (up, down), (more, less), (rising, falling) = _parts(a), _parts(weight), _parts(bias)
    yield _Group(alpha, None, _terms(up, more, rising, down, less))
    if beta > 0.0:
        yield _Group(-beta, None, _terms(up, less, falling, down, more))


def _raised(a: Float2D, weight: Float2D, bias: Float1D, z: Float2D, gamma: float) -> Iterator[_Group]:
    (up, down), (more, less), (rising, falling) = _parts(a), _parts(weight), _parts(bias)
    raised, lowered = weight + gamma * more, weight + gamma * less
    yield _Group(1.0, z > 0.0, _terms(up, raised, bias + gamma * rising, down, lowered))
    yield _Group(1.0, z < 0.0, _terms(up, lowered, bias + gamma * falling, down, raised))


def _terms(up: Float2D, weight: Float2D, bias: Float1D, down: Float2D, other: Float2D) -> tuple[_Term, ...]:
    """Return the terms of positive activations and of negative ones, of which there are none above ReLUs."""
    return ((up, weight, bias), (down, other, np.zeros_like(bias))) if down.any() else ((up, weight, bias),)


def _parts(array: Parted) -> tuple[Parted, Parted]:
    return np.maximum(array, 0.0), np.minimum(array, 0.0)
