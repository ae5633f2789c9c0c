r"""Contrast with the rivals for modules: of any method's scores, and contrastive LRP, labels in blocks.

What they are is said at :mod:`cgi_theory.networks.attribution.contrast`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import function, instance
from cgi_theory._arrays import RealND
from cgi_theory._floating import own_error_state
from cgi_theory.networks.attribution._arguments import Rule, lrp_settings
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.network import chosen_labels, label_blocks
from cgi_theory.networks.torch._rules import UnitRelevance
from cgi_theory.networks.torch.attribution import relevances
from cgi_theory.networks.torch.network import TorchNetwork
from cgi_theory.streaming import Contrast, Rivals


@own_error_state
def contrastive(
    method: Callable[..., RealND],
    net: TorchNetwork,
    x: Any,
    labels: ArrayLike | None = None,
    *,
    rivals: Rivals = "mean",
    **options: Any,
) -> RealND:
    r"""Return a method's scores of the chosen labels less what their rivals have at the same place, (batch, \*input_shape).

    Parameters
    ----------
    method, net, x, labels
        As for :func:`cgi_theory.networks.torch.attribution.competitive`.
    rivals : {"mean", "strongest"}
        The mean of all other labels' scores, or the highest of them at each place.
    **options
        The method's own.

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    function("method", method)
    inputs = instance("net", net, TorchNetwork, "a TorchNetwork").inputs(x)
    contrast = Contrast(chosen_labels(net, inputs, labels), inputs.shape[1:], inputs.dtype, rivals=rivals)
    for block in label_blocks(net, inputs):
        contrast.add(block, method(net, inputs, block, **options))
    return contrast.map()


@own_error_state
def contrastive_lrp(
    net: TorchNetwork,
    x: Any,
    labels: ArrayLike | None = None,
    *,
    rule: Rule = "z_plus",
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    beta: float = 1.0,
) -> RealND:
    r"""Return contrastive LRP of the chosen labels, shape (batch, \*input_shape): CLRP1 of Gu et al. (2018).

    Parameters
    ----------
    net : TorchNetwork
    x : array_like or torch.Tensor, (batch, \*input_shape)
    labels : array_like of int, (batch,), optional
        The chosen labels; by default those that the network predicts.
    rule, epsilon, gamma, alpha, beta
        As for :func:`cgi_theory.networks.torch.attribution.lrp`; by default z⁺.

    Raises
    ------
    TypeError, ValueError
        As there.
    """
    settings = lrp_settings(rule, epsilon, gamma, alpha, beta)
    inputs = instance("net", net, TorchNetwork, "a TorchNetwork").inputs(x)
    chosen = chosen_labels(net, inputs, labels)
    start = of_chosen_label(net.logits(inputs), chosen).reshape(len(inputs), *(1,) * inputs.ndim)
    contrast = Contrast(chosen, inputs.shape[1:], inputs.dtype)
    for block in label_blocks(net, inputs):
        contrast.add(block, start * relevances(UnitRelevance, net, inputs, block, settings))
    return np.maximum(contrast.map(), 0.0)
