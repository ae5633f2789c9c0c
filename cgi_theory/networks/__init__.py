"""Real networks (Sections 2, 3.2 and 4): exact maps for every label of any network, and ReLU networks trained on real digits."""

from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.network import LayeredNetwork, Network

__all__ = ["MLP", "LayeredNetwork", "Network"]
