r"""Averages over samples, with standard errors, of samples that come chunk by chunk.

Sums are taken in order, with Neumaier's (1974) compensation: accurate to the last bit or two whatever the number of samples, the
same bits on every machine, and for a mean the same however its samples are cut into chunks. Squares are summed about the mean of
their chunk, and put together by Chan et al. (1979): with counts :math:`n_a, n_b` and means :math:`m_a, m_b`,

.. math:: Q = Q_a + Q_b + (m_a - m_b)^2\,\frac{n_a n_b}{n_a + n_b} .

The variance of a map is the mean over chunks of the variance within a chunk, as unbiased as that of all samples together; so that
no average needs more than a chunk.
"""

import math

import numpy as np

from cgi_theory._arrays import Float1D
from cgi_theory._jit import kernel
from cgi_theory.quantities import Measurement


class RunningMean:
    """The mean of independent samples, with its standard error, so far."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = math.nan
        self._sum = np.zeros(2)
        self._squares = 0.0

    def add(self, values: Float1D) -> None:
        """Take in the next samples, at least one."""
        mean = total(values) / len(values)
        both = self.count + len(values)
        self._squares += total((values - mean) ** 2)
        if self.count > 0:
            self._squares += (mean - self.mean) ** 2 * self.count * (len(values) / both)
        _add(np.ascontiguousarray(values), self._sum)
        self.count, self.mean = both, float(self._sum.sum()) / both

    def measurement(self) -> Measurement:
        """Return what at least 2 samples say; NaN if any of them is."""
        if math.isnan(self.mean):  # one and the same NaN, so that two estimates without a quantity are equal
            return Measurement(math.nan, math.nan)
        return Measurement(self.mean, math.sqrt(self._squares / (self.count - 1) / self.count))


class RunningMapSd:
    """The standard deviation of a single map that is drawn directly, so far.

    Some of its variance the estimator may have averaged out: that is known for each sample, and *hidden*. The rest is *seen*.
    """

    def __init__(self) -> None:
        self._variance, self._seen = RunningMean(), RunningMean()

    def add(self, values: Float1D, hidden: Float1D) -> None:
        """Take in the next samples, at least 2, and their hidden variances."""
        count = len(values)
        seen = (values - total(values) / count) ** 2 * (count / (count - 1))
        self._seen.add(seen)
        self._variance.add(seen + hidden)

    def measurement(self) -> tuple[Measurement, float]:
        """Return the SD, its error by the delta method, and the variance of a direct sample over that of these samples."""
        variance, own = self._variance.measurement(), self._seen.mean
        sd = math.sqrt(variance.mean)
        error = variance.stderr / (2.0 * sd) if sd > 0.0 else variance.stderr
        return Measurement(sd, error), variance.mean / own if own != 0.0 else math.inf


def mean_of(values: Float1D) -> Measurement:
    """Return the mean of independent samples (at least 2), with its standard error; NaN if any of them is."""
    running = RunningMean()
    running.add(values)
    return running.measurement()


def single_map_sd_of(values: Float1D) -> Measurement:
    """Return the standard deviation of independent samples (at least 2), with its standard error."""
    running = RunningMapSd()
    running.add(values, np.zeros(len(values)))
    return running.measurement()[0]


def total(values: Float1D) -> float:
    """Return the compensated sum."""
    sums = np.zeros(2)
    _add(np.ascontiguousarray(values), sums)
    return float(sums.sum())


@kernel
def _add(values: Float1D, sums: Float1D) -> None:
    """Add values to a running sum and to what its rounding has lost, (2,)."""
    running, lost = sums[0], sums[1]
    for value in values:
        new = running + value
        lost += (running - new) + value if abs(running) >= abs(value) else (value - new) + running
        running = new
    sums[0], sums[1] = running, lost
