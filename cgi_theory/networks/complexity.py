r"""How complex a saliency map is: the entropy of the histogram of its scores (Hedström et al. 2023).

The scores of a map lie between its least and its largest. That range is cut into B equal bins, and with :math:`p_b` the fraction
of pixels in bin b the entropy is

.. math:: H = -\sum_b p_b \ln p_b,

0 if all pixels are in one bin, and ln B at most. A map that competition thins has most of its pixels in the bin of 0, and the
fewer it keeps, the less is its entropy, whatever chose them.

The *efficient* randomisation test (eMPRT) of a method asks for the relative rise :math:`(H' - H)/H` of a map's entropy when its
network is randomised: maps of a network that knows nothing are taken to be noise, and should rise. It is here as in Quantus
(``EfficientMPRT``), with B = 100 bins for scores with their signs; that compares all pixels, ``among`` others too.
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import real_array, whole_number
from cgi_theory._arrays import Float1D
from cgi_theory._floating import own_error_state, unit_size
from cgi_theory.networks._maps import Maps, places_among, prepared

__all__ = ["BINS", "histogram_entropy", "relative_rise"]

BINS = 100
_MOST_BINS = 2**16


@own_error_state
def histogram_entropy(maps: Maps, *, bins: int = BINS, among: Maps | None = None) -> Float1D:
    """Return the entropy of the histogram of each map's scores, in nats.

    Parameters
    ----------
    maps : array_like or PreparedMaps, (batch, pixels) or in another layout of maps
        Channels are summed.
    bins : int
        1 to 65 536; NumPy's (``numpy.histogram``).
    among : array_like or PreparedMaps, optional
        In a layout of maps; nonzero in any channel of the pixels that count, by default all.

    Returns
    -------
    ndarray, (batch,)
        0 for a map that is constant on the pixels that count, NaN where none does.

    Raises
    ------
    TypeError, ValueError
        If ``maps`` or ``among`` are no finite maps of one shape, or ``bins`` is off.
    """
    found, bins = prepared(maps), whole_number("bins", bins, 1, _MOST_BINS)
    where = np.ones(found.flat.shape, dtype=bool) if among is None else places_among(among, found).support
    entropies = [_entropy(scores[here], bins) for scores, here in zip(found.flat, where, strict=True)]
    return cast(Float1D, np.array(entropies, dtype=np.float64))


@own_error_state
def relative_rise(before: ArrayLike, after: ArrayLike) -> Float1D:
    """Return (after − before)/before of two batches of entropies, (batch,): the eMPRT's score of each map.

    NaN where either is, and for a map without entropy before. A TypeError or ValueError is raised if they are no real numbers, or
    are of two shapes.
    """
    first, second = (real_array(name, values).astype(np.float64) for name, values in (("before", before), ("after", after)))
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"before and after must have one shape, (batch,), not {first.shape} and {second.shape}")
    rise: Float1D = np.divide(second - first, first, out=np.full(len(first), np.nan), where=first != 0.0)
    return rise


def _entropy(scores: Float1D, bins: int) -> float:
    """Return the entropy of one map's scores, which are brought to [0, 1]: their range may overflow, or be less than a bin's."""
    if not len(scores):
        return float("nan")
    scores, _ = unit_size(scores)
    scores, _ = unit_size(scores - scores.min())
    counts, _ = np.histogram(scores, bins)
    shares = counts[counts > 0] / len(scores)
    return max(0.0, -float(shares @ np.log(shares)))
