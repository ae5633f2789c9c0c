"""AlexNet and VGG trained on digits, each once, and kept in a folder as the MLPs are (:mod:`simulations.lab.nets`).

Digits are vectors here as everywhere in the laboratory: the module lays them out as images of one channel. It is trained by Adam
on the cross-entropy of mini-batches of 64, with a step that rises over the first 15 % of them and falls to nothing (Smith & Topin
2018), on one thread, so that a seed gives the same weights whatever else is done, on one machine.
"""

import hashlib
import json
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cgi_theory._arrays import Float2D, Int1D
from cgi_theory._files import replace_file
from cgi_theory._sources import source_digest
from cgi_theory.networks._npz import read_arrays
from cgi_theory.networks.streams import Use, derived_seed, generator
from cgi_theory.networks.torch import TorchNetwork
from simulations.lab.modules.architectures import ConvolutionalNetwork, alexnet, vgg

Description = Mapping[str, Any]

_RISING = 0.15
_CLASSIFIED = 500
_MOST_NUMBERS = 10**8


class DigitNetwork(TorchNetwork):
    """A module that takes digits as vectors, (batch, pixels), and can be saved."""

    def save(self, path: Path) -> None:
        """Write all parameters to an .npz file, in their order."""
        arrays = {f"parameter_{i}": value for i, value in enumerate(_parameters(self.module))}
        replace_file(path, lambda file: np.savez(file, **arrays))


def untrained(about: Description, pixels: int, labels: int, seed: int) -> DigitNetwork:
    """Return a network of a description as it is before training, with random numbers of a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derived_seed(seed, Use.MODULE) % 2**63)
        return DigitNetwork(_module(about, pixels, labels).eval(), input_shape=(pixels,))


def train(about: Description, images: Float2D, labels: Int1D, seed: int) -> DigitNetwork:
    """Return a network of a description, trained on digits (count, pixels) and labels, with random numbers of a seed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derived_seed(seed, Use.MODULE) % 2**63)
            module = _module(about, images.shape[1], int(labels.max()) + 1)
            rng = generator(seed, Use.ORDER_OF_IMAGES)
            _descend(module, torch.as_tensor(images, dtype=torch.float32), torch.as_tensor(labels), about["training"], rng)
    finally:
        torch.set_num_threads(threads)
    return DigitNetwork(module.eval(), input_shape=(images.shape[1],))


def file_of(about: Description, images: Float2D, labels: Int1D, seed: int, folder: Path) -> Path:
    """Return where a trained network is kept: named by a digest of its description, the digits and what trains."""
    of = json.dumps([{**about, "count": None}, seed, source_digest(__name__)], sort_keys=True)
    made_of = hashlib.sha256(of.encode() + images.tobytes() + labels.tobytes())
    return folder / f"{made_of.hexdigest()[:32]}.npz"


def kept(path: Path, about: Description, pixels: int, labels: int) -> DigitNetwork | None:
    """Return the network of a file, or None if there is none, or one that is damaged or of another description."""
    module = _module(about, pixels, labels)
    own = module.state_dict()
    try:
        arrays = read_arrays(path, lambda count: [f"parameter_{i}" for i in range(min(count, len(own)))], _MOST_NUMBERS)
    except (OSError, ValueError):
        return None
    if [array.shape for array in arrays] != [tuple(value.shape) for value in own.values()]:
        return None
    module.load_state_dict(
        {name: torch.tensor(array, dtype=torch.float32) for name, array in zip(own, arrays, strict=True)}, strict=True
    )
    return DigitNetwork(module.eval(), input_shape=(pixels,))


def _module(about: Description, pixels: int, labels: int) -> nn.Module:
    """Return a network of a description, untrained."""
    side, width = math.isqrt(pixels), about["width"]
    build: dict[str, Callable[[], ConvolutionalNetwork]] = {
        "alexnet": lambda: alexnet(n_labels=labels, width=width, dropout=about["dropout"]),
        "vgg": lambda: vgg(19, n_labels=labels, channels=1, width=width, pooled=1, padding=2, dropout=about["dropout"]),
    }
    return nn.Sequential(OrderedDict(image=nn.Unflatten(1, (1, side, side)), network=build[about["architecture"]]()))


def _descend(module: nn.Module, images: torch.Tensor, labels: torch.Tensor, how: Description, rng: np.random.Generator) -> None:
    batches = max(1, len(images) // how["batch_size"])
    optimizer = torch.optim.Adam(module.parameters(), lr=how["learning_rate"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, how["learning_rate"], total_steps=how["epochs"] * batches, pct_start=_RISING
    )
    for _ in range(how["epochs"]):
        module.train()
        for batch in np.array_split(rng.permutation(len(images)), batches):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(images[batch]), labels[batch]).backward()
            optimizer.step()
            schedule.step()
        if _accuracy(module, images, labels) >= how["target_accuracy"]:
            break


def _accuracy(module: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    module.eval()
    with torch.no_grad():
        predicted = torch.cat([module(part).argmax(dim=1) for part in images.split(_CLASSIFIED)])
    return float((predicted == labels).double().mean())


def _parameters(module: nn.Module) -> list[Any]:
    return [value.double().numpy() for value in module.state_dict().values()]
