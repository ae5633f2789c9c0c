r"""Training by Adam (Kingma & Ba 2015) on the cross-entropy of mini-batches, in NumPy and float32.

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
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import HIGHEST_SEED, file_path, flag, function, instance, real_array, real_number, whole_number
from cgi_theory._arrays import FloatND, Int1D, RealND
from cgi_theory._floating import finite, own_error_state
from cgi_theory._sources import source_digest
from cgi_theory.networks._descent import Descent, backward, forward, halves, softmax
from cgi_theory.networks._layers import layer_sizes
from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.network import Network, chosen_labels, inputs_of, logits_of, predicted_labels
from cgi_theory.networks.streams import Use, generator

__all__ = ["Recipe", "accuracy", "cross_entropy", "loss_gradients", "softmax", "train", "trained"]

Progress = Callable[[int], None]

# Images that are classified at a time.
_CLASSIFIED = 200


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
    stop_after : int, optional
        The epoch after which training is broken off; the step falls as if it went on.
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
    stop_after: int | None = None
    batch_size: int = 100
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        checked = {
            "sizes": layer_sizes(self.sizes),
            "seed": whole_number("seed", self.seed, 0, HIGHEST_SEED),
            "biases": flag("biases", self.biases),
            "epochs": whole_number("epochs", self.epochs, 1, 10**9),
            "target_accuracy": real_number("target_accuracy", self.target_accuracy, 0.0, math.inf),
            "stop_after": None if self.stop_after is None else whole_number("stop_after", self.stop_after, 1, self.epochs),
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
        If images and labels do not fit the network or each other, or if numbers leave float32's range.

    Notes
    -----
    The weights are float64 numbers of the float32 ones in which they were trained. Those of pixels that no image lights have no
    gradient, and stay as they were.
    """
    instance("recipe", recipe, Recipe, "a Recipe")
    if progress is not None:
        function("progress", progress)
    net = MLP.random(recipe.sizes, seed=recipe.seed)
    images, targets = net.inputs(x), net.chosen_labels(x, labels)
    lit = images.any(axis=0)
    images = images.compress(lit, axis=1)  # in rows, which are taken in every step
    single = finite("x", images.astype(np.float32))
    descent = Descent((net.weights[0][lit], *net.weights[1:]), net.biases, np.float32, train_biases=recipe.biases)
    rng = generator(recipe.seed, Use.ORDER_OF_IMAGES)
    batches = -(-len(images) // recipe.batch_size)
    for epoch in range(recipe.epochs if recipe.stop_after is None else recipe.stop_after):
        for number, batch in enumerate(np.array_split(rng.permutation(len(images)), batches)):
            done = (epoch + (number + 1) / batches) / recipe.epochs
            descent.step(single[batch], targets[batch], recipe.learning_rate * 0.5 * (1.0 + math.cos(math.pi * done)))
        descent.require_finite()
        weights, biases = ([array.astype(np.float64) for array in arrays] for arrays in (descent.weights, descent.biases))
        if progress is not None:
            progress(1)
        if _reach(weights, biases, images, targets, recipe.target_accuracy):
            break
    first = np.array(net.weights[0])
    first[lit] = weights[0]
    return MLP.from_arrays([first, *weights[1:]], biases)


def _reach(weights: list[FloatND], biases: list[FloatND], x: FloatND, labels: Int1D, target: float) -> bool:
    """Return whether so large a fraction of the images is classified correctly; it ends when too many are not."""
    right = len(x)
    for first in range(0, len(x), _CLASSIFIED):
        if right / len(x) < target:
            return False
        part = slice(first, first + _CLASSIFIED)
        right -= int(np.count_nonzero(forward(weights, biases, x[part])[-1].argmax(axis=1) != labels[part]))
    return right / len(x) >= target


@own_error_state
def loss_gradients(net: MLP, x: FloatND, labels: Int1D) -> list[RealND]:
    """Return the gradients of the mean cross-entropy by every weight matrix, then by every bias."""
    *hidden, logits = net.preactivations(x)
    found: list[RealND] = [np.empty_like(array) for array in (*net.weights, *net.biases)]
    backward(net.weights, [x, *(np.maximum(z, 0.0) for z in hidden)], logits, labels, *halves(found))
    return [finite("the loss's gradients", gradients) for gradients in found]


@own_error_state
def cross_entropy(net: Network, x: Any, labels: ArrayLike) -> float:
    """Return the mean of −log p of the labels, for inputs of any network, one at least."""
    inputs = _some_inputs(net, x)
    logits = logits_of(net, inputs).astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    chosen = logits[np.arange(len(logits)), chosen_labels(net, inputs, labels)]
    return float(finite("the loss", np.mean(np.log(np.exp(logits).sum(axis=1)) - chosen)))


def accuracy(net: Network, x: Any, labels: ArrayLike) -> float:
    """Return the fraction of inputs, of any network, one at least, whose label has the largest logit."""
    inputs = _some_inputs(net, x)
    return float(np.mean(predicted_labels(net, inputs) == chosen_labels(net, inputs, labels)))


def _some_inputs(net: Network, x: Any) -> RealND:
    """Return inputs of which there is a mean, or raise a ValueError."""
    inputs = inputs_of(net, x)
    if len(inputs) == 0:
        raise ValueError("x must hold one input at least")
    return inputs


def trained(recipe: Recipe, x: FloatND, labels: Int1D, folder: Path, *, progress: Progress | None = None) -> MLP:
    """Return ``train(recipe, x, labels)``, from its file in ``folder`` if it was made before; a damaged one is made anew."""
    path = file_of_trained(recipe, x, labels, folder)
    if (found := kept_network(path)) is not None:
        return found
    net = train(recipe, x, labels, progress=progress)
    path.parent.mkdir(parents=True, exist_ok=True)
    net.save(path)
    return net


def file_of_trained(recipe: Recipe, x: FloatND, labels: Int1D, folder: Path) -> Path:
    """Return where ``trained`` keeps a network: named by a digest of the recipe, the images, the labels and what trains."""
    instance("recipe", recipe, Recipe, "a Recipe")
    x, labels, folder = real_array("x", x), real_array("labels", labels), file_path("folder", folder)
    made_of = hashlib.sha256(json.dumps([asdict(recipe), source_digest(__name__)]).encode())
    for array in (x, labels):
        made_of.update(str((array.shape, array.dtype.str)).encode() + np.ascontiguousarray(array).tobytes())
    return folder / f"{made_of.hexdigest()[:32]}.npz"


def kept_network(path: Path) -> MLP | None:
    """Return the network of a file, or None if there is none, or one that is damaged."""
    try:
        return MLP.load(path) if path.exists() else None
    except ValueError:
        return None
