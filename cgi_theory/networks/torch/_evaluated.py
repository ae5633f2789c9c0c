"""A module in evaluation mode for the time of a call, and as it was afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def evaluated(module: torch.nn.Module, device: torch.device) -> Iterator[None]:
    """Put every part of a module into evaluation mode, and leave all as it was, also after an error.

    Until then no parameter asks for a gradient, so that none is computed and no ``.grad`` grows, and numbers are not rounded as
    the caller's autocast would. What is put back: attributes of every part, with its flag ``training``, hooks and buffers;
    numbers of the dense buffers; which tensor a parameter holds, and whether it asks for gradients; the state of the random
    numbers. So a module that keeps something of a pass begins each from what it was, whatever is computed in which blocks.
    """
    parts = [(part, part.training, _attributes(part)) for part in module.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers() if buffer.layout == torch.strided]
    parameters = [(parameter, parameter.data, parameter.requires_grad) for parameter in module.parameters()]
    devices = [device] if device.type == "cuda" else []
    try:
        # Not module.eval(): a module's own eval() may do more than this, which could not be undone.
        for part, *_ in parts:
            part.training = False
        for parameter, *_ in parameters:
            parameter.requires_grad_(False)
        with torch.random.fork_rng(devices), torch.inference_mode(False), torch.autocast(device.type, enabled=False):
            yield
    finally:
        for part, training, attributes in parts:
            _put_back(part, attributes)
            part.training = training
        for parameter, data, trained in parameters:
            if data.layout == torch.strided and parameter.data_ptr() != data.data_ptr():
                parameter.data = data
            parameter.requires_grad_(trained)
        for buffer, numbers in buffers:
            # By its numbers: a change of buffer.data is no new version. A copy is one, which a pass of the user's own would see.
            if not torch.equal(buffer, numbers):
                buffer.data.copy_(numbers)


# An attribute's value and, if that is a dict (hooks, parameters, buffers), what it holds.
_Attributes = dict[str, tuple[Any, dict[Any, Any] | None]]


def _attributes(part: torch.nn.Module) -> _Attributes:
    return {name: (value, dict(value) if isinstance(value, dict) else None) for name, value in vars(part).items()}


def _put_back(part: torch.nn.Module, attributes: _Attributes) -> None:
    for value, content in attributes.values():
        if content is not None and not _same(value, content):
            value.clear()
            value.update(content)
    found = vars(part)
    for name in found.keys() - attributes.keys():
        del found[name]
    found.update({name: value for name, (value, _) in attributes.items()})


def _same(one: dict[Any, Any], other: dict[Any, Any]) -> bool:
    """Return whether two dicts hold the same objects: equality of tensors is no answer."""
    return one.keys() == other.keys() and all(one[key] is other[key] for key in one)
