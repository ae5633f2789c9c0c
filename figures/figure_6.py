"""Figure 6: cascading randomisation for LRP: competitive LRP (CLRP) above LRP.

LRP with α = 2, β = 1 on a network with biases: a rule for which LRP differs from gradient ⊙ input, which LRP-z does not on ReLU
networks without biases. Panels and scales as in Figure 5. All labels' maps of this rule have nearly one shape, and the label with
the highest logit wins nearly everywhere: it is the chosen label on the trained network, and mostly another one on a randomised
network. The lowest row competes for the label that each randomised network itself predicts: it is not blank. (Gu et al. 2018 had
used the name CLRP for contrastive LRP.)
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.drawing.rows_of_maps import draw_rows

TABLE = "randomised_maps"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/randomised_maps.py."""
    return draw_rows(table, "cascading", "LRP", (3,), own_label=True)
