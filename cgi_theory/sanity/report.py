"""The report of a sanity check: its table, what that says in words, its picture, and all of these in a folder."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import cgi_theory
from cgi_theory._arguments import file_path, flag
from cgi_theory._files import read_file, replace_file
from cgi_theory._sources import source_digest
from cgi_theory.sanity.verdicts import PASSES, Verdict, verdicts
from cgi_theory.sanity.words import summary
from cgi_theory.tables.files import current, load, require_place, write_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

EXPERIMENT = "sanity check"
TABLE, STORE = "report.csv", "report.tasks"
_KIND = f"the experiment {EXPERIMENT}"
_LARGEST = 64 * 2**20
_TEXT = ("method", "kind", "metric", "pixels", "control", "stage", "why")
_NUMBERS = ("mean", "low", "high", "stderr", "networks", "pairs", "undefined")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What :func:`~cgi_theory.sanity_check` found.

    Attributes
    ----------
    frame : DataFrame
        A row for each method, or null (``kind``), ``metric`` on its ``pixels`` (lit or all), ``control`` and ``stage``
        (:mod:`cgi_theory.sanity.table`): the ``mean``, its 95 % interval from ``low`` to ``high``, and its ``stderr``;
        the ``networks`` and ``pairs`` behind it; and how many of these are ``undefined``, and ``why``.
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
            Replace a table of another kind that lies there.

        Returns
        -------
        list of Path
            The files.

        Raises
        ------
        RefusedTableError
            If something else lies there than a report.
        OSError
            If a file cannot be written.
        TypeError, ValueError
            If an argument is off.
        """
        from cgi_theory.plotting.files import printed, save  # noqa: PLC0415  import Matplotlib

        folder = file_path("folder", folder)
        require_place(folder / TABLE, _KIND, force=flag("force", force))
        text, undefined = dict.fromkeys(_TEXT, str), dict.fromkeys(_NUMBERS, [""])  # a method may be called NA
        content = io.BytesIO(read_file(path, _LARGEST))
        frame = pd.read_csv(content, dtype=text, keep_default_na=False, na_values=undefined, **EXACTLY)
        if missing := [name for name in (*_TEXT, *_NUMBERS) if name not in frame]:
            raise ValueError(f"it has no column {missing[0]!r}")
        if odd := [name for name in _NUMBERS if not pd.api.types.is_numeric_dtype(frame[name])]:
            raise ValueError(f"its column {odd[0]!r} does not hold numbers")
        return Report(frame, {name: sidecar[name] for name in made_with({}, 0)}, str(sidecar.get("command", "")))


@contextmanager
def _as_table(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is not the table of a sanity check: {' '.join(str(error).split())}") from None
