r"""Logarithm, sine, cosine and Mills ratio from add, multiply, divide and square root alone.

IEEE 754 fixes every bit of those four operations but leaves ``log`` and ``sin`` to each machine's library. The
sampler must give the same bits everywhere, so it brings its own. All four are polynomials interpolated at Chebyshev
nodes; ``tests/gaussian/test_elementary.py`` derives the coefficients again with mpmath.

* :math:`\log x = e\log 2 + 2\,\mathrm{artanh}\,s`, with :math:`x = 2^e m`, :math:`m \in [\sqrt{1/2}, \sqrt 2)`,
  :math:`s = (m-1)/(m+1)`, and :math:`2\,\mathrm{artanh}(s)/s` a polynomial in :math:`s^2`.
* :math:`\sin(\pi t/2)/t` and :math:`\cos(\pi t/2)` are polynomials in :math:`t^2` for :math:`|t| \le 1/2`.
* The Mills ratio :math:`m(x) = (1 - \Phi(x))/\varphi(x)`, :math:`x \ge 0`, is :math:`y` times a Chebyshev series
  in :math:`2y - 1`, where :math:`y = 4/(4 + x)`.

Errors: 3e-14 relative for the logarithm, 6e-14 absolute for sine and cosine, 1e-15 relative for the Mills ratio.
"""

import math

import numpy as np

from cgi_theory._jit import scalar

LOG_2 = math.log(2.0)
LOG_COEFFICIENTS = (
    1.9999999999999472,
    0.6666666667957926,
    0.3999999489183238,
    0.28572166145875727,
    0.2217424991007749,
    0.19608095639753054,
)
SINE_COEFFICIENTS = (
    1.57079632679489,
    -0.645964097504309,
    0.07969262615574603,
    -0.004681752591458209,
    0.00016042926504495616,
    -3.556386260704784e-06,
)
COSINE_COEFFICIENTS = (
    0.9999999999999444,
    -1.2337005501201592,
    0.25366950715370434,
    -0.020863468002244645,
    0.0009191617369539572,
    -2.4850963357813638e-05,
)
MILLS_SCALE = 4.0
MILLS_COEFFICIENTS = (
    0.6081401071287601,
    0.47106364364487086,
    0.1392391622740954,
    0.030403993036051142,
    0.004340177035931943,
    0.00020090530018249141,
    -6.300873370135883e-05,
    -1.1845929817645294e-05,
    6.331472841497064e-07,
    3.85101745997825e-07,
    -2.118740157515424e-09,
    -1.296334650273668e-08,
    -7.070323319150615e-11,
    4.871641594722765e-10,
    -6.229863742068851e-12,
    -1.9893121798616005e-11,
    1.1546035447693975e-12,
    8.227140310233071e-13,
    -1.091346007067495e-13,
    -3.0751780219647713e-14,
    8.103539120556909e-15,
    7.633316510696814e-16,
    -5.045841562064601e-16,
    1.754349396326216e-17,
    2.6263398056103275e-17,
)

_L0, _L1, _L2, _L3, _L4, _L5 = LOG_COEFFICIENTS
_S0, _S1, _S2, _S3, _S4, _S5 = SINE_COEFFICIENTS
_C0, _C1, _C2, _C3, _C4, _C5 = COSINE_COEFFICIENTS
_MILLS = np.array(MILLS_COEFFICIENTS)
_SQRT_HALF_BITS = np.float64(math.sqrt(0.5)).view(np.uint64)
_MANTISSA_BITS = np.int64(52)


@scalar
def log(x: float) -> float:
    """Natural logarithm of a positive, normal float64."""
    bits = np.float64(x).view(np.uint64)
    exponent = np.uint64(bits - _SQRT_HALF_BITS).view(np.int64) >> _MANTISSA_BITS
    mantissa = np.uint64(bits - np.int64(exponent << _MANTISSA_BITS).view(np.uint64)).view(np.float64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    w = s * s
    series = ((((_L5 * w + _L4) * w + _L3) * w + _L2) * w + _L1) * w + _L0
    return float(exponent) * LOG_2 + s * series


@scalar
def sine_cosine(t: float) -> tuple[float, float]:
    """Sine and cosine of t right angles, -1/2 <= t <= 1/2."""
    w = t * t
    sine = t * (((((_S5 * w + _S4) * w + _S3) * w + _S2) * w + _S1) * w + _S0)
    cosine = ((((_C5 * w + _C4) * w + _C3) * w + _C2) * w + _C1) * w + _C0
    return sine, cosine


@scalar
def mills_ratio(x: float) -> float:
    """(1 - Φ(x)) / φ(x) for x >= 0: Clenshaw's recurrence over the Chebyshev series."""
    y = MILLS_SCALE / (MILLS_SCALE + x)
    z = 2.0 * (2.0 * y - 1.0)
    b1 = 0.0
    b2 = 0.0
    for i in range(_MILLS.size - 1, 0, -1):
        b1, b2 = _MILLS[i] + z * b1 - b2, b1
    return float(y * (_MILLS[0] + 0.5 * z * b1 - b2))
