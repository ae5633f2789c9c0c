r"""Methods that compare an input with a baseline: integrated gradients, and DeepLIFT's rescale rule.

Integrated gradients (Sundararajan et al. 2017) are
:math:`(x - x') \odot \int_0^1 \frac{\partial S_j}{\partial x}(x' + t(x - x'))\,dt`. A ReLU network is piecewise linear along
the path: the pre-activations of a layer are linear between the kinks of the layers before it, so that their own kinks are found
exactly, layer by layer, and the integral is the sum of one gradient for each piece times the piece's length.

DeepLIFT with the rescale rule (Shrikumar et al. 2017) replaces the derivative of each hidden unit by :math:`\Delta a/\Delta z`,
the differences of its output and input from those at the baseline: the share of the way between its inputs that lies above 0.
Where :math:`\Delta z = 0` it is the derivative.

Both sum to :math:`S_j(x) - S_j(x')`, to rounding, at any scale of weights and inputs at which nothing leaves float64's normal
range. Without biases and with x' = 0 both are gradient ⊙ input: all hidden units are on the same side along the whole path.
"""

from typing import Any, cast, overload

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Float1D, Float2D, Float3D, RealND
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.attribution._arguments import Method, baseline_of, integration
from cgi_theory.networks.attribution.gradients import times_input
from cgi_theory.networks.mlp import MLP, require_mlp
from cgi_theory.networks.network import Network, gradients_of, inputs_of

# Points of the path whose gradients are held at a time.
_POINTS = 256


@overload
def integrated_gradients(
    net: MLP, x: ArrayLike, baseline: ArrayLike | None = None, *, method: Method = "gauss", n_steps: int = 50
) -> Float3D: ...
@overload
def integrated_gradients(
    net: Network, x: Any, baseline: ArrayLike | None = None, *, method: Method = "gauss", n_steps: int = 50
) -> RealND: ...
@own_error_state
def integrated_gradients(
    net: Network, x: Any, baseline: ArrayLike | None = None, *, method: Method = "gauss", n_steps: int = 50
) -> RealND:
    r"""Return integrated gradients of every label.

    Parameters
    ----------
    net : Network
        An MLP, a TorchNetwork or another; for "exact" an MLP.
    x : array_like, (batch, \*input_shape)
    baseline : array_like, (\*input_shape) or (batch, \*input_shape), optional
        Where the paths begin; zeros by default.
    method : {"gauss", "riemann", "exact"}
        Gauss–Legendre nodes, midpoints of equal steps, or the exact integral between the network's kinks, which costs a gradient
        for each kink: some hundreds for each image.
    n_steps : int
        Nodes or steps, 1 to 10 000; "exact" takes none.

    Returns
    -------
    ndarray, (batch, k, \*input_shape)

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    inputs = inputs_of(net, x)
    start = baseline_of(net, inputs, baseline)
    method, n_steps = integration(method, n_steps)
    change = finite("x - baseline", inputs - start)
    if method == "exact":
        if not isinstance(net, MLP):
            raise TypeError("net must be an MLP for the method 'exact': other networks take 'gauss' or 'riemann'")
        average: RealND = _exact_average(net, start, change)
    else:
        average = _average_at(net, start, change, *(_gauss(n_steps) if method == "gauss" else _midpoints(n_steps)))
    return times_input(average, change)


@own_error_state
def deeplift_rescale(net: MLP, x: ArrayLike, baseline: ArrayLike | None = None) -> Float3D:
    """Return DeepLIFT's contributions of every label, shape (batch, k, d), with the rescale rule.

    Parameters
    ----------
    net : MLP
    x : array_like, (batch, d)
    baseline : array_like, (d,) or (batch, d), optional
        Zeros by default.

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    inputs = require_mlp(net).inputs(x)
    start = baseline_of(net, inputs, baseline)
    change = finite("x - baseline", inputs - start)
    slopes = [
        _share_above_zero(np.minimum(z, z_start), np.maximum(z, z_start))
        for z, z_start in zip(net.preactivations(inputs)[:-1], net.preactivations(start)[:-1], strict=True)
    ]
    return cast(Float3D, times_input(net.backward(slopes, len(inputs)), change))


def _share_above_zero(low: Float2D, high: Float2D) -> Float2D:
    """Return which share of the way from ``low`` to ``high`` is above 0: a ratio, so that scale does not matter."""
    below = np.divide(np.minimum(low, 0.0), high, out=np.full_like(low, -np.inf), where=high > 0.0)
    share: Float2D = 1.0 / (1.0 - below)
    return share


def _gauss(n_steps: int) -> tuple[Float1D, Float1D]:
    """Return places in (0, 1) and weights."""
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    return 0.5 * (nodes + 1.0), 0.5 * weights


def _midpoints(n_steps: int) -> tuple[Float1D, Float1D]:
    """Return places in (0, 1) and weights."""
    return (np.arange(n_steps) + 0.5) / n_steps, np.full(n_steps, 1.0 / n_steps)


def _average_at(net: Network, start: RealND, change: RealND, places: Float1D, weights: Float1D) -> RealND:
    r"""Return the weighted sum of the gradients at places of each path, (batch, k, \*input_shape)."""
    total: RealND | None = None
    for place, weight in zip(places.tolist(), weights.tolist(), strict=True):
        points = start + place * change
        gradients = _inner_gradients(net, points) if isinstance(net, MLP) else gradients_of(net, points)
        total = weight * gradients if total is None else np.add(total, weight * gradients, out=total)
    assert total is not None  # there is one place at least
    return net.through_first_layer(cast(Float3D, total)) if isinstance(net, MLP) else total


def _inner_gradients(net: MLP, points: RealND) -> Float3D:
    """Return gradients by the first layer's pre-activations: that layer is the same at all points, and is gone through once."""
    return net.first_layer_gradients(net.slopes(points), len(points))


def _exact_average(net: MLP, start: RealND, change: RealND) -> Float3D:
    """Return the mean gradient along each path, (batch, k, d)."""
    average = np.zeros((len(start), net.sizes[-1], net.sizes[1]))
    for image, (first, move) in enumerate(zip(start, change, strict=True)):
        average[image] = _average(net, first, move, *_pieces(net, first, move))
    return net.through_first_layer(average)


def _pieces(net: MLP, start: Float1D, change: Float1D) -> tuple[Float1D, Float1D]:
    """Return the middle and the length of every piece of the path on which the network is linear."""
    places = np.array([0.0, 1.0])
    for layer in range(len(net.weights) - 1):
        z = net.preactivations(start + places[:, None] * change)[layer]
        piece, unit = np.nonzero(np.sign(z[:-1]) * np.sign(z[1:]) < 0.0)
        before, after = z[piece, unit], z[piece + 1, unit]
        kinks = places[piece] + (places[piece + 1] - places[piece]) / (1.0 - after / before)
        places = np.unique(np.concatenate((places, kinks)))
    return 0.5 * (places[:-1] + places[1:]), np.diff(places)


def _average(net: MLP, start: Float1D, change: Float1D, places: Float1D, weights: Float1D) -> Float2D:
    """Return the weighted sum along a path of gradients by the first layer's pre-activations, (k, units)."""
    total = np.zeros((net.sizes[-1], net.sizes[1]))
    for first in range(0, len(places), _POINTS):
        part = slice(first, first + _POINTS)
        points = start + places[part, None] * change
        gradients = net.first_layer_gradients(net.slopes(points), len(points))
        total += np.einsum("t,tkd->kd", weights[part], gradients)
    return total
