"""One line and the shell's exit code, whenever a signal comes; and nothing is left running."""

import os
import signal
import sysconfig
from pathlib import Path

import pytest

from cgi_theory._interrupts import GO_ON
from tests.paused import Paused, interrupted

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs the process groups of POSIX")

SCRIPT = Path(sysconfig.get_path("scripts"), "cgi-theory")
MODEL = ("--n", "1000", "--delta", "0.1")
EXACT = ("-m", "cgi_theory", "exact", *MODEL)
SIMULATE = ("-m", "cgi_theory", "simulate", *MODEL, "--samples", "50")
SWEEP = ("-m", "cgi_theory", "sweep", "--set", "n=1000", "--axis", "delta=0.1,0.2", "--samples", "20", "--out", "x.csv")
SIMULATIONS = ("-m", "simulations", "blankness", "--quick", "--out", "results")
FIGURES = ("-m", "figures", "blankness", "--quick", "--out", "results")
STAGES = ("-m", "benchmarks", "--stages", "--rounds", "1")

MOMENTS = [
    (EXACT, "import cgi_theory.cli"),
    (EXACT, "import numpy.linalg"),
    (EXACT, "import numba.core.dispatcher"),
    (EXACT, "import pandas.core.frame"),
    (EXACT, "call cgi_theory.cli print_rows 1"),
    (EXACT, "exit"),
    (SIMULATE, "call numba.core.dispatcher Dispatcher.compile 1"),
    (SIMULATE, "call cgi_theory._executors ThreadPoolExecutor.submit 1"),
    (SIMULATE, "call cgi_theory.sampling.estimate Summary.add 1"),
    (SWEEP, "import cgi_theory.sweep.cluster"),
    (SIMULATIONS, "import simulations.cli"),
    (SIMULATIONS, "call cgi_theory._console ProgressBar.advance 1"),
    (SIMULATIONS, "call os fsync 1"),
    (FIGURES, "import matplotlib.pyplot"),
    (FIGURES, "call figures.cli save 1"),
    (STAGES, "import benchmarks.stages"),
    (STAGES, "call benchmarks.cli stage_rows 1"),
    ((SCRIPT, "exact", *MODEL), "import numba"),
    ((SCRIPT, "exact", *MODEL), "exit"),
]
SWEEP_MOMENTS = [
    "call cgi_theory.sweep.store Store._begin 1",
    "call subprocess Popen.__init__ 1",  # a worker is being started
    "call cgi_theory._executors send 1",  # it starts
    "call cgi_theory._executors receive 1",  # it imports or draws
    "call cgi_theory.sweep.store Store.add 1",
    "call cgi_theory.sweep.store entry_digest 2",  # within a transaction
    "call os fsync 1",  # the table is written
    "call os fsync 2",  # and its sidecar
    "exit",
]


def name_of(command):
    return command[1] if command[0] == "-m" and command[1] != "cgi_theory" else "cgi-theory"


@pytest.mark.parametrize(("command", "moment"), MOMENTS, ids=[f"{name_of(command)} {moment}" for command, moment in MOMENTS])
def test_one_line_and_130(tmp_path, command, moment):
    code, out, err = interrupted(command, moment, cwd=tmp_path)
    kept = command in (SIMULATIONS, FIGURES) and moment.startswith("call")  # some of its tasks are done
    advice = f"; {GO_ON}" if kept else ""
    assert (code, err) == (130, f"{name_of(command)}: interrupted{advice}\n")
    assert bool(out) == (moment == "exit")
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("moment", SWEEP_MOMENTS)
def test_a_sweep_says_how_to_go_on(tmp_path, moment):
    code, _, err = interrupted(SWEEP, moment, cwd=tmp_path)
    assert (code, err) == (130, "cgi-theory: interrupted; run the same command again to go on from here\n")
    assert not list(tmp_path.glob(".*"))
    assert not (tmp_path / "x.sqlite-wal").exists(), "the store was closed"


ENDINGS = [
    "call cgi_theory._executors ProcessPool.shutdown 1",
    "call subprocess Popen.kill 1",
    "call cgi_theory.sweep.store Store.__exit__ 1",
    "call cgi_theory._interrupts _end 1",
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_second_and_a_third_ctrl_c_end_it_too(tmp_path, ending):
    code, _, err = interrupted(SWEEP, "call cgi_theory.sweep.store Store.add 1", ending, cwd=tmp_path)
    assert (code, err) == (130, "cgi-theory: interrupted; run the same command again to go on from here\n")
    with Paused(SWEEP, cwd=tmp_path) as again:
        assert again.ended() == (0, "x.csv\n", "")


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "terminated"), (getattr(signal, "SIGHUP", 0), 129, "ended with its terminal")],
)
@pytest.mark.parametrize("moment", ["import numba", "call cgi_theory._executors receive 1"])
def test_other_signals(tmp_path, number, code, word, moment):
    advice = "" if moment.startswith("import") else "; run the same command again to go on from here"
    found, _, err = interrupted(SWEEP, moment, cwd=tmp_path, number=number)
    assert (found, err) == (code, f"cgi-theory: {word}{advice}\n")


def test_a_signal_that_is_ignored_from_the_start_stays_so(tmp_path):
    """As under ``nohup``."""
    code = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "import sys; sys.argv = ['', 'exact', '--n', '9', '--delta', '1']\n"
        "from cgi_theory.__main__ import main; main()"
    )
    code, out, err = interrupted(("-c", code), "import numba", cwd=tmp_path, number=signal.SIGHUP)
    assert (code, err) == (0, "")
    assert out


# Finalisers and callbacks pass no exception on: Python prints it, and goes on.
FINALISER = """
import cgi_theory.cli, signal
class Resource:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal  # answered here at the latest
def main():
    Resource()
    print("went on", flush=True)
cgi_theory.cli.main = main
cgi_theory.__main__.main()
"""
SWALLOWED = """
import cgi_theory.cli, signal
def main():
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        raise ValueError("a library's own error")
cgi_theory.cli.main = main
cgi_theory.__main__.main()
"""


@pytest.mark.parametrize("code", [FINALISER, SWALLOWED])
def test_an_interruption_that_comes_where_it_is_lost(tmp_path, code):
    with Paused(("-c", "import cgi_theory.__main__" + code), cwd=tmp_path) as lost:
        assert lost.ended() == (130, "", "cgi-theory: interrupted\n")
