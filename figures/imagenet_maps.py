"""Imagenet maps: Figure 3 on photographs: what the network is shown, gradient ⊙ input and CGI of the label that it predicts.

Red speaks for the label, blue against it, white is zero. Both maps of a photograph share one scale, the 99.5th percentile of the
absolute scores of its gradient ⊙ input. Below CGI stands the fraction of inputs that it keeps, each channel of a pixel being one;
among a thousand labels the mean over labels is a fifth of a percent, whatever the network.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import draw_both, draw_photograph, rows_in
from simulations.lab.photographed import TRAINED


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_maps.py."""
    trained = rows_in(table, TRAINED)
    photographs = list(trained.photograph.unique())
    figure, panels = plt.subplots(
        3, len(photographs), figsize=(2.2 * len(photographs) + 0.6, 6.6), layout="constrained", squeeze=False
    )
    for column, photograph in zip(panels.T, photographs, strict=True):
        rows = trained[trained.photograph == photograph]
        draw_photograph(column[0], rows)
        column[0].set_title(photograph)
        draw_both(column[1:], rows)
    for axes, name in zip(panels[:, 0], ("input", "CGI", "gradient\n⊙ input"), strict=True):
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


FIGURE = FigureOf("imagenet_maps", "imagenet_maps", _draw, __doc__ or "", by_name=True)
