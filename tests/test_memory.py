import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from cgi_theory import CompetitionModel
from cgi_theory.sampling.columns import CHOSEN_SHARED
from cgi_theory.sampling.samples import draw_samples

CODE = """
import re
from cgi_theory import CompetitionModel, simulate
model = CompetitionModel(n={n}, delta=0.1, n_labels=4)
estimate = simulate(model, {samples}, seed=1, n_workers=2, keep_samples={keep_samples})
assert 0 < estimate.c1.mean < 1.1
print(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read()).group(1))
"""

needs_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's account of the peak memory")


def peak_kilobytes(n, samples, keep_samples=True):
    code = CODE.format(n=n, samples=samples, keep_samples=keep_samples)
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@needs_linux
def test_ten_million_coordinates_take_less_than_a_gigabyte():
    """Imports and compiled kernels included."""
    assert peak_kilobytes(10_000_000, 4) < 1_000_000


@needs_linux
def test_memory_grows_by_the_samples_results_alone():
    """Ten numbers a sample, and six of the quantities that they are divided into; averages alone take none."""
    few, many = peak_kilobytes(100, 1000), peak_kilobytes(100, 401_000)
    assert 8 * 10 < (many - few) * 1024 / 400_000 < 8 * 24
    assert (peak_kilobytes(100, 401_000, keep_samples=False) - few) * 1024 / 400_000 < 8 * 6


@numba.njit
def soil_memory():
    """Leave freed arrays of NaN where the sampler's next small arrays will lie."""
    arrays = [np.full((2, 2), np.nan) for _ in range(50)]
    return len(arrays)


@pytest.mark.parametrize("estimator", ["direct", "conditional", "collapsed"])
def test_a_block_without_coordinates_reads_no_stale_memory(estimator):
    model = CompetitionModel(n=600, delta=0.1, shared_fraction=0.0)
    draw_samples(model, 0, estimator, 0, 2)  # compiled before the memory is soiled
    soil_memory()
    assert (draw_samples(model, 0, estimator, 0, 3)[:, CHOSEN_SHARED] == 0.0).all()
