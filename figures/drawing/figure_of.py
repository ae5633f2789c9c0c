"""What a figure is: a name, the table that it shows, how it is drawn, and its caption."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from simulations.experiment import ARCHITECTURES


@dataclass(frozen=True)
class FigureOf:
    """A figure of a table.

    Parameters
    ----------
    name : str
        By which the command line and its files name it.
    table : str
        The experiment whose table it shows.
    draw : callable
        From the table to the figure; the style is set before.
    caption : str
        What it shows. The first line ends in a full stop and begins with the name, as words. It is empty where it is a module's
        docstring and Python leaves those out (PYTHONOPTIMIZE=2).
    takes_long : bool
        Whether its table takes minutes, so that it is drawn if it is named, or with ``--all``.
    by_name : bool
        Whether its table needs PyTorch and pretrained networks, so that it is drawn only if it is named, or for weights of
        one's own.
    architectures : tuple of str
        Of the networks that it shows (``--network``), if its table is made for them.
    """

    name: str
    table: str
    draw: Callable[[pd.DataFrame], Figure]
    caption: str
    takes_long: bool = False
    by_name: bool = False
    architectures: tuple[str, ...] = ARCHITECTURES
