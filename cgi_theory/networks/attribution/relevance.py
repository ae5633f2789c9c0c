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
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import LARGEST, SMALLEST, any_number, one_of, real_number, shown
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.mlp import MLP, require_net

Array = NDArray[np.float64]

RULES = ("z", "epsilon", "gamma", "z_plus", "alpha_beta")


class _Group(NamedTuple):
    """Terms that share a denominator, with their factor c and gate g."""

    factor: float
    gate: NDArray[np.bool_] | None
    terms: tuple[tuple[Array, Array, Array], ...]
    """(activations, weights, biases)."""


_Groups = Callable[[Array, Array, Array, Array], Iterator[_Group]]


@own_error_state
def lrp(
    net: MLP,
    x: ArrayLike,
    rule: str = "epsilon",
    *,
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    beta: float = 1.0,
) -> Array:
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
    inputs = require_net(net).inputs(x)
    rule = one_of("rule", rule, RULES)
    stabilizer = real_number("epsilon", epsilon, SMALLEST, LARGEST) * (rule != "z")
    groups = _groups_of(rule, real_number("gamma", gamma, 0.0, LARGEST), *_alpha_beta(alpha, beta))
    z = net.preactivations(inputs)
    activations = [inputs, *(np.maximum(hidden, 0.0) for hidden in z[:-1])]
    relevance = z[-1][:, :, None] * np.eye(net.sizes[-1])
    for layer in range(len(z) - 1, -1, -1):
        split = groups(activations[layer], net.weights[layer], net.biases[layer], z[layer])
        relevance = sum((_hand_down(group, relevance, stabilizer) for group in split), np.zeros(1))
    return relevance


def _hand_down(group: _Group, relevance: Array, stabilizer: float) -> Array:
    """Hand the units' relevance (batch, k, units) down to the layer below."""
    total = sum(a @ weight + bias for a, weight, bias in group.terms)
    denominator = finite("denominators", total + np.where(total >= 0.0, stabilizer, -stabilizer))
    divides = denominator != 0.0 if group.gate is None else group.gate
    # Not times an inverse, which is infinite for the smallest denominators.
    share = np.divide(group.factor * relevance, denominator[:, None, :], out=np.zeros_like(relevance), where=divides[:, None, :])
    batch, labels, units = relevance.shape
    share = share.reshape(batch * labels, units)
    handed = (a[:, None, :] * (share @ weight.T).reshape(batch, labels, len(weight)) for a, weight, _ in group.terms)
    return finite("relevances", sum(handed, np.zeros(1)))


def _groups_of(rule: str, gamma: float, alpha: float, beta: float) -> _Groups:
    """Return the function that splits a layer (a, W, b, z) into a rule's groups."""
    return {
        "z": _whole,
        "epsilon": _whole,
        "gamma": lambda a, w, b, z: _raised(a, w, b, z, gamma),
        "z_plus": lambda a, w, b, z: _signed(a, w, b, 1.0, 0.0),
        "alpha_beta": lambda a, w, b, z: _signed(a, w, b, alpha, beta),
    }[rule]


def _alpha_beta(alpha: float, beta: float) -> tuple[float, float]:
    """Return α and β, or raise a TypeError or ValueError that names them."""
    more, less = any_number("alpha", alpha), any_number("beta", beta)
    if not (less >= 0.0 and math.isclose(more - less, 1.0, rel_tol=0.0, abs_tol=1e-12)):
        raise ValueError(f"alpha and beta must be from 0 and differ by 1, not alpha={shown(alpha)}, beta={shown(beta)}")
    return more, less


def _whole(a: Array, weight: Array, bias: Array, z: Array) -> Iterator[_Group]:
    yield _Group(1.0, None, ((a, weight, bias),))


def _signed(a: Array, weight: Array, bias: Array, alpha: float, beta: float) -> Iterator[_Group]:
    (up, down), (more, less), nothing = _parts(a), _parts(weight), np.zeros_like(bias)
    rising, falling = _parts(bias)
    yield _Group(alpha, None, ((up, more, rising), (down, less, nothing)))
    if beta > 0.0:
        yield _Group(-beta, None, ((up, less, falling), (down, more, nothing)))


def _raised(a: Array, weight: Array, bias: Array, z: Array, gamma: float) -> Iterator[_Group]:
    (up, down), (more, less), nothing = _parts(a), _parts(weight), np.zeros_like(bias)
    rising, falling = _parts(bias)
    raised, lowered = weight + gamma * more, weight + gamma * less
    yield _Group(1.0, z > 0.0, ((up, raised, bias + gamma * rising), (down, lowered, nothing)))
    yield _Group(1.0, z < 0.0, ((up, lowered, bias + gamma * falling), (down, raised, nothing)))


def _parts(array: Array) -> tuple[Array, Array]:
    return np.maximum(array, 0.0), np.minimum(array, 0.0)
