r"""How alike the maps of two networks that share nothing are: the sanity check, predicted.

Let the gradients before and after randomisation be independent draws of Section 3.1's model. A pixel's map is
:math:`x_i u_i 1\{\mathrm{win}\}`, and only the input :math:`x_i` is the same in both. Over the pixels of one image, with
:math:`m_p` the mean of :math:`|x_i|^p` and :math:`e_p = E[|u|^p 1\{\mathrm{win}\}]`, two maps' absolute values have
covariance :math:`e_1^2 (m_2 - m_1^2)` and variance :math:`e_2 m_2 - e_1^2 m_1^2`, so that their Pearson correlation is

.. math:: \frac{e_1^2\,(m_2 - m_1^2)}{e_2 m_2 - e_1^2 m_1^2}

in the limit of many pixels; if the two networks' rivals are not equally correlated with the chosen label, each has its own
:math:`e_p`, and the variance becomes the geometric mean of two. Without competition :math:`e_1^2 = 2/\pi` and
:math:`e_2 = 1`: the image's own contrast makes the maps alike, whatever the networks. For gradients on a fraction ρ of the
pixels, scaled by :math:`1/\sqrt\rho`, :math:`e_1 = \sqrt\rho M_1` and :math:`e_2 = M_2` (:mod:`cgi_theory.theory.moments`).
"""

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, real_number, whole_number
from cgi_theory._arrays import Float1D
from cgi_theory._floating import own_error_state
from cgi_theory.model import MAX_LABELS, MIN_SPARSITY, loss_slope
from cgi_theory.theory.moments import win_moments


@own_error_state
def map_correlation(
    x: ArrayLike,
    n_labels: int = 1,
    *,
    correlation: float = 0.0,
    correlation_after: float | None = None,
    sparsity: float = 1.0,
) -> Float1D:
    """Return the predicted correlation of an image's |map| before and after randomisation, (batch,).

    Parameters
    ----------
    x : array_like, (batch, pixels)
        Inputs; their blank pixels are pixels of the maps too.
    n_labels : int
        k, the labels that compete, the chosen one included; 1 is gradient ⊙ input without competition.
    correlation : float
        r, the cosine between the chosen label's gradient and every rival's.
    correlation_after : float, optional
        The same after randomisation; by default as before.
    sparsity : float
        ρ.

    Returns
    -------
    ndarray, (batch,)
        NaN for a blank image, and 0 for one without contrast.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    images = finite_array("x", x)
    if images.ndim != 2 or images.shape[1] == 0:
        raise ValueError(f"x must hold real numbers of shape (batch, pixels), not of shape {images.shape}")
    labels = whole_number("n_labels", n_labels, 1, MAX_LABELS)
    rho = real_number("sparsity", sparsity, MIN_SPARSITY, 1.0)
    before = real_number("correlation", correlation, -1.0, 1.0)
    after = before if correlation_after is None else real_number("correlation_after", correlation_after, -1.0, 1.0)
    magnitudes = np.abs(images)
    largest = magnitudes.max(axis=1, keepdims=True)
    magnitudes = np.divide(magnitudes, largest, out=np.full_like(magnitudes, np.nan), where=largest > 0.0)
    mean, square = magnitudes.mean(axis=1), np.mean(magnitudes**2, axis=1)
    ratios = [_ratio(r, labels, rho) for r in (before, after)]
    variances = np.prod([square - ratio * mean**2 for ratio in ratios], axis=0)
    found: Float1D = np.sqrt(np.prod(ratios) / variances) * magnitudes.var(axis=1)
    return found


def _ratio(correlation: float, n_labels: int, sparsity: float) -> float:
    """e₁²/e₂, at most 1 by Cauchy and Schwarz."""
    won = win_moments(loss_slope(correlation), n_labels, sparsity)
    return sparsity * won.magnitude**2 / won.energy
