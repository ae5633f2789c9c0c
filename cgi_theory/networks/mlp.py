r"""A multi-layer perceptron with ReLU units, in NumPy and float64: its logits, and the input gradients of all labels at once.

With :math:`a_0 = x`, :math:`z_l = a_{l-1} W_l + b_l`, :math:`a_l = \max(z_l, 0)` and logits :math:`S = z_L`, the gradient of
label j's logit is

.. math:: \frac{\partial S_j}{\partial x} = W_1 D_1 W_2 D_2 \cdots W_L e_j, \qquad D_l = \mathrm{diag}(1\{z_l > 0\}),

so that the derivative of a unit at its kink, z = 0, is 0. One backward pass carries the gradients of all labels. Without
biases S is homogeneous, :math:`S(tx) = t S(x)` for t ≥ 0, and :math:`\sum_i x_i\,\partial S_j/\partial x_i = S_j` (Lemma 1).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import file_path, finite_array, instance
from cgi_theory._arrays import Float1D, Float2D, Float3D, Int1D
from cgi_theory._files import replace_file
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks._labels import label_array
from cgi_theory.networks._layers import MOST_LAYERS, MOST_NUMBERS, layer_sizes, layers_of
from cgi_theory.networks._npz import read_arrays
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
        weights = layers_of("weights", weights)
        biases = None if biases is None else layers_of("biases", biases)
        if not 1 <= len(weights) <= MOST_LAYERS:
            raise ValueError(f"weights must have from 1 to {MOST_LAYERS} layers, not {len(weights)}")
        if biases is not None and len(biases) != len(weights):
            raise ValueError(f"biases must have one array for each layer, {len(weights)}, not {len(biases)}")
        matrices: list[Float2D] = []
        for layer, weight in enumerate(weights):
            matrix = finite_array(f"weights[{layer}]", weight)
            if matrix.ndim != 2 or 0 in matrix.shape:
                raise ValueError(f"weights[{layer}] must have shape (fan_in, fan_out), not {matrix.shape}")
            if matrices and len(matrix) != matrices[-1].shape[1]:
                raise ValueError(
                    f"weights[{layer}] must have {matrices[-1].shape[1]} rows, as many as the layer before has units, "
                    f"not {len(matrix)}"
                )
            matrices.append(matrix)
        vectors = []
        for layer, matrix in enumerate(matrices):
            vector = np.zeros(matrix.shape[1]) if biases is None else finite_array(f"biases[{layer}]", biases[layer])
            if vector.shape != (matrix.shape[1],):
                raise ValueError(f"biases[{layer}] must have shape ({matrix.shape[1]},), not {vector.shape}")
            vectors.append(vector)
        for array in (*matrices, *vectors):
            array.flags.writeable = False
        return cls(tuple(matrices), tuple(vectors))

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

    def input_gradients(self, x: ArrayLike) -> Float3D:
        """Return ∂S/∂x of every label, shape (batch, k, d), for inputs (batch, d)."""
        inputs = self.inputs(x)
        return self.backward(self.slopes(inputs), len(inputs))

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
        predicted: Int1D = self.logits(x).argmax(axis=1)
        return predicted

    def chosen_labels(self, x: ArrayLike, labels: ArrayLike | None = None) -> Int1D:
        """Return one label for each input, (batch,): ``labels`` if they are that, by default those that the network predicts.

        Raises
        ------
        TypeError, ValueError
            If ``labels`` are not whole numbers, not one for each input, or not from 0 to k − 1.
        """
        if labels is None:
            return self.predicted_labels(x)
        return label_array(labels, len(self.inputs(x)), self.sizes[-1])

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


def require_net(net: object) -> MLP:
    """Return ``net``, or raise a TypeError unless it is an MLP."""
    return instance("net", net, MLP, "an MLP")


def initial_weights(fan_in: int, fan_out: int, rng: np.random.Generator) -> Float2D:
    """Return a layer's weights before training, N(0, 2/fan_in), shape (fan_in, fan_out)."""
    return rng.standard_normal((fan_in, fan_out)) * math.sqrt(2.0 / fan_in)


def _handed_down(gradients: Float3D, weight: Float2D) -> Float3D:
    """Return gradients by a layer's units, (batch, k, units), as gradients by what goes into it, (batch, k, fan_in)."""
    batch, labels, units = gradients.shape
    product = gradients.reshape(batch * labels, units) @ weight.T
    return finite("gradients", product).reshape(batch, labels, len(weight))


def _names_in_file(count: int) -> list[str]:
    """Return the names of so many arrays, weights first."""
    return [f"{kind}_{i}" for kind in ("weight", "bias") for i in range(min(count // 2, MOST_LAYERS))]
