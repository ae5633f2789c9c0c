"""Figure 9: the full version of Figure 6: three digits, layers re-initialised from the logits down, CLRP above LRP.

The original is rightmost. Left, each digit's panels on one scale, written beside its rows; right, each panel by its own largest
score. Under each CLRP map, the fraction of lit pixels that it keeps.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "cascading", "LRP", (3, 0, 7))
