"""Experiments: one file makes one table, ``python -m simulations NAME``."""
