"""Figures: one file draws one figure from a table, ``python -m figures [NAME ...]``."""

import os

# Figures go into files and look the same everywhere: a notebook's back end, or a user's settings, may not even be readable here.
os.environ |= {"MPLBACKEND": "Agg", "MATPLOTLIBRC": os.devnull}
