r"""How many labels really compete: the number of independent ones that would leave the chosen label as many pixels.

Against independent labels as long as itself a label keeps :math:`2(1 - 2^{-k})/k` of the pixels
(:mod:`cgi_theory.theory.moments` with r = 0 and ρ = 1). Over all labels the kept fractions sum to
:math:`P(\max > 0) + P(\min < 0)` on any network, so about 2/k is the mean over labels whatever the network; a label that wins
more than its share competes as if there were fewer,

.. math:: \frac{2(1 - 2^{-k_{\mathrm{eff}}})}{k_{\mathrm{eff}}} = \text{kept}.

With :math:`a = 2\log 2/\text{kept}` that is :math:`t = a(1 - e^{-t})` in :math:`t = k_{\mathrm{eff}}\log 2`, solved by
Lambert's W (Corless et al. 1996): :math:`t = a + W_0(-a e^{-a})`.

Equation of paper_notes.md: (15).
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from cgi_theory._arguments import finite_array
from cgi_theory._arrays import FloatND
from cgi_theory._floating import own_error_state


@own_error_state
def effective_labels(kept: ArrayLike) -> FloatND:
    """Return k_eff, the number of independent labels among which each keeps this fraction of the pixels.

    Parameters
    ----------
    kept : array_like
        Fractions of pixels, from 0 to 1.

    Returns
    -------
    ndarray, of the shape of ``kept``
        From 1, where everything is kept, to infinity, where nothing is.

    Raises
    ------
    TypeError, ValueError
        If ``kept`` are not numbers from 0 to 1.
    """
    fractions = finite_array("kept", kept)
    if np.any((fractions < 0.0) | (fractions > 1.0)):
        raise ValueError("kept must be from 0 to 1")
    a = 2.0 * math.log(2.0) / fractions
    correction = lambertw(-np.exp(np.log(a) - a)).real  # 0 for an infinite a, of which a·e^(−a) would be NaN
    labels = (a + np.where(np.isfinite(a), correction, 0.0)) / math.log(2.0)
    return np.asarray(np.maximum(labels, 1.0))  # less by rounding where everything is kept
