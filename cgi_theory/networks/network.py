r"""What the package asks of a network: logits, and the input gradients of any of its labels.

A *network* is anything with the four members of :class:`Network`. :class:`cgi_theory.networks.MLP` is one, any
``torch.nn.Module`` becomes one by ``cgi_theory.networks.torch.TorchNetwork``, and ten lines make one of a function and its
vector-Jacobian product. Inputs are (batch, \*input_shape), of any shape: (d,) for digits as vectors, (channels, height, width)
for images.

A *layered* network says, beside that, of which layers it consists, and how they are randomised: what the sanity checks need.

Gradients of all labels may be large: 1000 labels of 150 528 inputs are 602 MB in float32. What can do with some labels at a time
takes them in blocks (:func:`gradient_blocks`).
"""

import inspect
import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal, Protocol, Self, cast

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, real_array, shown, whole_number, whole_numbers
from cgi_theory._arrays import Int1D, RealND
from cgi_theory.networks._labels import label_array

Method = Literal["initial", "permute", "gaussian"]

# Bytes of the gradients that are held at a time, if they are not all wanted.
_BLOCK = 2**24
# Labels, and the length of any axis of inputs.
_MOST = 2**31 - 1
_MEMBERS = ("n_labels", "input_shape", "logits", "input_gradients")
_LAYERED = ("layer_names", "with_random_layers", "towards")


class Network(Protocol):
    r"""What gradients are taken of.

    A network may also have a method ``inputs(x)``, which returns inputs as an array (batch, \*input_shape) of float32 or float64,
    or raises a TypeError or ValueError: it is asked for what is no array of NumPy's, such as a tensor. Without it inputs are
    taken as float64.
    """

    @property
    def n_labels(self) -> int:
        """k, the number of labels."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""

    def logits(self, x: Any) -> RealND:
        r"""Return S, shape (batch, k), for inputs (batch, \*input_shape)."""

    def input_gradients(self, x: Any, labels: Sequence[int] | None = None) -> RealND:
        r"""Return ∂S_j/∂x of each of ``labels``, by default of all, shape (batch, labels, \*input_shape)."""


class LayeredNetwork(Network, Protocol):
    """A network whose layers can be randomised. No method changes it."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers, from the input to the logits."""

    def with_random_layers(self, layers: Collection[str], *, seed: int, method: Method) -> Self:
        """Return a copy with these layers randomised (:mod:`cgi_theory.networks.randomization`)."""

    def towards(self, other: Self, fraction: float) -> Self:
        """Return a copy whose parameters are (1 − fraction) of its own and a fraction of the other's."""


def require_network(net: object) -> Network:
    """Return ``net``, or raise a TypeError that says which members of a network it lacks."""
    _require(net, _MEMBERS, "a network, such as an MLP or a TorchNetwork")
    return cast(Network, net)


def require_layered(net: object) -> LayeredNetwork:
    """Return ``net``, or raise a TypeError that says what it lacks to be randomised."""
    _require(net, _MEMBERS + _LAYERED, "a network with layers, such as an MLP or a TorchNetwork")
    return cast(LayeredNetwork, net)


def inputs_of(net: Network, x: Any) -> RealND:
    r"""Return inputs as an array (batch, \*input_shape), or raise a TypeError or ValueError that names what is off."""
    own = getattr(require_network(net), "inputs", None)
    name, array = ("x", finite_array("x", x)) if own is None else ("inputs of net", _answer("inputs", own(x)))
    known = hasattr(net, "input_shape")  # a module may not know it before it has seen an input
    shape = whole_numbers("input_shape of net", net.input_shape, 0, _MOST) if known else array.shape[1:]
    if array.ndim == 0 or array.shape[1:] != shape:
        raise ValueError(f"{name} must have shape (batch, {', '.join(map(str, shape)) or '*input_shape'}), not {array.shape}")
    return array


def count_labels(net: Network, inputs: RealND) -> int:
    """Return k. A module may not know it before it has seen an input: then it sees the first."""
    if not hasattr(net, "n_labels"):
        net.logits(inputs[:1])
    return whole_number("n_labels of net", net.n_labels, 1, _MOST)


def logits_of(net: Network, inputs: RealND) -> RealND:
    """Return S, shape (batch, k), for inputs as ``inputs_of`` returns them."""
    logits, expected = _answer("logits", net.logits(inputs)), (len(inputs), count_labels(net, inputs))
    if logits.shape != expected:
        raise ValueError(f"logits of net must have shape {expected}, not {logits.shape}")
    return logits


def gradients_of(net: Network, inputs: RealND, labels: Sequence[int] | None = None) -> RealND:
    r"""Return ∂S_j/∂x of labels, by default of all, (batch, labels, \*input_shape), for inputs as ``inputs_of`` returns them."""
    count = count_labels(net, inputs) if labels is None else len(labels)
    gradients = _answer("input gradients", net.input_gradients(inputs, labels))
    expected = (len(inputs), count, *inputs.shape[1:])
    if gradients.shape != expected:
        raise ValueError(f"input gradients of net must have shape {expected}, not {gradients.shape}")
    return gradients


def gradient_blocks(net: Network, inputs: RealND) -> Iterator[tuple[range, RealND]]:
    r"""Yield all labels in blocks of a bounded size, and their gradients, (batch, labels, \*input_shape)."""
    for labels in label_blocks(net, inputs):
        yield labels, gradients_of(net, inputs, labels)


def label_blocks(net: Network, inputs: RealND) -> Iterator[range]:
    """Yield all labels, as many at a time as have scores of a bounded size."""
    n_labels, block = count_labels(net, inputs), max(1, _BLOCK // max(1, inputs.nbytes))
    for first in range(0, n_labels, block):
        yield range(first, min(first + block, n_labels))


def gradients_by_input(net: Network, inputs: RealND) -> Iterator[RealND]:
    """Yield the gradients of all labels of each input in turn, (k, d): what is held of a batch is bounded, but by one input's."""
    n_labels = count_labels(net, inputs)
    step = max(1, _BLOCK // max(1, n_labels * math.prod(inputs.shape[1:]) * inputs.itemsize))
    for first in range(0, len(inputs), step):
        for gradients in gradients_of(net, inputs[first : first + step]):
            yield gradients.reshape(n_labels, -1)


def predicted_labels(net: Network, x: Any) -> Int1D:
    r"""Return the label with the highest logit, the first of several, (batch,), for inputs (batch, \*input_shape)."""
    predicted: Int1D = logits_of(net, inputs_of(net, x)).argmax(axis=1)
    return predicted


def chosen_labels(net: Network, x: Any, labels: ArrayLike | None = None) -> Int1D:
    """Return one label for each input, (batch,): ``labels`` if they are that, by default those that the network predicts.

    Raises
    ------
    TypeError, ValueError
        If ``labels`` are not whole numbers, not one for each input, or not from 0 to k − 1.
    """
    if labels is None:
        return predicted_labels(net, x)
    inputs = inputs_of(net, x)
    return label_array(labels, len(inputs), count_labels(net, inputs))


def _answer(what: str, values: Any) -> RealND:
    """Return what a network returned as float32 or float64, finite."""
    array = real_array(f"{what} of net", values)
    array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{what} of net must be finite")
    return array


def _require(net: object, members: tuple[str, ...], what: str) -> None:
    missing = [name for name in members if inspect.getattr_static(net, name, None) is None]
    if missing:
        raise TypeError(f"net must be {what}, not {shown(net)}: it has no {', '.join(missing)}")
