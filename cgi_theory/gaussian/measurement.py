"""Means with standard errors.

Sums are taken in order, with Neumaier's (1974) compensation: accurate to the last bit or two whatever the number of
samples, and the same bits on every machine.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """A mean over samples with its standard error."""

    mean: float
    stderr: float

    def __str__(self) -> str:
        """Mean ± standard error with the fewest decimals that show the error."""
        if not self.stderr >= 5e-16 or math.isinf(self.stderr):
            return f"{self.mean:.6g} ± {self.stderr:.1g}"
        decimals = next(d for d in range(17) if round(self.stderr, d) > 0.0)
        return f"{self.mean:.{decimals}f} ± {self.stderr:.{decimals}f}"

    __repr__ = __str__


@kernel
def total(values: Array) -> float:
    """Compensated sum."""
    running, lost = 0.0, 0.0
    for value in values:
        new = running + value
        lost += (running - new) + value if abs(running) >= abs(value) else (value - new) + running
        running = new
    return running + lost


def mean_of(values: Array) -> Measurement:
    """Mean of independent samples (at least 2), with its standard error; NaN if any of them is."""
    mean = total(values) / len(values)
    if math.isnan(mean):  # one and the same NaN, so that two estimates without a quantity are equal
        return Measurement(math.nan, math.nan)
    variance = total((values - mean) ** 2) / (len(values) - 1)
    return Measurement(mean, math.sqrt(variance / len(values)))


def single_map_sd_of(values: Array, hidden: Array) -> tuple[Measurement, float]:
    """Return the standard deviation of a direct sample, and its variance over that of ``values``.

    ``hidden`` is each sample's variance that the estimator averaged out. The standard error is the delta method's.
    """
    count = len(values)
    seen = (values - total(values) / count) ** 2 * (count / (count - 1))
    variance = mean_of(seen + hidden)
    own = total(seen) / count
    sd = math.sqrt(variance.mean)
    error = variance.stderr / (2.0 * sd) if sd > 0.0 else variance.stderr
    return Measurement(sd, error), variance.mean / own if own != 0.0 else math.inf
