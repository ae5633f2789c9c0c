"""Figure 7: data randomisation: input, gradient ⊙ input and CGI, of a network that memorised permuted labels.

Below as in the paper; above, for comparison, the same network trained on the true labels. The map is of the digit's own label in
both. Left, both maps of a network on one scale, written beside the row; right, each panel by its own largest score. Red
speaks for the label, blue against it, white is zero; under CGI, the fraction of lit pixels that it keeps. The input's shape is in
both maps of both networks: CGI thins it.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.figure_of import FigureOf
from figures.drawing.network_names import network_of
from figures.drawing.rows_of_maps import write_kept
from figures.drawing.signed_maps import draw_input, draw_signed, image_of
from simulations.experiment import ALEXNET, MLPS

DIGIT = 3
MAPS = ("gradient ⊙ input", "CGI")


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    network = table.network[table.randomised == "permuted labels"].iloc[0]
    rows = table[(table.network == network) & (table.digit == DIGIT)]
    figure, panels = plt.subplots(2, 5, figsize=(7.5, 3.5), layout="constrained")
    for line, (randomised, name) in zip(panels, (("none", "trained"), ("permuted labels", "permuted\nlabels")), strict=True):
        pixels = rows[rows.randomised == randomised]
        x, *images = (image_of(pixels, column) for column in ("input", *MAPS))
        scale = float(np.quantile(np.abs(images[0]), 0.995))
        draw_input(line[0], x)
        for axes, image in zip(line[1:], images * 2, strict=True):
            own = axes in line[3:]
            draw_signed(axes, image, float(np.abs(image).max()) if own else scale)
        for axes in line[[2, 4]]:
            write_kept(axes, x, images[1])
        line[0].set_ylabel(f"{name}\n± {scale:.2g}", rotation=0, ha="right", va="center")
    if network_of(table):
        figure.suptitle(network_of(table).removesuffix(": "))
    titles = ("input", *(f"{name}\none scale" for name in MAPS), *(f"{name}\nown scale" for name in MAPS))
    for axes, title in zip(panels[0], titles, strict=True):
        axes.set_title(title, fontsize=8)
    return figure


FIGURE = FigureOf("figure_7", "randomised_maps", _draw, __doc__ or "", architectures=(MLPS, ALEXNET))
