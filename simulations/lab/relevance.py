"""LRP with α and β, as in the paper's Figures 6 and 9, of an MLP by the package and of a module of PyTorch by captum."""

import importlib
from typing import Any

from cgi_theory._arrays import Float2D, RealND
from cgi_theory.networks import MLP, attribution

ALPHA_BETA = {"alpha": 2.0, "beta": 1.0}


def alpha_beta(net: Any, x: Float2D, *, alpha: float, beta: float) -> RealND:
    """Return the relevance of every pixel for every label, (images, k, d), for digits (images, d)."""
    if isinstance(net, MLP):
        return attribution.lrp(net, x, "alpha_beta", alpha=alpha, beta=beta)
    of_modules = importlib.import_module("cgi_theory.networks.torch.attribution")  # it needs PyTorch
    relevance: RealND = of_modules.lrp(net, x, rule="alpha_beta", alpha=alpha, beta=beta)
    return relevance
