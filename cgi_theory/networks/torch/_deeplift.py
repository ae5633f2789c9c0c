r"""DeepLIFT's rescale rule in the machinery of captum, where captum 0.9 has it wrong.

A nonlinear part of one input, :math:`y = f(x)`, has the multiplier :math:`\Delta y / \Delta x`. A maximum of several hands
:math:`\max(y, y') - y'` to the input that is the largest, and :math:`y - \max(y, y')` to the one that was at the baseline: they
sum to :math:`\Delta y`. Inputs that are the largest of several windows get the sum over these, where captum keeps one of them; an
input with :math:`\Delta x = 0` gets its gradient, where captum takes another image's (issue 1276).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from captum.attr import DeepLift
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from torch import nn

_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)


class RescaleRule(DeepLift):
    """captum's DeepLIFT with maxima of windows that may overlap."""

    def _backward_hook(self, module: nn.Module, grad_input: torch.Tensor, grad_output: torch.Tensor) -> torch.Tensor:
        if type(module) not in _POOLS or not self.satisfies_attribute_criteria(module):
            return super()._backward_hook(module, grad_input, grad_output)
        with torch.enable_grad():
            inputs = module.input.detach().requires_grad_()
            outputs = module.forward(inputs)
        ours, theirs = outputs.detach().chunk(2)
        largest = torch.maximum(ours, theirs)
        moved = torch.cat([largest - theirs, ours - largest])
        (handed,) = torch.autograd.grad(outputs, inputs, grad_output * moved)
        total = sum(handed.chunk(2))
        image, baseline = module.input.chunk(2)
        change = torch.cat(2 * [image - baseline])
        del module.input, module.output  # as captum does, to notice a second call
        return torch.where(change.abs() < self.eps, grad_input, torch.cat(2 * [total]) / change)


@contextmanager
def apart(module: nn.Module) -> Iterator[None]:
    """Give each nonlinear part a copy of its inputs: captum 0.9 takes wrong gradients where one follows another (issue 1104)."""
    parts = [part for part in module.modules() if type(part) in SUPPORTED_NON_LINEAR and part is not module]
    hooks = [part.register_forward_pre_hook(lambda part, inputs: inputs[0].clone()) for part in parts]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def require_complete(scores: torch.Tensor, totals: torch.Tensor, largest: float) -> None:
    """Raise a ValueError unless each row of contributions sums to its difference of logits, none of which exceeds ``largest``."""
    flat = scores.reshape(len(scores), -1).double()
    away = (flat.sum(dim=1) - totals).abs()
    rounding = torch.finfo(scores.dtype).eps
    if (away > math.sqrt(rounding) * flat.abs().sum(dim=1) + 1000.0 * rounding * largest).any():
        found, wanted = (float(values[away.argmax()]) for values in (flat.sum(dim=1), totals))
        raise ValueError(
            "module must be nonlinear only in parts that captum's DeepLIFT knows (such as nn.ReLU, nn.MaxPool2d), without hooks "
            f"of backward passes: contributions sum to {found:.6g}, not to {wanted:.6g}"
        )
