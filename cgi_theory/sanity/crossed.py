r"""Intervals of means over networks and digits, counted as crossed random effects.

A table of values :math:`v_{rd}` has a row r for each network, or pair of networks, and a column d for each digit. Networks and
digits are both a sample: an interval over one of them alone, the other fixed, says how well *these* are known. Here both are
drawn again, independently of each other and with replacement, and a value weighs as much as its network *and* its digit were
drawn often:

.. math:: \bar v^* = \frac{\sum_{rd} w_r w_d v_{rd}}{\sum_{rd} w_r w_d}, \qquad w \sim \text{multinomial},

the two-way cluster ("pigeonhole") bootstrap of Owen (2007, Annals of Applied Statistics 1, 386–411; for two-way clusters see
Cameron, Gelbach & Miller 2011). The row of a pair weighs the product of its two networks' weights; undefined values, NaN, are
left out. Of n networks, and of digits, n − 1 are drawn, which makes the variance over either of them unbiased (Rao & Wu 1988):
in a balanced design of R networks and D digits the means of draws have the variance

.. math:: s_R^2/R + s_D^2/D + \overline{e^2}/\big((R - 1)(D - 1)\big)

of the networks' and the digits' means and of the interaction e, what is left of a value less both means. It is never too small,
and mildly too large if interaction is all that there is.

An interval reaches between quantiles of the draws' means, so that it stays where the values lie. A few networks say little of
their own spread: instead of 2.5 % a tail is as small as the normal law's is beyond Student's t with as many degrees of freedom
as the smaller of the two samples has, less one (an expanded percentile interval; Hesterberg 2015). Where eight networks hardly
differ, and the many digits do, it is a fifth too wide. It never reaches beyond the networks that there are, though, however few:
where an interval decides something, it is Student's t times the standard error (:func:`by_student`).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, stdtrit

from cgi_theory._arrays import Float1D, Float2D, FloatND, IntND
from cgi_theory.networks.streams import Use, generator

DRAWS = 2000
LEVEL = 0.95
_OTHER_NETWORKS = 2  # the part of a stream's key, after those of networks, 0, and of digits, 1
_MEDIANS = 400  # draws for a median, each of which passes over all values


class Interval(NamedTuple):
    """A mean, its interval and its standard error; the last three are NaN where nothing says how wide they are."""

    mean: float
    low: float
    high: float
    stderr: float


class Weights(NamedTuple):
    """How often networks and digits are drawn: (draws, networks) and (draws, digits)."""

    networks: Float2D
    digits: Float2D


class Values(NamedTuple):
    """Values (rows, digits), NaN where undefined, and the network of each row (rows,), or its two (rows, 2), from 0."""

    values: FloatND
    networks: IntND


def crossed_interval(values: FloatND, networks: IntND, *, seed: int, level: float = LEVEL) -> Interval:
    """Return the interval of a mean.

    Parameters
    ----------
    values : ndarray, (rows, digits)
        NaN where undefined.
    networks : ndarray of int, (rows,) or (rows, 2)
        The network of each row, or its two; numbered from 0. Several rows may be of one network.
    seed : int
        Those of one seed draw the same networks and digits.
    level : float
        How often the interval is to hold the mean over all networks and digits that might have been drawn.

    Returns
    -------
    Interval
        With a single network it speaks of that network alone, and with a single digit of that digit. Of one network and one
        digit, and of a single pair, the mean alone is known; nothing if nothing is defined.

    Raises
    ------
    ValueError
        If there is not one network, or two, for each row.
    """
    if networks.shape[:1] != values.shape[:1] or networks.shape[1:] not in ((), (2,)):
        raise ValueError(f"networks must be one or two for each of {len(values)} rows, not of shape {networks.shape}")
    drawn = weights(seed, int(networks.max()) + 1, values.shape[1])
    means = crossed_means(values, networks, drawn)
    return interval(_mean(values), means, smallest_sample(networks, values.shape[1]), level)


def crossed_difference(first: Values, second: Values, *, seed: int, level: float = LEVEL, apart: bool = False) -> Interval:
    """Return the interval of the first mean less the second.

    Digits are the same in both, column by column, and so are networks of one number, unless they are ``apart``: what is the same
    is drawn for both at once, and what both owe to it cancels. Arguments and errors are otherwise those of ``crossed_interval``.
    """
    return _of_two(np.subtract, first, second, seed, level, apart)


def crossed_ratio(first: Values, second: Values, *, seed: int, level: float = LEVEL) -> Interval:
    """Return the interval of the first mean over the second, as ``crossed_difference`` does that of the difference."""
    return _of_two(np.divide, first, second, seed, level, False)


def _of_two(combined: Callable[..., Any], first: Values, second: Values, seed: int, level: float, apart: bool) -> Interval:
    n_digits = first.values.shape[1]
    if second.values.shape[1] != n_digits:
        raise ValueError(f"both must have the same digits, not {n_digits} and {second.values.shape[1]}")
    drawn = weights_of_two(first, second, seed, apart)
    means = combined(*(crossed_means(*sample, counts) for sample, counts in zip((first, second), drawn, strict=True)))
    sample = min(smallest_sample(networks, n_digits) for _, networks in (first, second))
    return interval(float(combined(_mean(first.values), _mean(second.values))), means, sample, level)


def crossed_median(values: FloatND, networks: IntND, *, seed: int, level: float = LEVEL) -> Interval:
    """Return the interval of the median of all defined values; arguments are otherwise those of ``crossed_interval``."""
    drawn = Weights(*(counts[:_MEDIANS] for counts in weights(seed, int(networks.max()) + 1, values.shape[1])))
    rows, digits = np.nonzero(~np.isnan(values))
    order = np.argsort(values[rows, digits], kind="stable")
    ordered = values[rows, digits][order]
    counts = np.cumsum(rows_drawn(networks, drawn)[:, rows[order]] * drawn.digits[:, digits[order]], axis=1)
    counts = counts[counts[:, -1:].any(axis=1)] if len(order) else counts[:0]  # of draws with anything defined
    medians = ordered[np.count_nonzero(counts < 0.5 * counts[:, -1:], axis=1)]
    middle = float(np.median(ordered)) if len(order) else float("nan")
    return interval(middle, medians, smallest_sample(networks, values.shape[1]), level)


@lru_cache(maxsize=8)
def weights(seed: int, n_networks: int, n_digits: int) -> Weights:
    """Return how often each network and digit is drawn; those of equal numbers have equal weights, whatever is averaged."""
    return Weights(*(_counts(seed, part, count) for part, count in enumerate((n_networks, n_digits))))


def weights_of_two(first: Values, second: Values, seed: int, apart: bool) -> tuple[Weights, Weights]:
    """Return how often networks and digits are drawn for each of two samples: the same digits, and networks if not ``apart``."""
    sizes = [int(sample.networks.max()) + 1 for sample in (first, second)]
    if not apart:
        both = weights(seed, max(sizes), first.values.shape[1])
        return both, both
    drawn = weights(seed, sizes[0], first.values.shape[1])
    return drawn, Weights(_counts(seed, _OTHER_NETWORKS, sizes[1]), drawn.digits)


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


def interval(mean: float, means: FloatND, sample: int, level: float = LEVEL) -> Interval:
    """Return the interval of a mean, or of any other statistic, from those of its draws and the size of the smaller sample."""
    known = means[~np.isnan(means)]
    if sample < 2 or len(known) < 2:
        return Interval(mean, np.nan, np.nan, np.nan)
    tail = ndtr(stdtrit(sample - 1, 0.5 * (1.0 - level)))
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return Interval(mean, float(low), float(high), float(known.std(ddof=1)))


def by_student(found: Interval, sample: int, limits: tuple[float, float], level: float = LEVEL) -> Interval:
    """Return an interval of Student's t times the standard error, cut where no value can lie: what decides is decided by it.

    Quantiles of the draws of two networks lie between these two, so that both of them on one side of a limit, which is one time
    in two if networks are all that varies, would be taken for proof.

    Parameters
    ----------
    found : Interval
        The mean and the standard error.
    sample : int
        The size of the smaller sample (:func:`smallest_sample`).
    limits : tuple of float
        The lowest and the highest value.
    level : float
    """
    reach = float(stdtrit(max(sample - 1, 1), 0.5 * (1.0 + level))) * found.stderr
    low, high = np.clip([found.mean - reach, found.mean + reach], *limits)
    return Interval(found.mean, float(low), float(high), found.stderr)


def _mean(values: FloatND) -> float:
    return float(np.nanmean(values)) if np.any(~np.isnan(values)) else float("nan")


def _counts(seed: int, part: int, count: int) -> Float2D:
    """Return how often each of ``count`` is among count − 1 drawn, (draws, count); a single one always is."""
    drawn = generator(seed, Use.BOOTSTRAP, part, count).multinomial(max(count - 1, 1), np.full(count, 1.0 / count), size=DRAWS)
    counts: Float2D = drawn.astype(np.float64)
    counts.flags.writeable = False  # they are kept for the next mean
    return counts
