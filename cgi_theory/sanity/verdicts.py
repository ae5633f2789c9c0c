"""What a table of a sanity check says of each method: the one place where it is decided.

Three questions are asked of a method by each metric, and each is answered by one interval of the table:

* *changes*: do its maps change when all layers are randomised? By the similarity of ``randomised``: yes below 0.9, no above.
* *tells*: are maps of retrained networks more alike than those of randomised ones? By ``retrained − randomised``.
* *beyond a mask*: are they more alike than a random mask as sparse? By ``retrained − random mask``.

A difference is there if its interval lies above 0.02, and is not if that lies below 0.1; else it cannot be said. Nor can it be
of a single network or a single image, which say nothing of others, or where more than half of the pairs are undefined; where all
are, the answer is *undefined*. A method *passes* if it tells, and goes beyond a mask; it doesn't if any of the three answers is
no; else it cannot be said.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cgi_theory.sanity.table import BEYOND_MASK, DIFFERENCE, EVERYTHING, RANDOMISED, RETRAINED

if TYPE_CHECKING:
    import pandas as pd

YES, NO, OPEN, UNDEFINED = "yes", "no", "cannot be said", "undefined"
CHANGES, TELLS, BEYOND, PASSES = QUESTIONS = "changes", "tells", "beyond a mask", "passes"
# A similarity from which on maps count as the same; what a difference must exceed; and what it must not reach to be none.
_SAME, _NOTHING, _LITTLE = 0.9, 0.02, 0.1
# Each question's row of the table.
_DECIDERS = {CHANGES: (RANDOMISED, EVERYTHING), TELLS: (DIFFERENCE, EVERYTHING), BEYOND: (BEYOND_MASK, "")}
# How many retrained networks an interval that is too wide should have behind it.
_USUALLY_ENOUGH = 6
Rows = Mapping[tuple[str, str], Any]


class Verdict(NamedTuple):
    """An answer.

    Attributes
    ----------
    method, kind, metric, pixels : str
        As in the table.
    question, answer : str
    decided_by : str
        The control whose interval decides; none of ``PASSES``, which the other answers decide.
    mean, low, high : float
        That interval, NaN if there is none.
    why : str
        What keeps it from being said, or why it is undefined; of ``PASSES`` the other answers.
    """

    method: str
    kind: str
    metric: str
    pixels: str
    question: str
    answer: str
    decided_by: str
    mean: float
    low: float
    high: float
    why: str


def verdicts(frame: "pd.DataFrame") -> list[Verdict]:
    """Return the answers to all questions for each method and metric, in the table's order; ``PASSES`` comes last."""
    found: list[Verdict] = []
    for names, part in frame.groupby(["method", "kind", "metric", "pixels"], sort=False):
        method, kind, metric, pixels = map(str, names)
        rows: Rows = {(row["control"], row["stage"]): row for row in part.to_dict("records")}
        answers = {}
        for question, (control, stage) in _DECIDERS.items():
            row = rows.get((control, stage))
            answers[question], why = _answer(question, row, rows.get((RETRAINED, "")))
            mean, low, high = (np.nan,) * 3 if row is None else (row["mean"], row["low"], row["high"])
            found.append(Verdict(method, kind, metric, pixels, question, answers[question], control, mean, low, high, why))
        why = "; ".join(f"{question}: {answer}" for question, answer in answers.items())
        found.append(Verdict(method, kind, metric, pixels, PASSES, _passes(answers), "", np.nan, np.nan, np.nan, why))
    return found


def _passes(answers: Mapping[str, str]) -> str:
    if NO in answers.values():
        return NO
    return YES if answers[TELLS] == answers[BEYOND] == YES else OPEN


def _answer(question: str, row: Any, retrained: Any) -> tuple[str, str]:
    """Return the answer that a row of the table gives, and what keeps it from being said if anything does."""
    if row is None:
        has_retrained = retrained is not None or question == CHANGES
        lacking = f"a network of which {EVERYTHING} are randomised" if has_retrained else "retrained networks"
        return OPEN, f"there must be {lacking}"
    if row["undefined"] == row["pairs"] or np.isnan(row["mean"]):
        return UNDEFINED, row["why"] or "no image and network are left"
    if 2 * row["undefined"] > row["pairs"]:
        return OPEN, f"more than half of the pairs are undefined ({row['why']})"
    if row["images"] < 2:
        return OPEN, "a single image says nothing of others"
    if row["networks"] < 2:
        return OPEN, "a single retrained or randomised network says nothing of others"
    low, high = row["low"], row["high"]
    if question == CHANGES:
        answer = NO if low > _SAME else YES if high < _SAME else OPEN
    else:
        answer = YES if low > _NOTHING else NO if high < _LITTLE else OPEN
    return answer, f"the interval is too wide, which {_narrowing(question, retrained)} would narrow" if answer == OPEN else ""


def _narrowing(question: str, retrained: Any) -> str:
    if question == CHANGES:
        return "more randomised networks or images"
    if retrained["networks"] < _USUALLY_ENOUGH:
        return f"more retrained networks (there are {retrained['networks']}; six are usually enough)"
    return "more networks or images"
