"""Figure 11: δ against c1 for 100 averaged samples.

The share of the shared features' logit (the first n/2 coordinates) that the chosen label's map retains after competition.
Left: the paper's setting drawn directly, the exact curve over it and the limit of many coordinates; grey, the range of δ
that the paper finds on real data. Right: all readings of Section 3.1's model. With g₁·x ≥ δ the curve rises at small δ
because the mean of g₁·x exceeds δ; with g₁·x = δ it is flat. Competition itself does not depend on δ, except in the joint
law, where a large δ also lengthens the gradient.
"""

import pandas as pd
from matplotlib.figure import Figure

from figures.retained import draw as draw_retained

TABLE = "delta"


def draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/delta.py."""
    return draw_retained(table, "c1", "$c_1$", "shared")
