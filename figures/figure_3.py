"""Figure 3: a gallery: input, gradient ⊙ input and CGI, of the first held-out digit of each class that the net gets right.

Red speaks for the label, blue against it, white is zero. Both maps of a digit share one scale, the 99.5th percentile of
the absolute scores of its gradient ⊙ input, so that what competition removes is seen as white and not made by rescaling.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.figure_of import FigureOf
from figures.drawing.network_names import network_of
from figures.drawing.signed_maps import draw_input, draw_signed, image_of


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/maps.py."""
    pixels = table[table.kind == "pixel"]
    digits = sorted(pixels.digit.astype(int).unique())
    figure, panels = plt.subplots(3, len(digits), figsize=(1.05 * len(digits), 3.4), layout="constrained", squeeze=False)
    for column, digit in zip(panels.T, digits, strict=True):
        rows = pixels[pixels.digit == digit]
        plain = image_of(rows, f"score_{digit}")
        scale = float(np.quantile(np.abs(plain), 0.995))
        draw_input(column[0], image_of(rows, "input"))
        draw_signed(column[1], plain, scale)
        draw_signed(column[2], image_of(rows, "cgi"), scale)
        column[2].set_xlabel(f"± {scale:.2g}")
    if network_of(table):
        figure.suptitle(network_of(table).removesuffix(": "))
    for axes, name in zip(panels[:, 0], ("input", "gradient\n⊙ input", "CGI"), strict=True):
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


FIGURE = FigureOf("figure_3", "maps", _draw, __doc__ or "")
