"""The truncated normal's moments, for the closed forms and in the sampler's own arithmetic, against mpmath."""

import math

import mpmath
import numba
import numpy as np
import pytest

from cgi_theory import CompetitionModel
from cgi_theory.sampling import draws
from cgi_theory.theory import truncated

THRESHOLDS = [float(t) for t in (*np.geomspace(1e-3, 1e6, 37), *np.linspace(2.5, 3.5, 5), 24.9, 25.1)]


def moments(threshold):
    """λ(t) and Var(T | T ≥ t), by quadrature of the tail's density for s = T − t."""
    with mpmath.workdps(40):
        t = mpmath.mpf(threshold)
        scale = min(1, 1 / t)
        nodes = [0, scale, 4 * scale, 16 * scale, 120 * scale]
        mass, first, second = (mpmath.quad(lambda s, p=p: s**p * mpmath.exp(-t * s - s * s / 2), nodes) for p in range(3))
        return t + first / mass, second / mass - (first / mass) ** 2


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_moments_are_those_of_the_tail(threshold):
    mean, variance = moments(threshold)
    logarithm = mpmath.log(mean / threshold)
    assert float(truncated.hazard(threshold)) == pytest.approx(float(mean), rel=2e-15, abs=0.0)
    assert float(truncated.excess(threshold)) == pytest.approx(float(mean / threshold), rel=2e-15, abs=0.0)
    assert float(truncated.variance(threshold)) == pytest.approx(float(variance), rel=1e-13, abs=0.0)
    assert float(truncated.log_mills_ratio(threshold)) == pytest.approx(-float(mpmath.log(mean)), rel=2e-15, abs=2e-15)
    assert float(truncated.log_excess(threshold)) == pytest.approx(float(logarithm), rel=2e-15, abs=5e-15)


def test_moments_of_many_thresholds_are_those_of_each():
    for function in (truncated.hazard, truncated.excess, truncated.variance, truncated.log_mills_ratio, truncated.log_excess):
        assert function(np.array(THRESHOLDS)).tolist() == [float(function(t)) for t in THRESHOLDS]


@numba.njit
def sampled_moments(threshold, exactly):
    return draws.tail_moments(threshold, exactly)


@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_the_sampler_s_own_arithmetic_agrees(threshold):
    """Its variance comes of a difference up to t = 25 and of four terms of a series from there on: absolutely to 1e-10."""
    mean, variance = sampled_moments(threshold, False)
    for expected_mean, expected_variance in (moments(threshold), (truncated.hazard(threshold), truncated.variance(threshold))):
        assert mean == pytest.approx(float(expected_mean), rel=1e-14, abs=0.0)
        assert variance == pytest.approx(float(expected_variance), rel=5e-8, abs=0.0)
        assert variance == pytest.approx(float(expected_variance), rel=1e-13, abs=1e-10)


def test_the_ends_of_float64_keep_their_moments():
    assert float(truncated.variance(1e-300)) == pytest.approx(1.0 - 2.0 / math.pi, rel=1e-15, abs=0.0)
    assert float(truncated.variance(1e100)) == pytest.approx(1e-200, rel=1e-15, abs=0.0)
    assert float(truncated.excess(1e100)) == pytest.approx(1.0, rel=1e-15, abs=0.0)
    logarithm = math.log(1e300) + 0.5 * math.log(2.0 / math.pi)
    assert float(truncated.log_excess(1e-300)) == pytest.approx(logarithm, rel=1e-15, abs=0.0)


def test_a_model_s_threshold_falls_with_the_gradient_s_length():
    model = CompetitionModel(n=400, delta=0.1)
    assert float(truncated.mean_excess(model, 0.5)) == float(truncated.excess(4.0))
    assert float(truncated.log_mean_excess(model, 0.5)) == float(truncated.log_excess(4.0))
    assert truncated.tail_variance(model, 0.5) == float(truncated.variance(4.0))


def test_a_logit_that_is_given_exactly_has_neither_excess_nor_variance():
    model = CompetitionModel(n=400, delta=0.1, conditioning="exactly")
    gammas = np.array([0.5, 1.0])
    assert truncated.mean_excess(model, gammas).tolist() == [1.0, 1.0]
    assert truncated.log_mean_excess(model, gammas).tolist() == [0.0, 0.0]
    assert truncated.tail_variance(model, 0.5) == 0.0
