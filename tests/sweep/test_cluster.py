"""A sweep on a real Dask cluster: a scheduler and two workers, processes of their own on this machine."""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cgi_theory.sweep import Sweep, run
from tests.sweep.commands import ENVIRONMENT, cgi, start, wait_for_commits

pytest.importorskip("distributed")

SPECIFICATION = """
[model]
n = 100_000
[axes]
delta = [0.02, 0.1, 0.5]
n_labels = [2, 3]
[sampling]
samples = 1500
"""


def dask(*arguments, folder):
    command = [sys.executable, "-m", "dask", *map(str, arguments)]
    with (folder / f"{arguments[0]}.log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=log, stderr=log)


@pytest.fixture
def cluster(tmp_path):
    """Yield the scheduler's address and the workers' processes."""
    found = tmp_path / "scheduler.json"
    local = ("--host", "127.0.0.1", "--no-dashboard")
    processes = [dask("scheduler", *local, "--port", 0, "--scheduler-file", found, folder=tmp_path)]
    try:
        wait_until(found.exists)
        worker = ("worker", "--scheduler-file", found, "--nworkers", 1, "--nthreads", 1, "--no-nanny", *local)
        processes += [dask(*worker, folder=tmp_path) for _ in range(2)]
        wait_until(lambda: (tmp_path / "worker.log").read_text().count("Starting established connection") == 2)
        yield json.loads(found.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the cluster does not start"
        time.sleep(0.05)


def test_a_cluster_that_loses_a_worker_makes_the_same_table(tmp_path, cluster):
    address, workers = cluster
    (tmp_path / "grid.toml").write_text(SPECIFICATION)
    process = start("sweep", "grid.toml", "--dask", address, "--out", "x.csv", cwd=tmp_path)
    wait_for_commits(tmp_path / "x.sqlite", process)
    assert process.poll() is None
    workers[0].kill()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out == "x.csv\n"
    with ThreadPoolExecutor(2) as executor:
        run(Sweep.from_toml(tmp_path / "grid.toml"), tmp_path / "here.csv", executor=executor)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert workers[1].poll() is None


def test_a_cluster_without_workers_is_refused(tmp_path, cluster):
    address, workers = cluster
    for worker in workers:
        worker.terminate()
        worker.wait()
    (tmp_path / "grid.toml").write_text(SPECIFICATION)
    refused = cgi("sweep", "grid.toml", "--dask", address, "--out", "x.csv", cwd=tmp_path)
    assert refused.returncode == 2
    assert "has no workers" in refused.stderr
    assert not (tmp_path / "x.sqlite").exists()
