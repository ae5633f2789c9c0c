"""A sweep on a real Dask cluster: a scheduler and two workers, processes of their own on this machine."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cgi_theory.sweep import Sweep, run
from tests.paused import Paused
from tests.sweep.commands import ENVIRONMENT, cgi

pytest.importorskip("distributed")

SPECIFICATION = """
[model]
n = 100_000
[axes]
delta = [0.02, 0.1, 0.5]
n_labels = [2, 3]
[sampling]
samples = 250
"""


class Dask:
    """A process of a cluster, once it has said that it is ready."""

    def __init__(self, *arguments, ready, folder):
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        self.process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
        self.said = next((line for line in self.process.stderr if ready in line), "")
        assert self.said, "it ended"

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def cluster(tmp_path):
    """Yield the scheduler's address, the scheduler and the workers."""
    (tmp_path / "grid.toml").write_text(SPECIFICATION)
    processes = []
    try:
        processes.append(Dask("scheduler", "--port", "0", ready="Scheduler at:", folder=tmp_path))
        address = processes[0].said.split()[-1]
        worker = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--no-nanny")
        for _ in range(2):
            processes.append(Dask(*worker, ready="Starting established connection", folder=tmp_path))
        yield address, processes[0], processes[1:]
    finally:
        for process in processes:
            process.kill()


def on_the_cluster(address, folder):
    """A sweep that pauses with two tasks' blocks stored."""
    command = ("-m", "cgi_theory", "sweep", "grid.toml", "--dask", address, "--out", "x.csv")
    return Paused(command, "call cgi_theory.sweep.store Store.add 3", cwd=folder)


def test_a_cluster_that_loses_a_worker_makes_the_same_table(tmp_path, cluster):
    address, _, workers = cluster
    with on_the_cluster(address, tmp_path) as paused:
        paused.reaches_moment()
        workers[0].kill()
        paused.goes_on()
        assert paused.ended() == (0, "x.csv\n", "")
    with ThreadPoolExecutor(2) as executor:
        run(Sweep.from_toml(tmp_path / "grid.toml"), tmp_path / "here.csv", executor=executor)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert workers[1].process.poll() is None


def test_a_scheduler_that_dies_in_mid_run_is_one_line(tmp_path, cluster):
    address, scheduler, _ = cluster
    with on_the_cluster(address, tmp_path) as paused:
        paused.reaches_moment()
        scheduler.kill()
        paused.goes_on()
        code, out, err = paused.ended()
    assert (code, out) == (1, "")
    assert err.startswith("cgi-theory: the executor lost a task")
    assert err.endswith("run the same command again to go on from here\n")
    assert err.count("\n") == 1


def test_ctrl_c_on_a_cluster_is_one_line(tmp_path, cluster):
    address, _, _ = cluster
    with on_the_cluster(address, tmp_path) as paused:
        paused.reaches_moment()
        paused.signal(2)
        paused.goes_on()
        line = "cgi-theory: interrupted; run the same command again to go on from here\n"
        assert paused.ended() == (130, "", line)


def test_a_cluster_without_workers_is_refused(tmp_path, cluster):
    address, _, workers = cluster
    for worker in workers:
        worker.process.terminate()
        worker.process.communicate()
    refused = cgi("sweep", "grid.toml", "--dask", address, "--out", "x.csv", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == f"cgi-theory: the Dask cluster at {address!r} has no workers\n"
    assert not (tmp_path / "x.sqlite").exists()
