r"""What competition keeps where a pixel's gradients are a Gaussian vector with any Gram matrix.

Let a pixel's k gradients be :math:`R Z`, :math:`Z \sim N(0, \Sigma)`, with any random scale R > 0 that does not depend on Z's
direction: only the direction says who wins. Label y keeps the pixel if :math:`Z_y` is positive and the largest or negative and
the smallest, and both are equally likely:

.. math:: \text{kept} = 2P(Z_y > 0,\ Z_y \ge Z_j\ \forall j), \qquad
   \text{energy} = 2E[Z_y^2\,1\{Z_y > 0,\ Z_y \ge Z_j\ \forall j\}]/\Sigma_{yy}.

In units of their own, :math:`Z_j = \sigma_j X_j` with correlations C. Given :math:`X_y = u` the others are
:math:`C_{jy}u + W_j` with :math:`V_{ij} = C_{ij} - C_{iy}C_{jy}`, so that with :math:`c_j = \sigma_y/\sigma_j - C_{jy}`

.. math:: \text{kept} = 2\int_0^\infty \varphi(u)\,P(W \le cu)\,du, \qquad
   \text{energy} = 2\int_0^\infty u^2\varphi(u)\,P(W \le cu)\,du .

* Without rivals both are 1. A rival whose gradient is a multiple of the label's has W = 0: it never wins if c ≥ 0 (a tie is the
  label's, by Algorithm 1's ≥), and always if c < 0.
* One rival with W of variance v: :math:`P = \Phi(au)`, :math:`a = c/\sqrt v`, and kept is :math:`1/2 + \arctan(a)/\pi`, energy
  :math:`1/2 + (\arctan a + a/(1+a^2))/\pi`. For labels of equal length that is the paper's two-label case, with
  :math:`a = \tan(\theta/2)`.
* Rivals that are independent given the label: P is a product, and the integrals are taken in log u by the trapezoidal rule,
  which is exact to rounding for integrands that fall off so fast (Trefethen & Weideman 2014).
* Otherwise both are means over quasi-random points (:mod:`cgi_theory.sampling.cone`).

Equation of paper_notes.md: (14).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_ndtr

from cgi_theory._arguments import HIGHEST_SEED, finite_array, real_array, real_number, whole_number
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._floating import own_error_state, unit_size
from cgi_theory._html import html_table
from cgi_theory.sampling.cone import mean_over_cone

LEAST_TOLERANCE = 1e-5
# Of the trapezoidal rule in log u: below the first node lies 1e-15 of the normal law, beyond the last nothing.
_LOG_NODES = np.arange(-34.0, 3.75, 0.0625)


class GramPrediction(NamedTuple):
    """What the chosen label keeps, with errors: four standard errors, 0 of what is known to rounding."""

    kept: float
    """The fraction of pixels."""
    energy: float
    """The share of gradient energy; NaN if the label has no gradient."""
    kept_error: float
    energy_error: float

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        rows = [("kept", self.kept, self.kept_error), ("energy", self.energy, self.energy_error)]
        texts = [(name, f"{value:.6g}", f"{error:.1g}") for name, value, error in rows]
        return html_table(type(self).__name__, ("quantity", "predicted", "four standard errors"), texts)


@own_error_state
def predict_from_gram(gram: ArrayLike, label: int, *, seed: int = 0, tolerance: float = 1e-3) -> GramPrediction:
    """Predict what competition keeps from all inner products of the labels' gradients.

    Parameters
    ----------
    gram : array_like, (k, k)
        Σ up to a factor: symmetric and positive semidefinite, to the rounding of its type.
    label : int
        The chosen label y, from 0 to k − 1.
    seed : int
        Of the points' shifts.
    tolerance : float
        The errors that are wanted, relative to what is kept. Where they would need too many points, as they may with many labels
        or a nearly singular matrix, the errors are larger, and are given as they are.

    Returns
    -------
    GramPrediction
        A label without a gradient keeps nothing.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    products, rounding = _products(gram)
    chosen = whole_number("label", label, 0, len(products) - 1)
    shifts = whole_number("seed", seed, 0, HIGHEST_SEED)
    wanted = real_number("tolerance", tolerance, LEAST_TOLERANCE, 1.0)
    lengths = np.sqrt(np.diagonal(products))
    correlations = _correlations(products, lengths, rounding)
    if lengths[chosen] == 0.0:
        return GramPrediction(0.0, math.nan, 0.0, math.nan)
    rivals = np.flatnonzero((lengths > 0.0) & (np.arange(len(lengths)) != chosen))
    own = correlations[chosen, rivals]
    slopes = lengths[chosen] / lengths[rivals] - own
    covariance = correlations[np.ix_(rivals, rivals)] - np.outer(own, own)
    free = np.diagonal(covariance) > rounding  # no multiple of the label's gradient
    if np.any(slopes[~free] < -rounding):
        return GramPrediction(0.0, 0.0, 0.0, 0.0)
    slopes, covariance = slopes[free], covariance[np.ix_(free, free)]
    if np.all(np.abs(covariance - np.diag(np.diagonal(covariance))) <= rounding):
        return GramPrediction(*_of_independent_rivals(slopes / np.sqrt(np.diagonal(covariance))), 0.0, 0.0)
    return GramPrediction(*mean_over_cone(slopes, covariance, rounding, shifts, wanted))


def _products(gram: ArrayLike) -> tuple[Float2D, float]:
    """Return the matrix as float64, over a power of two, and what counts as rounding of numbers of its size 1."""
    given, products = real_array("gram", gram), finite_array("gram", gram)
    if products.ndim != 2 or products.shape[0] != products.shape[1] or not products.size:
        raise ValueError(f"gram must have shape (k, k) with at least one label, not {products.shape}")
    products, _ = unit_size(products)
    precision = np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps
    return products, float(precision) ** 0.7


def _correlations(products: Float2D, lengths: Float1D, rounding: float) -> Float2D:
    """Return the correlations, 0 with a label without a gradient, or raise a ValueError if the matrix is no Gram matrix."""
    inverse = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
    correlations = products * inverse[:, None] * inverse
    alone = np.outer(lengths > 0.0, lengths > 0.0)
    symmetric = np.all(np.abs(correlations - correlations.T) <= rounding) and not np.any(products[~alone])
    if not symmetric or np.linalg.eigvalsh(correlations)[0] < -rounding * len(lengths):
        raise ValueError("gram must be symmetric and positive semidefinite")
    return 0.5 * (correlations + correlations.T)


def _of_independent_rivals(slopes: Float1D) -> tuple[float, float]:
    """Return kept and energy against rivals that each lose with probability Φ(au)."""
    if len(slopes) == 0:
        return 1.0, 1.0
    if len(slopes) == 1:
        a = float(slopes[0])
        return 0.5 + math.atan(a) / math.pi, 0.5 + (math.atan(a) + a / (1.0 + a * a)) / math.pi
    u = np.exp(_LOG_NODES)
    log_lost = np.zeros_like(u)
    for slope in slopes:
        log_lost += log_ndtr(slope * u)
    weights = u * np.exp(log_lost - 0.5 * u * u)
    weights *= math.sqrt(2.0 / math.pi) * (_LOG_NODES[1] - _LOG_NODES[0])
    return float(weights.sum()), float(weights @ (u * u))
