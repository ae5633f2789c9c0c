"""Figures: one file draws one figure from a table, ``python -m figures [NAME ...]``."""
