"""The report of a sanity check: its table, what that says in words, its picture, and all of these in a folder."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import cgi_theory
from cgi_theory._arguments import file_path, flag, shown, word
from cgi_theory._files import read_file, replace_file
from cgi_theory._html import html_table
from cgi_theory._sources import source_digest
from cgi_theory.sanity.table import METHOD, NULL, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import PASSES, QUESTIONS, Verdict, verdicts
from cgi_theory.sanity.words import answer_in_short, summary
from cgi_theory.tables.files import EXACTLY, RefusedTableError, current, load, require_place, write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "sanity check"
TABLE, STORE = "report.csv", "report.tasks"
_SIDECAR = "report.json"
_KIND = f"the experiment {EXPERIMENT}"
_DIGEST, NETWORKS = "digest of the maps that are checked", "digest of the networks"
# What may lie beside the table; and what makes no other check of a report.
_BESIDE = ("report.png", "report.pdf", "summary.txt")
_CODE = ("version", "sources")
_WAY = "replace it with --force (force=True), or choose another place with --out"
_OTHERS = {_DIGEST: "of other maps", NETWORKS: "of other networks"}
_LARGEST = 64 * 2**20
_TEXT = ("method", "kind", "metric", "pixels", "control", "stage", "why")
_NUMBERS = ("mean", "low", "high", "stderr", "networks", "images", "pairs", "undefined")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What :func:`~cgi_theory.sanity_check` found.

    Attributes
    ----------
    frame : DataFrame
        A row for each method, or null (``kind``), ``metric`` on its ``pixels`` (lit or all), ``control`` and ``stage``
        (:mod:`cgi_theory.sanity.table`): the ``mean``, its 95 % interval from ``low`` to ``high``, and its ``stderr``;
        the ``networks`` and ``images`` of which anything is defined; and of all ``pairs`` how many are ``undefined``, and
        ``why``.
    made_with : dict
        The parameters, the seed and the version.
    command : str
        How it is made again.
    """

    frame: pd.DataFrame
    made_with: dict[str, Any]
    command: str = ""

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """The answers to all questions, for each method and metric (:mod:`cgi_theory.sanity.verdicts`)."""
        return verdicts(self.frame)

    @property
    def passes(self) -> dict[str, str]:
        """Whether each method, and null, passes by the first metric: "yes", "no" or "cannot be said"."""
        answers: dict[str, str] = {}
        for verdict in self.verdicts:
            if verdict.question == PASSES:
                answers.setdefault(verdict.method, verdict.answer)
        return answers

    def summary(self) -> str:
        """Return in plain words what was found: which methods pass, which interval says so, and what cannot be said."""
        return summary(self.frame, self.made_with["parameters"])

    def plot(self) -> "Figure":
        """Draw every method's similarity with randomised and retrained networks, and of random masks, with 95 % intervals."""
        from cgi_theory.sanity.picture import draw  # noqa: PLC0415  imports Matplotlib

        return draw(self.frame)

    def save(self, folder: str | Path, *, force: bool = False) -> list[Path]:
        """Write the report into a folder: ``report.csv`` with its sidecar, ``report.png``, ``report.pdf``, ``summary.txt``.

        Parameters
        ----------
        folder : path
            Made if it is missing.
        force : bool
            Replace the report of another check, or whatever lies there.

        Returns
        -------
        list of Path
            The files.

        Raises
        ------
        RefusedTableError
            If something else lies there than the report of the same check.
        OSError
            If a file cannot be written.
        TypeError, ValueError
            If an argument is off.
        """
        from cgi_theory.plotting.files import printed, save  # noqa: PLC0415  import Matplotlib
        from cgi_theory.plotting.style import styled  # noqa: PLC0415

        folder = file_path("folder", folder)
        require_folder(folder, self.made_with, force=flag("force", force))
        text = self.summary().encode()
        with styled():
            pictures = save(printed(self.plot()), folder, "report")
        replace_file(folder / "summary.txt", lambda file: file.write(text))
        rows: list[dict[str, Any]] = [{str(name): value for name, value in row.items()} for row in self.frame.to_dict("records")]
        # The last, since it says that the others are there.
        write_table(folder / TABLE, rows, self.made_with, module=__name__, command=self.command)
        return [folder / TABLE, folder / _SIDECAR, *pictures, folder / "summary.txt"]

    @classmethod
    def load(cls, folder: str | Path) -> "Report":
        """Return the report that lies in a folder.

        Raises
        ------
        OSError
            If a file cannot be read.
        ValueError
            If there is no report, or it was changed.
        """
        return _loaded(file_path("folder", folder) / TABLE)

    def __repr__(self) -> str:
        """Return which methods pass."""
        return f"<Report: {'; '.join(f'{word(name)}: {answer}' for name, answer in self.passes.items())}>"

    def _repr_html_(self) -> str:
        """Return a notebook's table: each method's answers, by the first metric, with the intervals that decide."""
        rows: dict[str, list[str]] = {}
        first = self.verdicts[0]
        for verdict in self.verdicts:
            if (verdict.metric, verdict.pixels) == (first.metric, first.pixels):
                rows.setdefault(verdict.method, [verdict.method]).append(answer_in_short(verdict))
        caption = f"Does it pass? By {first.metric} over {first.pixels} pixels, with 95 % intervals"
        return html_table(caption, ("method", *QUESTIONS), rows.values())


def made_with(parameters: Mapping[str, Any], seed: int, digest: str) -> dict[str, Any]:
    """Return what decides a report's numbers; the digest is that of the maps before."""
    code = {"version": cgi_theory.__version__, "sources": source_digest("cgi_theory.sanity.check")}
    return {"experiment": EXPERIMENT, "parameters": dict(parameters), "seed": seed, _DIGEST: digest, **code}


def kept_report(folder: Path, made: Mapping[str, Any]) -> Report | None:
    """Return the report in a folder if it was made with this."""
    return _loaded(folder / TABLE) if current(folder / TABLE, made) is not None else None


def require_folder(folder: Path, made: Mapping[str, Any], *, force: bool) -> None:
    """Raise a RefusedTableError unless a report can be written into a folder: if it is ours, and of no other check.

    Of a check whose networks come one by one ``made`` says less than its report will: what it does say is compared.
    """
    require_ours(folder, force=force)
    if force or not (folder / TABLE).exists():
        return
    try:
        stored = _loaded(folder / TABLE).made_with
    except (OSError, ValueError):  # half of it, left by a process that was killed
        return
    if (difference := _difference(stored, made)) is not None:
        raise RefusedTableError(f"{folder / TABLE} is the report of another check ({difference}): {_WAY}")


def require_ours(folder: Path, *, force: bool) -> None:
    """Raise a RefusedTableError if files lie in a folder, under the names of a report's, that are no report's."""
    require_place(folder / TABLE, _KIND, force=force)
    # The table's place was looked at; and an interrupted check's store says that the files beside it are ours.
    if not force and not any(os.path.lexists(folder / name) for name in (TABLE, _SIDECAR, STORE)):
        for name in _BESIDE:
            if os.path.lexists(folder / name):
                raise RefusedTableError(f"{folder / name} lies there, and no report beside it: {_WAY}")


def _difference(stored: Mapping[str, Any], made: Mapping[str, Any]) -> str | None:
    """Return in what a stored report is another check's than this: None if it was made with the same, by whatever code."""
    before, now = ({**found["parameters"], **found} for found in (stored, json.loads(json.dumps(made))))
    for name in sorted(now, key=_OTHERS.__contains__):  # digests, which say the least, come last
        if name not in ("parameters", *_CODE) and before.get(name) != now[name]:
            return _OTHERS.get(name) or f"{name}: {shown(before.get(name))}, now {shown(now[name])}"
    return None


def _loaded(path: Path) -> Report:
    sidecar = load(path).attrs["sidecar"]
    with _as_table(path):
        if sidecar.get("experiment") != EXPERIMENT or not _are_parameters(sidecar.get("parameters")):
            raise ValueError("its sidecar does not describe one")
        text, numbers = dict.fromkeys(_TEXT, str), dict.fromkeys(_NUMBERS, "")  # a method may be called NA
        content = io.BytesIO(read_file(path, _LARGEST))
        frame = pd.read_csv(content, dtype=text, keep_default_na=False, na_values=numbers, **EXACTLY)
        if missing := [name for name in (*_TEXT, *_NUMBERS) if name not in frame]:
            raise ValueError(f"it has no column {missing[0]!r}")
        if odd := [name for name in _NUMBERS if not pd.api.types.is_numeric_dtype(frame[name])]:
            raise ValueError(f"its column {odd[0]!r} does not hold numbers")
        if not len(frame) or frame.duplicated(list(_TEXT[:-1])).any() or set(frame["kind"]) - {METHOD, NULL}:
            raise ValueError("its rows are not one for each method, control, stage and metric")
        return Report(frame, {name: sidecar[name] for name in made_with({}, 0, "")}, str(sidecar.get("command", "")))


def _are_parameters(found: object) -> bool:
    """Whether a sidecar says what the summary repeats."""
    counts = found.get("networks") if isinstance(found, dict) else None
    return isinstance(counts, dict) and all(isinstance(counts.get(control), int) for control in (RANDOMISED, RETRAINED))


@contextmanager
def _as_table(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is not the table of a sanity check: {' '.join(str(error).split())}") from None
