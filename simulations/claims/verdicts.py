"""How a claim is judged, from the tables of experiments: confirmed, qualified or refuted; or uninformative.

A claim on networks is judged by a number that is computed in null worlds too (:mod:`simulations.evidence`), in which the claim
must not hold. If the number is not apart from each of theirs, by a margin that the claim states and by two standard errors of
the difference, it says nothing, whatever it is: the claim is uninformative.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from cgi_theory.quantities import Measurement
from simulations.evidence import BESIDE, NULL
from simulations.lab.worlds import MEASURED

Tables = Mapping[str, pd.DataFrame]
Computed = tuple[str, str]  # what was computed, and the verdict
UNINFORMATIVE = "uninformative"
NO_WORLDS = "–"  # of a claim that is not on networks
_TRAINED = "trained networks"  # what is measured, where it is a null world
SMALLEST_SHOWN = 1e-9  # of errors by rounding, which are the machine's own


class Judged(NamedTuple):
    """What a row of the ledger says: what was computed, the same in null worlds, and the verdict."""

    computed: str
    null_worlds: str
    verdict: str


@dataclasses.dataclass(frozen=True)
class Claim:
    """One sentence of the paper, the experiment whose table decides it, and the function that reads it."""

    id: str
    claim: str
    paper: str
    reads: str
    check: Callable[[Tables], Computed]

    def judged(self, tables: Tables) -> Judged:
        """Return what its row of the ledger says."""
        computed, found = self.check(tables)
        return Judged(computed, NO_WORLDS, found)


@dataclasses.dataclass(frozen=True)
class Worlds:
    """A claim's number as it was measured, in its null worlds, and in those that are shown beside."""

    measured: Measurement
    nulls: dict[str, Measurement]
    others: dict[str, Measurement]


@dataclasses.dataclass(frozen=True)
class NetworkClaim:
    """A sentence about networks: how its number is said and judged, and how far null worlds' numbers must be from it."""

    id: str
    claim: str
    paper: str
    say: Callable[[Worlds], str]
    judge: Callable[[Worlds], str]
    margin: float
    reads: str = "evidence"

    def judged(self, tables: Tables) -> Judged:
        """Return what its row of the ledger says."""
        worlds = worlds_of(tables[self.reads], self.id)
        names = {MEASURED: _TRAINED}
        nulls = ", ".join(f"{shown(null)} ({names.get(name, name)})" for name, null in worlds.nulls.items())
        apart = all(are_apart(worlds.measured, null, self.margin) for null in worlds.nulls.values())
        return Judged(self.say(worlds), f"{nulls}; margin {self.margin:g}", self.judge(worlds) if apart else UNINFORMATIVE)


def worlds_of(table: pd.DataFrame, claim: str) -> Worlds:
    """Return the numbers of a claim, of the table of evidence.

    Raises
    ------
    LookupError
        If there is no measured number, or no null world.
    """
    found: dict[str, dict[str, Measurement]] = {MEASURED: {}, NULL: {}, BESIDE: {}}
    for row in table[table.claim == claim].to_dict("records"):
        found[row["role"]][row["world"]] = Measurement(row["mean"], row["stderr"])
    if len(found[MEASURED]) != 1 or not found[NULL]:
        raise LookupError(f"{claim} has {len(found[MEASURED])} measured numbers, and {len(found[NULL])} of null worlds")
    (measured,) = found[MEASURED].values()
    return Worlds(measured, found[NULL], found[BESIDE])


def are_apart(measured: Measurement, null: Measurement, margin: float) -> bool:
    """Whether two measurements differ by more than a margin and two standard errors of their difference."""
    return abs(measured.mean - null.mean) > margin + 2.0 * math.hypot(measured.stderr, null.stderr)


def shown(number: Measurement) -> str:
    """Return a number for the ledger: with its error, or without one that is rounding alone, or as the rounding that it is."""
    if number.stderr < SMALLEST_SHOWN <= abs(number.mean):
        return f"{number.mean:.3g}"
    return str(number) if abs(number.mean) >= SMALLEST_SHOWN else f"less than {SMALLEST_SHOWN:g}"


def verdict(confirmed: bool, otherwise: str = "refuted") -> str:
    """Return "confirmed", or what the claim is ``otherwise``."""
    return "confirmed" if confirmed else otherwise


def agrees(measured: Measurement, value: float, margin: float) -> bool:
    """Whether a measurement lies within a relative margin of a value, give or take two standard errors."""
    return abs(measured.mean - value) <= margin * abs(value) + 2.0 * measured.stderr


def surely_above(measured: Measurement, bound: float) -> bool:
    """Whether a measurement lies above a bound by more than two standard errors."""
    return measured.mean - 2.0 * measured.stderr > bound


def surely_below(measured: Measurement, bound: float) -> bool:
    """Whether a measurement lies below a bound by more than two standard errors."""
    return measured.mean + 2.0 * measured.stderr < bound


def scaled(measured: Measurement, factor: float) -> Measurement:
    """Return a measurement in other units."""
    return Measurement(measured.mean * factor, measured.stderr * abs(factor))


def the_row(table: pd.DataFrame, **fields: Any) -> pd.Series:
    """Return the one row of a table that has these values, numbers to 1e-9 of themselves.

    Raises
    ------
    LookupError
        If there is none, or several.
    """
    found = table
    for name, value in fields.items():
        column = found[name]
        found = found[(column - value).abs() <= 1e-9 * abs(value) if isinstance(value, float) else column == value]
    if len(found) != 1:
        raise LookupError(f"{len(found)} rows have {fields}")
    return found.iloc[0]


def measured(row: pd.Series, name: str) -> Measurement:
    """Return what a row has measured of a quantity."""
    return Measurement(row[name], row[f"{name}_stderr"])
