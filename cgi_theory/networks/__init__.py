"""Real ReLU networks (Sections 2, 3.2 and 4): exact maps for every label, trained on real digits."""

from cgi_theory.networks.mlp import MLP

__all__ = ["MLP"]
