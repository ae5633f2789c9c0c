"""What a table of a sanity check says of each method: the one place where it is decided.

Three questions are asked of a method by each metric, and each is answered by one interval of the table:

* *changes*: do its maps change when all layers are randomised? By the similarity of ``randomised``: yes below 0.9, no above.
* *tells*: are maps of retrained networks more alike than those of randomised ones? By ``retrained − randomised``.
* *beyond a mask*: are they more alike than a random mask as sparse? By ``retrained − random mask``.

A difference is there if its interval lies above 0.02, and is not if that lies below 0.1; else it cannot be said. Nor can it be
of a single network, or where more than half of the pairs are undefined; where all are, the answer is *undefined*. A method
*passes* if it tells, and goes beyond a mask; it doesn't if any of the three answers is no or undefined.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cgi_theory.sanity.table import BEYOND_MASK, DIFFERENCE, EVERYTHING, RANDOMISED, RETRAINED, Row

if TYPE_CHECKING:
    import pandas as pd

YES, NO, OPEN, UNDEFINED = "yes", "no", "cannot be said", "undefined"
CHANGES, TELLS, BEYOND, PASSES = QUESTIONS = "changes", "tells", "beyond a mask", "passes"
# A similarity from which on maps count as the same; what a difference must exceed; and what it must not reach to be none.
_SAME, _NOTHING, _LITTLE = 0.9, 0.02, 0.1
_ENOUGH = 2  # networks


class Verdict(NamedTuple):
    """An answer.

    Attributes
    ----------
    method, kind, metric, pixels : str
        As in the table.
    question, answer : str
    why : str
        What keeps it from being said, or the row of the table whose interval decides.
    """

    method: str
    kind: str
    metric: str
    pixels: str
    question: str
    answer: str
    why: str


def verdicts(frame: "pd.DataFrame") -> list[Verdict]:
    """Return the answers to all questions for each method and metric, in the table's order; ``PASSES`` comes last."""
    about = ["method", "kind", "metric", "pixels"]
    found: list[Verdict] = []
    for names, rows in frame.groupby(about, sort=False):
        by_control: dict[tuple[str, str], Any] = {(row["control"], row["stage"]): row for row in rows.to_dict("records")}
        answers = list(_answers(by_control))
        words = [answer for _, answer, _ in answers]
        passes = NO if {NO, UNDEFINED} & set(words) else YES if words[1:] == [YES, YES] else OPEN
        answers.append((PASSES, passes, "; ".join(f"{question}: {answer}" for question, answer, _ in answers)))
        method, kind, metric, pixels = map(str, names)
        found += [Verdict(method, kind, metric, pixels, *answer) for answer in answers]
    return found


def _answers(rows: dict[tuple[str, str], Row]) -> Iterator[tuple[str, str, str]]:
    """Yield each question with its answer, and what decides it."""
    yield CHANGES, *_changes(rows.get((RANDOMISED, EVERYTHING)))
    has_retrained = (RETRAINED, "") in rows
    yield TELLS, *_differs(rows.get((DIFFERENCE, EVERYTHING)), _missing(has_retrained))
    yield BEYOND, *_differs(rows.get((BEYOND_MASK, "")), _missing(has_retrained))


def _missing(has_retrained: bool) -> str:
    return f"without a network of which {EVERYTHING} are randomised" if has_retrained else "without retrained networks"


def _changes(row: Row | None) -> tuple[str, str]:
    if row is None:
        return OPEN, _missing(has_retrained=True)
    if (unknown := _unknown(row, enough=1)) is not None:
        return unknown
    low, high = _ends(row)
    return (NO if low > _SAME else YES if high < _SAME else OPEN), _decider(row)


def _differs(row: Row | None, missing: str) -> tuple[str, str]:
    if row is None:
        return OPEN, missing
    if (unknown := _unknown(row, enough=_ENOUGH)) is not None:
        return unknown
    low, high = _ends(row)
    return (YES if low > _NOTHING else NO if high < _LITTLE else OPEN), _decider(row)


def _unknown(row: Row, enough: int) -> tuple[str, str] | None:
    """Return why a row answers nothing, if it doesn't."""
    if row["undefined"] == row["pairs"] or np.isnan(row["mean"]):
        return UNDEFINED, row["why"]
    if 2 * row["undefined"] > row["pairs"]:
        return OPEN, f"more than half of the pairs are undefined ({row['why']})"
    if row["networks"] < enough:
        return OPEN, "from a single retrained or randomised network"
    return None


def _ends(row: Row) -> tuple[float, float]:
    """Return an interval; of one image and network, whose interval is not known, any value may be in it."""
    return (row["low"], row["high"]) if np.isfinite(row["stderr"]) else (-np.inf, np.inf)


def _decider(row: Row) -> str:
    return row["control"] if not row["stage"] else f"{row['control']}, {row['stage']}"
