"""Networks with some layers randomised: the sanity checks of Adebayo et al. (2018), of any network that has layers.

Three ways to randomise a layer, because the tools of the literature differ:

* ``"initial"``: as before training. Of an MLP: weights N(0, 2/fan_in), biases zero; of a module of PyTorch: its own
  ``reset_parameters``, running statistics included.
* ``"permute"``: the layer's own weights and biases in random order.
* ``"gaussian"``: normal numbers with the mean and standard deviation of the layer's weights, and of its biases.

A layer's random stream depends on (seed, layer, method) alone: equal layers get different weights, none that the same seed gave a
network before training, and a layer gets the same ones whether it is randomised by itself or in a cascade.
"""

from typing import Literal, TypeVar, get_args

from cgi_theory._arguments import one_of, real_number, shown, whole_number
from cgi_theory._floating import own_error_state
from cgi_theory.networks.network import LayeredNetwork, Method, require_layered

__all__ = ["Direction", "Method", "cascading", "layer_wise", "towards_random"]

Net = TypeVar("Net", bound=LayeredNetwork)
Direction = Literal["top_down", "bottom_up"]


@own_error_state
def layer_wise(net: Net, layer: int | str, *, seed: int, method: Method = "initial") -> Net:
    """Return the network with one layer randomised.

    Parameters
    ----------
    net : LayeredNetwork
        An MLP, a TorchNetwork or another; it is not changed.
    layer : int or str
        From 0, the layer at the input; or one of ``net.layer_names``.
    seed : int
    method : {"initial", "permute", "gaussian"}

    Raises
    ------
    TypeError, ValueError
        If the layer does not exist or the method is unknown.
    """
    names = _layers_of(net)
    if isinstance(layer, str):
        if layer not in names:
            raise ValueError(f"layer must be one of {shown(names)}, not {shown(layer)}")
        return _randomised(net, (layer,), seed, method)
    number = whole_number("layer", layer, 0, len(names) - 1)
    return _randomised(net, names[number : number + 1], seed, method)


@own_error_state
def cascading(net: Net, depth: int, *, seed: int, method: Method = "initial", direction: Direction = "top_down") -> Net:
    """Return the network with ``depth`` layers randomised, from the logits down or from the input up.

    Parameters
    ----------
    net : LayeredNetwork
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
    names = _layers_of(net)
    depth = whole_number("depth", depth, 0, len(names))
    one_of("direction", direction, get_args(Direction))
    return _randomised(net, names[len(names) - depth :] if direction == "top_down" else names[:depth], seed, method)


@own_error_state
def towards_random(net: Net, fraction: float, *, seed: int, method: Method = "initial") -> Net:
    """Return a network between itself and itself with all layers randomised: a graded check.

    Parameters
    ----------
    net : LayeredNetwork
        Is not changed.
    fraction : float
        λ, from 0, the network itself, to 1, all layers randomised: parameters are (1 − λ)W + λW' with those, W', that
        ``cascading`` gives at the full depth for this seed.
    seed : int
    method : {"initial", "permute", "gaussian"}

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    names = _layers_of(net)
    share = real_number("fraction", fraction, 0.0, 1.0)
    return net.towards(_randomised(net, names, seed, method), share)


def _layers_of(net: LayeredNetwork) -> tuple[str, ...]:
    names = require_layered(net).layer_names
    if not names:
        raise ValueError(f"net must have a layer that can be randomised, not {shown(net)}")
    return names


def _randomised(net: Net, layers: tuple[str, ...], seed: int, method: Method) -> Net:
    return net.with_random_layers(layers, seed=seed, method=one_of("method", method, get_args(Method)))
