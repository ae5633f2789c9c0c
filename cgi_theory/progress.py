"""A progress bar for whatever calls ``progress``: on a terminal, in a notebook, or as lines in a log.

In a notebook it is the browser's own progress element, which needs no widgets, and stays when the notebook is stored; its last
state is what was reached. Where neither is, a line is written every ten seconds, and at the end.
"""

import html
import importlib
import sys
import time
from types import TracebackType
from typing import Any

from cgi_theory._arguments import instance, whole_number
from cgi_theory._console import ProgressBar

_MOST = 2**62
_SECONDS_IN_A_LOG, _SECONDS_IN_A_NOTEBOOK = 10.0, 0.1


class Bar:
    """A bar, made by :func:`progress_bar`: entered by ``with``, and called as ``progress`` is.

    Called with one number it counts as many more; with two, it shows the first of the second.
    """

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        raise NotImplementedError

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show what is done."""
        raise NotImplementedError


def progress_bar(title: str, unit: str = "samples", total: int | None = None) -> Bar:
    """Return a bar to be handed over as ``progress``, to ``simulate``, ``run`` and whatever else takes one.

    Parameters
    ----------
    title : str
        What is being done.
    unit : str
        What is counted.
    total : int, optional
        How many there will be, if who calls the bar doesn't say so.

    Returns
    -------
    Bar
        A context manager: ``with progress_bar("simulating", total=1000) as bar: simulate(model, 1000, progress=bar)``.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    instance("title", title, str, "a text")
    instance("unit", unit, str, "a text")
    wanted = None if total is None else whole_number("total", total, 0, _MOST)
    if _in_a_notebook():
        return _InNotebook(title, unit, wanted)
    return _OnTerminal(title, unit, wanted) if sys.stderr.isatty() else _InLog(title, unit, wanted)


def _in_a_notebook() -> bool:
    """Whether this runs in a Jupyter kernel."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python is not None else None
    return getattr(shell, "kernel", None) is not None


class _OnTerminal(Bar):
    """That of the commands."""

    def __init__(self, title: str, unit: str, total: int | None) -> None:
        self._bar = ProgressBar(title, unit, total)

    def __enter__(self) -> "_OnTerminal":
        self._bar.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.__exit__(kind, error, trace)

    def __call__(self, done: int, total: int | None = None) -> None:
        if total is None:
            self._bar.advance(done)
        else:
            self._bar.update(done, total)


class _Paced(Bar):
    """A text that is shown when enough time has passed, and at the end."""

    seconds: float

    def __init__(self, title: str, unit: str, total: int | None) -> None:
        self._title, self._unit, self._total = title, unit, total
        self._done = 0
        self._before: int | None = None  # what the first call finds done does not count for the rate
        self._began = self._shown = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._show(self._text(time.monotonic()))

    def __call__(self, done: int, total: int | None = None) -> None:
        self._done, self._total = (self._done + done, self._total) if total is None else (done, total)
        if self._before is None:
            self._before = 0 if total is None else done
        now = time.monotonic()
        if now - self._shown >= self.seconds:
            self._show(self._text(now))
            self._shown = now

    def _text(self, now: float) -> str:
        passed, new = now - self._began, self._done - (self._before or 0)
        counted = f"{self._done:,} {self._unit}" if self._total is None else f"{self._done:,} of {self._total:,} {self._unit}"
        left = ""
        if self._total is not None and new > 0 and self._done < self._total:
            left = f", some {passed * (self._total - self._done) / new:,.0f} s left"
        return f"{self._title}: {counted} in {passed:,.0f} s{left}"

    def _show(self, text: str) -> None:
        raise NotImplementedError


class _InLog(_Paced):
    seconds = _SECONDS_IN_A_LOG

    def _show(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class _InNotebook(_Paced):
    seconds = _SECONDS_IN_A_NOTEBOOK

    def __enter__(self) -> "_InNotebook":
        display = importlib.import_module("IPython.display").display
        self._handle: Any = display(self._bundle(self._text(self._began)), raw=True, display_id=True)
        return self

    def _show(self, text: str) -> None:
        self._handle.update(self._bundle(text), raw=True)

    def _bundle(self, text: str) -> dict[str, str]:
        place = "" if self._total is None else f' value="{self._done}" max="{self._total}"'
        return {"text/plain": text, "text/html": f"<progress{place}></progress> {html.escape(text)}"}
