"""A sanity check's result in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cgi_theory._arguments import word
from cgi_theory.sanity.table import AUC, EVERYTHING, MASK, METHOD, NULL, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import BEYOND, CHANGES, NO, OPEN, PASSES, TELLS, UNDEFINED, YES, Rows, Verdict, verdicts

if TYPE_CHECKING:
    import pandas as pd

Metric = tuple[str, str]
# The parameter that says how many networks' maps are those of another, bit for bit.
COPIES = "copies"
_PASSES = {YES: "{} passes", NO: "{} does not pass", OPEN: "Whether {} passes cannot be said"}
_OVERALL = {YES: "Passing", NO: "Not passing", OPEN: "Cannot be said"}
_WOULD = {YES: "it would pass", NO: "it would not pass", OPEN: "it could not be said whether it passes"}
_IN_SHORT = {YES: "passes", NO: "does not pass", OPEN: "cannot be said"}
_QUESTIONS = {
    CHANGES: "Whether its maps change when all layers are randomised",
    TELLS: "Whether they tell retrained from randomised networks",
    BEYOND: "Whether they can be told from a random mask as sparse",
}
_SENTENCES = {
    (CHANGES, YES): "Its maps change when all layers are randomised: similarity {interval}.",
    (CHANGES, NO): "Its maps stay when all layers are randomised, similarity {interval}: they show the image, not the network.",
    (TELLS, YES): "They tell retrained from randomised networks: {compared}, {difference}; {area}.",
    (TELLS, NO): "They don't tell retrained from randomised networks: {compared}, {difference}; {area}.",
    (BEYOND, YES): "They can be told from a random mask as sparse: {masked}, {difference}.",
    (BEYOND, NO): "They cannot be told from a random mask as sparse: {masked}, {difference}.",
}


def summary(frame: "pd.DataFrame", parameters: Mapping[str, Any]) -> str:
    """Return what the table of a check says: a paragraph for each method by the first metric, and a line by each other."""
    answers = verdicts(frame)
    metric, *others = dict.fromkeys((answer.metric, answer.pixels) for answer in answers)
    lines = [_head(parameters, metric), *_copies(parameters), *_overall(answers, metric), ""]
    for method in dict.fromkeys(answer.method for answer in answers if answer.kind == METHOD):
        part = frame[(frame["method"] == method) & (frame["metric"] == metric[0]) & (frame["pixels"] == metric[1])]
        rows: Rows = {(row["control"], row["stage"]): row for row in part.to_dict("records")}
        own = [answer for answer in answers if answer.method == method]
        lines += [*_paragraph(rows, own, metric), *_by_others(own, others), ""]
    return "\n".join([*lines, _nulls(answers, metric), *_undefined(frame)]) + "\n"


def answer_in_short(verdict: Verdict) -> str:
    """Return an answer and the interval that decides it, if any."""
    return f"{verdict.answer}: {_interval(verdict._asdict())}" if np.isfinite(verdict.mean) else verdict.answer


def outcome(own: Sequence[Verdict]) -> str:
    """Return in a word or two what became of a method, or null, by its answers by one metric."""
    answers = {answer.question: answer.answer for answer in own}
    return UNDEFINED if {answers[question] for question in _QUESTIONS} == {UNDEFINED} else _IN_SHORT[answers[PASSES]]


def _head(parameters: Mapping[str, Any], metric: Metric) -> str:
    counts = parameters["networks"]
    randomised, retrained = counts[RANDOMISED], counts[RETRAINED]
    images = parameters.get("images")
    counted = f"{images} image{'' if images == 1 else 's'}"
    parts = [f"{counted}; networks: {randomised} with all layers randomised, {retrained} retrained."]
    if parameters.get("labels") == "predicted":
        parts.append("Maps of every network are of the labels that the one that is checked predicts.")
    parts.append(f"{_looking_at(metric)} decides. Intervals (95 %) are for other networks and other images.")
    if not parameters.get("inputs"):
        parts.append("All pixels are compared; blank ones are alike in all maps: give the inputs x to leave them out.")
    return " ".join(parts)


def _copies(parameters: Mapping[str, Any]) -> Iterator[str]:
    if copies := parameters.get(COPIES):
        of = f"Of {copies} network{'' if copies == 1 else 's'}"
        yield f"{of} all maps are another's, bit for bit: a copy, or no method looks at it."


def _overall(answers: Sequence[Verdict], metric: Metric) -> Iterator[str]:
    """Yield which methods pass, which do not, and of which it cannot be said."""
    own = [answer for answer in answers if answer.kind == METHOD and (answer.metric, answer.pixels) == metric]
    for passes, words in _OVERALL.items():
        if names := [word(answer.method) for answer in own if (answer.question, answer.answer) == (PASSES, passes)]:
            yield f"{words}: {', '.join(names)}."


def _paragraph(rows: Rows, own: Sequence[Verdict], metric: Metric) -> Iterator[str]:
    """Yield a method's sentences by the metric that decides."""
    found = {answer.question: answer for answer in own if (answer.metric, answer.pixels) == metric}
    yield _PASSES[found[PASSES].answer].format(word(found[PASSES].method)) + "."
    retrained = _mean(rows.get((RETRAINED, "")))
    numbers = {
        "compared": f"similarity {retrained} against {_mean(rows.get((RANDOMISED, EVERYTHING)))}",
        "masked": f"similarity {retrained} against {_mean(rows.get((MASK, '')))}",
        "area": f"a retrained one is more alike with probability {_interval(rows.get((AUC, EVERYTHING)))}",
    }
    for question, lead in _QUESTIONS.items():
        answer = found[question]
        interval = _interval(answer._asdict())
        if answer.answer in (OPEN, UNDEFINED):
            of = f" ({answer.decided_by}: {interval})" if np.isfinite(answer.low) else ""
            yield f"  {lead} {'is ' if answer.answer == UNDEFINED else ''}{answer.answer}: {answer.why}{of}."
        else:
            sentence = _SENTENCES[question, answer.answer]
            yield "  " + sentence.format(interval=interval, difference=f"a difference of {interval}", **numbers)


def _by_others(own: Sequence[Verdict], others: Sequence[Metric]) -> Iterator[str]:
    for metric in others:
        for answer in own:
            if (answer.metric, answer.pixels) == metric and answer.question == PASSES:
                yield f"  By {_looking_at(metric)} alone {_WOULD[answer.answer]} ({answer.why})."


def _nulls(answers: Sequence[Verdict], metric: Metric) -> str:
    """Say what became of the nulls, which must not pass."""
    own = [answer for answer in answers if answer.kind == NULL and (answer.metric, answer.pixels) == metric]
    names = dict.fromkeys(answer.method for answer in own)
    found = {name: outcome([answer for answer in own if answer.method == name]) for name in names}
    if passed := [name for name in names if found[name] == _IN_SHORT[YES]]:
        return f"Passing nulls: {', '.join(passed)}. This check tells nothing."
    return f"Of the maps that must not pass none does ({'; '.join(f'{name}: {said}' for name, said in found.items())})."


def _undefined(frame: "pd.DataFrame") -> Iterator[str]:
    """Yield which similarities of methods are undefined, and why; those of single stages are counted together."""
    rows = frame[(frame["kind"] == METHOD) & (frame["undefined"] > 0) & frame["control"].isin([RANDOMISED, RETRAINED])]
    decides = rows["stage"].isin([EVERYTHING, ""])
    for row in rows[decides].to_dict("records"):
        where = ", ".join(filter(None, (row["control"], row["stage"])))
        about = f"{word(row['method'])}, {where}, {_looking_at((row['metric'], row['pixels']))}"
        yield f"Undefined: {row['undefined']} of {row['pairs']} pairs of {about} ({row['why']})."
    if len(others := rows[~decides]):
        total, stages = others[["undefined", "pairs"]].sum(), others["stage"].nunique()
        yield f"Undefined at {stages} other stages: {total['undefined']} of {total['pairs']} pairs (the table says why)."


def _looking_at(metric: Metric) -> str:
    return f"{metric[0]} over {metric[1]} pixels"


def _interval(row: Mapping[Any, Any] | None) -> str:
    if row is None:
        return "unknown"
    return f"{row['mean']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" if np.isfinite(row["low"]) else f"{row['mean']:.3f}"


def _mean(row: Mapping[Any, Any] | None) -> str:
    return "unknown" if row is None else f"{row['mean']:.3f}"
