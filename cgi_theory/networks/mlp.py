r"""A multi-layer perceptron with ReLU units, in NumPy and float64: its logits, and the input gradients of all labels at once.

With :math:`a_0 = x`, :math:`z_l = a_{l-1} W_l + b_l`, :math:`a_l = \max(z_l, 0)` and logits :math:`S = z_L`, the gradient of
label j's logit is

.. math:: \frac{\partial S_j}{\partial x} = W_1 D_1 W_2 D_2 \cdots W_L e_j, \qquad D_l = \mathrm{diag}(1\{z_l > 0\}),

so that the derivative of a unit at its kink, z = 0, is 0. One backward pass carries the gradients of all labels. Without
biases S is homogeneous, :math:`S(tx) = t S(x)` for t ≥ 0, and :math:`\sum_i x_i\,\partial S_j/\partial x_i = S_j` (Lemma 1).
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import file_path, finite_array, instance, whole_numbers
from cgi_theory._arrays import Float1D, Float2D, Float3D, Int1D
from cgi_theory._files import replace_file
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks._layers import MOST_LAYERS, MOST_NUMBERS, checked_layers, layer_sizes
from cgi_theory.networks._npz import read_arrays
from cgi_theory.networks._random_layers import initial_weights, new_layer
from cgi_theory.networks.network import Method, chosen_labels, predicted_labels
from cgi_theory.networks.streams import Use, generator


@dataclass(frozen=True, eq=False)
class MLP:
    """A ReLU network; make one with ``from_arrays``, ``random`` or ``load``.

    A network is equal to itself alone, unlike a model or an estimate, which are compared by what they hold.

    Attributes
    ----------
    weights : tuple of ndarray, each (fan_in, fan_out)
    biases : tuple of ndarray, each (fan_out,)
        Zeros where the network has none. All arrays are read-only float64.
    """

    weights: tuple[Float2D, ...]
    biases: tuple[Float1D, ...]

    @classmethod
    def from_arrays(cls, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike] | None = None) -> "MLP":
        """Return a network of these arrays, which are copied.

        Parameters
        ----------
        weights : sequence of array_like, each (fan_in, fan_out)
            From the input to the logits; a layer's fan_in is the fan_out of the one before.
        biases : sequence of array_like, each (fan_out,), optional

        Raises
        ------
        TypeError, ValueError
            Naming the layer, if an array has the wrong shape or holds something other than finite numbers.
        """
        matrices, vectors = checked_layers(weights, biases)
        return cls(matrices, vectors)

    @classmethod
    def random(cls, sizes: Sequence[int], *, seed: int) -> "MLP":
        """Return an untrained network without biases: weights N(0, 2/fan_in) (He et al. 2015).

        Parameters
        ----------
        sizes : sequence of int
            Units of the input, of each hidden layer, and labels.
        seed : int
            Each layer has a stream of its own.

        Raises
        ------
        TypeError, ValueError
            Naming what is off.
        """
        pairs = enumerate(itertools.pairwise(layer_sizes(sizes)))
        return cls.from_arrays([initial_weights(*pair, generator(seed, Use.INITIAL_WEIGHTS, layer)) for layer, pair in pairs])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of the input, of each hidden layer, and labels."""
        return (len(self.weights[0]), *(weight.shape[1] for weight in self.weights))

    @property
    def n_labels(self) -> int:
        """k, the number of labels."""
        return self.sizes[-1]

    @property
    def input_shape(self) -> tuple[int]:
        """The shape of one input, (d,)."""
        return (self.sizes[0],)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers, from "0" at the input."""
        return tuple(map(str, range(len(self.weights))))

    @property
    def has_biases(self) -> bool:
        """Whether any bias is not zero."""
        return any(bias.any() for bias in self.biases)

    @own_error_state
    def preactivations(self, x: ArrayLike) -> tuple[Float2D, ...]:
        """Return z of every layer, each (batch, units), for inputs (batch, d); the last are the logits.

        Here and in all that attributes, a ValueError says what overflows float64.
        """
        found: list[Float2D] = []
        activation = self.inputs(x)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            name = "logits" if layer == len(self.weights) - 1 else f"pre-activations of layer {layer}"
            found.append(finite(name, activation @ weight + bias))
            activation = np.maximum(found[-1], 0.0)
        return tuple(found)

    def logits(self, x: ArrayLike) -> Float2D:
        """Return S, shape (batch, k), for inputs (batch, d)."""
        return self.preactivations(x)[-1]

    def input_gradients(self, x: ArrayLike, labels: Sequence[int] | None = None) -> Float3D:
        """Return ∂S/∂x of each of ``labels``, by default of all, shape (batch, labels, d), for inputs (batch, d)."""
        inputs = self.inputs(x)
        inner = self.first_layer_gradients(self.slopes(inputs), len(inputs))
        if labels is not None:
            inner = inner.take(whole_numbers("labels", labels, 0, self.n_labels - 1), axis=1)
        return self.through_first_layer(inner)

    def slopes(self, x: ArrayLike) -> list[Float2D]:
        """Return the derivatives of the hidden units, 1{z > 0}, each (batch, units), for inputs (batch, d)."""
        return [(z > 0.0).astype(np.float64) for z in self.preactivations(x)[:-1]]

    def backward(self, slopes: Sequence[Float2D], batch: int) -> Float3D:
        """Return the product of all layers with ``slopes`` for the hidden units' derivatives, shape (batch, k, d).

        Parameters
        ----------
        slopes : sequence of ndarray, each (batch, units)
            One for each hidden layer; 1{z > 0} for the gradient.
        batch : int
        """
        return self.through_first_layer(self.first_layer_gradients(slopes, batch))

    @own_error_state
    def first_layer_gradients(self, slopes: Sequence[Float2D], batch: int) -> Float3D:
        """Return ``backward`` as far as the first layer's pre-activations, shape (batch, k, units)."""
        if not slopes:  # the logits are the first layer's own
            return np.tile(np.eye(self.sizes[-1]), (batch, 1, 1))
        product: Float3D = self.weights[-1].T * slopes[-1][:, None, :]
        for weight, slope in zip(self.weights[-2:0:-1], slopes[-2::-1], strict=True):
            product = _handed_down(product, weight)
            product *= slope[:, None, :]
        return finite("gradients", product)

    @own_error_state
    def through_first_layer(self, gradients: Float3D) -> Float3D:
        """Return gradients by the first layer's pre-activations, (batch, k, units), as gradients by the input, (batch, k, d)."""
        return _handed_down(gradients, self.weights[0])

    def inputs(self, x: ArrayLike) -> Float2D:
        """Return inputs as float64, shape (batch, d), or raise a TypeError or ValueError that names what is off."""
        array = finite_array("x", x)
        if array.ndim != 2 or array.shape[1] != len(self.weights[0]):
            raise ValueError(f"x must have shape (batch, {len(self.weights[0])}), not {array.shape}")
        return array

    def predicted_labels(self, x: ArrayLike) -> Int1D:
        """Return the label with the highest logit, the first of several, (batch,), for inputs (batch, d)."""
        return predicted_labels(self, x)

    def chosen_labels(self, x: ArrayLike, labels: ArrayLike | None = None) -> Int1D:
        """Return one label for each input, (batch,), as :func:`cgi_theory.networks.network.chosen_labels` does."""
        return chosen_labels(self, x, labels)

    def with_random_layers(self, layers: Collection[str], *, seed: int, method: Method) -> "MLP":
        """Return a copy with these layers randomised; see :mod:`cgi_theory.networks.randomization`."""
        pairs = enumerate(zip(self.weights, self.biases, strict=True))
        found = [new_layer(*pair, seed, layer, method) if str(layer) in layers else pair for layer, pair in pairs]
        return MLP.from_arrays(*zip(*found, strict=True))

    def towards(self, other: "MLP", fraction: float) -> "MLP":
        """Return a copy whose weights and biases are (1 − fraction) of its own and a fraction of the other's."""
        both = ((self.weights, other.weights), (self.biases, other.biases))
        return MLP.from_arrays(
            *([(1.0 - fraction) * own + fraction * new for own, new in zip(*pair, strict=True)] for pair in both)
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take over a copied or unpickled network's arrays as ``from_arrays`` does: NumPy copies them without their flags."""
        self.__dict__.update(MLP.from_arrays(state["weights"], state["biases"]).__dict__)

    def save(self, path: str | Path) -> None:
        """Write the network to an .npz file, which replaces what was there as a whole."""
        path = file_path("path", path)
        names = _names_in_file(2 * len(self.weights))
        arrays = dict(zip(names, (*self.weights, *self.biases), strict=True))
        replace_file(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: str | Path) -> "MLP":
        """Return the network of a file that ``save`` wrote.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            Naming the file, if it is anything else: cut short, changed, of wrong shapes, with other members, or too large.
        """
        path = file_path("path", path)
        try:
            arrays = read_arrays(path, _names_in_file, MOST_NUMBERS)
            layers = len(arrays) // 2
            return cls.from_arrays(arrays[:layers], arrays[layers:])
        except ValueError as error:
            raise ValueError(f"{path} is not a network's file: {error}") from None


def require_mlp(net: object) -> MLP:
    """Return ``net``, or raise a TypeError unless it is an MLP."""
    if hasattr(net, "module"):
        raise TypeError("net must be an MLP: for modules of PyTorch there is cgi_theory.networks.torch.attribution")
    return instance("net", net, MLP, "an MLP")


def _handed_down(gradients: Float3D, weight: Float2D) -> Float3D:
    """Return gradients by a layer's units, (batch, k, units), as gradients by what goes into it, (batch, k, fan_in)."""
    batch, labels, units = gradients.shape
    product = gradients.reshape(batch * labels, units) @ weight.T
    return finite("gradients", product).reshape(batch, labels, len(weight))


def _names_in_file(count: int) -> list[str]:
    """Return the names of so many arrays, weights first."""
    return [f"{kind}_{i}" for kind in ("weight", "bias") for i in range(min(count // 2, MOST_LAYERS))]
