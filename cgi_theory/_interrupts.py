"""Ctrl-C, ``kill`` and a closed terminal end a command with one line and the shell's exit code, at any moment.

A command does nothing before :func:`run_command`, and this module imports next to nothing. Until the command's own module is
imported, and again after the command, a signal ends the process on the spot: an exception in the middle of an import would be
taken for the import's failure. In between, the first signal raises :class:`Interruption`, so that files and stores are closed
and workers ended; a further one ends the process on the spot, whatever that takes so long. Nothing is lost by it: drafts of
files are renamed when they are whole, a store keeps what it has committed, and workers end with the process.

What Python does before it comes to us, for some 20 milliseconds, is its own. A library leaves signals to its caller: nothing
here happens on import.
"""

import os
import signal
import sys
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows lacks the last
SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "ended with its terminal"}


GO_ON = "run the same command again to go on from here"


class Interruption(BaseException):
    """A signal that ends the command. No Exception, nor KeyboardInterrupt, which libraries take for something to answer."""


class _Command:
    """The command that this process runs."""

    name = ""
    advice = ""
    raises = False
    """Whether a signal raises an Interruption, or ends the process on the spot."""
    ended_by: int | None = None
    """The signal that raised it."""


def run_command(name: str, module: str) -> None:
    """Run the function ``main`` of a module, which is imported only when signals are waited for.

    Signals that this process was started to ignore, as by ``nohup``, are ignored.
    """
    _Command.name = name
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _answer)
    sys.unraisablehook = _unraisable
    import importlib  # noqa: PLC0415  nor anything else before that

    main = importlib.import_module(module).main
    try:
        try:
            _Command.raises = True
            main()
        finally:
            _Command.raises = False
    finally:
        if _Command.ended_by is not None:  # whatever became of the Interruption on its way
            _end(_Command.ended_by)


def command_name() -> str:
    """Return the name of the command that this process runs, for its messages."""
    return _Command.name or "cgi-theory"


def advise_to_repeat() -> None:
    """Have an interruption say, from now on, that nothing is lost."""
    _Command.advice = f"; {GO_ON}"


def _answer(number: int, frame: FrameType | None) -> None:
    if not _Command.raises:
        if _Command.ended_by is not None and os.isatty(2) and os.environ.get("TERM", "dumb") != "dumb":
            os.write(2, b"\x1b[?25h")  # a progress bar that is not taken down has hidden the cursor
        _end(number)
    _Command.raises, _Command.ended_by = False, number
    raise Interruption


def _end(number: int) -> None:
    """Say why and end at once, without waiting for threads."""
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    line = f"{_Command.name}: {_WORDS[signal.Signals(number).name]}{_Command.advice}\n"
    try:
        os.write(2, line.encode())
    finally:  # the terminal may be gone
        os._exit(128 + number)


def _unraisable(found: "sys.UnraisableHookArgs") -> None:
    """End where an Interruption came in a place that no exception leaves, such as a finaliser."""
    if isinstance(found.exc_value, Interruption) and _Command.ended_by is not None:
        _end(_Command.ended_by)
    sys.__unraisablehook__(found)
