"""Networks with some layers randomised: the sanity checks of Adebayo et al. (2018).

Three ways to randomise a layer, because the tools of the literature differ:

* ``"initial"``: weights as before training (``mlp.initial_weights``), biases zero.
* ``"permute"``: the layer's own weights and biases in random order.
* ``"gaussian"``: normal numbers with the mean and standard deviation of the layer's weights, and of its biases.

A layer's random stream depends on (seed, layer, method) alone: equal layers get different weights, and a layer gets the same
ones whether it is randomised by itself or in a cascade.
"""

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cgi_theory.networks.mlp import MLP, initial_weights

Array = NDArray[np.float64]
Method = Literal["initial", "permute", "gaussian"]
Direction = Literal["top_down", "bottom_up"]

# Streams beside those of the layers' first weights, which begin with (seed, layer).
_STREAM = 2**33


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
    ValueError
        If the layer does not exist or the method is unknown.
    """
    layers = len(net.weights)
    if not 0 <= layer < layers:
        raise ValueError(f"layer must be from 0 to {layers - 1}, not {layer!r}")
    return _randomised(net, (layer,), seed, method)


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
    ValueError
        If an argument is off.
    """
    layers = len(net.weights)
    if not 0 <= depth <= layers:
        raise ValueError(f"depth must be from 0 to {layers}, not {depth!r}")
    if direction not in get_args(Direction):
        raise ValueError(f"direction must be one of 'top_down', 'bottom_up', not {direction!r}")
    return _randomised(net, range(layers - depth, layers) if direction == "top_down" else range(depth), seed, method)


def _randomised(net: MLP, layers: Iterable[int], seed: int, method: str) -> MLP:
    if method not in get_args(Method):
        raise ValueError(f"method must be one of {', '.join(map(repr, get_args(Method)))}, not {method!r}")
    if seed < 0:
        raise ValueError(f"seed must be from 0, not {seed!r}")
    weights, biases = list(net.weights), list(net.biases)
    for layer in layers:
        weights[layer], biases[layer] = _new_layer(weights[layer], biases[layer], seed, layer, method)
    return MLP.from_arrays(weights, biases)


def _new_layer(weight: Array, bias: Array, seed: int, layer: int, method: str) -> tuple[Array, Array]:
    if method == "initial":  # of another seed than the training's own
        return initial_weights(*weight.shape, seed=seed + _STREAM, layer=layer), np.zeros_like(bias)
    rng = np.random.default_rng([seed, layer, get_args(Method).index(method), _STREAM])
    if method == "permute":
        return rng.permutation(weight.ravel()).reshape(weight.shape), rng.permutation(bias)
    return _like(weight, rng), _like(bias, rng)


def _like(array: Array, rng: np.random.Generator) -> Array:
    normals: Array = array.mean() + array.std() * rng.standard_normal(array.shape)
    return normals
