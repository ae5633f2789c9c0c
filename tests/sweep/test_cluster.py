"""A sweep on a real Dask cluster: a scheduler and two workers, processes of their own on this machine."""

import contextlib
import re
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cgi_theory.sweep import Sweep, run
from cgi_theory.sweep.cluster import ClusterError, dask_executor
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


@contextlib.contextmanager
def dask(*arguments, ready, folder):
    """Run a process of a cluster; yield it and the line in which it says that it is ready."""
    command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    with subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            yield process, next(line for line in process.stderr if ready in line)
        finally:
            process.kill()


@pytest.fixture
def scheduler(tmp_path):
    """Yield a scheduler and its address."""
    with dask("scheduler", "--port", "0", ready="Scheduler at:", folder=tmp_path) as (process, line):
        yield process, line.split()[-1]


@pytest.fixture
def cluster(tmp_path, scheduler):
    """Yield the scheduler's address, the scheduler and the workers."""
    (tmp_path / "grid.toml").write_text(SPECIFICATION)
    process, address = scheduler
    worker = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--no-nanny")
    established = "Starting established connection"  # that is, it is registered
    with dask(*worker, ready=established, folder=tmp_path) as one, dask(*worker, ready=established, folder=tmp_path) as other:
        yield address, process, [one[0], other[0]]


def on_the_cluster(address, folder):
    """A sweep that pauses with two tasks stored."""
    command = ("-m", "cgi_theory", "sweep", "grid.toml", "--dask", address, "--out", "x.csv")
    return Paused(command, "call cgi_theory.sweep.store Store.add 3", cwd=folder)


def test_a_cluster_that_loses_a_worker_makes_the_same_table(tmp_path, cluster):
    address, _, workers = cluster
    with on_the_cluster(address, tmp_path) as paused:
        paused.reaches_moment()
        workers[0].kill()
        workers[0].wait()
        paused.goes_on()
        assert paused.ended() == (0, "x.csv\n", "")
    with ThreadPoolExecutor(2) as executor:
        run(Sweep.from_toml(tmp_path / "grid.toml"), tmp_path / "here.csv", executor=executor)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
    assert workers[1].poll() is None


def test_a_scheduler_that_dies_in_mid_run_is_one_line(tmp_path, cluster):
    address, scheduler, _ = cluster
    with on_the_cluster(address, tmp_path) as paused:
        paused.reaches_moment()
        scheduler.kill()
        scheduler.wait()
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


def test_a_cluster_without_workers_is_refused(tmp_path, scheduler):
    _, address = scheduler
    refused = cgi(*SWEEP, "--dask", address, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == f"cgi-theory: the Dask cluster at {address!r} has no workers\n"
    assert not list(tmp_path.glob("x.*"))


SWEEP = ("sweep", "--set", "n=100", "--axis", "delta=0.1,0.2", "--samples", "20", "--out", "x.csv")


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "localhost",
        "foo",
        "tcp://localhost",
        "tcp://localhost:",
        "tcp://localhost:abc",
        "tcp://localhost:0",
        "tcp://localhost:65536",
        "tcp://:8786",
        "tcp://user@localhost:1",
        "tcp://localhost:1\nx",
        "http://localhost:8787/status",
        "inproc://1/2/3",
        "ucx://localhost:1",
        "x" * 5000,
    ],
)
def test_what_is_no_address_is_refused(tmp_path, address, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "distributed", None)  # refused before it is imported
    with pytest.raises(ClusterError, match=r"\A--dask must be tcp://HOST:PORT or tls://HOST:PORT, not [^\n]{1,250}\Z"):
        dask_executor(address).__enter__()


@pytest.fixture
def stranger():
    """The port of a server that closes every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=close_all, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def close_all(server):
    with contextlib.suppress(OSError):  # the server is closed
        while True:
            server.accept()[0].close()


def test_where_something_else_answers_or_nothing_one_line_says_so(tmp_path, stranger):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and does not listen
        for port in (stranger, silent.getsockname()[1]):
            refused = cgi(*SWEEP, "--dask", f"tcp://127.0.0.1:{port}", cwd=tmp_path)
            assert refused.returncode == 2
            line = rf"cgi-theory: no Dask scheduler answers at 'tcp://127\.0\.0\.1:{port}': [^\n]+\n"
            assert re.fullmatch(line, refused.stderr), refused.stderr
    assert not list(tmp_path.iterdir())


def test_tls_without_certificates(tmp_path, stranger):
    address = f"tls://127.0.0.1:{stranger}"
    refused = cgi(*SWEEP, "--dask", address, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr == f"cgi-theory: {address!r} needs certificates, distributed.comm.tls in Dask's configuration\n"


def test_jobs_are_this_machine_s(tmp_path):
    refused = cgi(*SWEEP, "--dask", "tcp://127.0.0.1:1", "--jobs", 2, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("cgi-theory: give --jobs or --dask, not both")
    assert refused.stderr.count("\n") == 1
