import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import re
from cgi_theory import CompetitionModel, simulate
estimate = simulate(CompetitionModel(n=10_000_000, delta=0.1, n_labels=4), 4, seed=1, n_workers=2)
assert 0 < estimate.c1.mean < 1.1
print(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read()).group(1))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's account of the peak memory")
def test_ten_million_coordinates_take_less_than_a_gigabyte():
    """Imports and compiled kernels included."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1_000_000
