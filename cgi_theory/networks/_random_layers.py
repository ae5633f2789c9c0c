"""New numbers for a layer (W, b) of an MLP: those before training, its own in another order, or normal ones like its own."""

import math
from typing import TypeVar, get_args

import numpy as np

from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._floating import finite, unit_size
from cgi_theory.networks.network import Method
from cgi_theory.networks.streams import Use, generator

Parameters = TypeVar("Parameters", Float1D, Float2D)


def initial_weights(fan_in: int, fan_out: int, rng: np.random.Generator) -> Float2D:
    """Return a layer's weights before training, N(0, 2/fan_in), shape (fan_in, fan_out)."""
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(2.0 / fan_in)


def new_layer(weight: Float2D, bias: Float1D, seed: int, layer: int, method: Method) -> tuple[Float2D, Float1D]:
    """Return the layer's weights and biases randomised, those of (seed, layer, method)."""
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
