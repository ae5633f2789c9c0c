r"""Contrast with the rivals on top of an attribution method, and contrastive LRP (Gu, Yang & Tresp 2018).

:func:`contrastive` is :class:`cgi_theory.streaming.Contrast` of a method's scores: :math:`s_y` less its rivals' mean, or less the
highest of them at each pixel.

Contrastive LRP is the first of the two variants of Gu et al. (2018, "Understanding Individual Decisions of CNNs via Contrastive
Backpropagation", CLRP1). LRP hands down the label's logit :math:`S_y` twice: from the label itself, R, and from a dual concept
that consists of all other labels, on which the same :math:`S_y` is spread evenly. The map is what is left of R,

.. math:: \max(0,\ R - R_{\text{dual}}), \qquad
   R_{\text{dual}} = \frac{1}{k - 1}\sum_{j \ne y} \frac{S_y}{S_j}\,R_j ,

with :math:`R_j` what ``lrp`` gives label j. So it is the positive part of a contrast with the rivals' mean in which each rival's
relevance was brought to the label's logit. Where a rival's logit is 0, what it hands down is the limit, and finite if the rule's
denominators are not 0: with z⁺, as in their experiments, they are sums of positive terms; with z and ε they are the logits
themselves. In their first layer they use the rule :math:`z^\beta`, of pixels between bounds; here all layers have one rule.
Without rivals the dual concept has no relevance.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import function
from cgi_theory._arrays import Float2D, Float3D, RealND
from cgi_theory._floating import own_error_state
from cgi_theory.networks.attribution._arguments import Rule, lrp_settings
from cgi_theory.networks.attribution.gradients import gradient_times_input, times_input
from cgi_theory.networks.attribution.relevance import relevance_from
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.mlp import MLP, require_mlp
from cgi_theory.networks.network import Network, chosen_labels, gradient_blocks, inputs_of
from cgi_theory.streaming import Contrast, Rivals

Method = Callable[[Any, Any], RealND]


@own_error_state
def contrastive(
    net: Network, x: Any, labels: ArrayLike | None = None, *, rivals: Rivals = "mean", method: Method = gradient_times_input
) -> RealND:
    r"""Return a method's scores of the chosen labels less what their rivals have at the same pixel, shape (batch, \*input_shape).

    Of gradient ⊙ input, labels are taken in blocks, so that a thousand of them need no more memory than some maps.

    Parameters
    ----------
    net : Network
        Of any kind that the method takes.
    x : array_like, (batch, \*input_shape)
    labels : array_like of int, (batch,), optional
        The chosen labels; by default those that the network predicts.
    rivals : {"mean", "strongest"}
        The mean of all other labels' scores, or the highest of them at each pixel.
    method : callable
        A function of a network and inputs that returns the scores of all labels, (batch, k, \*input_shape), such as
        ``deeplift_rescale``, ``lrp``, or a ``functools.partial`` of them.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    inputs = inputs_of(net, x)
    chosen = chosen_labels(net, inputs, labels)
    contrast = Contrast(chosen, inputs.shape[1:], inputs.dtype, rivals=rivals)
    if function("method", method) is gradient_times_input:
        for block, gradients in gradient_blocks(net, inputs):
            contrast.add(block, times_input(gradients, inputs))
    else:
        contrast.add(range(net.n_labels), method(net, inputs))
    return contrast.map()


@own_error_state
def contrastive_lrp(
    net: MLP,
    x: ArrayLike,
    labels: ArrayLike | None = None,
    rule: Rule = "z_plus",
    *,
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    beta: float = 1.0,
) -> Float2D:
    """Return contrastive LRP of the chosen labels, shape (batch, d): CLRP1 of Gu et al. (2018), at least 0 everywhere.

    Parameters
    ----------
    net : MLP
    x : array_like, (batch, d)
    labels : array_like of int, (batch,), optional
        The chosen labels; by default those that the network predicts.
    rule, epsilon, gamma, alpha, beta
        As for ``lrp``, of all layers; by default z⁺.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off, or saying that relevances overflow, as they may by a rule that divides by rivals' logits.
    """
    inputs = require_mlp(net).inputs(x)
    chosen = chosen_labels(net, inputs, labels)
    settings = lrp_settings(rule, epsilon, gamma, alpha, beta)

    def starts(logits: Float2D) -> Float3D:
        """Give the label its logit, and its rivals an even share of it each, (batch, 2, k)."""
        own = np.eye(net.n_labels)[chosen]
        shares: Float3D = np.stack([own, (1.0 - own) / max(net.n_labels - 1, 1)], axis=1)
        shares *= of_chosen_label(logits, chosen)[:, None, None]
        return shares

    label, dual = np.moveaxis(relevance_from(net, inputs, settings, starts), 1, 0)
    maps: Float2D = np.maximum(label - dual, 0.0)
    return maps
