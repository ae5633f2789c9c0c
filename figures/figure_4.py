"""Figure 4: layer-wise randomisation: CGI above gradient ⊙ input as each layer of a trained network is re-initialised by itself.

A digit for the paper's bird, a fully connected network of six layers, 0 at the input, for VGG-19. Left, all panels on one scale,
written beside the rows, so that "almost blank" is seen and not made by scaling; right, each panel by its own largest score. Red
speaks for the label that the trained network predicts, blue against it, white is zero. Under each CGI map, the fraction of lit
pixels that it keeps. Gradient ⊙ input shows the digit whatever layer is randomised; CGI is thinned.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "layer-wise", "gradient ⊙ input", (3,))
