"""The same seed gives the same bits: over threads, blocks, and the processor that the kernels are compiled for."""

import dataclasses
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cgi_theory import CompetitionModel, simulate

ROOT = Path(__file__).parents[2]
MODELS = {
    "unit": (CompetitionModel(n=5000, delta=0.1), "direct"),
    "gaussian": (
        CompetitionModel(n=1300, delta=0.2, n_labels=4, sparsity=0.4, gradient_law="gaussian", shared_fraction=0.3),
        "direct",
    ),
    "joint": (
        CompetitionModel(n=900, delta=0.6, n_labels=3, gradient_law="joint", conditioning="exactly"),
        "conditional",
    ),
    "collapsed": (CompetitionModel(n=3000, delta=0.1, n_labels=400), "collapsed"),
    "drawn twice": (CompetitionModel(n=70_000, delta=0.05, n_labels=9), "direct"),
    "two logits": (CompetitionModel(n=3000, delta=0.1, n_labels=3, sparsity=0.7, rival_logit=0.06), "direct"),
    "two logits, drawn twice": (CompetitionModel(n=200_000, delta=0.1, rival_logit=-0.05, conditioning="exactly"), "direct"),
}
# The first 16 digits of the SHA-256 of the first 20 samples of seed 7: a change of any bit is a change of the package.
DIGESTS = {
    "unit": "a8e0e19dcbe3630c",
    "gaussian": "72181bcbf789651f",
    "joint": "c87c7fa60a50a763",
    "collapsed": "a5004a688a912d60",
    "drawn twice": "22842d3f38f74f04",
    "two logits": "5ad3485ff6a1c9f5",
    "two logits, drawn twice": "36bf706772bab5fe",
}


def digest(name, **options):
    model, estimator = MODELS[name]
    samples = simulate(model, 20, seed=7, estimator=estimator, **options).samples
    if model.rival_logit is None:
        del samples["rival_c1"], samples["rival_c2"]  # not measured
    return hashlib.sha256(b"".join(np.ascontiguousarray(v).tobytes() for v in samples.values())).hexdigest()[:16]


@pytest.mark.parametrize("name", MODELS)
def test_bits_are_those_of_every_other_machine(name):
    assert digest(name) == DIGESTS[name]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("n_workers", [1, 2, 5])
@pytest.mark.parametrize("block_size", [1, 3, 20])
def test_threads_and_blocks_change_nothing(name, n_workers, block_size):
    assert digest(name, n_workers=n_workers, block_size=block_size) == DIGESTS[name]


def test_more_samples_extend_fewer():
    model, _ = MODELS["unit"]
    few, many = simulate(model, 10, seed=7).samples["c1"], simulate(model, 30, seed=7).samples["c1"]
    assert np.array_equal(few, many[:10])


def test_seeds_and_models_differ():
    model, _ = MODELS["unit"]
    assert simulate(model, 10, seed=7).c1 != simulate(model, 10, seed=8).c1
    assert simulate(model, 10, seed=7).c1 != simulate(dataclasses.replace(model, delta=0.11), 10, seed=7).c1


def test_a_block_of_rivals_does_not_move_the_others():
    """Draws are named: label 2's are the same with 2 labels as with 5, so its sum is."""
    model, _ = MODELS["unit"]
    two = simulate(model, 10, seed=7).samples["rival_shared"]
    five = simulate(dataclasses.replace(model, n_labels=5), 10, seed=7).samples["rival_shared"]
    assert np.array_equal(two, five)


@pytest.mark.parametrize(("cpu", "features"), [("generic", ""), ("haswell", None)])
def test_another_processor_gives_the_same_bits(tmp_path, cpu, features):
    """Compiled for a plain x86-64 without AVX, or for one with AVX2 and FMA."""
    if features is None and sys.platform == "linux" and " avx2 " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this processor has no AVX2")
    environment = os.environ | {"NUMBA_CPU_NAME": cpu, "NUMBA_CACHE_DIR": str(tmp_path)}
    environment["NUMBA_CPU_FEATURES"] = "" if features == "" else "+avx2,+fma"
    code = "from tests.sampling.test_bits import *; print(*[digest(name) for name in MODELS])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(DIGESTS.values())
