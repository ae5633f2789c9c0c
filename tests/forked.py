"""Runs commands to the end in processes that are forked from one that has imported what they need.

This file is also the script that is started. A command that is forked does all that it does in a process of its own, but for the
imports, which take a second each time. What happens during them, or before, is tested with processes of their own
(tests/paused.py, test_environment.py, test_stdio.py).
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
# As figures.__main__ sets it for itself before it imports matplotlib.
_MATPLOTLIB = {"MPLBACKEND": "Agg", "MATPLOTLIBRC": os.devnull}
_IMPORTED = ("cgi_theory.cli", "simulations.cli", "figures.cli")
_FORKS = sys.platform == "linux"  # elsewhere libraries do not bear it


class Commands:
    """Runs commands in an environment; the process that forks is started with the first."""

    def __init__(self, **environment):
        self._environment, self._server = ENVIRONMENT | environment, None

    def run(self, module, *arguments, cwd):
        """Run ``python -m module`` to the end, warnings being errors, and return what ``subprocess.run`` would."""
        command = [module, *map(str, arguments)]
        if not _FORKS:
            cold = [sys.executable, "-W", "error", "-m", *command]
            return subprocess.run(cold, cwd=cwd, env=self._environment, capture_output=True, text=True, check=False)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            places = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (out, err)]
            code = self._ask([os.fspath(cwd), command, places])
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, code, out.read().decode(), err.read().decode())

    def close(self):
        """End the process that forks, if there is one."""
        if self._server is not None:
            self._server.communicate()
            self._server = None

    def _ask(self, what):
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, "-W", "error", __file__],
                env=self._environment | _MATPLOTLIB,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        asked, answers = self._server.stdin, self._server.stdout
        assert asked is not None
        assert answers is not None
        asked.write(json.dumps(what) + "\n")
        asked.flush()
        answer = answers.readline()
        assert answer, "the process that forks is gone"
        return int(answer)


COMMANDS = Commands()
run = COMMANDS.run


def _serve():
    for module in _IMPORTED:
        importlib.import_module(module)
    gc.freeze()  # a child's collector would copy all of it
    while line := sys.stdin.readline():
        folder, arguments, places = json.loads(line)
        if not (child := os.fork()):
            os._exit(_become(folder, arguments, places))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(folder, arguments, places):
    """Run a command in the process that was forked for it, and return its exit code.

    The process then ends at once: to take the interpreter down takes longer than most commands.
    """
    for descriptor, place in enumerate((os.devnull, *places)):
        opened = os.open(place, os.O_RDWR)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(folder)
    sys.path[0] = ""
    sys.argv = ["-m", *arguments[1:]]
    code = 0
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as ending:
        assert isinstance(ending.code, int | None)
        code = ending.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve()
