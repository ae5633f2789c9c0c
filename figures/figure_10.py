"""Figure 10: absolute values of the maps of Figure 8: each layer re-initialised by itself, CGI above gradient ⊙ input.

White is zero and black the end of the scale: left one for each digit, written beside its rows; right each panel's own.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "layer-wise", "gradient ⊙ input", (3, 0, 7), absolute=True)
