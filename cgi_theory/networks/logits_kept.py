r"""What stays of the logit where rivals have logits of their own: the input leans away from those of the predicted label.

Let a pixel's k gradients be Gaussian with the measured Gram matrix, and the input's value there have a mean that is linear in
them, :math:`E[x_i | g_i] = \sum_j a_j g_{ji}`. All logits :math:`S_j = \sum_i x_i g_{ji}` are known, and give
:math:`Ga = S` with G the Gram matrix. The label's map then retains the share

.. math:: \frac{\sum_j a_j M_j}{\sum_j a_j G_{jy}}, \qquad M_j = n\,E[g_y g_j 1\{\mathrm{win}\}],

of Σ xᵢgᵢ. If the rivals' logits are what the label's own makes them, :math:`S_j = S_y G_{jy}/G_{yy}`, only :math:`a_y` is not 0,
and this is the share of gradient energy, :math:`M_y/G_{yy}`: Section 3.1's model, in which nothing is known of x but g₁·x. The
label that a network *predicts* was picked for the largest logit of all. The others' are lower, x leans away from their gradients,
and on the pixels that the label wins it leans the more towards its own: more of the logit stays than of energy.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import whole_number
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._floating import own_error_state
from cgi_theory.competition import winners
from cgi_theory.networks._image_gradients import ImageGradients, measurable
from cgi_theory.networks.network import Network, chosen_labels, count_labels, inputs_of
from cgi_theory.networks.streams import Use, generator

MOST_DRAWS = 10**7
# Of the largest eigenvalue: what is none, but a sum of rounding.
_ROUNDING = 1e-10


@own_error_state
def predict_logit_kept(net: Network, x: Any, labels: ArrayLike | None = None, *, seed: int = 0, n_draws: int = 4000) -> Float1D:
    """Predict the share of the logit that CGI maps retain, from all inner products of gradients and all logits.

    Parameters
    ----------
    net, x, labels
        As for ``cgi_theory.networks.alignment.measure``, and refused as there.
    seed : int
        Of the pixels that are drawn, which all images share.
    n_draws : int
        How many, up to ten million.

    Returns
    -------
    ndarray, (batch,)
        The share of Σ xᵢgᵢ.

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    inputs = inputs_of(net, x)
    draws = whole_number("n_draws", n_draws, 1, MOST_DRAWS)
    normals = generator(seed, Use.DRAWN_PIXELS).standard_normal((draws, count_labels(net, inputs)))
    images = measurable("predict_logit_kept", net, inputs, chosen_labels(net, inputs, labels))
    return np.array([_share(image, normals) for image in images])


def _share(image: ImageGradients, normals: Float2D) -> float:
    """Return the share for an image and its gradients on its lit pixels."""
    logits = np.concatenate([gradients @ image.image for _, gradients in image.blocks()])
    values, vectors = np.linalg.eigh(image.gram())
    there = values > _ROUNDING * values[-1]
    values, vectors = values[there], vectors[:, there]
    leaning = vectors @ (vectors.T @ logits / values)
    pixels = (normals[:, : len(values)] * np.sqrt(values)) @ vectors.T
    won = winners(pixels.T, image.label)
    kept = np.mean((pixels @ leaning) * pixels[:, image.label] * won)
    return float(kept / logits[image.label])
