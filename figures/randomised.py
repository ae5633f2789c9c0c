"""Figures 4, 5, 6, 8, 9 and 10: rows of maps of a digit as layers of a network are randomised."""

from functools import partial
from typing import Any

from figures.drawing.figure_of import FigureOf
from figures.drawing.rows_of_maps import draw_rows

_PLAIN, _ONE, _THREE = "gradient ⊙ input", (3,), (3, 0, 7)
_CAPTIONS = {
    4: """\
Figure 4: layer-wise randomisation: CGI above gradient ⊙ input as each layer of a trained network is re-initialised by itself.

A digit for the paper's bird, and a fully connected network of six layers, 0 at the input, for VGG-19, if not that or AlexNet
themselves (``--network``). Left, all panels on one scale, written beside the rows, so that "almost blank" is seen and not made by
scaling; right, each panel by its own largest score. Red speaks for the label that the trained network predicts, blue against it,
white is zero. Left under each CGI map, the fraction of lit pixels that it keeps; right under each map, how alike it and the
original are: the rank correlation of absolute scores over lit pixels, in brackets over all, and Pearson's of signed scores.
Gradient ⊙ input shows the digit whatever layer is randomised, but over lit pixels it hardly resembles the original, and signed
not at all; CGI is thinned.
""",
    5: """\
Figure 5: cascading randomisation: CGI above gradient ⊙ input as layers are re-initialised from the logits down.

From left to right: the logits' layer only, one layer more in each panel, all of them, and the original, rightmost as in the
paper. Colours, scales and numbers as in Figure 4. Where the panels on one scale pale, the randomised network's scores are small,
for both maps alike; that is no doing of competition.
""",
    6: """\
Figure 6: cascading randomisation for LRP: competitive LRP (CLRP) above LRP.

LRP with α = 2, β = 1 on a network with biases: a rule for which LRP differs from gradient ⊙ input, which LRP-z does not on ReLU
networks without biases. Panels, scales and numbers as in Figure 5. All labels' maps of this rule have nearly one shape, and the
label with the highest logit wins nearly everywhere: it is the chosen label on the trained network, and mostly another one on a
randomised network. The lowest row competes for the label that each randomised network itself predicts: it is not blank. (Gu et
al. 2018 had used the name CLRP for contrastive LRP.)
""",
    8: """\
Figure 8: the full version of Figure 4: three digits, each layer re-initialised by itself, CGI above gradient ⊙ input.

Diverging colours: red speaks for the label, blue against it, white is zero. Left, each digit's panels on one scale, written
beside its rows; right, each panel by its own largest score. Numbers as in Figure 4.
""",
    9: """\
Figure 9: the full version of Figure 6: three digits, layers re-initialised from the logits down, CLRP above LRP.

The original is rightmost. Left, each digit's panels on one scale, written beside its rows; right, each panel by its own largest
score. Numbers as in Figure 4.
""",
    10: """\
Figure 10: absolute values of the maps of Figure 8: each layer re-initialised by itself, CGI above gradient ⊙ input.

White is zero and black the end of the scale: left one for each digit, written beside its rows; right each panel's own. Numbers as
in Figure 4.
""",
}


def _figure(number: int, randomised: str, method: str, digits: tuple[int, ...], **arrangement: Any) -> FigureOf:
    draw = partial(draw_rows, randomised=randomised, method=method, digits=digits, **arrangement)
    return FigureOf(f"figure_{number}", "randomised_maps", draw, _CAPTIONS[number])


FIGURES_4_TO_6 = (
    _figure(4, "layer-wise", _PLAIN, _ONE),
    _figure(5, "cascading", _PLAIN, _ONE),
    _figure(6, "cascading", "LRP", _ONE, own_label=True),
)
FIGURES_8_TO_10 = (
    _figure(8, "layer-wise", _PLAIN, _THREE),
    _figure(9, "cascading", "LRP", _THREE),
    _figure(10, "layer-wise", _PLAIN, _THREE, absolute=True),
)
