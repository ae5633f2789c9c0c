"""What a table's sidecar says of how it was made: the command that makes it again, the versions of libraries, and the commit."""

import platform
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import MISSING, fields
from importlib import metadata
from pathlib import Path
from typing import Any

from cgi_theory._sources import libraries
from cgi_theory.gaussian.model import CompetitionModel
from cgi_theory.sweep.axes import write_out
from cgi_theory.sweep.specification import Sweep

_ROOT = Path(__file__).parents[2]
_DISTRIBUTIONS = {"skimage": "scikit-image"}  # those that aren't called what is imported


def versions(module: str) -> dict[str, str]:
    """Return the versions of Python and of the installed libraries that a module uses, itself or by what it imports of ours."""
    found = {"python": platform.python_version()}
    for library in libraries(module):
        name = _DISTRIBUTIONS.get(library, library)
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # an optional one
            continue
    return found


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


def commit() -> str | None:
    """Return the checkout's git commit, with "+changes" if files differ from it; None outside a checkout of the package."""
    if not (_ROOT / ".git").exists():
        return None
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()


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
