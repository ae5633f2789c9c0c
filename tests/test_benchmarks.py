"""What we compare ourselves with must compute the same thing."""

import math

import numpy as np
import pytest

from benchmarks import targets
from benchmarks.baselines import NumpySampler, jax_sampler, numpy_compete
from benchmarks.timing import Spread, paired_ratios
from cgi_theory import CompetitionModel, compete, exact

MODEL = CompetitionModel(n=2000, delta=0.1)


def assert_agrees(samples):
    answer = exact(MODEL)
    for values, expected in zip(np.array(samples).T, (answer.c1, answer.c2), strict=True):
        stderr = values.std(ddof=1) / math.sqrt(len(values))
        assert stderr < 0.02 * expected
        assert abs(values.mean() - expected) < 4 * stderr


def test_numpy_s_sampler():
    sampler = NumpySampler(MODEL.n, MODEL.delta, MODEL.shared_correlation, seed=1)
    assert_agrees([sampler.sample() for _ in range(2000)])


def test_jax_s_sampler():
    sample = jax_sampler(MODEL.n, MODEL.delta, MODEL.shared_correlation)
    if sample is None:
        pytest.skip("JAX is not installed")
    assert_agrees(sample(1, 2000))


def test_numpy_s_competition():
    scores = np.random.default_rng(1).integers(-4, 5, (7, 500)).astype(np.float32)
    for label in range(7):
        assert np.array_equal(numpy_compete(scores, label), compete(scores, label))


def test_ratios_are_of_neighbours():
    calls = []
    ratios = paired_ratios(lambda: calls.append("slow"), lambda: calls.append("fast"), rounds=3)
    assert calls == ["slow", "fast"] * 4
    assert ratios.lowest <= ratios.median <= ratios.highest


@pytest.mark.parametrize("target", targets.TARGETS, ids=lambda target: target.name)
def test_a_target_is_reached_on_the_right_side_only(target):
    above, below = (Spread(target.goal * factor, 0.0, math.inf) for factor in (1.1, 0.9))
    assert target.reached(above) == (target.sense == "at least")
    assert target.reached(below) == (target.sense == "at most")
