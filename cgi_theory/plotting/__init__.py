"""How figures are drawn: their style, points over exact curves, their files; and any sweep as a figure."""

from cgi_theory.plotting.sweeps import plot_sweep

__all__ = ["plot_sweep"]
