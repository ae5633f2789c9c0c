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

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Float1D, Float2D, Float3D
from cgi_theory._floating import finite, own_error_state
from cgi_theory.networks.attribution._arguments import Method, baseline_of, integration
from cgi_theory.networks.mlp import MLP, require_net

# Points of the path whose gradients are held at a time.
_POINTS = 256


@own_error_state
def integrated_gradients(
    net: MLP, x: ArrayLike, baseline: ArrayLike | None = None, *, method: Method = "gauss", n_steps: int = 50
) -> Float3D:
    """Return integrated gradients of every label.

    Parameters
    ----------
    net : MLP
    x : array_like, (batch, d)
    baseline : array_like, (d,) or (batch, d), optional
        Where the paths begin; zeros by default.
    method : {"gauss", "riemann", "exact"}
        Gauss–Legendre nodes, midpoints of equal steps, or the exact integral between the network's kinks, which costs a gradient
        for each kink: some hundreds for each image.
    n_steps : int
        Nodes or steps, 1 to 10 000; "exact" takes none.

    Returns
    -------
    ndarray, (batch, k, d)

    Raises
    ------
    TypeError, ValueError
        If an argument is off.
    """
    inputs = require_net(net).inputs(x)
    start = baseline_of(net, inputs, baseline)
    method, n_steps = integration(method, n_steps)
    change = finite("x - baseline", inputs - start)
    # The first layer is the same at all points: gradients are averaged above it, and taken through it once.
    average = np.zeros((len(inputs), net.sizes[-1], net.sizes[1]))
    if method == "exact":
        for image, (first, move) in enumerate(zip(start, change, strict=True)):
            average[image] = _average(net, first, move, *_pieces(net, first, move))
    else:
        for place, weight in zip(*(_gauss(n_steps) if method == "gauss" else _midpoints(n_steps)), strict=True):
            gradients = net.first_layer_gradients(net.slopes(start + place * change), len(inputs))
            gradients *= weight
            average += gradients
    scores = net.through_first_layer(average)
    scores *= change[:, None, :]
    return finite("scores", scores)


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
    inputs = require_net(net).inputs(x)
    start = baseline_of(net, inputs, baseline)
    change = finite("x - baseline", inputs - start)
    slopes = [
        _share_above_zero(np.minimum(z, z_start), np.maximum(z, z_start))
        for z, z_start in zip(net.preactivations(inputs)[:-1], net.preactivations(start)[:-1], strict=True)
    ]
    scores = net.backward(slopes, len(inputs))
    scores *= change[:, None, :]
    return finite("scores", scores)


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
