"""The kernels under pytest-benchmark: ``python -m pytest benchmarks/test_kernels.py -n 0``."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cgi_theory import CompetitionModel, compete, exact, simulate
from cgi_theory.sampling.philox import standard_normals

Benchmark = Callable[..., Any]

MODELS = {
    "paper": CompetitionModel(n=10_000, delta=0.1),
    "sparse": CompetitionModel(n=10_000, delta=0.1, sparsity=0.2),
    "ten labels": CompetitionModel(n=10_000, delta=0.1, n_labels=10),
    "joint": CompetitionModel(n=10_000, delta=0.1, gradient_law="joint"),
}


def test_normals(benchmark: Benchmark) -> None:
    """A million normals."""
    benchmark(standard_normals, 1_000_000, seed=1)


@pytest.mark.parametrize("estimator", ["direct", "conditional", "collapsed"])
@pytest.mark.parametrize("name", MODELS)
def test_simulate(benchmark: Benchmark, name: str, estimator: str) -> None:
    """Fifty samples on one thread."""
    benchmark(simulate, MODELS[name], 50, seed=1, estimator=estimator, n_workers=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compete(benchmark: Benchmark, dtype: type) -> None:
    """Ten labels, a batch of 64 images of 3 × 64 × 64."""
    scores: NDArray[Any] = np.random.default_rng(1).standard_normal((64, 10, 3, 64, 64)).astype(dtype)
    benchmark(compete, scores, np.arange(64) % 10)


@pytest.mark.parametrize("name", MODELS)
def test_exact(benchmark: Benchmark, name: str) -> None:
    """One exact answer; the moments of a model are remembered after the first."""
    benchmark(exact, MODELS[name])
