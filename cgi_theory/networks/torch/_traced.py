"""What a module computes between its parts, where no rule of a part sees it."""

from typing import Any

import torch

from cgi_theory._arguments import shown
from cgi_theory.networks.torch._layers import graph

# Operations that hand on numbers as they are, or zeros for some of them, as autograd calls them without "Backward" and a number.
_HANDING_ON = {
    *("View", "UnsafeView", "ReshapeAlias", "Transpose", "T", "Permute", "Squeeze", "Unsqueeze", "Clone", "Alias"),
    *("AccumulateGrad", "Cat", "Slice", "Select", "Split", "SplitWithSizes", "ConstantPadNd", "Relu"),
}


def require_modules(module: torch.nn.Module, images: torch.Tensor) -> None:
    """Raise a ValueError if a module computes other than by its parts: adds, averages or multiplies between them."""
    inside: set[Any] = set()

    def note(part: torch.nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        ends = {tensor.grad_fn for tensor in inputs if isinstance(tensor, torch.Tensor)}
        inside.update(graph(output, ends))

    leaves = [part for part in module.modules() if not any(True for _ in part.children())]
    hooks = [part.register_forward_hook(note) for part in leaves]
    try:
        output = module(images.detach().clone().requires_grad_())
    finally:
        for hook in hooks:
            hook.remove()
    for node in graph(output):
        name = type(node).__name__
        if node not in inside and name.partition("Backward")[0] not in _HANDING_ON:
            raise ValueError(f"module must compute by its parts alone for LRP, not by {shown(name)} between them")
