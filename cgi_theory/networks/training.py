r"""Training by Adam (Kingma & Ba 2015) on the cross-entropy of mini-batches, in NumPy.

The loss of a batch is the mean of :math:`-\log p_y` with :math:`p = \mathrm{softmax}(S)`; its gradient by the logits is
:math:`(p - e_y)/\text{batch}`, and by the layers' weights :math:`a_{l-1}^\top \delta_l` with
:math:`\delta_{l-1} = (\delta_l W_l^\top) \odot 1\{z_{l-1} > 0\}`.

The order of the images comes from the seed. Matrix products are the machine's own, so weights agree between machines to rounding
only, which training may amplify.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import HIGHEST_SEED, file_path, flag, function, instance, real_array, real_number, whole_number
from cgi_theory._floating import finite, own_error_state
from cgi_theory._sources import source_digest
from cgi_theory.networks._layers import layer_sizes
from cgi_theory.networks.mlp import MLP, Labels, require_net
from cgi_theory.networks.streams import Use, generator

Array = NDArray[np.float64]
Progress = Callable[[int], None]

_DECAY, _SQUARE_DECAY, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is made.

    Attributes
    ----------
    sizes : tuple of int
        Units of the input, of each hidden layer, and labels.
    seed : int
        Of the initial weights and of the order of the images.
    biases : bool
        Whether biases are trained; without them the network has none, as Lemma 1 asks.
    epochs : int
        Passes over the images at most.
    target_accuracy : float
        Training ends after the epoch in which this fraction of the training images is classified correctly; above 1, never early.
    batch_size : int
    learning_rate : float
        Adam's step, which falls as a cosine to zero over all epochs.

    Raises
    ------
    TypeError, ValueError
        Naming the attribute that is off.
    """

    sizes: tuple[int, ...]
    seed: int = 0
    biases: bool = True
    epochs: int = 20
    target_accuracy: float = 1.0
    batch_size: int = 100
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        checked = {
            "sizes": layer_sizes(self.sizes),
            "seed": whole_number("seed", self.seed, 0, HIGHEST_SEED),
            "biases": flag("biases", self.biases),
            "epochs": whole_number("epochs", self.epochs, 1, 10**9),
            "target_accuracy": real_number("target_accuracy", self.target_accuracy, 0.0, math.inf),
            "batch_size": whole_number("batch_size", self.batch_size, 1, 10**9),
            "learning_rate": real_number("learning_rate", self.learning_rate, 1e-12, 1e3),
        }
        for name, value in checked.items():  # Python's own: equal recipes have one digest
            object.__setattr__(self, name, value)


@own_error_state
def train(recipe: Recipe, x: ArrayLike, labels: ArrayLike, *, progress: Progress | None = None) -> MLP:
    """Return a network trained on images.

    Parameters
    ----------
    recipe : Recipe
    x : array_like, (images, d)
    labels : array_like of int, (images,)
        0 to k − 1.
    progress : callable, optional
        Called with 1 after each epoch.

    Raises
    ------
    TypeError, ValueError
        If images and labels do not fit the network or each other.
    """
    instance("recipe", recipe, Recipe, "a Recipe")
    if progress is not None:
        function("progress", progress)
    net = MLP.random(recipe.sizes, seed=recipe.seed)
    images, targets = net.inputs(x), net.chosen_labels(x, labels)
    parameters = [np.array(array) for array in (*net.weights, *net.biases)]
    adam = _Adam(parameters if recipe.biases else parameters[: len(net.weights)])
    rng = generator(recipe.seed, Use.ORDER_OF_IMAGES)
    batches = -(-len(images) // recipe.batch_size)
    for epoch in range(recipe.epochs):
        for number, batch in enumerate(np.array_split(rng.permutation(len(images)), batches)):
            done = (epoch + (number + 1) / batches) / recipe.epochs
            gradients = loss_gradients(_network(parameters), images[batch], targets[batch])
            adam.step(gradients, recipe.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done)))
        if progress is not None:
            progress(1)
        if accuracy(_network(parameters), images, targets) >= recipe.target_accuracy:
            break
    return MLP.from_arrays(*_halves(parameters))


class _Adam:
    """Adam's running means of the gradients and of their squares; a step changes the parameters in place."""

    def __init__(self, parameters: list[Array]) -> None:
        self.parameters = parameters
        self.means, self.squares = ([np.zeros_like(array) for array in parameters] for _ in range(2))
        self.steps = 0

    def step(self, gradients: list[Array], rate: float) -> None:
        """Move against the gradients; those beyond the parameters are left aside."""
        self.steps += 1
        scale = rate * math.sqrt(1.0 - _SQUARE_DECAY**self.steps) / (1.0 - _DECAY**self.steps)
        for i, parameter in enumerate(self.parameters):
            self.means[i] += (1.0 - _DECAY) * (gradients[i] - self.means[i])
            # Infinite squares would stop a parameter without a word.
            square = finite("squares of the loss's gradients", gradients[i] ** 2)
            self.squares[i] += (1.0 - _SQUARE_DECAY) * (square - self.squares[i])
            parameter -= scale * self.means[i] / (np.sqrt(self.squares[i]) + _TINY)  # noqa: PLW2901  in place


@own_error_state
def loss_gradients(net: MLP, x: Array, labels: Labels) -> list[Array]:
    """Return the gradients of the mean cross-entropy by every weight matrix, then by every bias."""
    z = net.preactivations(x)
    delta = softmax(z[-1])
    delta[np.arange(len(x)), labels] -= 1.0
    delta /= len(x)
    by_weights, by_biases = [], []
    for layer in range(len(z) - 1, -1, -1):
        by_weights.append((np.maximum(z[layer - 1], 0.0) if layer > 0 else x).T @ delta)
        by_biases.append(delta.sum(axis=0))
        if layer > 0:
            delta = (delta @ net.weights[layer].T) * (z[layer - 1] > 0.0)
    return [finite("the loss's gradients", gradients) for gradients in by_weights[::-1] + by_biases[::-1]]


@own_error_state
def softmax(logits: Array) -> Array:
    """Return the probabilities of labels, (batch, k); a ValueError is raised for logits that are not finite."""
    finite("logits", logits)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    total: Array = powers / powers.sum(axis=-1, keepdims=True)
    return total


@own_error_state
def cross_entropy(net: MLP, x: ArrayLike, labels: ArrayLike) -> float:
    """Return the mean of −log p of the labels."""
    logits = require_net(net).logits(x)
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(logits)), net.chosen_labels(x, labels)]
    return float(finite("the loss", np.mean(np.log(np.exp(logits).sum(axis=1)) - chosen)))


def accuracy(net: MLP, x: ArrayLike, labels: ArrayLike) -> float:
    """Return the fraction of images whose label has the largest logit."""
    return float(np.mean(require_net(net).chosen_labels(x) == net.chosen_labels(x, labels)))


def trained(recipe: Recipe, x: Array, labels: Labels, folder: Path, *, progress: Progress | None = None) -> MLP:
    """Return ``train(recipe, x, labels)``, from a file in ``folder`` if it was made before.

    The file's name is a digest of the recipe, the images, the labels and the sources of what trains; a damaged one is made anew.
    """
    instance("recipe", recipe, Recipe, "a Recipe")
    x, labels, folder = real_array("x", x), real_array("labels", labels), file_path("folder", folder)
    made_of = hashlib.sha256(json.dumps([asdict(recipe), source_digest(__name__)]).encode())
    for array in (x, labels):
        made_of.update(str((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
    path = folder / f"{made_of.hexdigest()[:32]}.npz"
    if path.exists():
        try:
            return MLP.load(path)
        except ValueError:
            pass
    net = train(recipe, x, labels, progress=progress)
    folder.mkdir(parents=True, exist_ok=True)
    net.save(path)
    return net


def _halves(parameters: list[Array]) -> tuple[list[Array], list[Array]]:
    layers = len(parameters) // 2
    return parameters[:layers], parameters[layers:]


def _network(parameters: list[Array]) -> MLP:
    """Return a network that shares the arrays, unchecked: they change under it."""
    weights, biases = _halves(parameters)
    return MLP(tuple(weights), tuple(biases))
