r"""Gradients, and gradient ⊙ input, of any network.

With biases, :math:`\sum_i x_i\,\partial S_j/\partial x_i = S_j - \sum_l b_l \cdot \partial S_j/\partial z_l`: the scores lack the
biases' share of the logit. Without biases they sum to the logit (Lemma 1).
"""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Float3D, RealND
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.network import Network, gradients_of, inputs_of, logits_of
from cgi_theory.networks.training import softmax


def gradient(net: Network, x: Any) -> RealND:
    r"""Return ∂S_j/∂x of every label j, shape (batch, k, \*input_shape), for inputs (batch, \*input_shape)."""
    return gradients_of(net, inputs_of(net, x))


@overload
def gradient_times_input(net: MLP, x: ArrayLike) -> Float3D: ...
@overload
def gradient_times_input(net: Network, x: Any) -> RealND: ...
@own_error_state
def gradient_times_input(net: Network, x: Any) -> RealND:
    r"""Return x ⊙ ∂S_j/∂x of every label j, shape (batch, k, \*input_shape), for inputs x (Shrikumar et al. 2016)."""
    inputs = inputs_of(net, x)
    return times_input(gradients_of(net, inputs), inputs)


def times_input(gradients: RealND, inputs: RealND) -> RealND:
    r"""Return gradients (batch, labels, \*input_shape) times the inputs that they are of."""
    return finite("scores", gradients * inputs[:, None])


@overload
def softmax_gradient_times_input(net: MLP, x: ArrayLike) -> Float3D: ...
@overload
def softmax_gradient_times_input(net: Network, x: Any) -> RealND: ...
@own_error_state
def softmax_gradient_times_input(net: Network, x: Any) -> RealND:
    r"""Return x ⊙ ∂p_j/∂x of every label's probability, shape (batch, k, \*input_shape), for inputs x.

    :math:`\partial p_j = p_j(\partial S_j - \sum_l p_l\,\partial S_l)`; gradients after the softmax "did not yield good methods"
    (the paper's footnote 1).
    """
    inputs = inputs_of(net, x)
    p, gradients = softmax(logits_of(net, inputs)), gradients_of(net, inputs)
    mean = np.einsum("bk,bk...->b...", p, gradients)
    weights = p.reshape(*p.shape, *(1,) * (inputs.ndim - 1))
    return times_input(weights * (gradients - mean[:, None]), inputs)
