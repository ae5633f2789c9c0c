import math

import mpmath
import numba
import numpy as np
import pytest

from cgi_theory.gaussian import elementary

mpmath.mp.dps = 40


def chebyshev_polynomial(function, upper, degree):
    """Monomial coefficients of the interpolant at the Chebyshev nodes of [0, upper]."""
    count = degree + 1
    nodes = [upper / 2 * (1 + mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count))) for i in range(count)]
    powers = mpmath.matrix([[node**j for j in range(count)] for node in nodes])
    return list(mpmath.lu_solve(powers, mpmath.matrix([function(node) for node in nodes])))


def mills(x):
    if x < 300:
        return mpmath.sqrt(mpmath.pi / 2) * mpmath.exp(x * x / 2) * mpmath.erfc(x / mpmath.sqrt(2))
    return mpmath.quad(lambda s: mpmath.exp(-x * s - s * s / 2), [0, 1 / x, 10 / x, 120 / x])


def log_series(w):
    return 2 * mpmath.atanh(mpmath.sqrt(w)) / mpmath.sqrt(w)


def sine_series(w):
    return mpmath.sin(mpmath.sqrt(w) * mpmath.pi / 2) / mpmath.sqrt(w)


def cosine_series(w):
    return mpmath.cos(mpmath.sqrt(w) * mpmath.pi / 2)


LOG_END = ((mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1)) ** 2


@pytest.mark.parametrize(
    ("coefficients", "function", "upper"),
    [
        (elementary.LOG_COEFFICIENTS, log_series, LOG_END),
        (elementary.SINE_COEFFICIENTS, sine_series, mpmath.mpf(1) / 4),
        (elementary.COSINE_COEFFICIENTS, cosine_series, mpmath.mpf(1) / 4),
    ],
)
def test_polynomial_coefficients(coefficients, function, upper):
    derived = chebyshev_polynomial(function, upper, len(coefficients) - 1)
    assert coefficients == tuple(map(float, derived))


def test_mills_coefficients():
    count = len(elementary.MILLS_COEFFICIENTS)
    angles = [mpmath.pi * (2 * i + 1) / (2 * count) for i in range(count)]
    values = []
    for angle in angles:
        y = (1 + mpmath.cos(angle)) / 2
        values.append(mills(elementary.MILLS_SCALE * (1 / y - 1)) / y)
    for j, coefficient in enumerate(elementary.MILLS_COEFFICIENTS):
        terms = [v * mpmath.cos(j * a) for v, a in zip(values, angles, strict=True)]
        derived = mpmath.fsum(terms) * (1 if j == 0 else 2) / count
        assert coefficient == pytest.approx(float(derived), abs=1e-19, rel=1e-12)


@numba.njit
def logs(x):
    return np.array([elementary.log(v) for v in x])


@numba.njit
def sines(t):
    pairs = np.empty((t.size, 2))
    for i in range(t.size):
        pairs[i, 0], pairs[i, 1] = elementary.sine_cosine(t[i])
    return pairs


@numba.njit
def mills_ratios(x):
    return np.array([elementary.mills_ratio(v) for v in x])


def relative_error(values, references):
    return max(abs(float((mpmath.mpf(float(v)) - r) / r)) for v, r in zip(values, references, strict=True))


def test_log():
    rng = np.random.default_rng(1)
    near_one = 1.0 + np.array([2.0**-52, -(2.0**-53), 1e-9, -1e-9, 1e-4, -1e-4])
    x = np.concatenate([2.0 ** rng.uniform(-1000, 1000, 300), rng.uniform(0.5, 2.0, 300), near_one, [2.0**-41]])
    assert relative_error(logs(x), [mpmath.log(mpmath.mpf(float(v))) for v in x]) < 1e-13
    assert logs(np.array([1.0]))[0] == 0.0


def test_sine_and_cosine():
    t = np.concatenate([np.linspace(-0.5, 0.5, 801), [2.0**-24, -(2.0**-24)]])
    angle = [mpmath.mpf(float(v)) * mpmath.pi / 2 for v in t]
    sine, cosine = sines(t).T
    assert max(abs(float(mpmath.mpf(float(s)) - mpmath.sin(a))) for s, a in zip(sine, angle, strict=True)) < 1e-13
    assert max(abs(float(mpmath.mpf(float(c)) - mpmath.cos(a))) for c, a in zip(cosine, angle, strict=True)) < 1e-13
    assert np.allclose(sine**2 + cosine**2, 1.0, rtol=0.0, atol=2e-13)


def test_mills_ratio():
    x = np.concatenate([[0.0], np.geomspace(1e-8, 1e8, 200), np.linspace(0.0, 40.0, 100)])
    assert relative_error(mills_ratios(x), [mills(mpmath.mpf(float(v))) for v in x]) < 2e-15
    assert mills_ratios(np.array([0.0]))[0] == pytest.approx(math.sqrt(math.pi / 2), rel=1e-15)
