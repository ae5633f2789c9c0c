"""Masking: is CGI merely sparse? The chosen label's logit of masked digits, over that of the whole digit.

Left: of as many pixels as the CGI map keeps, the logit of the chosen label that they retain (completeness) and the
highest logit of any other label (soundness: it should stay below), means over digits with standard errors; CGI against
the top of gradient ⊙ input by absolute value, random lit pixels, and the CGI map of the label with the second logit.
Middle and right: the lit pixels inserted into a blank image, and deleted from the digit, in the order of each map's
scores, from the highest to the lowest.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from figures.drawing.figure_of import FigureOf


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/masking.py."""
    figure, (bars, inserted, deleted) = plt.subplots(1, 3, figsize=(12.5, 4.2), layout="constrained")
    masks, curves = table[table.kind == "mask"], table[table.kind == "curve"]
    names = list(masks["mask"].unique())
    for offset, column, label, shade in (
        (-0.2, "own_logit", "the chosen label's logit", COLORS[0]),
        (0.2, "highest_other", "highest other logit", COLORS[1]),
    ):
        groups = [masks.loc[masks["mask"] == name, column] for name in names]
        places = np.arange(len(names)) + offset
        heights, errors = [group.mean() for group in groups], [group.sem() for group in groups]
        bars.bar(places, heights, 0.38, yerr=errors, capsize=2, color=shade, label=label)
    bars.set_xticks(range(len(names)), labels=[name.replace(" of ", "\nof ").replace(" label", "\nlabel") for name in names])
    bars.tick_params(axis="x", labelsize=7)
    bars.axhline(1.0, color="0.5", linewidth=0.8, linestyle=":")
    bars.set_ylabel("logit of the masked input over the chosen label's")
    bars.legend()
    for axes, column in ((inserted, "inserted"), (deleted, "deleted")):
        for index, name in enumerate(names):
            rows = curves[curves["mask"] == name]
            style = {"marker": MARKERS[index], "markersize": 3, "color": COLORS[index], "capsize": 1, "linewidth": 1.0}
            axes.errorbar(rows.fraction, rows[column], yerr=rows[f"{column}_stderr"], label=name, **style)
        axes.axhline(1.0, color="0.5", linewidth=0.8, linestyle=":")
        axes.set_xlabel(f"fraction of lit pixels {column}")
        axes.set_ylabel("the chosen label's logit over its own")
    inserted.legend(fontsize=7)
    return figure


FIGURE = FigureOf("masking", "masking", _draw, __doc__ or "")
