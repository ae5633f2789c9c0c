r"""Kept and energy against rivals that depend on each other: means over quasi-random points in a cone.

With u the chosen label's normal and the rivals' :math:`W = Bf + Le`, the label keeps the pixel, with a positive score, where
:math:`u > 0` and :math:`-c u + Bf + Le \le 0`. The f are the few directions in which the rivals vary together, eigenvectors of V
that hold a good part of its trace: given them (and u) the rivals hardly depend on each other, and their inequalities can be
taken one after the other (:mod:`cgi_theory.sampling.orthant`) without regard to those still to come. B takes from each of these
eigenvalues what it has above the next one, so that LLᵀ, the rest, has the rank of V.

So all depends on v = (u, f). As if the rivals were independent given v, its log density is

.. math:: -\tfrac12 |v|^2 + \sum_j \log\Phi\bigl((c_j u - (Bf)_j)/d_j\bigr), \qquad d_j^2 = (LL^\top)_{jj},

which is concave. With its mode and its curvature there, :math:`(TT^\top)^{-1}`, points are :math:`v = \hat v + Tz` with every z
from Student's t with 4 degrees of freedom, the first above the bound that u > 0 sets it: t has heavier tails than any normal law,
so that no point weighs much. A point's weight is the normal density of v over the density of its draw, times the probability of
the inequalities. Kept is twice the mean weight, and energy twice the mean of weight times :math:`u^2`.

Points are Sobol's, with random digital shifts, whose spread gives the error. They double in number until four standard errors are
what is wanted.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr
from scipy.stats import qmc

from cgi_theory._arrays import Float1D, Float2D, FloatND, Word2D
from cgi_theory.sampling.orthant import BITS, Cone, factor, weigh
from cgi_theory.sampling.philox import random_words

ERRORS = 4.0  # standard errors that an error is
_SHIFTS = 12
_FEWEST, _MOST, _AT_A_TIME = 128, 2**17, 1024  # points of a shift
_MOST_STEPS = 2**36  # multiplications of all points
# Of the trace, and of the mean eigenvalue: what a direction holds in which the rivals vary together.
_SHARE, _TIMES_THE_MEAN = 0.05, 3.0
_NEWTON_STEPS, _SETTLED = 60, 1e-8


class Draw(NamedTuple):
    """How v is drawn: v = mode + Tz."""

    mode: Float1D
    spread: Float2D
    """T, lower triangular."""


def mean_over_cone(
    slopes: Float1D, covariance: Float2D, rounding: float, seed: int, tolerance: float
) -> tuple[float, float, float, float]:
    """Return kept, energy and their errors.

    Parameters
    ----------
    slopes : ndarray, (m,)
        c.
    covariance : ndarray, (m, m)
        V.
    rounding : float
        A conditional variance that is none.
    seed : int
    tolerance : float
        Of the errors, relative.
    """
    common = _common(covariance, rounding)
    rest = covariance - common @ common.T
    np.fill_diagonal(rest, np.maximum(np.diagonal(rest), rounding))
    draw = _likely(np.column_stack([-slopes, common]) / np.sqrt(np.diagonal(rest))[:, None])
    cone = _cone(np.column_stack([-slopes, common]), rest, draw.mode, rounding)
    lead, rank = len(draw.mode), len(cone.starts) - 1
    shifts = random_words(_SHIFTS * (lead + rank), seed=seed).reshape(_SHIFTS, -1) >> np.uint32(32 - BITS)
    sobol = qmc.Sobol(lead + rank, scramble=False, bits=BITS)
    most = min(_MOST, max(_FEWEST, _MOST_STEPS // (_SHIFTS * cone.rows.size)))
    sums, points = np.zeros((2, _SHIFTS)), 0
    while True:
        stop = max(_FEWEST, 2 * points)
        while points < stop:
            count = min(_AT_A_TIME, stop - points)
            words = np.ascontiguousarray((sobol.random(count) * 2.0**BITS).astype(np.uint32).T)
            sums += _sums(cone, draw, words, shifts)
            points += count
        means = sums / points
        kept, energy = means.mean(axis=1)
        errors = ERRORS * means.std(axis=1, ddof=1) / math.sqrt(_SHIFTS)
        if 2 * points > most or np.all(errors <= tolerance * np.array([kept, energy])):
            return float(kept), float(energy), float(errors[0]), float(errors[1])


def _sums(cone: Cone, draw: Draw, words: Word2D, shifts: Word2D) -> Float2D:
    """Return the sums of both answers over points, (2, shifts)."""
    lead = len(draw.mode)
    uniforms = ((words[:lead, None, :] ^ shifts.T[:lead, :, None]).astype(np.float64) + 0.5) * 2.0**-BITS
    least = _t_below(-draw.mode[0] / draw.spread[0, 0])
    uniforms[0] = least + uniforms[0] * (1.0 - least)
    z = _t_quantile(uniforms)
    v = draw.mode[:, None, None] + np.tensordot(draw.spread, z, axes=1)
    log_weights = np.empty((v.shape[1], v.shape[2]))
    weigh(cone, v, words[lead:], np.ascontiguousarray(shifts[:, lead:]), log_weights)
    scale = 2.0 * (1.0 - least) * np.prod(np.diagonal(draw.spread))
    log_weights -= np.sum(0.5 * v * v + 0.5 * math.log(2.0 * math.pi) + _log_t_density(z), axis=0)
    weights = scale * np.exp(log_weights)
    return np.array([weights.sum(axis=1), (weights * v[0] ** 2).sum(axis=1)])


def _common(covariance: Float2D, rounding: float) -> Float2D:
    """Return B, (m, q); q is below the rank of V, so that the rest has its rank."""
    values, vectors = np.linalg.eigh(covariance)
    large = values[1:] > max(_SHARE, _TIMES_THE_MEAN / len(values)) * values.sum()
    large &= values[:-1] > rounding
    count = int(large.sum())
    found: Float2D = vectors[:, len(values) - count :] * np.sqrt(values[len(values) - count :] - values[-count - 1])
    return found


def _likely(rows: Float2D) -> Draw:
    """Return how v is drawn, from the rows of −c and B in units of d: Newton's method on a concave function."""

    def height(v: Float1D) -> float:
        return float(np.sum(log_ndtr(-rows @ v)) - 0.5 * v @ v)

    v = np.zeros(rows.shape[1])
    v[0] = 1.0
    for _ in range(_NEWTON_STEPS):
        place = -rows @ v
        hazard = np.exp(-0.5 * place * place - log_ndtr(place)) / math.sqrt(2.0 * math.pi)
        curvature = np.eye(len(v)) + (rows.T * (hazard * (hazard + place))) @ rows
        step = np.linalg.solve(curvature, -v - rows.T @ hazard)
        if np.abs(step).max() < _SETTLED:
            break
        while height(v + step) < height(v) and np.abs(step).max() > _SETTLED:
            step *= 0.5
        v = v + step
    return Draw(v, np.linalg.cholesky(np.linalg.inv(curvature)))


def _cone(given: Float2D, rest: Float2D, mode: Float1D, rounding: float) -> Cone:
    """Return the inequalities in their order, from the columns of the given normals (m, q) and the covariance of the rest."""
    size = len(rest)
    columns, order, starts = np.zeros((size, size)), np.empty(size, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    rank = factor(rest.copy(), -given @ mode, rounding, columns, order, starts)
    return Cone(np.column_stack([given[order], columns[:rank, order].T]), starts[: rank + 1])


def _t_below(x: float) -> float:
    """The distribution function of Student's t with 4 degrees of freedom."""
    s = x / math.sqrt(1.0 + 0.25 * x * x)
    return 0.5 + 0.375 * s * (1.0 - s * s / 12.0)


def _t_quantile(p: FloatND) -> FloatND:
    """Its inverse (Shaw 2006)."""
    root = np.sqrt(4.0 * p * (1.0 - p))
    square = np.cos(np.arccos(np.minimum(root, 1.0)) / 3.0) / root
    found: FloatND = np.copysign(2.0 * np.sqrt(np.maximum(square - 1.0, 0.0)), p - 0.5)
    return found


def _log_t_density(x: FloatND) -> FloatND:
    found: FloatND = math.log(0.375) - 2.5 * np.log1p(0.25 * x * x)
    return found
