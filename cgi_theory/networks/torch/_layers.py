"""Which layers a module has, and in which order a forward pass calls them."""

from collections.abc import Collection, Iterator
from typing import Any

import torch

from cgi_theory._arguments import shown
from cgi_theory.networks.torch._tensors import require_tensor


def in_forward_order(module: torch.nn.Module, images: torch.Tensor) -> tuple[str, ...]:
    """Return the names of a module's layers as ``TorchNetwork.layer_names`` defines them."""
    names = {part: name for name, part in module.named_modules()}
    for part, name in names.items():
        if isinstance(part, torch.jit.ScriptModule) or "_orig_mod" in part._modules:
            raise ValueError(
                f"module must consist of parts in Python to have layers: {shown(name)} is scripted, traced or compiled"
            )
    called: dict[str, None] = {}
    hooks = [part.register_forward_pre_hook(lambda part, _: called.setdefault(names[part])) for part in names]
    for parameter in module.parameters():
        if parameter.is_floating_point() or parameter.is_complex():
            parameter.requires_grad_()
    try:
        # With gradients, since attention calls its parts only then.
        with torch.enable_grad():
            output = require_tensor(module(images))
    finally:
        for hook in hooks:
            hook.remove()
        for parameter in module.parameters():
            parameter.requires_grad_(False)
    used = {id(node.variable) for node in graph(output) if hasattr(node, "variable")}
    order = list(called)
    place = {}
    for part, name in names.items():
        own = list(part.parameters(recurse=False))
        if name in called and (own or getattr(part, "running_mean", None) is not None):
            place[name] = (order.index(name), 0)
        elif any(id(parameter) in used for parameter in own):
            place[name] = (_end_of_user(order, name), 1)
    return tuple(sorted(place, key=lambda name: place[name]))


def _end_of_user(order: list[str], name: str) -> int:
    """Return the place of the last call in the nearest part around ``name`` that is called."""
    around = name
    while around not in order:
        around = around.rpartition(".")[0]
    return max(i for i, other in enumerate(order) if other == around or not around or other.startswith(f"{around}."))


def graph(output: torch.Tensor, ends: Collection[Any] = ()) -> Iterator[Any]:
    """Yield the operations that autograd recorded behind a tensor, as far as those that are ``ends``."""
    waiting, seen = [output.grad_fn], {None, *ends}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        waiting.extend(before for before, _ in node.next_functions)
