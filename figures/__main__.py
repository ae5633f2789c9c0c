"""``python -m figures``: the command of :mod:`figures.cli`."""

import os

from cgi_theory._interrupts import run_command

if __name__ == "__main__":
    # Figures go into files and look the same everywhere: a notebook's back end, or a user's settings, may not even be readable
    # here, and matplotlib reads them when it is imported.
    os.environ |= {"MPLBACKEND": "Agg", "MATPLOTLIBRC": os.devnull}
    run_command("figures", "figures.cli")
