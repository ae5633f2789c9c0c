r"""The rules of :mod:`cgi_theory.networks.attribution.relevance` for the layers of a module, in the machinery of captum.

captum carries relevance from layer to layer, and a layer's rule turns that of its outputs into that of its inputs. Its own rules
change a layer's weights and know no second group of terms, which α2β1 needs; nor do they look at the signs of a layer's inputs.
It replaces the gradient of what goes into a layer by the relevance, of other layers' ways from there too: so each gets a copy.
A layer of weights (linear, or a convolution) gets a rule here, which computes for each group of terms (a', W', b'),

.. math:: R_i = \sum_{\text{groups}} c \sum_{\text{terms}} a'_i \frac{\partial}{\partial a'_i} \sum_j z'_j
   \frac{g_j R_j}{z'_j \pm \epsilon}, \qquad z' = \sum_{\text{terms}} (a' W' + b').
"""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from captum.attr import LRP
from captum.attr._utils.custom_modules import Addition_Module
from captum.attr._utils.lrp_rules import EpsilonRule
from torch import nn

from cgi_theory._arguments import shown
from cgi_theory.networks.attribution._arguments import LRPSettings

# Layers that are linear in their inputs, with ``weight`` and ``bias``.
_WEIGHTED = (nn.Linear, nn.modules.conv._ConvNd)
# Layers that add or choose inputs, by numbers that no rule changes: captum's ε rule with its own ε.
_SUMMING = (
    *(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, Addition_Module),
)
# Layers whose gradients are relevance's way: they change shapes, lay zeros around, or (dropout in evaluation mode) nothing.
_SHAPING = (nn.Flatten, nn.Unflatten, nn.Identity, nn.Dropout, nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d)
# Layers that pass relevance on, place by place.
_ACTIVATING = (nn.ReLU, nn.Tanh, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.ReLU6, nn.Sigmoid, nn.Softplus, nn.Hardswish)


def set_rules(module: nn.Module, settings: LRPSettings) -> None:
    """Give each layer its rule where captum expects it, ``layer.rule``; a ValueError names a layer for which there is none."""
    for name, layer in module.named_modules():
        if isinstance(layer, _WEIGHTED) and not any(True for _ in layer.children()):
            layer.rule = WeightedRule(layer, settings)
        elif type(layer) in _SUMMING:
            layer.rule = LayerRule()
        elif type(layer) in _SHAPING:
            layer.rule = ShapingRule()
        elif type(layer) in _ACTIVATING and (type(layer) is nn.ReLU or not getattr(layer, "inplace", False)):
            layer.rule = PassingRule()
        elif not any(True for _ in layer.children()):
            raise ValueError(f"module must consist of layers with a rule for LRP: {shown(name)} is {shown(layer)}")


class RelevancePropagation(LRP):
    """captum's LRP with the rules that layers were given: also activations, of which captum keeps one call's relevance only.

    Rules here change no weights: none are written back, which would count as a change of each of them.
    """

    def _register_forward_hooks(self) -> None:
        self.forward_handles.extend(layer.register_forward_hook(layer.rule.forward_hook) for layer in self.layers)

    def _restore_state(self) -> None:
        pass


class UnitRelevance(RelevancePropagation):
    """The same of labels that each start as 1 instead of their logits."""

    def _compute_output_and_change_weights(self, inputs: Any, target: Any, additional_forward_args: Any) -> torch.Tensor:
        logits: torch.Tensor = super()._compute_output_and_change_weights(inputs, target, additional_forward_args)
        return torch.ones_like(logits)


class LayerRule(EpsilonRule):
    """captum's ε rule for a layer whose inputs may go elsewhere too."""

    def forward_pre_hook_activations(self, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> Any:
        """Return copies of inputs, with the numbers that they had without rules."""
        return super().forward_pre_hook_activations(module, tuple(tensor.clone() for tensor in inputs))


class WeightedRule(LayerRule):
    """The rule of a layer of weights."""

    def __init__(self, layer: nn.Module, settings: LRPSettings) -> None:
        super().__init__()
        self._layer, self._settings = layer, settings

    def _create_backward_hook_input(self, inputs: torch.Tensor) -> Any:
        def hook(grad: torch.Tensor) -> torch.Tensor:
            groups, outputs = _groups_of(self._layer, inputs, self._settings), self.relevance_output[grad.device]
            return sum(_handed_down(self._layer, group, outputs, self._settings.stabilizer) for group in groups)

        return hook


class ShapingRule(EpsilonRule):
    """The rule of a layer that does with relevance as with gradients. It may be called more than once."""

    def forward_hook_weights(self, module: nn.Module, inputs: Any, outputs: torch.Tensor) -> None:
        """Keep nothing of a call."""

    def forward_pre_hook_activations(self, module: nn.Module, inputs: Any) -> Any:
        """Return the inputs as they are."""
        return inputs

    def forward_hook(self, module: nn.Module, inputs: Any, outputs: torch.Tensor) -> torch.Tensor:
        """Return the outputs as they are."""
        return outputs


class PassingRule(ShapingRule):
    """The rule of an activation. One in place masks relevance, which a ReLU can do: what it masks has none."""

    def forward_hook(self, module: nn.Module, inputs: Any, outputs: torch.Tensor) -> torch.Tensor:
        """Return the outputs, whose gradient is that of the inputs."""
        found: torch.Tensor = _Passed.apply(inputs[0], outputs.detach())
        return found


class _Passed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
        return outputs.clone()

    @staticmethod
    def backward(ctx: Any, *relevance: torch.Tensor) -> tuple[torch.Tensor, None]:
        return relevance[0], None


_Term = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]  # (activations, weights, biases)


class _Group(NamedTuple):
    """Terms that share a denominator, with their factor c and gate g."""

    factor: float
    gate: torch.Tensor | None
    terms: tuple[_Term, ...]


def _groups_of(layer: nn.Module, a: torch.Tensor, settings: LRPSettings) -> Iterator[_Group]:
    """Yield the groups of terms into which a rule splits a layer."""
    weight, bias, gamma = layer.weight.detach(), None if layer.bias is None else layer.bias.detach(), settings.gamma
    if settings.rule in ("z", "epsilon"):
        yield _Group(1.0, None, ((a, weight, bias),))
        return
    (up, down), (more, less), (rising, falling) = _parts(a), _parts(weight), _parts(bias)
    if settings.rule == "gamma":
        z = _outputs(layer, (a, weight, bias))
        raised, lowered = weight + gamma * more, weight + gamma * less
        yield _Group(1.0, z > 0.0, _terms(up, raised, _plus(bias, gamma, rising), down, lowered))
        yield _Group(1.0, z < 0.0, _terms(up, lowered, _plus(bias, gamma, falling), down, raised))
        return
    alpha, beta = (settings.alpha, settings.beta) if settings.rule == "alpha_beta" else (1.0, 0.0)
    yield _Group(alpha, None, _terms(up, more, rising, down, less))
    if beta > 0.0:
        yield _Group(-beta, None, _terms(up, less, falling, down, more))


def _handed_down(layer: nn.Module, group: _Group, relevance: torch.Tensor, stabilizer: float) -> torch.Tensor:
    """Return a group's share of the relevance of a layer's inputs."""
    with torch.enable_grad():
        terms = [(a.detach().requires_grad_(), weight, bias) for a, weight, bias in group.terms]
        outputs = [_outputs(layer, term) for term in terms]
        total = sum(outputs).detach()
        total = torch.where(total >= 0.0, total + stabilizer, total - stabilizer)
        divides = total != 0.0 if group.gate is None else group.gate
        share = group.factor * divides * relevance / torch.where(divides, total, 1.0)
        inputs = [a for a, _, _ in terms]
        handed = torch.autograd.grad(outputs, inputs, [share] * len(outputs))
    return sum(a.detach() * gradient for a, gradient in zip(inputs, handed, strict=True))


def _outputs(layer: nn.Module, term: _Term) -> torch.Tensor:
    """Return what a layer makes of other activations with other weights and biases."""
    a, weight, bias = term
    other = copy.copy(layer)
    vars(other)["_parameters"] = {"weight": weight, "bias": bias}
    return other.forward(a)  # not other(a), which would call captum's hooks


def _terms(up: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, down: torch.Tensor, other: torch.Tensor) -> Any:
    """Return the terms of positive activations and of negative ones, of which there are none above ReLUs."""
    none = None if bias is None else torch.zeros_like(bias)
    return ((up, weight, bias), (down, other, none)) if down.any() else ((up, weight, bias),)


def _parts(values: torch.Tensor | None) -> Any:
    return (None, None) if values is None else (values.clamp(min=0.0), values.clamp(max=0.0))


def _plus(bias: Any, gamma: float, part: Any) -> Any:
    return None if bias is None else bias + gamma * part
