"""Imagenet randomised: Figures 4 and 5 on a photograph: CGI above gradient ⊙ input as stages of the network are re-initialised.

Above, stages by themselves, the original leftmost; below in cascade from the logits, up to all, the original rightmost as in the
paper. A stage is a group of layers, blocks being grouped by resolution. Every network's maps are on its own scale, the 99.5th
percentile of the absolute scores of its gradient ⊙ input: scores of randomised networks are smaller by orders of magnitude, and
on one scale all would be blank. Below each CGI map stands the fraction of inputs that it keeps. Where no input has a gradient,
because the stages above saturate, both maps are blank.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure, SubFigure

from figures.drawing.figure_of import FigureOf
from figures.drawing.photographs import draw_both, rows_in
from simulations.lab.photographed import LAST_LAYER, TRAINED, State

ORIGINAL = "original"


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/imagenet_maps.py."""
    rows = table[table.photograph == table.photograph.iloc[0]]
    states = [State(*pair) for pair in rows[["randomised", "stage"]].fillna("").drop_duplicates().itertuples(index=False)]
    alone = [state for state in states if state.randomised == "layer-wise"]
    cascade = [LAST_LAYER, *[state for state in states if state.randomised == "cascading"][::-1]]
    figure = plt.figure(figsize=(1.35 * (1 + len(alone)) + 0.8, 6.4), layout="constrained")
    (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False)
    _draw_row(upper, rows, [TRAINED, *alone[::-1]])
    _draw_row(lower, rows, [*cascade, TRAINED])
    return figure


def _draw_row(half: SubFigure, rows: pd.DataFrame, states: Sequence[State]) -> None:
    panels = half.subplots(2, len(states), squeeze=False)
    for column, state in zip(panels.T, states, strict=True):
        draw_both(column, rows_in(rows, state))
        column[0].set_title(_name(state), fontsize=8)
    for axes, name in zip(panels[:, 0], ("CGI", "gradient\n⊙ input"), strict=True):
        axes.set_ylabel(name, rotation=0, ha="right", va="center")


def _name(state: State) -> str:
    if state == TRAINED:
        return ORIGINAL
    return f"{state.stage}\nto logits" if state.randomised == "cascading" else state.stage


FIGURE = FigureOf("imagenet_randomised", "imagenet_maps", _draw, __doc__ or "", by_name=True)
