"""All figures by name, in the order in which they are listed and drawn."""

from figures import (
    alignment,
    blankness,
    correlation,
    figure_1,
    figure_2,
    figure_3,
    figure_7,
    finite_size,
    lemma_1,
    masking,
    phase_diagram,
    randomised,
    resemblance,
    retained,
    rival_map,
    sanity,
    sanity_methods,
    selectivity,
    sparsity,
)
from figures.drawing.figure_of import FigureOf

_ALL = (
    *retained.FIGURES,
    finite_size.FIGURE,
    correlation.FIGURE,
    sparsity.FIGURE,
    phase_diagram.FIGURE,
    selectivity.FIGURE,
    blankness.FIGURE,
    rival_map.FIGURE,
    lemma_1.FIGURE,
    figure_1.FIGURE,
    figure_2.FIGURE,
    figure_3.FIGURE,
    *randomised.FIGURES_4_TO_6,
    figure_7.FIGURE,
    *randomised.FIGURES_8_TO_10,
    alignment.FIGURE,
    masking.FIGURE,
    sanity.FIGURE,
    sanity_methods.FIGURE,
    resemblance.FIGURE,
)
FIGURES: dict[str, FigureOf] = {figure.name: figure for figure in _ALL}
