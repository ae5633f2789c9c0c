"""How large networks may be, and the sequences that describe their layers."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, shown, whole_numbers
from cgi_theory._arrays import Float1D, Float2D

# Numbers that a network's file may hold: a hundred million, 800 MB.
MOST_NUMBERS = 100_000_000
MOST_LAYERS = 1000


def layer_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the units of the input, of each hidden layer, and labels, or raise a TypeError or ValueError that names them."""
    units = whole_numbers("sizes", sizes, 1, MOST_NUMBERS)
    if not 2 <= len(units) <= MOST_LAYERS + 1:
        raise ValueError(f"sizes must have the units of the input and the labels at least, not {shown(units)}")
    if (numbers := sum(a * b for a, b in itertools.pairwise(units))) > MOST_NUMBERS:
        raise ValueError(f"sizes must make at most {MOST_NUMBERS} weights, not {numbers}")
    return units


def checked_layers(
    weights: Sequence[ArrayLike], biases: Sequence[ArrayLike] | None
) -> tuple[tuple[Float2D, ...], tuple[Float1D, ...]]:
    """Return weights and biases, zeros for none, as read-only float64, or raise an error that names the layer."""
    weights = _sequence("weights", weights)
    biases = None if biases is None else _sequence("biases", biases)
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
    vectors: list[Float1D] = []
    for layer, matrix in enumerate(matrices):
        vector = np.zeros(matrix.shape[1]) if biases is None else finite_array(f"biases[{layer}]", biases[layer])
        if vector.shape != (matrix.shape[1],):
            raise ValueError(f"biases[{layer}] must have shape ({matrix.shape[1]},), not {vector.shape}")
        vectors.append(vector)
    for array in (*matrices, *vectors):
        array.flags.writeable = False
    return tuple(matrices), tuple(vectors)


def _sequence(name: str, arrays: Sequence[ArrayLike]) -> Sequence[ArrayLike]:
    """Return a sequence of arrays, or an array of them, as a tuple."""
    try:
        return tuple(arrays)
    except TypeError:
        raise TypeError(f"{name} must be a sequence of arrays, one for each layer, not {shown(arrays)}") from None
