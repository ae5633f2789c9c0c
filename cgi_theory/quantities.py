"""The quantities of Section 3.1, named once for the exact answer and for the estimate; and means with standard errors."""

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cgi_theory._arguments import any_number, shown
from cgi_theory._html import html_table

if TYPE_CHECKING:
    import pandas as pd

Number = TypeVar("Number")


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantities(Generic[Number]):
    """What competition leaves: the fields that ``exact`` and ``simulate`` both fill.

    Sums over a block are divided by its share of the logit: sδ on the shared block, (1 − s)δ on the distinct one.
    A quantity that has no meaning is NaN: those of a block without coordinates, and ``rival_shared`` where there is
    no rival or r = 0, ``rival_c1`` and ``rival_c2`` where the model has no ``rival_logit``.

    Two objects of one class are equal if all their numbers have the same bits; any NaN is like any other, and 0.0 is not −0.0. So
    a copy that comes from another process is equal to the original, and has its hash.

    Attributes
    ----------
    c1, c2
        c₁ and c₂: the chosen label's logit that its map retains on the shared and on the distinct block.
    kept_shared, kept_distinct
        Fraction of the block's coordinates on which the map is not zero. Of the coordinates that carry the label's
        gradient (its support) it is this divided by ρ.
    chosen_shared
        (h₁, 0)·x / (sδ), without competition.
    rival_shared
        (h₂, 0)·x / (rsδ), without competition.
    c1_sd, c2_sd
        Standard deviation of c₁ and c₂ over draws of a single map.
    rival_c1, rival_c2
        What the first rival's own map retains on the shared and on the distinct block: Algorithm 1 with that rival as the
        chosen label, in the units of c₁ and c₂ (sδ and (1 − s)δ, not the rival's own logit).
    """

    c1: Number
    c2: Number
    kept_shared: Number
    kept_distinct: Number
    chosen_shared: Number
    rival_shared: Number
    c1_sd: Number
    c2_sd: Number
    rival_c1: Number
    rival_c2: Number

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas frame with one row for each quantity, by its name: a column ``exact``, or ``mean`` and ``stderr``."""
        import pandas as pd  # noqa: PLC0415  takes as long to import as all the rest

        return pd.DataFrame(self._columns(), index=pd.Index(NAMES, name="quantity"))

    def _columns(self) -> dict[str, list[float]]:
        """Return the numbers of all quantities by what they are."""
        raise NotImplementedError

    def _caption(self) -> str:
        """Return what stands above a notebook's table."""
        return type(self).__name__

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        values = [(name, getattr(self, name)) for name in NAMES]
        rows = [(name, f"{value:.6g}" if isinstance(value, float) else str(value)) for name, value in values]
        return html_table(self._caption(), ("quantity", " ± ".join(self._columns())), rows)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = [item.name for item in fields(self) if item.compare]
        return all(_compared(getattr(self, name)) == _compared(getattr(other, name)) for name in names)

    def __hash__(self) -> int:
        # Of the numbers alone: the hash of a text is another in every process.
        return hash(tuple(_compared(getattr(self, name)) for name in NAMES))


NAMES = tuple(field.name for field in fields(Quantities))


def _compared(value: Any) -> Any:
    """Return what stands for a field in a comparison: bits for numbers."""
    if isinstance(value, Mapping):
        return {name: _compared(member) for name, member in value.items()}
    return bits(value) if isinstance(value, float) else value


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
