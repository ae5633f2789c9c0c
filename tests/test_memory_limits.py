"""The memory that a process may still take, read from what Linux says of it."""

import math
import subprocess
import sys

import pytest

from cgi_theory import _memory

pytest.importorskip("resource", reason="limits of processes are Unix's")

MACHINE = "MemTotal:  8000 kB\nMemFree:  100 kB\nMemAvailable:    2000 kB\n"


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A machine of its own: files that are missing say nothing."""
    for name in ("_MACHINE", "_MEMBERSHIP", "_GROUPS"):
        monkeypatch.setattr(_memory, name, tmp_path / name)
    monkeypatch.setattr(_memory, "_addresses", lambda: iter(()))
    return tmp_path


def limit(folder, most, used, names=("max", "current")):
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in zip(names, (most, used), strict=True):
        (folder / f"memory.{name}").write_text(f"{value}\n")


def test_the_machine_s_memory(system):
    (system / "_MACHINE").write_text(MACHINE)
    assert _memory.available_memory() == 2000 * 1024


def test_a_job_s_memory_is_the_least_of_its_groups(system):
    (system / "_MACHINE").write_text(MACHINE)
    (system / "_MEMBERSHIP").write_text("0::/job/step\n")
    limit(system / "_GROUPS" / "job" / "step", "max", 10)
    assert _memory.available_memory() == 2000 * 1024
    limit(system / "_GROUPS" / "job", 1_000_000, 400_000)
    assert _memory.available_memory() == 600_000
    limit(system / "_GROUPS" / "job" / "step", 50_000, 10)
    assert _memory.available_memory() == 49_990


def test_control_groups_of_the_first_version(system):
    (system / "_MACHINE").write_text(MACHINE)
    (system / "_MEMBERSHIP").write_text("5:cpu:/other\n4:memory:/job\n")
    limit(system / "_GROUPS" / "memory" / "job", 7000, 1000, ("limit_in_bytes", "usage_in_bytes"))
    assert _memory.available_memory() == 6000


@pytest.mark.parametrize("text", ["", "MemAvailable:\n", "MemAvailable: many kB\n", "no colon\n"])
def test_what_cannot_be_read_limits_nothing_but_the_machine_s_whole_memory(system, text):
    (system / "_MACHINE").write_text(text)
    (system / "_MEMBERSHIP").write_text("0::/job\nstrange\n")
    assert 0 < _memory.available_memory() <= math.inf


def test_a_limit_of_addresses_is_kept():
    code = """
import resource
from cgi_theory import CompetitionModel, simulate
resource.setrlimit(resource.RLIMIT_AS, (6 * 10**9, resource.RLIM_INFINITY))
try:
    simulate(CompetitionModel(n=100, delta=0.1), 10**8)
except ValueError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("n_samples=100000000 raw values take 16.0 GB of memory, of which ")
    assert done.stdout.endswith("are free: draw fewer, or only their averages with keep_samples=False\n")
