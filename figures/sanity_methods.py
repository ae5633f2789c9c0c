"""Sanity methods: every method under randomisation, without competition, with it, and with it for the label then predicted.

Above, Spearman's correlation of |maps| with the trained network's over lit pixels, then Pearson's of signed maps, over the pairs
in which neither map is blank; below, the fraction of lit pixels that the randomised network's map keeps. Places as in the figure
``sanity``; means over digits and networks with 95 % intervals that count both as drawn. The dotted line is 2(1 − 2⁻ᵏ)/k = 0.2 for
k = 10 independent labels: competition for the label that the trained network predicted keeps that much on randomised networks,
whatever the method. How it does so differs. Gradient-like methods keep a fifth of the pixels of every map, and pass by signed
scores without competition too. The maps of LRP z⁺, and mostly those of αβ, have one shape for all labels, and the sign of the
label's logit: where randomisation turns that, a map is the negative of what it was, and signed correlations average to nothing or
less. One map in five is kept nearly whole and the others vanish, and for the label that the randomised network itself predicts
most of the map stays (diamonds). What competition detects there is that the predicted label has changed.
"""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from cgi_theory.plotting.comparison import COLORS, MARKERS
from cgi_theory.sanity.metrics import HEADLINE, LIT, SIGNED
from figures.drawing.figure_of import FigureOf
from figures.drawing.randomisations import LABELS, PLACES, draw_means, rows_of

_COMPETITION = {
    "no": "no competition",
    "yes": "competition, label of the trained net",
    "own label": "competition, label then predicted",
}
_METRICS = (*HEADLINE, ("kept", LIT))
_COMPETING = 10


def _draw(table: pd.DataFrame) -> Figure:
    """Draw the figure from the table of simulations/sanity.py."""
    rows = table[table.competition.isin(list(_COMPETITION))]
    methods = list(rows[rows.competition == "own label"].method.unique())
    size = (0.4 + 2.5 * len(methods), 7.4)
    figure, panels = plt.subplots(len(_METRICS), len(methods), figsize=size, layout="constrained", sharex=True, sharey="row")
    for column, method in zip(panels.T, methods, strict=True):
        for axes, metric in zip(column, _METRICS, strict=True):
            chosen = rows_of(rows[rows.method == method], metric)
            for index, (competition, label) in enumerate(_COMPETITION.items()):
                points = chosen[chosen.competition == competition]
                draw_means(axes, points, 0.15 * (index - 1), label=label, color=COLORS[index], fmt=MARKERS[index])
        column[0].set_title(method)
        column[-1].axhline(2.0 * (1.0 - 2.0**-_COMPETING) / _COMPETING, linestyle=":", color="0.4")
        column[-1].set_xticks(range(len(PLACES)), labels=PLACES, fontsize=7, rotation=90)
    for axes, metric in zip(panels[:, 0], _METRICS, strict=True):
        axes.set(ylabel=LABELS[metric], ylim=(-0.5 if metric == SIGNED else -0.05, 1.05))
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


FIGURE = FigureOf("sanity_methods", "sanity", _draw, __doc__ or "")
