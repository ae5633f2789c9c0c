"""Attribution methods: every label's scores of every pixel, (batch, k, d), and competition between them.

Each method takes a network and inputs (batch, d) and scores all labels at once, so that competition comes for free::

    scores = attribution.integrated_gradients(net, x)
    maps = compete(scores, net.predicted_labels(x))  # competitive integrated gradients

``cgi`` and ``clrp`` do this for gradient ⊙ input and for LRP, the paper's Algorithms 1 and 2. ``contrastive`` takes from the
label's scores its rivals' mean, or the strongest rival's, by any method; ``contrastive_lrp`` is that of Gu et al. (2018).

=========================  ===========================================  ==========================================
method                     its scores sum to                            equals gradient ⊙ input
=========================  ===========================================  ==========================================
gradient ⊙ input           S less the biases' share                     always
integrated gradients       S(x) − S(baseline)                           without biases, zero baseline
DeepLIFT (rescale)         S(x) − S(baseline)                           without biases, zero baseline
LRP, z                     S less the biases' share                     always
LRP, epsilon               S less the biases' and the stabilizer's      as ε → 0
LRP, gamma, z_plus,        the same, and less what units without        never but by accident
alpha_beta                 contributions of the right sign had
=========================  ===========================================  ==========================================
"""

from cgi_theory.networks.attribution._arguments import RULES
from cgi_theory.networks.attribution.competitive import cgi, clrp
from cgi_theory.networks.attribution.contrast import contrastive, contrastive_lrp
from cgi_theory.networks.attribution.gradients import gradient, gradient_times_input, softmax_gradient_times_input
from cgi_theory.networks.attribution.paths import deeplift_rescale, integrated_gradients
from cgi_theory.networks.attribution.relevance import lrp

__all__ = [
    "RULES",
    "cgi",
    "clrp",
    "contrastive",
    "contrastive_lrp",
    "deeplift_rescale",
    "gradient",
    "gradient_times_input",
    "integrated_gradients",
    "lrp",
    "softmax_gradient_times_input",
]
