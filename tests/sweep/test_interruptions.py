"""Real sweep processes killed, interrupted and doubled in mid-run; the table must not show it."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cgi_theory.sweep import Sweep, run
from tests.paused import Paused, interrupted
from tests.sweep.commands import cgi, stored_samples

pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs the process groups of POSIX")

SPECIFICATION = """
[model]
n = 100_000
[axes]
delta = "0.01:0.5:3:log"
n_labels = [2, 3]
[sampling]
samples = 160
seed = 4
"""
ARGUMENTS = ("sweep", "grid.toml", "--out", "x.csv")
COMMAND = ("-m", "cgi_theory", *ARGUMENTS)
SAMPLES = 6 * 160
THIRD_COMMIT = "call cgi_theory.sweep.store Store.add 3"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The table of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "grid.toml").write_text(SPECIFICATION)
    with ThreadPoolExecutor(2) as executor:
        run(Sweep.from_toml(folder / "grid.toml"), folder / "x.csv", executor=executor)
    return (folder / "x.csv").read_bytes()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "grid.toml").write_text(SPECIFICATION)
    return tmp_path


def finish(folder, reference):
    """Go on with a sweep to its end: the table is that of an uninterrupted one."""
    finished = cgi(*ARGUMENTS, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "x.csv").read_bytes() == reference


KILLS = [
    ("call cgi_theory.sweep.store Store._begin 1", 0),  # the store is being made
    ("call cgi_theory.sweep.store Store.add 1", 0),
    ("call cgi_theory.sweep.store entry_digest 2", 1),  # within a transaction
    ("call cgi_theory.sweep.store Store.add 2", 1),
    ("call cgi_theory.sweep.store Store.add 9", 8),
    ("call os fsync 1", None),  # the table is being written
    ("call os fsync 2", None),  # and its sidecar
]


@pytest.mark.parametrize(("moment", "commits"), KILLS)
def test_a_kill_loses_nothing(folder, reference, moment, commits):
    code, _, _ = interrupted(COMMAND, moment, cwd=folder, number=signal.SIGKILL)  # returns when its workers are gone
    assert code == -signal.SIGKILL
    stored = stored_samples(folder / "x.sqlite")
    if commits is None:
        assert stored == SAMPLES
    else:
        assert not (folder / "x.csv").exists()
        assert (stored > 0) == (commits > 0)
        assert commits <= stored < SAMPLES
    finish(folder, reference)


def test_kills_of_the_process_alone_end_its_workers(folder, reference):
    """One after the other, each further than the one before."""
    before = 0
    for _ in range(3):
        with Paused((*COMMAND, "--jobs", "2"), THIRD_COMMIT, cwd=folder) as paused:
            paused.reaches_moment()
            paused.process.kill()
            assert paused.ended()[0] == -signal.SIGKILL
        stored = stored_samples(folder / "x.sqlite")
        assert before < stored < SAMPLES
        before = stored
    finish(folder, reference)


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(folder, reference):
    code, out, err = interrupted(COMMAND, THIRD_COMMIT, cwd=folder)
    assert (code, out, err) == (130, "", "cgi-theory: interrupted; run the same command again to go on from here\n")
    assert 0 < stored_samples(folder / "x.sqlite") < SAMPLES
    finish(folder, reference)


def test_a_second_process_is_refused(folder):
    with Paused(COMMAND, THIRD_COMMIT, cwd=folder) as first:
        first.reaches_moment()
        second = cgi(*ARGUMENTS, "--force", cwd=folder)
        assert second.returncode == 2
        assert second.stderr == "cgi-theory: x.sqlite is in use by another process\n"


def children_of(process):
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the worker in /proc")
def test_a_killed_worker_ends_with_one_line(folder, reference):
    with Paused((*COMMAND, "--jobs", "1"), THIRD_COMMIT, cwd=folder) as paused:
        paused.reaches_moment()
        (worker,) = children_of(paused.process)
        os.kill(worker, signal.SIGKILL)
        paused.goes_on()
        code, _, err = paused.ended()
    assert code == 1
    assert err == (
        "cgi-theory: the executor lost a task (BrokenExecutor: a worker process ended, killed by SIGKILL); "
        "what was finished is stored: run the same command again to go on from here\n"
    )
    finish(folder, reference)


IN_PYTHON = """
from cgi_theory import CompetitionModel
from cgi_theory.sweep import Sweep, run
run(Sweep(base=CompetitionModel(n=1000, delta=0.1), axes={"delta": [0.1, 0.2]}, n_samples=20), "y.csv", n_workers=2)
"""


@pytest.mark.parametrize("again", ["call cgi_theory._executors ProcessPool.shutdown 1", "call subprocess Popen.kill 1"])
def test_in_python_two_ctrl_c_end_the_workers_too(tmp_path, again):
    code, _, err = interrupted(("-c", IN_PYTHON), "call cgi_theory.sweep.store Store.add 1", again, cwd=tmp_path)
    assert code == -signal.SIGINT  # as Python ends by itself
    assert err.endswith("KeyboardInterrupt\n")
