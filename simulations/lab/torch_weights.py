"""Weights of VGG-16 and VGG-19 in torchvision's layout, from a file that is hostile until it is checked.

What the file says of keys and shapes is read first, without the numbers: a wrong file costs no memory. The network is as wide,
and has as many labels, as its first and its last layer say.
"""

import hashlib
from pathlib import Path
from typing import Any

import torch

from cgi_theory._files import open_file
from cgi_theory.networks.torch import TorchNetwork
from simulations.lab.modules.architectures import VGG, vgg
from simulations.lab.pretrained import PRETRAINED

DEPTHS = {f"vgg{depth}": depth for depth in VGG}
_WIDTH = 64  # of the first convolution at width 1
_MOST_LABELS = 10**5
_CHUNK = 2**20


def digest_of(path: Path) -> str:
    """Return a digest of a file; an OSError or ValueError if it cannot be read."""
    found = hashlib.sha256()
    with open_file(path) as file:
        while part := file.read(_CHUNK):
            found.update(part)
    return found.hexdigest()


def require_weights(name: str, path: Path) -> None:
    """Raise an OSError or a ValueError, in one line, unless a file holds the weights of ``vgg16`` or ``vgg19``."""
    from_file(name, path)


def from_file(name: str, path: Path) -> TorchNetwork:
    """Return ``vgg16`` or ``vgg19`` with the weights of a file; errors as for ``require_weights``."""
    module = _empty_module(name, path)
    weights = {key: value.to(torch.float32) for key, value in _read(name, path, "cpu").items()}
    for key, value in weights.items():
        if not value.isfinite().all():
            raise ValueError(f"{path} does not hold the weights of {name}: {key} must be finite")
    module.load_state_dict(weights, assign=True)
    module.eval().requires_grad_(False)
    side = PRETRAINED[name].side
    return TorchNetwork(module, input_shape=(3, side, side))


def _empty_module(name: str, path: Path) -> torch.nn.Module:
    """Return the module that a file's weights fit, without numbers."""
    found = {key: tuple(value.shape) for key, value in _read(name, path, "meta").items()}
    first, last = found.get("features.0.weight", ()), found.get("classifier.6.bias", ())
    if len(first) != 4 or len(last) != 1 or not (0 < first[0] <= _WIDTH and 0 < last[0] <= _MOST_LABELS):
        raise ValueError(
            f"{path} does not hold the weights of {name}: features.0.weight must have shape (up to {_WIDTH}, 3, 3, 3), and "
            f"classifier.6.bias (labels,), not {first} and {last}; keys are torchvision's, without a prefix"
        )
    with torch.device("meta"):
        module = vgg(DEPTHS[name], n_labels=last[0], width=first[0] / _WIDTH)
    wanted = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    for key in sorted({*wanted, *found}):
        if wanted.get(key) != found.get(key):
            shapes = (f"of shape {shapes[key]}" if key in shapes else "missing" for shapes in (wanted, found))
            raise ValueError(f"{path} does not hold the weights of {name}: {key} must be {' and is '.join(shapes)}")
    return module


def _read(name: str, path: Path, device: str) -> dict[str, torch.Tensor]:
    """Return a file's tensors by their keys."""
    try:
        with open_file(path) as file:
            found: Any = torch.load(file, map_location=device, weights_only=True)
    except OSError:
        raise
    except Exception as error:  # whatever unpickling raises at bytes that a stranger wrote
        raise ValueError(
            f"{path} does not hold the weights of {name}: it is no file of tensors ({type(error).__name__})"
        ) from None
    if not isinstance(found, dict) or not all(_is_weight(key, value) for key, value in found.items()):
        raise ValueError(
            f"{path} does not hold the weights of {name}: it must hold floating-point tensors by their keys, and nothing else"
        )
    return found


def _is_weight(key: object, value: object) -> bool:
    return isinstance(key, str) and isinstance(value, torch.Tensor) and value.is_floating_point()
