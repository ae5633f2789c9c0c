"""Figure 8: the full version of Figure 4: three digits, each layer re-initialised by itself, CGI above gradient ⊙ input.

Diverging colours: red speaks for the label, blue against it, white is zero. Left, each digit's panels on one scale, written
beside its rows; right, each panel by its own largest score. Under each CGI map, the fraction of lit pixels that it keeps.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "layer-wise", "gradient ⊙ input", (3, 0, 7))
