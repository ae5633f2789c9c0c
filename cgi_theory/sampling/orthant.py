r"""Normal probabilities of many inequalities, one after the other: the compiled part of the Gram predictor.

Independent standard normals :math:`y_0, y_1, \ldots` are to satisfy :math:`Ay \le 0`, of which the first few are given. Each
inequality leaves the last normal in it an interval, given those before (Genz 1992),

.. math:: y_i \le -\sum_{l<i} A_{jl} y_l / A_{ji}, \quad \text{or} \ge \text{where } A_{ji} < 0,

and :math:`y_i` is drawn from the normal law on that interval. The product of the intervals' probabilities has the mean
:math:`P(Ay \le 0)`. Where the inequalities' covariance is singular, several have the same last normal, and narrow one interval
(Genz & Kwong 2000).

The order matters: each inequality in its turn is the one least likely to hold, given that those before it do and sit at
their means (Gibson, Glasbey & Elston 1994; Genz & Bretz 2009, section 4.1.3).
"""

import math
from typing import NamedTuple

import numpy as np

from cgi_theory._arrays import Bool1D, Float1D, Float2D, Float3D, Int1D, Word1D, Word2D
from cgi_theory._jit import kernel, part
from cgi_theory.sampling.elementary import exp, log, normal_below, normal_quantile

# Bits of a uniform number's word.
BITS = 30
# Points that are taken through all inequalities together: some vectors' worth for a compiler, and still in the cache.
_POINTS = 64
# Beyond it the normal law has 1e-300 of its mass.
_FAR = 37.0
_LEAST = 1e-300
_PER_WORD = 2.0**-BITS
_PER_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)


class Cone(NamedTuple):
    """The inequalities Ay ≤ 0 in the order in which they are taken."""

    rows: Float2D
    """A, (m, q + r): q normals that are given, and r that are drawn."""
    starts: Int1D
    """Where the inequalities begin whose last normal is each of the drawn ones, and where the last end, (r + 1,)."""


@kernel
def factor(covariance: Float2D, bounds: Float1D, tolerance: float, columns: Float2D, order: Int1D, starts: Int1D) -> int:
    """Factor a covariance LLᵀ, which is overwritten, in the order of least probability below ``bounds``; return its rank r.

    ``columns[i]`` becomes that of L for its normal i, with rows in the covariance's order; ``order`` the order in which the rows
    are taken, with ``starts`` as in ``Cone``. A conditional variance of at most ``tolerance`` is none.
    """
    m = len(bounds)
    left = np.ones(m, dtype=np.bool_)
    means = np.zeros(m)
    taken = 0
    for i in range(m):
        starts[i] = taken
        pivot, end = _least_likely(covariance, bounds, means, left)
        if pivot < 0:
            return i
        left[pivot] = False
        order[taken] = pivot
        taken += 1
        deviation = np.sqrt(covariance[pivot, pivot])
        column = columns[i]
        for j in range(m):
            column[j] = covariance[pivot, j] / deviation if left[j] else 0.0
        column[pivot] = deviation
        mean = -exp(-0.5 * end * end) * _PER_ROOT_2_PI / normal_below(end)
        for j in range(m):
            if left[j]:
                means[j] += column[j] * mean
                for k in range(m):
                    covariance[j, k] -= column[j] * column[k]
                if covariance[j, j] <= tolerance:
                    left[j] = False
                    order[taken] = j
                    taken += 1
    starts[m] = taken
    return m


@part
def _least_likely(covariance: Float2D, bounds: Float1D, means: Float1D, left: Bool1D) -> tuple[int, float]:
    """Which of the rows that are left is least likely to be below its bound, and where the bound is in standard deviations."""
    found, lowest = -1, np.inf
    for j in range(len(bounds)):
        if left[j]:
            place = (bounds[j] - means[j]) / np.sqrt(covariance[j, j])
            if place < lowest:
                found, lowest = j, place
    return found, min(max(lowest, -_FAR), _FAR)


@kernel
def weigh(cone: Cone, given: Float3D, words: Word2D, shifts: Word2D, log_weights: Float2D) -> None:
    """Fill ``log_weights`` (shifts, points) with the logarithms of the products of probabilities.

    ``given`` (q, shifts, points) are the normals that come first. The others are drawn by points' words (r, points) of 30 bits,
    of which every shift (shifts, r) flips some.
    """
    rows, starts = cone
    lead, rank = given.shape[0], len(starts) - 1
    normals = np.zeros((lead + rank, _POINTS))
    # Arrays of their own, which a compiler sees do not overlap: rows of one would not be made vectors of.
    bounds, low, high = np.empty(_POINTS), np.empty(_POINTS), np.empty(_POINTS)
    sign, log_product = np.empty(_POINTS), np.empty(_POINTS)
    for shift in range(given.shape[1]):
        for start in range(0, given.shape[2], _POINTS):
            size = min(_POINTS, given.shape[2] - start)
            for i in range(lead):
                normals[i, :size] = given[i, shift, start : start + size]
            log_product[:] = 0.0
            for i in range(rank):
                low[:] = -_FAR
                high[:] = _FAR
                for j in range(starts[i], starts[i + 1]):
                    _sum_up(rows[j, : lead + i], normals, bounds)
                    _narrow(bounds, rows[j, lead + i], low, high)
                _draw_between(low, high, words[i, start : start + size], shifts[shift, i], normals[lead + i], sign, log_product)
            log_weights[shift, start : start + size] = log_product[:size]


@part
def _sum_up(row: Float1D, normals: Float2D, bounds: Float1D) -> None:
    """Write −Σ A y over the normals that there are, four at a turn: the sums so far are read a quarter as often."""
    whole = len(row) - len(row) % 4
    bounds[:] = 0.0
    for i in range(0, whole, 4):
        a0, a1, a2, a3 = row[i], row[i + 1], row[i + 2], row[i + 3]
        y0, y1, y2, y3 = normals[i], normals[i + 1], normals[i + 2], normals[i + 3]
        for b in range(_POINTS):
            bounds[b] -= (a0 * y0[b] + a1 * y1[b]) + (a2 * y2[b] + a3 * y3[b])
    for i in range(whole, len(row)):
        a, y = row[i], normals[i]
        for b in range(_POINTS):
            bounds[b] -= a * y[b]


@part
def _narrow(bounds: Float1D, coefficient: float, low: Float1D, high: Float1D) -> None:
    """Take an inequality into the intervals of the last normal in it."""
    if coefficient > 0.0:
        for b in range(_POINTS):
            high[b] = min(high[b], bounds[b] / coefficient)
    else:
        for b in range(_POINTS):
            low[b] = max(low[b], bounds[b] / coefficient)


@part
def _draw_between(
    low: Float1D, high: Float1D, words: Word1D, shift: np.uint32, drawn: Float1D, sign: Float1D, log_product: Float1D
) -> None:
    """Draw a normal on each interval, and take the interval's probability into the product; the intervals are used up.

    Where an interval lies above 0 its mirror image is used, so that both ends' probabilities are small and keep their digits.
    Short loops one after the other: a compiler makes vectors of them.
    """
    for b in range(_POINTS):
        left, right = min(max(low[b], -_FAR), _FAR), min(max(high[b], -_FAR), _FAR)
        sign[b] = -1.0 if left + right > 0.0 else 1.0
        low[b] = -right if left + right > 0.0 else left
        high[b] = -left if left + right > 0.0 else right
    for b in range(_POINTS):
        low[b] = normal_below(low[b])
    for b in range(_POINTS):
        high[b] = max(normal_below(high[b]) - low[b], _LEAST)
    for b in range(len(words)):
        uniform = (float(np.int32(words[b] ^ shift)) + 0.5) * _PER_WORD
        low[b] += uniform * high[b]
    for b in range(_POINTS):
        drawn[b] = sign[b] * normal_quantile(low[b])
    for b in range(_POINTS):
        log_product[b] += log(high[b]) if high[b] > _LEAST else -np.inf
