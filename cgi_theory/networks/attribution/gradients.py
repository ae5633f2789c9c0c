r"""Gradients, and gradient ⊙ input.

With biases, :math:`\sum_i x_i\,\partial S_j/\partial x_i = S_j - \sum_l b_l \cdot \partial S_j/\partial z_l`: the scores lack the
biases' share of the logit. Without biases they sum to the logit (Lemma 1).
"""

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Float3D
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.mlp import MLP, require_net
from cgi_theory.networks.training import softmax


def gradient(net: MLP, x: ArrayLike) -> Float3D:
    """Return ∂S_j/∂x of every label j, shape (batch, k, d), for inputs (batch, d)."""
    return require_net(net).input_gradients(x)


@own_error_state
def gradient_times_input(net: MLP, x: ArrayLike) -> Float3D:
    """Return x ⊙ ∂S_j/∂x of every label j, shape (batch, k, d), for inputs (batch, d) (Shrikumar et al. 2016)."""
    inputs = require_net(net).inputs(x)
    scores = net.input_gradients(inputs)
    scores *= inputs[:, None, :]
    return finite("scores", scores)


@own_error_state
def softmax_gradient_times_input(net: MLP, x: ArrayLike) -> Float3D:
    r"""Return x ⊙ ∂p_j/∂x of every label's probability, shape (batch, k, d), for inputs (batch, d).

    :math:`\partial p_j = p_j(\partial S_j - \sum_l p_l\,\partial S_l)`; gradients after the softmax "did not yield good methods"
    (the paper's footnote 1).
    """
    inputs = require_net(net).inputs(x)
    gradients, p = net.input_gradients(inputs), softmax(net.logits(inputs))
    mean = np.einsum("bk,bkd->bd", p, gradients)
    return finite("scores", p[:, :, None] * (gradients - mean[:, None, :]) * inputs[:, None, :])
