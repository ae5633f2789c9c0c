"""Maps of photographs as tables hold them: a row for each row of pixels, its numbers in hundredths of the map's scale."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cgi_theory._arrays import Float2D
from figures.drawing.signed_maps import draw_signed
from simulations.lab.image_maps import CGI, PLAIN
from simulations.lab.photographed import LAST_LAYER, TRAINED, State

STATES = {"trained": TRAINED, "last layer random": LAST_LAYER}
_LEVELS = 100.0


def rows_in(table: pd.DataFrame, state: State, network: str | None = None) -> pd.DataFrame:
    """Return the rows of a network in a state, by default of the table's first."""
    stages = table.stage.fillna("")
    name = table.network.iloc[0] if network is None else network
    return table[(table.network == name) & (table.randomised == state.randomised) & (stages == state.stage)]


def state_of(row: pd.Series) -> str:
    """Return what is randomised of a network, as figures call it."""
    state = State(row.randomised, "" if pd.isna(row.stage) else row.stage)
    if state == TRAINED:
        return "trained"
    return "last layer random" if state == LAST_LAYER else "all layers random"


def picture_of(rows: pd.DataFrame, method: str) -> Float2D:
    """Return a map in units of its scale, (side, side), of the rows of one photograph and network."""
    lines = rows[rows.method == method].sort_values("row").scores
    return np.array([[float(number) for number in line.split()] for line in lines]) / _LEVELS


def draw_photograph(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw what the network is shown, the mean over its channels."""
    axes.imshow(picture_of(rows, "input"), cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])


def draw_map(axes: Axes, rows: pd.DataFrame, method: str) -> None:
    """Draw a map, colours ending at the scale of the network's gradient ⊙ input."""
    draw_signed(axes, picture_of(rows, method), 1.0)


def draw_both(column: np.ndarray, rows: pd.DataFrame) -> None:
    """Draw CGI above gradient ⊙ input, and below CGI what it keeps."""
    for axes, method in zip(column, (CGI, PLAIN), strict=True):
        draw_map(axes, rows, method)
    column[0].set_xlabel(f"keeps {float(rows.kept.iloc[0]):.2%}", fontsize=7, labelpad=2)
