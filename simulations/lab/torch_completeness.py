r"""What a network's logits consist of: the input's share, that of the shifts it was trained with, and that of what saturates.

A network of convolutions, batch norms in evaluation mode, ReLU6 and pooling is linear around an input in all that enters it, so
that by Euler's theorem each logit is the sum of its derivatives times what they are taken by:

.. math:: S_j = \sum_i x_i \frac{\partial S_j}{\partial x_i} + \sum_{b} b\,\frac{\partial S_j}{\partial b}
   + \sum_{u\ \text{saturated}} 6\,\frac{\partial S_j}{\partial(\text{output of } u)},

with b the biases of convolutions and of linear layers and the shifts of batch norms, :math:`\beta - \gamma\mu/\sigma`. Without
the latter two sums it is Lemma 1. Each of the sums, for all labels together, is one derivative in a direction.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from cgi_theory._arrays import Float1D, SingleND

INPUT, SHIFTS, BIASES, SATURATION = "input", "batch-norm shifts", "biases", "saturation"
PARTS = (INPUT, SHIFTS, BIASES, SATURATION)


class _Capped(nn.Module):  # type: ignore[misc, unused-ignore]
    """ReLU6 whose 6 is a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.ceiling = nn.Parameter(torch.tensor(6.0), requires_grad=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x from 0 to the ceiling."""
        return torch.where(x < self.ceiling, torch.relu(x), self.ceiling)


def part_of_logits(module: nn.Module, x: SingleND, part: str, direction: SingleND | None = None) -> Float1D:
    """Return a part of all logits of one input, (k,); that of the input in another direction than its own if one is given."""
    capped = _with_relu6(module, _Capped)
    names, values = zip(*capped.named_parameters(), strict=True)
    inputs = torch.from_numpy(x)[None]
    along = {name: tangent for of, name, tangent in _tangents(capped) if of == part}
    of_parameters = (along.get(name, torch.zeros_like(value)) for name, value in zip(names, values, strict=True))
    of_input = torch.zeros_like(inputs)
    if part == INPUT:
        of_input = inputs if direction is None else torch.from_numpy(direction)[None]

    def logits(given: torch.Tensor, *parameters: torch.Tensor) -> Any:
        return torch.func.functional_call(capped, dict(zip(names, parameters, strict=True)), (given,))

    _, derivative = torch.autograd.functional.jvp(logits, (inputs, *values), (of_input, *of_parameters))
    found: Float1D = derivative[0].detach().numpy().astype(np.float64)
    return found


def without_shifts(module: nn.Module) -> nn.Module:
    """Return a copy whose batch norms only scale."""
    found = copy.deepcopy(module)
    for norm in _batch_norms(found):
        nn.init.zeros_(norm.bias)
        nn.init.zeros_(norm.running_mean)
    return found


def without_biases(module: nn.Module) -> nn.Module:
    """Return a copy whose batch norms only scale, and whose convolutions and linear layers have no biases."""
    found = without_shifts(module)
    for _, bias in _biases(found):
        nn.init.zeros_(bias)
    return found


def homogeneous(module: nn.Module) -> nn.Module:
    """Return a copy without biases, with ReLU in the place of ReLU6: Lemma 1 holds."""
    return _with_relu6(without_biases(module), nn.ReLU)


def logits_of(module: nn.Module, x: SingleND) -> Float1D:
    """Return all logits of one input, (k,)."""
    with torch.no_grad():
        found: Float1D = module(torch.from_numpy(x)[None])[0].numpy().astype(np.float64)
    return found


CHANGES: dict[str, Callable[[nn.Module], nn.Module]] = {
    "without batch-norm shifts": without_shifts,
    "without biases": without_biases,
    "without biases, ReLU for ReLU6": homogeneous,
}


def _with_relu6(module: nn.Module, other: Callable[[], nn.Module]) -> nn.Module:
    """Return a copy with another activation in the place of ReLU6."""
    found = copy.deepcopy(module)
    for parent in list(found.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(parent, name, other())
    return found.eval()


def _tangents(module: nn.Module) -> Iterator[tuple[str, str, torch.Tensor]]:
    """Yield of every shift, bias and ceiling its part, its parameter's name, and the direction: its own value."""
    for name, inner in module.named_modules():
        if isinstance(inner, nn.modules.batchnorm._BatchNorm):
            scale = inner.weight / torch.sqrt(inner.running_var + inner.eps)
            yield SHIFTS, f"{name}.bias", inner.bias - scale * inner.running_mean
        elif isinstance(inner, _Capped):
            yield SATURATION, f"{name}.ceiling", inner.ceiling
    for name, bias in _biases(module):
        yield BIASES, name, bias


def _batch_norms(module: nn.Module) -> Iterator[nn.modules.batchnorm._BatchNorm]:
    return (inner for inner in module.modules() if isinstance(inner, nn.modules.batchnorm._BatchNorm))


def _biases(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the biases of all but batch norms, and their names."""
    for name, inner in module.named_modules():
        bias = getattr(inner, "bias", None)
        if isinstance(bias, nn.Parameter) and not isinstance(inner, nn.modules.batchnorm._BatchNorm):
            yield f"{name}.bias", bias
