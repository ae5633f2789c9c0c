import math

import mpmath
import numba
import numpy as np
import pytest

from cgi_theory.sampling import elementary

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
        (elementary.LOG_SINGLE_COEFFICIENTS, log_series, LOG_END),
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


def test_exp_coefficients():
    count = len(elementary.EXP_COEFFICIENTS)
    nodes = [mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count)) / 2 for i in range(count)]
    powers = mpmath.matrix([[node**j for j in range(count)] for node in nodes])
    derived = mpmath.lu_solve(powers, mpmath.matrix([mpmath.mpf(2) ** node for node in nodes]))
    assert tuple(map(float, derived)) == elementary.EXP_COEFFICIENTS


def test_tail_coefficients():
    count = len(elementary.TAIL_COEFFICIENTS)
    nodes = [mpmath.cos(mpmath.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    ys = [(node + 1) / 2 for node in nodes]
    values = [mills(elementary.MILLS_SCALE * (1 / y - 1)) / y for y in ys]
    powers = mpmath.matrix([[node**j for j in range(count)] for node in nodes])
    derived = mpmath.lu_solve(powers, mpmath.matrix(values))
    for coefficient, reference in zip(elementary.TAIL_COEFFICIENTS, derived, strict=True):
        assert coefficient == pytest.approx(float(reference), rel=1e-12)


@numba.njit
def exps(x):
    return np.array([elementary.exp(v) for v in x])


@numba.njit
def upper_tails(x):
    return np.array([elementary.upper_tail(v) for v in x])


def test_exp():
    x = np.concatenate([np.linspace(-700, 700, 1001), np.linspace(-1, 1, 501), [0.0, 1e-300, -1e-17]])
    assert relative_error(exps(x), [mpmath.exp(mpmath.mpf(float(v))) for v in x]) < 2e-13
    assert exps(np.array([0.0]))[0] == pytest.approx(1.0, abs=2e-14)


def test_upper_tail():
    x = np.concatenate([np.linspace(0, 37, 400), [1e-12, 0.3]])
    references = [mpmath.erfc(mpmath.mpf(float(v)) / mpmath.sqrt(2)) / 2 for v in x]
    assert relative_error(upper_tails(x), references) < 2e-10


@numba.njit
def normals_below(x):
    return np.array([elementary.normal_below(v) for v in x])


@numba.njit
def normal_quantiles(p):
    return np.array([elementary.normal_quantile(v) for v in p])


def test_normal_below():
    x = np.concatenate([np.linspace(-37, 37, 400), [-1e-12, 0.0, 1e-12]])
    references = [mpmath.erfc(-mpmath.mpf(float(v)) / mpmath.sqrt(2)) / 2 for v in x]
    assert relative_error(normals_below(x), references) < 2e-10


def test_normal_quantile():
    """Of the probability of each x, on both sides, where one still has digits; of 0 and 1 as of the least probability."""
    x = np.concatenate([-np.geomspace(1e-3, 37.0, 300), np.linspace(0.01, 5.0, 100)])
    p = np.array([float(mpmath.erfc(-mpmath.mpf(float(v)) / mpmath.sqrt(2)) / 2) for v in x])
    assert normal_quantiles(p) == pytest.approx(x, rel=3e-7)
    assert normal_quantiles(1.0 - p[:200]) == pytest.approx(-x[:200], rel=3e-7)
    assert normal_quantiles(np.array([0.5])).tolist() == [0.0]
    assert normal_quantiles(np.array([0.0, 1.0])) == pytest.approx([-37.04, 37.04], rel=1e-3)


@numba.njit
def logs(x):
    return np.array([elementary.log(v) for v in x])


@numba.njit
def single_logs(x):
    return np.array([elementary.log_single(v) for v in x])


@numba.njit
def single_sines(t):
    pairs = np.empty((t.size, 2), dtype=np.float32)
    for i in range(t.size):
        pairs[i, 0], pairs[i, 1] = elementary.sine_cosine_single(t[i])
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


def test_single_log():
    """To two units in float32's last place, next to 1 too, where the radius of a normal vanishes."""
    rng = np.random.default_rng(1)
    x = np.concatenate([2.0 ** rng.uniform(-40, 0, 2000), 1 - 2.0 ** -np.arange(2.0, 25.0), [2.0**-40]]).astype(np.float32)
    assert single_logs(x).dtype == np.float32
    assert relative_error(single_logs(x), [mpmath.log(mpmath.mpf(float(v))) for v in x]) < 2 * 2.0**-23
    assert single_logs(np.ones(1, dtype=np.float32))[0] == 0.0


def test_single_sine_and_cosine():
    t = np.linspace(-0.5, 0.5, 2001).astype(np.float32)
    angle = np.float64(t) * np.pi / 2
    sine, cosine = single_sines(t).astype(np.float64).T
    assert np.abs(sine - np.sin(angle)).max() < 2.0**-23
    assert np.abs(cosine - np.cos(angle)).max() < 2.0**-23
    assert single_sines(t).dtype == np.float32


def test_mills_ratio():
    x = np.concatenate([[0.0], np.geomspace(1e-8, 1e8, 200), np.linspace(0.0, 40.0, 100)])
    assert relative_error(mills_ratios(x), [mills(mpmath.mpf(float(v))) for v in x]) < 2e-15
    assert mills_ratios(np.array([0.0]))[0] == pytest.approx(math.sqrt(math.pi / 2), rel=1e-15)
