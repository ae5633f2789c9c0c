"""Means with standard errors."""

import math
import re
import struct
from dataclasses import dataclass

from cgi_theory._arguments import any_number, shown

# Python's format specification of a number, less "#" and "0": where the text goes, its width, and what is left for each number.
_SPECIFICATION = re.compile(r"((?:.?[<>^])?)([-+ ]?)([1-9]\d*)?(s|(?:[,_]?(?:\.\d+)?[eEfFgGn%]?)?)", re.DOTALL)


@dataclass(frozen=True, eq=False, repr=False)
class Measurement:
    """A mean over samples with its standard error.

    Two are equal if their numbers have the same bits; any NaN is like any other, and 0.0 is not −0.0. ``float`` gives the mean;
    a format specification such as ``.3f`` holds for both numbers, its width and alignment for the text of both.

    Parameters
    ----------
    mean : float
    stderr : float
        From 0, or NaN.

    Raises
    ------
    TypeError, ValueError
        If one is not a number, or the standard error is below 0.
    """

    mean: float
    stderr: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", any_number("mean", self.mean))
        object.__setattr__(self, "stderr", any_number("stderr", self.stderr))
        if self.stderr < 0.0:
            raise ValueError(f"stderr must be from 0 or NaN, not {shown(self.stderr)}")

    def z(self, expected: float) -> float:
        """Return how many standard errors the mean lies above a number: 0 where they differ by rounding alone.

        Without an error it is infinite where they differ. NaN stays NaN.
        """
        number = any_number("expected", expected)
        if math.isclose(self.mean, number, rel_tol=1e-12):
            return 0.0
        distance = self.mean - number
        return distance / self.stderr if self.stderr != 0.0 else math.copysign(math.inf, distance)

    def __eq__(self, other: object) -> bool:
        return self._bits() == other._bits() if isinstance(other, Measurement) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._bits())

    def _bits(self) -> tuple[int, int]:
        return bits(self.mean), bits(self.stderr)

    def __float__(self) -> float:
        return self.mean

    def __str__(self) -> str:
        """Mean ± standard error with the fewest decimals that show the error."""
        return format(self)

    __repr__ = __str__

    def __format__(self, specification: str) -> str:
        parts = _SPECIFICATION.fullmatch(specification)
        if parts is None:
            raise ValueError(f"a measurement's format must be that of a number, such as '.3f', not {shown(specification)}")
        place, sign, width, number = parts.groups(default="")
        mean, stderr = (number, number) if number not in ("", "s") else self._fewest_decimals()
        text = f"{self.mean:{sign}{mean}} ± {self.stderr:{stderr}}"
        return f"{text:{place or '>'}{width}}" if width else text

    def _fewest_decimals(self) -> tuple[str, str]:
        if not self.stderr >= 5e-16 or math.isinf(self.stderr):
            return ".6g", ".1g"
        decimals = next(d for d in range(17) if round(self.stderr, d) > 0.0)
        return f".{decimals}f", f".{decimals}f"


def bits(number: float) -> int:
    """Return a float's 64 bits as a whole number, the same one for every NaN."""
    found: int = struct.unpack("<q", struct.pack("<d", math.nan if math.isnan(number) else number))[0]
    return found
