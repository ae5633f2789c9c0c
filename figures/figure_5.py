"""Figure 5: cascading randomisation: CGI above gradient ⊙ input as layers are re-initialised from the logits down.

From left to right: the logits' layer only, one layer more in each panel, all of them, and the original, rightmost as in the
paper. Colours and scales as in Figure 4. Where the panels on one scale pale, the randomised network's scores are small, for both
maps alike; that is no doing of competition.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "cascading", "gradient ⊙ input", (3,))
