"""Means with standard errors."""

import math
from dataclasses import dataclass


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
