r"""How alike the maps of two networks are: the sanity check and its positive control, predicted.

A pixel's map is :math:`x_i u_i 1\{\mathrm{win}\}`; of two networks' maps the input :math:`x_i` is the same, and whether the
gradients are alike is up to the networks. With :math:`e_p = E[|u|^p 1\{\mathrm{win}\}]` and :math:`m_p` the mean of
:math:`|x_i|^p` over the pixels of one image, in the limit of many:

**Networks that share nothing** (:func:`map_correlation`). Let the gradients before and after randomisation be independent draws
of Section 3.1's model. The maps' absolute values have covariance :math:`e_1^2 (m_2 - m_1^2)` and variance
:math:`e_2 m_2 - e_1^2 m_1^2`, so that their Pearson correlation is

.. math:: \frac{e_1^2\,(m_2 - m_1^2)}{e_2 m_2 - e_1^2 m_1^2} ;

if the two networks' rivals are not equally correlated with the chosen label, each has its own :math:`e_p`, and the variance
becomes the geometric mean of two. Without competition :math:`e_1^2 = 2/\pi` and :math:`e_2 = 1`: the image's own contrast makes
the maps alike, whatever the networks. For gradients on a fraction ρ of the pixels, scaled by :math:`1/\sqrt\rho`,
:math:`e_1 = \sqrt\rho M_1` and :math:`e_2 = M_2` (:mod:`cgi_theory.theory.moments`).

**Networks that should agree** (:func:`resemblance`), such as two that were trained from different seeds. Let each label's
gradients on the two have cosine c, labels independent and dense. With :math:`A_\pm` and :math:`B_\pm` of
:mod:`cgi_theory.theory.two_networks`, the maps have the signed correlation

.. math:: \psi_k(c) = \frac{A_+ - A_-}{e_2} ,

whatever the image, because the mean of a map is 0. Without competition ψ₁(c) = c; for small c, by Plackett's identity and by
parts, :math:`\psi_k(c) \approx c\,[e_2 + (e_2 - e_0)^2/((k-1)\,e_2)]`. Absolute values have

.. math:: \frac{m_2 (A_+ + A_-) - m_1^2 e_1^2}{m_2 e_2 - m_1^2 e_1^2},

at c = 0 the correlation above; and the pixels that both maps keep over those that either keeps are
:math:`B/(2e_0 - B)` with :math:`B = B_+ + B_-` (Jaccard's overlap).

Equations of paper_notes.md: (11), (13).
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, real_number, whole_number
from cgi_theory._arrays import Float1D
from cgi_theory._contrast import absolute_correlation, contrast_of
from cgi_theory._floating import own_error_state
from cgi_theory._html import html_table
from cgi_theory.model import MAX_LABELS, MIN_SPARSITY, loss_slope
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.two_networks import both_won


@dataclass(frozen=True)
class Resemblance:
    """How alike the maps of two networks are over the pixels of an image; made by :func:`resemblance`."""

    n_labels: int
    """k, the labels that compete."""
    cosine: float
    """c, of a label's gradients on the two networks."""
    signed: float
    """ψ_k(c), Pearson's correlation of the maps."""
    overlap: float
    """Jaccard's overlap of the pixels that they keep."""
    _product: float = field(repr=False)
    """p = (A₊ + A₋)/e₂."""
    _mean: float = field(repr=False)
    """f = e₁/√e₂."""

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        rows = [(name, f"{getattr(self, name):.6g}") for name in ("signed", "overlap")]
        return html_table(f"{type(self).__name__}: {self.n_labels} labels, cosine {self.cosine}", ("quantity", "exact"), rows)

    @own_error_state
    def absolute(self, mean: float, mean_square: float) -> float:
        r"""Return Pearson's correlation of the maps' absolute values.

        Parameters
        ----------
        mean, mean_square : float
            m₁ and m₂, of \|x\| and x² over the pixels that are compared.

        Returns
        -------
        float
            NaN for a blank image.

        Raises
        ------
        TypeError, ValueError
            Naming the argument that is off; m₂ is m₁² at least.
        """
        product, f, contrast = np.array([self._product, self._mean, contrast_of(mean, mean_square)])[:, None]
        return float(absolute_correlation(product, f, f, contrast)[0])


@own_error_state
def resemblance(n_labels: int = 10, cosine: float = 0.73) -> Resemblance:
    """Return how alike the maps of two networks are whose gradients have a cosine.

    Parameters
    ----------
    n_labels : int
        k, the labels that compete, the chosen one included; 1 is gradient ⊙ input without competition.
    cosine : float
        c, from −1 to 1: 0 between networks that share nothing, some 0.75 between those that learned the same
        digits from different seeds.

    Returns
    -------
    Resemblance

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.

    Examples
    --------
    >>> round(resemblance(n_labels=10, cosine=0.73).signed, 3)
    0.509
    """
    k = whole_number("n_labels", n_labels, 1, MAX_LABELS)
    c = real_number("cosine", cosine, -1.0, 1.0)
    won, both = win_moments(1.0, k, 1.0), both_won(c, k)
    kept = both.kept_equal + both.kept_opposite
    return Resemblance(
        n_labels=k,
        cosine=c,
        signed=(both.product_equal - both.product_opposite) / won.energy,
        overlap=kept / (2.0 * won.kept - kept),
        _product=(both.product_equal + both.product_opposite) / won.energy,
        _mean=won.magnitude / math.sqrt(won.energy),
    )


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
    contrast = magnitudes.var(axis=1) / np.mean(magnitudes**2, axis=1)
    one, other = (np.full(len(images), _mean_over_root_square(r, labels, rho)) for r in (before, after))
    found: Float1D = absolute_correlation(one * other, one, other, contrast)
    return found


def _mean_over_root_square(correlation: float, n_labels: int, sparsity: float) -> float:
    """Return f = e₁/√e₂, at most 1 by Cauchy and Schwarz."""
    won = win_moments(loss_slope(correlation), n_labels, sparsity)
    return math.sqrt(sparsity / won.energy) * won.magnitude
