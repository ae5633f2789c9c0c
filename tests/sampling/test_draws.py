import math

import mpmath
import numba
import numpy as np
import pytest
from scipy import stats

from cgi_theory.sampling import draws
from tests import naive

mpmath.mp.dps = 40


@numba.njit
def truncated(threshold, uniforms):
    return np.array([draws.truncated_normal(threshold, u) for u in uniforms])


@pytest.mark.parametrize("threshold", [1e-100, 1e-3, 0.1, 1.0, 3.0, 10.0, 38.0, 100.0, 1e4, 1e8])
def test_truncated_normal_inverts_the_survival_function(threshold):
    uniforms = np.array([1 - 2**-52, 0.999, 0.7, 0.5, 0.1, 1e-3, 1e-8, 2**-53])
    t = mpmath.mpf(threshold)
    for u, value in zip(uniforms, truncated(threshold, uniforms), strict=True):
        # The survival at the value must be u, but for the rounding of the value itself.
        y = mpmath.mpf(float(value)) - t
        survival = mpmath.exp(-y * t - y * y / 2) * mills(t + y) / mills(t)
        rounding = math.ulp(value) / float(mills(t + y))
        assert abs(float(mpmath.log(survival / mpmath.mpf(float(u))))) < 1e-12 + 2 * rounding


def mills(x):
    if x < 300:
        return naive.upper(x) / naive.phi(x)
    return mpmath.quad(lambda s: mpmath.exp(-x * s - s * s / 2), [0, 1 / x, 10 / x, 120 / x])


@pytest.mark.parametrize("threshold", [0.01, 1.0, 10.0])
def test_truncated_normal_has_its_law(threshold):
    u = np.random.default_rng(3).random(100_000)
    values = truncated(threshold, u)
    assert values.min() >= threshold
    law = stats.truncnorm(threshold, np.inf)
    assert stats.kstest(values, law.cdf).pvalue > 1e-3
    assert stats.kstest(values, stats.truncnorm(threshold * 1.02 + 0.01, np.inf).cdf).pvalue < 1e-3


@numba.njit
def radii(n, target, exactly, count):
    hat = draws.radius_hat(n, target, exactly)
    seed, stream = np.uint64(5), np.uint64(3)
    return np.array([draws.joint_radius(hat, seed, np.uint64(i), stream) for i in range(count)])


def radius_cdf(n, target, exactly, grid):
    """Distribution function by quadrature on a fine grid of log R, from the definition of the joint law."""
    log_r = np.linspace(grid.min() - 2.0, grid.max() + 1.0, 200_001)
    r = np.exp(log_r)
    log_density = n * log_r - r**2 / 2
    log_density += stats.norm.logpdf(target / r) - log_r if exactly else stats.norm.logsf(target / r)
    density = np.exp(log_density - log_density.max())
    total = np.cumsum(density)
    return lambda values: np.interp(np.log(values), log_r, total / total[-1])


@pytest.mark.parametrize("exactly", [False, True])
@pytest.mark.parametrize(("n", "delta"), [(2, 0.01), (2, 3.0), (5, 0.3), (100, 0.1), (10_000, 0.1), (10_000, 2.0), (10**6, 0.3)])
def test_joint_radius_has_its_law(n, delta, exactly):
    values = radii(n, delta * n, exactly, 20_000)
    cdf = radius_cdf(n, delta * n, exactly, np.log(values))
    assert stats.kstest(values, cdf).pvalue > 1e-3
    shifted = values + values.std() / 15
    assert stats.kstest(shifted, cdf).pvalue < 1e-3
