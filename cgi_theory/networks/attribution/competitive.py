"""Competition on top of an attribution method: CGI and CLRP."""

from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import Float2D, Float3D
from cgi_theory.competition import compete
from cgi_theory.networks.attribution._arguments import LRPOptions
from cgi_theory.networks.attribution.gradients import gradient_times_input
from cgi_theory.networks.attribution.relevance import lrp
from cgi_theory.networks.mlp import MLP


def cgi(net: MLP, x: ArrayLike, labels: ArrayLike | None = None) -> Float2D:
    """Return Competitive Gradient ⊙ Input, shape (batch, d): the paper's Algorithm 1.

    Parameters
    ----------
    net : MLP
    x : array_like, (batch, d)
    labels : array_like of int, (batch,), optional
        The labels whose maps are kept; by default those that the network predicts.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    return _compete(gradient_times_input(net, x), net, x, labels)


def clrp(net: MLP, x: ArrayLike, labels: ArrayLike | None = None, **options: Unpack[LRPOptions]) -> Float2D:
    """Return competitive LRP, shape (batch, d): the paper's Algorithm 2. ``options`` are those of ``lrp``.

    Not to be confused with contrastive LRP (Gu et al. 2018), which has the same initials.
    """
    return _compete(lrp(net, x, **options), net, x, labels)


def _compete(scores: Float3D, net: MLP, x: ArrayLike, labels: ArrayLike | None) -> Float2D:
    maps = compete(scores, net.chosen_labels(x, labels), label_axis=1)
    return maps.astype(np.float64, copy=False)
