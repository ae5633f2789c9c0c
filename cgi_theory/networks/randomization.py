"""Networks with some layers randomised: the sanity checks of Adebayo et al. (2018).

Three ways to randomise a layer, because the tools of the literature differ:

* ``"initial"``: weights as before training (``mlp.initial_weights``), biases zero.
* ``"permute"``: the layer's own weights and biases in random order.
* ``"gaussian"``: normal numbers with the mean and standard deviation of the layer's weights, and of its biases.

A layer's random stream depends on (seed, layer, method) alone: equal layers get different weights, none that the same seed gave a
network before training, and a layer gets the same ones whether it is randomised by itself or in a cascade.
"""

from collections.abc import Iterable
from typing import Literal, TypeVar, get_args

import numpy as np

from cgi_theory._arguments import one_of, real_number, whole_number
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory.networks.mlp import MLP, initial_weights, require_net
from cgi_theory.networks.streams import Use, generator

Parameters = TypeVar("Parameters", Float1D, Float2D)
Method = Literal["initial", "permute", "gaussian"]
Direction = Literal["top_down", "bottom_up"]


@own_error_state
def layer_wise(net: MLP, layer: int, *, seed: int, method: Method = "initial") -> MLP:
    """Return the network with one layer randomised.

    Parameters
    ----------
    net : MLP
        Is not changed.
    layer : int
        From 0, the layer at the input.
    seed : int
    method : {"initial", "permute", "gaussian"}

    Raises
    ------
    TypeError, ValueError
        If the layer does not exist or the method is unknown.
    """
    layer = whole_number("layer", layer, 0, len(require_net(net).weights) - 1)
    return _randomised(net, (layer,), seed, method)


@own_error_state
def cascading(net: MLP, depth: int, *, seed: int, method: Method = "initial", direction: Direction = "top_down") -> MLP:
    """Return the network with ``depth`` layers randomised, from the logits down or from the input up.

    Parameters
    ----------
    net : MLP
        Is not changed.
    depth : int
        From 0, the network itself, to the number of its layers.
    seed : int
    method : {"initial", "permute", "gaussian"}
    direction : {"top_down", "bottom_up"}

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    layers = len(require_net(net).weights)
    depth = whole_number("depth", depth, 0, layers)
    one_of("direction", direction, get_args(Direction))
    return _randomised(net, range(layers - depth, layers) if direction == "top_down" else range(depth), seed, method)


@own_error_state
def towards_random(net: MLP, fraction: float, *, seed: int, method: Method = "initial") -> MLP:
    """Return a network between itself and itself with all layers randomised: a graded check.

    Parameters
    ----------
    net : MLP
        Is not changed.
    fraction : float
        λ, from 0, the network itself, to 1, all layers randomised: weights and biases are (1 − λ)W + λW' with those, W', that
        ``cascading`` gives at the full depth for this seed.
    seed : int
    method : {"initial", "permute", "gaussian"}

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    share = real_number("fraction", fraction, 0.0, 1.0)
    other = _randomised(net, range(len(require_net(net).weights)), seed, method)
    between = [
        [(1.0 - share) * own + share * random for own, random in zip(*pair, strict=True)]
        for pair in ((net.weights, other.weights), (net.biases, other.biases))
    ]
    return MLP.from_arrays(*between)


def _randomised(net: MLP, layers: Iterable[int], seed: int, method: str) -> MLP:
    method = one_of("method", method, get_args(Method))
    weights, biases = list(net.weights), list(net.biases)
    for layer in layers:
        weights[layer], biases[layer] = _new_layer(weights[layer], biases[layer], seed, layer, method)
    return MLP.from_arrays(weights, biases)


def _new_layer(weight: Float2D, bias: Float1D, seed: int, layer: int, method: str) -> tuple[Float2D, Float1D]:
    rng = generator(seed, Use.RANDOMISED_LAYER, get_args(Method).index(method), layer)
    if method == "initial":
        fan_in, fan_out = weight.shape
        return initial_weights(fan_in, fan_out, rng), np.zeros_like(bias)
    if method == "permute":
        return rng.permutation(weight.ravel()).reshape(weight.shape), rng.permutation(bias)
    return _like(weight, rng), _like(bias, rng)


def _like(array: Parameters, rng: np.random.Generator) -> Parameters:
    scaled, exponent = unit_size(array)
    normals = scaled.mean() + scaled.std() * rng.standard_normal(array.shape)
    return finite("the layer's new numbers", np.ldexp(normals, exponent))
