"""Real sweep processes killed, interrupted and doubled; the table must not show it."""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cgi_theory.sweep import Sweep, run
from tests.sweep.commands import cgi, start, stored_samples, wait_for_commits

SPECIFICATION = """
[model]
n = 100_000
[axes]
delta = "0.01:0.5:3:log"
n_labels = [2, 3]
[sampling]
samples = 3000
seed = 4
"""
ARGUMENTS = ("sweep", "long.toml", "--out", "x.csv")
SAMPLES = 6 * 3000


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """The table of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "long.toml").write_text(SPECIFICATION)
    with ThreadPoolExecutor(2) as executor:
        run(Sweep.from_toml(folder / "long.toml"), folder / "x.csv", executor=executor)
    return (folder / "x.csv").read_bytes()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "long.toml").write_text(SPECIFICATION)
    return tmp_path


def group_is_gone(group, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_twenty_kills_lose_nothing(folder, reference):
    moments = random.Random(1)
    before, progressed = 0, 0
    for kill in range(20):
        process = start(*ARGUMENTS, "--jobs", "1", cwd=folder)
        if kill % 4:  # most while blocks are committed, some while it starts
            wait_for_commits(folder / "x.sqlite", process)
            time.sleep(moments.uniform(0.0, 0.05))
        else:
            time.sleep(moments.uniform(0.0, 1.0))
        assert process.poll() is None, "the sweep must be too long to end by itself"
        process.kill()
        process.communicate()
        assert group_is_gone(process.pid), "its workers end with it"
        stored = stored_samples(folder / "x.sqlite") if (folder / "x.sqlite").exists() else 0
        assert stored >= before
        progressed += stored > before
        before = stored
    assert progressed >= 10
    assert 0 < before < SAMPLES
    assert not (folder / "x.csv").exists()
    finished = cgi(*ARGUMENTS, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "x.csv").read_bytes() == reference


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(folder, reference):
    process = start(*ARGUMENTS, cwd=folder)
    wait_for_commits(folder / "x.sqlite", process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to the workers too
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err == "cgi-theory: interrupted; run the same command again to go on from here\n"
    assert out == ""
    assert group_is_gone(process.pid)
    assert 0 < stored_samples(folder / "x.sqlite") < SAMPLES
    finished = cgi(*ARGUMENTS, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "x.csv").read_bytes() == reference


def test_a_second_process_is_refused(folder):
    first = start(*ARGUMENTS, "--samples", 1_000_000, cwd=folder)  # longer than any second process takes to start
    wait_for_commits(folder / "x.sqlite", first)
    second = cgi(*ARGUMENTS, "--force", cwd=folder)
    assert first.poll() is None
    assert second.returncode == 2
    assert second.stderr == "cgi-theory: x.sqlite is in use by another process\n"
    first.kill()
    first.communicate()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_a_killed_worker_ends_with_one_line(folder, reference):
    process = start(*ARGUMENTS, cwd=folder)
    wait_for_commits(folder / "x.sqlite", process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    os.kill(workers[-1], signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("cgi-theory: the executor lost a task")
    assert err.endswith("run the same command again to go on from here\n")
    assert err.count("\n") == 1
    finished = cgi(*ARGUMENTS, cwd=folder)
    assert finished.returncode == 0, finished.stderr
    assert (folder / "x.csv").read_bytes() == reference
