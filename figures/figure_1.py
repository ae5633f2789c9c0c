"""Figure 1: gradient ⊙ input of all ten labels for one digit, and the CGI map of the one that the network predicts.

Red speaks for a label, blue against it, white is zero; all maps share one scale, written above, which is the 99.5th
percentile of their absolute scores. Most pixels are coloured in most labels' maps, which is what competition removes.
Right, over many digits: of the pixels hot for the predicted label (the fewest that hold nine tenths of its Σ|score|), the
fraction that is hot for so many labels in all.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.style import PALETTE
from figures.drawing.figure_of import FigureOf
from figures.drawing.network_names import network_of
from figures.drawing.signed_maps import draw_input, draw_signed, image_of

DIGIT = 3
LABELS = 10


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/maps.py."""
    pixels = table[(table.kind == "pixel") & (table.digit == DIGIT)]
    figure = plt.figure(figsize=(10.5, 3.5), layout="constrained")
    ((left, right),) = figure.subfigures(1, 2, squeeze=False, width_ratios=[2.6, 1.0])
    panels = left.subplots(2, 6)
    maps = {f"label {label}": image_of(pixels, f"score_{label}") for label in range(LABELS)}
    scale = float(np.quantile(np.abs(np.stack(list(maps.values()))), 0.995))
    draw_input(panels[0, 0], image_of(pixels, "input"))
    panels[0, 0].set_title("input")
    draw_signed(panels[1, 0], image_of(pixels, "cgi"), scale)
    panels[1, 0].set_title(f"CGI, label {DIGIT}", fontweight="bold")
    for axes, (name, image) in zip(panels[:, 1:].flat, maps.items(), strict=True):
        draw_signed(axes, image, scale)
        axes.set_title(name)
    left.suptitle(f"{network_of(table)}gradient ⊙ input, colours from −{scale:.2g} (blue) to {scale:.2g} (red)")
    hot = table[table.kind == "hot"]
    axes = right.subplots()
    axes.bar(hot.labels, hot.fraction, color=PALETTE[0])
    axes.set_xticks(range(1, LABELS + 1))
    axes.set_xlabel("labels for which a pixel is hot")
    axes.set_ylabel("fraction of the predicted label's hot pixels")
    return figure


FIGURE = FigureOf("figure_1", "maps", _draw, __doc__ or "")
