"""What two supports of given sizes have in common on average if they are placed at random."""

from typing import cast

import numpy as np

from cgi_theory._arrays import Float1D, Int1D

# Overlaps of b pixels that lie further than this many √b from the mean have a probability below 2 exp(−2 · 5²) (Hoeffding 1963).
_FURTHEST = 5.0
# Terms of the sums that are held at a time.
_CHUNK = 65536


def expected_jaccard(pixels: Int1D, ours: Int1D, theirs: Int1D) -> Float1D:
    """Return the mean of |A ∩ B|/|A ∪ B| for supports of ``ours`` and ``theirs`` of so many ``pixels``, each (pairs,), from 1."""
    mean, reach = ours * theirs / pixels, _FURTHEST * np.sqrt(np.minimum(ours, theirs))
    lowest = np.maximum(np.maximum(0, ours + theirs - pixels), np.ceil(mean - reach).astype(np.int64))
    terms = np.minimum(np.minimum(ours, theirs), np.floor(mean + reach).astype(np.int64)) - lowest + 1
    found = np.empty(len(pixels))
    size = max(1, _CHUNK // int(terms.max(initial=1)))
    for first in range(0, len(pixels), size):
        part = slice(first, first + size)
        found[part] = _mean(*(sizes[part, None] for sizes in (pixels, ours, theirs, lowest, terms)))
    return found


def _mean(pixels: Int1D, ours: Int1D, theirs: Int1D, lowest: Int1D, terms: Int1D) -> Float1D:
    """Return the mean over the overlaps ``lowest``, ``lowest`` + 1, …, so many ``terms``; arguments are columns, a pair a row."""
    step = np.arange(terms.max())
    both = lowest + np.minimum(step, terms - 1)
    # The hypergeometric law by the ratios of its probabilities, from the lowest overlap up.
    previous = np.maximum(both - 1, lowest)
    ratios = (ours - previous) * (theirs - previous) / ((previous + 1) * (pixels - ours - theirs + previous + 1))
    logs = np.where(step < terms, np.cumsum(np.where(step > 0, np.log(ratios), 0.0), axis=1), -np.inf)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares = weights * (both / (ours + theirs - both))
    return cast(Float1D, shares.sum(axis=1) / weights.sum(axis=1))
