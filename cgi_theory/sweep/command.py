"""The command line that makes a sweep's table again."""

import shlex
from collections.abc import Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from cgi_theory.model import CompetitionModel
from cgi_theory.sweep.axes import write_out
from cgi_theory.sweep.specification import Sweep


def sweep_command(sweep: Sweep, out: Path) -> str:
    """Return the command line that makes a sweep's table, whatever made it: a file, a notebook, a program."""
    words = ["cgi-theory", "sweep"]
    for item in fields(CompetitionModel):
        value = getattr(sweep.base, item.name)
        if item.name not in sweep.axes and (item.default is MISSING or value != item.default):
            words += ["--set", f"{item.name}={value}"]
    for name, values in sweep.axes.items():
        words += ["--axis", f"{name}={_axis(name, values)}"]
    options = sweep.sampling() | {"estimator": sweep.estimator, "seed": sweep.seed, "out": out}
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _axis(name: str, values: Sequence[Any]) -> str:
    """Write an axis as a list, or as a range that says the same if that is shorter: a list may not fit a command line."""
    texts = [",".join(map(str, values))]
    for kind in ("", ":log"):
        text = f"{values[0]}:{values[-1]}:{len(values)}{kind}"
        try:
            same = tuple(write_out({name: text})[name]) == tuple(values)
        except (TypeError, ValueError):  # words, one value, a logarithm of none
            continue
        texts += [text] if same else []
    return min(texts, key=len)
