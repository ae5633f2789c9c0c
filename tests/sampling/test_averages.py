"""Averages over samples that come chunk by chunk, held against exact sums and against all samples at once."""

import math

import numpy as np
import pytest

from cgi_theory.sampling.averages import RunningMapSd, RunningMean, mean_of, single_map_sd_of, total


def in_chunks(running, *columns, sizes):
    for stop, size in zip(np.cumsum(sizes), sizes, strict=True):
        running.add(*(column[stop - size : stop] for column in columns))
    return running.measurement()


def test_sums_do_not_lose_small_terms():
    values = np.array([1e16, 1.0, -1e16, 1.0] * 1000)
    assert total(values) == 2000.0
    rng = np.random.default_rng(1)
    many = rng.standard_normal(100_001) * 10.0 ** rng.integers(-8, 8, 100_001)
    assert total(many) == pytest.approx(math.fsum(many), rel=1e-15)


@pytest.mark.parametrize("sizes", [[1000], [1, 999], [500, 500], [2, 3, 5, 990], [1] * 1000])
@pytest.mark.parametrize("shift", [0.0, 1e6])
def test_the_mean_of_chunks_is_the_mean_of_all(sizes, shift):
    values = np.random.default_rng(3).gamma(2.0, size=1000) + shift
    found = in_chunks(RunningMean(), values, sizes=sizes)
    assert found.mean == mean_of(values).mean == math.fsum(values) / 1000
    exact = math.fsum((values - math.fsum(values) / 1000) ** 2) / 999 / 1000
    assert found.stderr == pytest.approx(math.sqrt(exact), rel=1e-13 if shift == 0.0 else 1e-9)


def test_samples_that_drift_are_not_only_compared_within_their_chunk():
    """The chunks' means differ far more than the samples within a chunk do."""
    values = np.repeat([0.0, 100.0], 50) + np.random.default_rng(4).standard_normal(100)
    assert in_chunks(RunningMean(), values, sizes=[50, 50]).stderr == pytest.approx(values.std(ddof=1) / 10.0, rel=1e-13)


def test_the_variance_within_chunks_is_that_of_the_samples():
    rng = np.random.default_rng(5)
    values, hidden = rng.standard_normal(20_000), rng.gamma(3.0, size=20_000)
    whole, reduction = in_chunks(RunningMapSd(), values, hidden, sizes=[20_000])
    assert whole.mean == pytest.approx(math.sqrt(values.var(ddof=1) + hidden.mean()), rel=1e-13)
    assert reduction == pytest.approx((values.var(ddof=1) + hidden.mean()) / values.var(ddof=1), rel=1e-3)
    parts, _ = in_chunks(RunningMapSd(), values, hidden, sizes=[50] * 400)
    assert whole.stderr < 0.01 * whole.mean
    assert abs(parts.mean - whole.mean) < whole.stderr  # the same samples: far closer than two estimates would be
    assert abs(parts.mean - 2.0) < 4.0 * parts.stderr
    assert parts.stderr == pytest.approx(whole.stderr, rel=0.02)


def test_equal_samples_have_no_spread():
    assert single_map_sd_of(np.full(100, 0.1)).mean == 0.0
    assert mean_of(np.full(100, 0.5)).stderr == 0.0


def test_a_sample_that_is_not_a_number_spoils_the_mean():
    found = in_chunks(RunningMean(), np.array([1.0, math.nan, 1.0, 2.0]), sizes=[2, 2])
    assert math.isnan(found.mean)
    assert math.isnan(found.stderr)
