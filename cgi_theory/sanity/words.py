"""A sanity check's result in words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cgi_theory._arguments import word
from cgi_theory.sanity.metrics import LIT
from cgi_theory.sanity.table import AUC, BEYOND_MASK, DIFFERENCE, EVERYTHING, MASK, METHOD, NULL, RANDOMISED, RETRAINED, Row
from cgi_theory.sanity.verdicts import BEYOND, CHANGES, NO, OPEN, PASSES, TELLS, UNDEFINED, YES, Verdict, verdicts

if TYPE_CHECKING:
    import pandas as pd

_PASSES = {YES: "passes", NO: "does not pass", OPEN: "may pass or not: that cannot be said"}
_SENTENCES = {
    (CHANGES, YES): "Its maps change when all layers are randomised: {randomised}.",
    (CHANGES, NO): "Its maps stay when all layers are randomised, {randomised}: they show the image, not the network.",
    (CHANGES, OPEN): "Whether its maps change when all layers are randomised cannot be said: {reason}.",
    (CHANGES, UNDEFINED): "Whether its maps change when all layers are randomised is undefined: {reason}.",
    (TELLS, YES): "They tell retrained from randomised networks: {retrained} against {plain}, {difference}; {auc}.",
    (TELLS, NO): "They don't tell retrained from randomised networks: {retrained} against {plain}, {difference}; {auc}.",
    (TELLS, OPEN): "Whether they tell retrained from randomised networks cannot be said: {reason}.",
    (TELLS, UNDEFINED): "Whether they tell retrained from randomised networks is undefined: {reason}.",
    (BEYOND, YES): "They can be told from a random mask as sparse: {retrained} against {mask}, {beyond}.",
    (BEYOND, NO): "They cannot be told from a random mask as sparse: {retrained} against {mask}, {beyond}.",
    (BEYOND, OPEN): "Whether they can be told from a random mask as sparse cannot be said: {reason}.",
    (BEYOND, UNDEFINED): "Whether they can be told from a random mask as sparse is undefined: {reason}.",
}


def summary(frame: "pd.DataFrame", parameters: dict[str, Any]) -> str:
    """Return what the table of a check says: a paragraph for each method by the first metric, and a line by each other."""
    answers = verdicts(frame)
    metric, *others = dict.fromkeys((answer.metric, answer.pixels) for answer in answers)
    lines = [_head(parameters, metric), ""]
    for method in dict.fromkeys(answer.method for answer in answers if answer.kind == METHOD):
        lines += [*_paragraph(frame, answers, method, metric), *_by_others(answers, method, others), ""]
    return "\n".join([*lines, *_nulls(answers, metric), *_undefined(frame)]) + "\n"


def _head(parameters: dict[str, Any], metric: tuple[str, str]) -> str:
    counts = parameters["networks"]
    head = (
        f"{parameters['images']} images; {counts[RANDOMISED]} networks with all layers randomised, {counts[RETRAINED]} retrained."
    )
    rule = f"{_looking_at(metric)} decides; intervals (95 %) are for other networks and other images."
    blank = "All pixels are compared, blank ones too, which are alike in all maps: give the inputs x."
    return " ".join([head, rule] if metric[1] == LIT else [head, rule, blank])


def _paragraph(frame: "pd.DataFrame", answers: list[Verdict], method: str, metric: tuple[str, str]) -> Iterator[str]:
    rows = frame[(frame["method"] == method) & (frame["metric"] == metric[0]) & (frame["pixels"] == metric[1])]
    by_control: dict[tuple[str, str], Any] = {(row["control"], row["stage"]): row for row in rows.to_dict("records")}
    fields = _fields(by_control)
    found = {
        answer.question: answer for answer in answers if answer.method == method and (answer.metric, answer.pixels) == metric
    }
    yield f"{word(method)} {_PASSES[found[PASSES].answer]}."
    for question in (CHANGES, TELLS, BEYOND):
        answer = found[question]
        decider = fields[{CHANGES: "randomised", TELLS: "difference", BEYOND: "beyond"}[question]]
        reason = (
            answer.why if answer.answer == UNDEFINED or not decider or answer.why[:4] in ("from", "more", "with") else decider
        )
        yield "  " + _SENTENCES[question, answer.answer].format(**fields, reason=reason)


def _fields(rows: dict[tuple[str, str], Any]) -> dict[str, str]:
    """Return the numbers that the sentences name; empty where the table has none."""
    randomised, difference = rows.get((RANDOMISED, EVERYTHING)), rows.get((DIFFERENCE, EVERYTHING))
    beyond, auc = rows.get((BEYOND_MASK, "")), rows.get((AUC, EVERYTHING))
    return {
        "randomised": f"similarity {_with_interval(randomised)}" if randomised else "",
        "plain": _number(randomised),
        "retrained": f"similarity {_number(rows.get((RETRAINED, '')))}",
        "mask": _number(rows.get((MASK, ""))),
        "difference": f"a difference of {_with_interval(difference)}" if difference else "",
        "beyond": f"a difference of {_with_interval(beyond)}" if beyond else "",
        "auc": f"retrained ones are more alike with probability {_with_interval(auc)}" if auc else "",
    }


def _by_others(answers: list[Verdict], method: str, others: list[tuple[str, str]]) -> Iterator[str]:
    for metric in others:
        for answer in answers:
            if answer.method == method and (answer.metric, answer.pixels) == metric and answer.question == PASSES:
                yield f"  By {_looking_at(metric)} it {_PASSES[answer.answer]} ({answer.why})."


def _nulls(answers: list[Verdict], metric: tuple[str, str]) -> Iterator[str]:
    """Yield what became of the nulls, which must not pass."""
    found = {
        answer.method: answer.answer
        for answer in answers
        if (answer.kind, answer.question) == (NULL, PASSES) and answer[2:4] == metric
    }
    passed = [name for name, answer in found.items() if answer == YES]
    if passed:
        yield f"Of the nulls {', '.join(passed)} passed, which says that this check tells nothing."
    else:
        yield f"Nulls ({', '.join(found)}): none passes, as it must be."


def _undefined(frame: "pd.DataFrame") -> Iterator[str]:
    """Yield which similarities of methods are undefined, and why."""
    rows = frame[(frame["kind"] == METHOD) & (frame["undefined"] > 0) & frame["control"].isin([RANDOMISED, RETRAINED])]
    for row in rows.to_dict("records"):
        where = row["control"] if not row["stage"] else f"{row['control']}, {row['stage']}"
        about = f"{word(row['method'])}, {where}, {_looking_at((row['metric'], row['pixels']))}"
        yield f"Undefined: {row['undefined']} of {row['pairs']} pairs of {about} ({row['why']})."


def _looking_at(metric: tuple[str, str]) -> str:
    return f"{metric[0]} over {metric[1]} pixels"


def _with_interval(row: Row) -> str:
    if not np.isfinite(row["stderr"]):
        return f"{row['mean']:.3f}"
    return f"{row['mean']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


def _number(row: Row | None) -> str:
    return "" if row is None else f"{row['mean']:.3f}"
