"""How a claim is judged: confirmed, qualified or refuted, from a measurement."""

import dataclasses
from collections.abc import Callable

from cgi_theory import Measurement

Computed = tuple[str, str]  # what was computed, and the verdict


@dataclasses.dataclass(frozen=True)
class Claim:
    """One sentence of the paper and the function that checks it."""

    id: str
    claim: str
    paper: str
    check: Callable[[int, int], Computed]


def verdict(confirmed: bool, otherwise: str = "refuted") -> str:
    """Return "confirmed", or what the claim is ``otherwise``."""
    return "confirmed" if confirmed else otherwise


def agrees(measured: Measurement, value: float, margin: float) -> bool:
    """Whether a measurement lies within a relative margin of a value, give or take two standard errors."""
    return abs(measured.mean - value) <= margin * abs(value) + 2.0 * measured.stderr


def scaled(measured: Measurement, factor: float) -> Measurement:
    """Return a measurement in other units."""
    return Measurement(measured.mean * factor, measured.stderr * abs(factor))
