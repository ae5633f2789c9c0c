"""Imagenet labels: Figure 1 on a photograph: gradient ⊙ input of the six labels with the highest logits of a thousand, and CGI.

Left what the network is shown, and below it the CGI map of the label that it predicts, which competes with all others. Red speaks
for a label, blue against it, white is zero; all maps share one scale, the 99.5th percentile of the absolute scores of the
predicted label's gradient ⊙ input. A panel's pixel is the mean of four of the input's, with its three channels added.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import draw_map, draw_photograph, rows_in
from simulations.lab.image_maps import CGI, LABEL_MAP
from simulations.lab.photographed import TRAINED


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_maps.py."""
    rows = rows_in(table[table.photograph == table.photograph.iloc[0]], TRAINED)
    methods = [method for method in rows.method.unique() if method.startswith(LABEL_MAP)]
    figure, panels = plt.subplots(2, 1 + (len(methods) + 1) // 2, figsize=(7.5, 3.9), layout="constrained")
    draw_photograph(panels[0, 0], rows)
    panels[0, 0].set_title("input")
    draw_map(panels[1, 0], rows, CGI)
    panels[1, 0].set_title(f"CGI, {methods[0].removeprefix(LABEL_MAP)}", fontweight="bold")
    for axes, method in zip(panels[:, 1:].flat, methods, strict=False):
        draw_map(axes, rows, method)
        axes.set_title(method.removeprefix(LABEL_MAP))
    return figure


FIGURE = FigureOf("imagenet_labels", "imagenet_maps", _draw, __doc__ or "", by_name=True)
