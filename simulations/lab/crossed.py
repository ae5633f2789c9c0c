r"""Intervals of means over networks and digits, both of which are samples of what might have been drawn: crossed random effects.

Every network sees the same digits, so that values of one network share its peculiarities, and values of one digit those of the
digit: neither rows nor columns of a table (networks × digits) are independent numbers. The two-way cluster bootstrap (the
*pigeonhole bootstrap*, Owen 2007; two-way clusters, Cameron, Gelbach & Miller 2011) resamples networks and digits, each for
itself, and weighs a value with how often its network *and* its digit were drawn:

.. math:: \bar v^* = \frac{\sum_{rd} w_r w_d v_{rd}}{\sum_{rd} w_r w_d}, \qquad w \sim \text{multinomial}.

A value of a *pair* of networks weighs the product of both networks' weights. Of n networks (and of digits) n − 1 are drawn, which
makes the variance over one factor alone unbiased (Rao & Wu 1988). In a balanced design the resampled means' variance is

.. math:: s_A^2/R + s_B^2/D + \overline{e^2}/\big((R - 1)(D - 1)\big)

with the variances of the networks' and the digits' means and the interaction e (what is left of a value less both means): never
too small, and too large where interaction is all there is (Owen 2007).

The interval reaches between quantiles of the resampled means. A few networks say little of their own spread, so the quantiles
are those that the normal law has at Student's t with Satterthwaite's degrees of freedom (an *expanded percentile interval*,
Hesterberg 2015).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, stdtrit

from cgi_theory._arrays import Float1D, Float2D, Int2D
from cgi_theory.networks.streams import Use, generator

RESAMPLES = 2000


class Interval(NamedTuple):
    """A mean, or a difference of two, with its interval and standard error over networks and digits."""

    mean: float
    low: float
    high: float
    stderr: float


class Sample(NamedTuple):
    """Values (rows, digits), NaN where there is none, and the network of each row, (rows,), or the two of a pair, (rows, 2).

    One number is one network, in all samples that are compared.
    """

    values: Float2D
    networks: np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def crossed_interval(
    values: Float2D, networks: np.ndarray[tuple[int, ...], np.dtype[np.int64]], *, seed: int, level: float = 0.95
) -> Interval:
    """Return the mean of all values with its interval, networks and digits counted as crossed random effects.

    Parameters
    ----------
    values : ndarray, (rows, digits)
        NaN where there is no value.
    networks : ndarray of int, (rows,) or (rows, 2)
        The network of each row, by any numbers, or the two of a pair. Rows of one network may be many.
    seed : int
        Of the resampling: intervals of one seed resample alike.
    level : float
        How often the interval should hold the mean over all networks and digits that might have been drawn.

    Returns
    -------
    Interval
        NaN throughout without any value; with NaN for interval and error of one network and one digit, and of a pair of only two
        networks. With a single network the interval speaks of that network alone, and with a single digit of that digit.

    Raises
    ------
    ValueError
        If there is not one network, or pair, for each row.
    """
    return _interval([Sample(values, networks)], seed, level)


def crossed_difference(first: Sample, second: Sample, *, seed: int, level: float = 0.95) -> Interval:
    """Return the mean of the first sample less that of the second, with the interval of the difference.

    Column by column both are of the same digits, and networks of one number are the same: they are resampled together, so what
    the samples share cancels. Arguments and errors are otherwise those of ``crossed_interval``.
    """
    if first.values.shape[1:] != second.values.shape[1:]:
        raise ValueError(f"samples must have the same digits, not {first.values.shape[1]} and {second.values.shape[1]}")
    return _interval([first, second], seed, level)


def _interval(samples: list[Sample], seed: int, level: float) -> Interval:
    """Return the mean of the only sample, or of the first less the second."""
    pairs = [_numbered(sample) for sample in samples]
    known = np.unique(np.concatenate([pair.ravel() for pair in pairs]))
    n_digits = samples[0].values.shape[1]
    drawn = _counts(generator(seed, Use.RESAMPLED_NETWORKS), len(known))
    digits = _counts(generator(seed, Use.RESAMPLED_DIGITS), n_digits)
    every_network, every_digit = np.ones((1, len(known))), np.ones((1, n_digits))

    def resampled(networks: Float2D, digits: Float2D) -> Float1D:
        """Return the statistic under all weights under which it has a value."""
        means = [
            _weighted(sample.values, networks[:, np.searchsorted(known, pair)].prod(axis=2), digits)
            for sample, pair in zip(samples, pairs, strict=True)
        ]
        found = means[0] - means[1] if len(means) == 2 else means[0]
        return found[np.isfinite(found)]

    whole = resampled(every_network, every_digit)
    both = resampled(drawn, digits)
    if not both.size or len(known) == n_digits == 1:
        return Interval(float(whole[0]) if whole.size else np.nan, np.nan, np.nan, np.nan)
    of_networks, of_digits = (float(np.var(resampled(*weights))) for weights in ((drawn, every_digit), (every_network, digits)))
    freedom = _degrees_of_freedom((of_networks, len(known)), (of_digits, n_digits))
    tail = ndtr(stdtrit(freedom, 0.5 * (1.0 - level)))
    low, high = np.quantile(both, [tail, 1.0 - tail])
    return Interval(float(whole[0]), float(low), float(high), float(np.std(both)))


def _numbered(sample: Sample) -> Int2D:
    """Return the networks as (rows, 1) or (rows, 2)."""
    networks = np.asarray(sample.networks, dtype=np.int64)
    if networks.ndim not in (1, 2) or len(networks) != len(sample.values):
        raise ValueError(f"networks must be one or two for each of {len(sample.values)} rows, not of shape {networks.shape}")
    return networks.reshape(len(networks), -1)


def _counts(random: np.random.Generator, size: int) -> Float2D:
    """Return how often each of ``size`` is among size − 1 drawn with replacement, (RESAMPLES, size); ones for a single one."""
    counts = random.multinomial(max(size - 1, 1), np.full(size, 1.0 / size), size=RESAMPLES)
    return counts.astype(np.float64)


def _weighted(values: Float2D, rows: Float2D, digits: Float2D) -> Float1D:
    """Return the mean under weights (resamples, rows) and (resamples, digits), NaN where no value has weight."""
    there = np.isfinite(values)
    total = np.sum((rows @ there.astype(np.float64)) * digits, axis=1)
    summed = np.sum((rows @ np.where(there, values, 0.0)) * digits, axis=1)
    means: Float1D = np.divide(summed, total, out=np.full_like(total, np.nan), where=total > 0.0)
    return means


def _degrees_of_freedom(*parts: tuple[float, int]) -> float:
    """Return Satterthwaite's degrees of freedom of a sum of variances, each with how many it was estimated from."""
    total = sum(variance for variance, _ in parts)
    shares = [(variance / total) ** 2 / (size - 1) for variance, size in parts if size > 1 and total > 0.0]
    return 1.0 / sum(shares) if sum(shares) > 0.0 else 1.0
