r"""Intervals of means over networks and digits, counted as crossed random effects.

A table of values :math:`v_{rd}` has a row r for each network, or pair of networks, and a column d for each digit. Networks and
digits are both a sample: an interval over one of them alone, the other fixed, says how well *these* are known. Here both are
drawn again, independently of each other and with replacement, and the mean is weighted by how often its network and its digit
were drawn: the two-way cluster ("pigeonhole") bootstrap of Owen (2007, Annals of Applied Statistics 1, 386–411), which is mildly
conservative. The row of a pair counts as often as the product of its two networks' numbers; undefined values, NaN, are left out.

Intervals are the mean ± Student's t times the standard deviation over draws, with as many degrees of freedom as the smaller of
the two samples has, less one: with eight networks percentiles of draws would be too narrow.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from cgi_theory._arrays import Float1D, Float2D, FloatND, IntND
from cgi_theory.networks.streams import Use, generator

DRAWS = 1000
LEVEL = 0.95


class Interval(NamedTuple):
    """A mean, its interval and its standard error."""

    mean: float
    low: float
    high: float
    stderr: float


class Weights(NamedTuple):
    """How often networks and digits are drawn: (draws, networks) and (draws, digits)."""

    networks: FloatND
    digits: FloatND


def weights(seed: int, n_networks: int, n_digits: int) -> Weights:
    """Return how often each network and digit is drawn; those of equal numbers have equal weights, whatever is averaged."""
    return Weights(*(_counts(seed, part, count) for part, count in enumerate((n_networks, n_digits))))


def crossed_interval(values: FloatND, networks: IntND, *, seed: int) -> Interval:
    """Return the interval of a mean.

    Parameters
    ----------
    values : ndarray, (rows, digits)
        NaN where undefined.
    networks : ndarray of int, (rows,) or (rows, 2)
        The network of each row, or its two; numbered from 0.
    seed : int

    Returns
    -------
    Interval
        NaN if nothing is defined, and no wider than its mean if there is but one network and one digit.
    """
    drawn = weights(seed, int(networks.max()) + 1, values.shape[1])
    return interval(_mean(values), crossed_means(values, networks, drawn), smallest_sample(networks, values.shape[1]))


def crossed_means(values: FloatND, networks: IntND, drawn: Weights) -> Float1D:
    """Return the mean of each draw, (draws,); NaN of a draw without anything defined."""
    rows = rows_drawn(networks, drawn)
    defined = ~np.isnan(values)
    total = np.einsum("bd,bd->b", rows @ np.where(defined, values, 0.0), drawn.digits)
    count = np.einsum("bd,bd->b", rows @ defined.astype(np.float64), drawn.digits)
    means: Float1D = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0.0)
    return means


def rows_drawn(networks: IntND, drawn: Weights) -> Float2D:
    """Return how often each row is drawn, (draws, rows)."""
    counts = drawn.networks[:, networks]
    found: Float2D = counts if networks.ndim == 1 else counts.prod(axis=2)
    return found


def smallest_sample(networks: IntND, n_digits: int) -> int:
    """Return how many networks or digits there are, whichever are fewer; a single one is no sample and is not counted."""
    sizes = [size for size in (len(np.unique(networks)), n_digits) if size > 1]
    return min(sizes, default=1)


def interval(mean: float, means: FloatND, sample: int) -> Interval:
    """Return a mean's interval from those of its draws and the size of the smaller sample."""
    known = means[~np.isnan(means)]
    if sample < 2 or len(known) < 2:
        return Interval(mean, mean, mean, 0.0)
    stderr = float(known.std(ddof=1))
    half = float(special.stdtrit(sample - 1, 0.5 + LEVEL / 2.0)) * stderr
    return Interval(mean, mean - half, mean + half, stderr)


def _mean(values: FloatND) -> float:
    return float(np.nanmean(values)) if np.any(~np.isnan(values)) else float("nan")


def _counts(seed: int, part: int, count: int) -> FloatND:
    if count == 1:
        return np.ones((DRAWS, 1))
    drawn = generator(seed, Use.BOOTSTRAP, part, count).multinomial(count, np.full(count, 1.0 / count), size=DRAWS)
    return drawn.astype(np.float64)
