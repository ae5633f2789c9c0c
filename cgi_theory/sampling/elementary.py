r"""Logarithm, exponential, sine, cosine, Mills ratio and normal quantiles from add, multiply, divide and square root alone.

IEEE 754 fixes every bit of those four operations but leaves ``log`` and ``sin`` to each machine's library. The
sampler must give the same bits everywhere, so it brings its own. All are polynomials interpolated at Chebyshev
nodes; ``tests/sampling/test_elementary.py`` derives the coefficients again with mpmath.

* :math:`\log x = e\log 2 + 2\,\mathrm{artanh}\,s`, with :math:`x = 2^e m`, :math:`m \in [\sqrt{1/2}, \sqrt 2)`,
  :math:`s = (m-1)/(m+1)`, and :math:`2\,\mathrm{artanh}(s)/s` a polynomial in :math:`s^2`.
* :math:`e^x = 2^k 2^f`, k the whole number nearest to :math:`x/\log 2`, and :math:`2^f` a polynomial.
* :math:`\sin(\pi t/2)/t` and :math:`\cos(\pi t/2)` are polynomials in :math:`t^2` for :math:`|t| \le 1/2`.
* The Mills ratio :math:`m(x) = (1 - \Phi(x))/\varphi(x)`, :math:`x \ge 0`, is :math:`y` times a Chebyshev series
  in :math:`2y - 1`, where :math:`y = 4/(4 + x)`. The upper tail :math:`1 - \Phi(x)` is :math:`\varphi(x)` times a shorter
  one, for loops.
* :math:`\Phi^{-1}` is Wichura's (1988, algorithm AS 241) PPND7: three ratios of polynomials.

Errors: 3e-14 relative for the logarithm and the exponential, 1e-15 relative for the Mills ratio, 2e-10 relative for the
upper tail, 3e-7 for the normal quantile. ``log_single``, ``sine_cosine_single`` work in float32, to its precision of 1e-7.
"""

import math

import numpy as np

from cgi_theory._jit import scalar

# Below it e^x would not be a normal float64.
LOWEST_EXPONENT = -700.0
LOG_2 = math.log(2.0)
LOG_COEFFICIENTS = (
    1.9999999999999472,
    0.6666666667957926,
    0.3999999489183238,
    0.28572166145875727,
    0.2217424991007749,
    0.19608095639753054,
)
LOG_SINGLE_COEFFICIENTS = (1.9999999986313182, 0.6666681533815119, 0.3997485051751905, 0.29924390479144986)
SINE_COEFFICIENTS = (1.5707963219532366, -0.6459634776648118, 0.07968021764775542, -0.004602149212814176)
COSINE_COEFFICIENTS = (0.9999999723284944, -1.2336970074214912, 0.25359857130254576, -0.020408158392998334)
EXP_COEFFICIENTS = (
    1.0000000000000135,
    0.6931471805599462,
    0.2402265069564034,
    0.05550410866465167,
    0.009618129193934313,
    0.0013333558200794592,
    0.0001540343375125101,
    1.5252672924850737e-05,
    1.325964524488711e-06,
    1.0205905413765595e-07,
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

TAIL_COEFFICIENTS = (
    0.47330476581834674,
    0.38094272765995546,
    0.24260238958349972,
    0.11688524517143621,
    0.037847926161090034,
    0.004725041317415287,
    -0.0021804805093539547,
    -0.0010215276921965494,
    8.325801767571794e-05,
    0.00014353058852266447,
    -6.432445348243395e-07,
    -2.002525580624837e-05,
    -1.471648496359323e-07,
    2.0769066240856023e-06,
)
# From the middle to a probability of 0.075, on to one of e^-25, and beyond: numerators and denominators.
QUANTILE_COEFFICIENTS = (
    (3.3871327179, 50.434271938, 159.29113202, 59.109374720),
    (1.0, 17.895169469, 78.757757664, 67.187563600),
    (1.4234372777, 2.7568153900, 1.3067284816, 0.17023821103),
    (1.0, 0.73700164250, 0.12021132975),
    (6.6579051150, 3.0812263860, 0.42868294337, 0.017337203997),
    (1.0, 0.24197894225, 0.012258202635),
)

_L0, _L1, _L2, _L3, _L4, _L5 = LOG_COEFFICIENTS
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9 = EXP_COEFFICIENTS
_T0, _T1, _T2, _T3, _T4, _T5, _T6, _T7, _T8, _T9, _T10, _T11, _T12, _T13 = TAIL_COEFFICIENTS
(_A0, _A1, _A2, _A3), (_, _B1, _B2, _B3), (_G0, _G1, _G2, _G3), (_, _D1, _D2), (_F0, _F1, _F2, _F3), (_, _H1, _H2) = (
    QUANTILE_COEFFICIENTS
)
_LEAST_PROBABILITY = 1e-300
_PER_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)
_PER_LOG_2 = 1.0 / LOG_2
# Adding this rounds to a whole number, which then stands in the last bits of the sum.
_ROUND = 1.5 * 2.0**52
_ROUND_BITS = np.float64(_ROUND).view(np.int64)
_EXPONENT_BIAS = np.int64(1023)
_MILLS = np.array(MILLS_COEFFICIENTS)
_SQRT_HALF_BITS = np.float64(math.sqrt(0.5)).view(np.uint64)
_MANTISSA_BITS = np.int64(52)

_K0, _K1, _K2, _K3 = map(np.float32, LOG_SINGLE_COEFFICIENTS)
_S0, _S1, _S2, _S3 = map(np.float32, SINE_COEFFICIENTS)
_C0, _C1, _C2, _C3 = map(np.float32, COSINE_COEFFICIENTS)
_ONE = np.float32(1.0)
_LOG_2_SINGLE = np.float32(LOG_2)
_SQRT_HALF_BITS_SINGLE = np.float32(math.sqrt(0.5)).view(np.int32)
_MANTISSA_BITS_SINGLE = np.int32(23)


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
def exp(x: float) -> float:
    """e^x for −700 <= x <= 700."""
    t = x * _PER_LOG_2
    rounded = t + _ROUND
    f = t - (rounded - _ROUND)
    series = _E9
    series = (((series * f + _E8) * f + _E7) * f + _E6) * f + _E5
    series = ((((series * f + _E4) * f + _E3) * f + _E2) * f + _E1) * f + _E0
    exponent = np.float64(rounded).view(np.int64) - _ROUND_BITS + _EXPONENT_BIAS
    return float(series * np.int64(exponent << _MANTISSA_BITS).view(np.float64))


@scalar
def log_single(x: np.float32) -> np.float32:
    """Natural logarithm of a positive, normal float32."""
    bits = np.float32(x).view(np.int32)
    exponent = np.int32(np.int32(bits - _SQRT_HALF_BITS_SINGLE) >> _MANTISSA_BITS_SINGLE)
    mantissa = np.int32(bits - np.int32(exponent << _MANTISSA_BITS_SINGLE)).view(np.float32)
    s = np.float32(mantissa - _ONE) / np.float32(mantissa + _ONE)
    w = s * s
    return np.float32(np.float32(exponent) * _LOG_2_SINGLE + s * (((_K3 * w + _K2) * w + _K1) * w + _K0))


@scalar
def sine_cosine_single(t: np.float32) -> tuple[np.float32, np.float32]:
    """Sine and cosine of t right angles, -1/2 <= t <= 1/2, in float32."""
    w = t * t
    sine = t * (((_S3 * w + _S2) * w + _S1) * w + _S0)
    cosine = ((_C3 * w + _C2) * w + _C1) * w + _C0
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


@scalar
def upper_tail(x: float) -> float:
    """1 − Φ(x) for 0 <= x <= 37."""
    y = MILLS_SCALE / (MILLS_SCALE + x)
    z = 2.0 * y - 1.0
    series = ((((_T13 * z + _T12) * z + _T11) * z + _T10) * z + _T9) * z + _T8
    series = ((((series * z + _T7) * z + _T6) * z + _T5) * z + _T4) * z + _T3
    series = ((series * z + _T2) * z + _T1) * z + _T0
    return y * series * exp(-0.5 * x * x) * _PER_ROOT_2_PI


@scalar
def normal_below(x: float) -> float:
    """Φ(x) for −37 <= x <= 37."""
    tail = upper_tail(abs(x))
    return 1.0 - tail if x > 0.0 else tail


@scalar
def normal_quantile(p: float) -> float:
    """The x with Φ(x) = p, for 0 <= p <= 1; a probability below 1e-300 counts as that."""
    q = p - 0.5
    w = 0.180625 - q * q
    middle = q * (((_A3 * w + _A2) * w + _A1) * w + _A0) / (((_B3 * w + _B2) * w + _B1) * w + 1.0)
    r = np.sqrt(-log(max(min(p, 1.0 - p), _LEAST_PROBABILITY)))
    v = r - 1.6
    near = (((_G3 * v + _G2) * v + _G1) * v + _G0) / ((_D2 * v + _D1) * v + 1.0)
    v = r - 5.0
    far = (((_F3 * v + _F2) * v + _F1) * v + _F0) / ((_H2 * v + _H1) * v + 1.0)
    tail = near if r <= 5.0 else far
    return middle if w >= 0.0 else (tail if q > 0.0 else -tail)
