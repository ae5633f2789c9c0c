"""Rows less their means, as unit vectors: inner products of two are Pearson's correlations."""

import numpy as np

from cgi_theory._arrays import Bool2D, Float2D, Int1D
from cgi_theory._floating import unit_size

# Powers of two within which a row's largest number may be as it is: squares of what varies in it neither overflow nor vanish.
_SMALL, _LARGE = 2.0**-200, 2.0**200


def unit(rows: Float2D) -> Float2D:
    """Return centred rows over their norms, NaN for rows of zeros, in their memory."""
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows


def centred(rows: Float2D, places: Bool2D | None = None, count: Int1D | None = None) -> Float2D:
    """Return rows less their means, times powers of two; over ``places``, so many as ``count`` says, if not everywhere.

    Twice: the first mean of nearly equal numbers is off by more than they differ. What it leaves of equal numbers is a few units
    of their last place, whose mean is exact, so that the second leaves nothing. Rows are 0 outside ``places``, and stay so.
    """
    largest = np.maximum(rows.max(axis=1, initial=0.0), -rows.min(axis=1, initial=0.0))
    if np.any((largest > _LARGE) | ((largest < _SMALL) & (largest > 0.0))):
        rows, _ = unit_size(rows, axis=1)
    found = np.array(rows)
    for _ in range(2):
        found -= (found.sum(axis=1) / (rows.shape[1] if count is None else count))[:, None]
        if places is not None:
            found *= places
    return found
