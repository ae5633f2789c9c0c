r"""Adam (Kingma & Ba 2015) on the cross-entropy of mini-batches, in the precision of its arrays.

All parameters lie in one vector, weights first, and so do their gradients. In place of the means of gradients and squares, the
sums :math:`m = \sum \beta_1^{t-s} g_s` and :math:`v = \sum \beta_2^{t-s} g_s^2` are kept, and the means' factors 1 − β taken
into the rate and into ε.
"""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from cgi_theory._arrays import FloatND, Int1D, RealND
from cgi_theory._floating import finite, own_error_state

_DECAY, _SQUARE_DECAY, _TINY = 0.9, 0.999, 1e-8
# Parameters that a step moves at a time: what it reads and makes of them stays in the second-level cache.
_CHUNK = 32768


class Descent:
    """Weights and biases that change in place, step by step.

    Parameters
    ----------
    weights, biases : sequence of ndarray
        Where to start; copied.
    dtype : float64 or float32
        In what all is computed.
    train_biases : bool
        If not, they stay as they are.
    """

    def __init__(self, weights: Sequence[FloatND], biases: Sequence[FloatND], dtype: DTypeLike, *, train_biases: bool) -> None:
        arrays = (*weights, *biases)
        self._parameters: RealND = np.concatenate([array.ravel() for array in arrays]).astype(dtype)
        self._gradients = np.zeros_like(self._parameters)
        self._trained = sum(array.size for array in (arrays if train_biases else weights))
        self._sums, self._squares = np.zeros((2, self._trained), dtype=dtype)
        self._steps = 0
        shapes = [array.shape for array in arrays]
        self._by_weights, self._by_biases = halves(_cut(self._gradients, shapes))
        self.weights, self.biases = halves(_cut(self._parameters, shapes))

    def step(self, x: RealND, labels: Int1D, rate: float) -> None:
        """Move once against the gradients of the loss of a batch, by Adam's rate."""
        *activations, logits = forward(self.weights, self.biases, x)
        backward(self.weights, [x, *activations], logits, labels, self._by_weights, self._by_biases)
        self._steps += 1
        tiny = _TINY / math.sqrt(1.0 - _SQUARE_DECAY)
        rate *= (1.0 - _DECAY) / math.sqrt(1.0 - _SQUARE_DECAY)
        rate *= math.sqrt(1.0 - _SQUARE_DECAY**self._steps) / (1.0 - _DECAY**self._steps)
        for first in range(0, self._trained, _CHUNK):
            part = slice(first, min(first + _CHUNK, self._trained))
            gradients, sums, squares = self._gradients[part], self._sums[part], self._squares[part]
            sums *= _DECAY
            sums += gradients
            squares *= _SQUARE_DECAY
            squares += np.multiply(gradients, gradients, out=gradients)
            moves = np.sqrt(squares, out=gradients)
            moves += tiny
            np.divide(sums, moves, out=moves)
            moves *= rate
            self._parameters[part] -= moves

    def require_finite(self) -> None:
        """Raise a ValueError if anything has overflowed: it stays infinite, or NaN, and infinite squares stop a parameter."""
        finite("the loss's gradients", self._sums)
        finite("squares of the loss's gradients", self._squares)
        finite("weights and biases", self._parameters)


def forward(weights: Sequence[RealND], biases: Sequence[RealND], x: RealND) -> list[RealND]:
    """Return every layer's activations, each (batch, units); the last are the logits."""
    found = [x]
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True), start=1):
        found.append(found[-1] @ weight)
        found[-1] += bias
        finite("pre-activations", found[-1])
        if layer < len(weights):
            np.maximum(found[-1], 0.0, out=found[-1])
    return found[1:]


def backward(
    weights: Sequence[RealND],
    activations: Sequence[RealND],
    logits: RealND,
    labels: Int1D,
    by_weights: Sequence[RealND],
    by_biases: Sequence[RealND],
) -> None:
    """Write the gradients of the mean cross-entropy by every weight matrix and every bias.

    ``activations`` are the inputs of each layer, (batch, units), from the network's own.
    """
    delta = softmax(logits)
    delta[np.arange(len(labels)), labels] -= 1.0
    delta /= len(labels)
    for layer in range(len(weights) - 1, -1, -1):
        np.matmul(activations[layer].T, delta, out=by_weights[layer])
        np.sum(delta, axis=0, out=by_biases[layer])
        if layer > 0:
            delta = delta @ weights[layer].T
            delta *= activations[layer] > 0.0


@own_error_state
def softmax(logits: RealND) -> RealND:
    """Return the probabilities of labels, (batch, k); a ValueError is raised for logits that are not finite."""
    finite("logits", logits)
    powers: RealND = np.exp(logits - logits.max(axis=-1, keepdims=True))
    powers /= powers.sum(axis=-1, keepdims=True)
    return powers


def halves(arrays: Sequence[RealND]) -> tuple[list[RealND], list[RealND]]:
    """Return weights and biases of arrays that hold both, weights first."""
    layers = len(arrays) // 2
    return list(arrays[:layers]), list(arrays[layers:])


def _cut(vector: RealND, shapes: Sequence[tuple[int, ...]]) -> list[RealND]:
    """Return the arrays that lie one after the other in a vector, which they share."""
    ends = np.cumsum([0, *(math.prod(shape) for shape in shapes)])
    return [vector[start:stop].reshape(shape) for (start, stop), shape in zip(itertools.pairwise(ends), shapes, strict=True)]
