"""Runs a command that pauses at given moments, until it is told to go on: what happens there is no matter of time.

This file is also the script that is started. A moment is one of

* ``import NAME``: before a module is looked for;
* ``call MODULE OBJECT COUNT``: before that call of a function or method, the first being 1;
* ``exit``: when the interpreter ends.
"""

import atexit
import importlib
import itertools
import os
import runpy
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


class Paused:
    """A command in a process group of its own, as a shell starts it: ``("-m", module, ...)``, ``("-c", code)`` or a script.

    What it leaves running keeps its standard error open: ``ended`` returns when all of its processes are gone.
    """

    def __init__(self, command, *moments, cwd, **environment):
        (self._here, here), (token, self._token) = os.pipe(), os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, __file__, str(here), str(token), ";".join(moments), *map(str, command)],
            cwd=cwd,
            env=ENVIRONMENT | environment,
            pass_fds=(here, token),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        os.close(here)
        os.close(token)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        os.close(self._here)
        os.close(self._token)
        if self.process.returncode is None:
            self.signal(signal.SIGKILL)
            self.process.communicate()

    def reaches_moment(self):
        """Wait for it."""
        assert os.read(self._here, 1), f"it ended before: {self.process.communicate()}"

    def reached_moment(self):
        """Whether it ever came there, of a process that has ended."""
        return bool(os.read(self._here, 1))

    def signal(self, number):
        """Send a signal to all of its processes, as a terminal does."""
        os.killpg(self.process.pid, number)

    def goes_on(self):
        with suppress(BrokenPipeError):  # it has ended
            os.write(self._token, b".")

    def ended(self):
        """Wait for its end and return its exit code, output and errors."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err


def interrupted(command, *moments, cwd, number=signal.SIGINT, **environment):
    """Run a command, send it a signal at each moment, and return its exit code, output and errors."""
    with Paused(command, *moments, cwd=cwd, **environment) as paused:
        for _ in moments:
            paused.reaches_moment()
            paused.signal(number)
            paused.goes_on()
        return paused.ended()


def _pause():
    os.write(HERE, b".")
    os.read(TOKEN, 1)


class _Finder:
    """Pauses before a module is imported for the first time."""

    def __init__(self, name):
        self.name = name

    def find_spec(self, name, path=None, target=None):
        if name == self.name:
            self.name = None
            _pause()


def _pause_before_call(module, name, count):
    *owners, last = name.split(".")
    owner = importlib.import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    original, calls = getattr(owner, last), itertools.count(1)

    def paused(*args, **kwargs):
        if next(calls) == int(count):
            _pause()
        return original(*args, **kwargs)

    setattr(owner, last, paused)


def _arrange(moment):
    kind, *rest = moment.split()
    if kind == "import":
        sys.meta_path.insert(0, _Finder(*rest))
    elif kind == "call":
        _pause_before_call(*rest)
    else:
        atexit.register(_pause)


def _run(command):
    del sys.path[0]  # this script's folder
    if command[0] == "-m":
        sys.argv = command[1:]
        sys.path.insert(0, str(Path.cwd()))
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    elif command[0] == "-c":
        sys.argv = ["-c"]
        sys.path.insert(0, "")
        exec(compile(command[1], "<string>", "exec"), sys.modules["__main__"].__dict__)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    HERE, TOKEN = int(sys.argv[1]), int(sys.argv[2])
    for moment in filter(None, sys.argv[3].split(";")):
        _arrange(moment)
    _run(sys.argv[4:])
