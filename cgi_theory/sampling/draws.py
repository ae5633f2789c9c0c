r"""Draws from a normal tail and from the joint law's radius, with the project's own arithmetic.

**Truncated normal.** T given T ≥ t solves :math:`P(N \ge T)/P(N \ge t) = U`. With :math:`T = t + y` and the Mills
ratio m, in log space,

.. math:: t y + \tfrac12 y^2 - \log\frac{m(t + y)}{m(t)} = -\log U .

The left side is convex and increasing in y (its slope is the hazard 1/m), so Newton's method from the right falls to the
root; :math:`\min(-m(t)\log U,\ \sqrt{t^2 - 2\log U} - t)` lies to the right of it. A ten-sigma event costs the same as
any other.

**Radius of the joint law.** The log density of :math:`R = \sqrt n |g_1|`, up to a constant,

.. math:: (n-1)\log R - \tfrac12 R^2 - \tfrac12 t^2 + \log m(t)\ \text{(at least)}
   \quad\text{or}\quad (n-2)\log R - \tfrac12 R^2 - \tfrac12 t^2\ \text{(exactly)}, \qquad t = \delta n/R,

is concave for n ≥ 2, so R is drawn from under two tangents and a flat top (Devroye 1986, Section VII.2), one standard
deviation to either side of the mode.

Equation of paper_notes.md: (6).
"""

import math
from typing import NamedTuple

import numpy as np

from cgi_theory._jit import kernel, part, scalar
from cgi_theory.sampling.elementary import log, mills_ratio
from cgi_theory.sampling.philox import draw_uniform

# Newton's method needs a handful of steps; far out in the tail rounding may keep its last ones from settling.
_MOST_STEPS = 60
# From this threshold on 1 − λ(λ − t) has lost half of its digits, and four terms of the series have as many.
_FAR_THRESHOLD = 25.0
# Halvings that leave no digit of the mode to chance.
_BISECTIONS = 200
# Of the mode, to either side of it: where the log density's second derivative is a difference of slopes.
_STEP = 1e-4


class RadiusHat(NamedTuple):
    """The joint law's radius: its density's parameters, and the envelope under which it is drawn."""

    n: int
    target: float
    """δn, the t of radius 1."""
    exactly: bool
    mode: float
    left: float
    """Where the left tangent meets the height of the mode."""
    left_slope: float
    right: float
    right_slope: float


@part
def truncated_normal(threshold: float, uniform: float) -> float:
    """The standard normal above ``threshold`` > 0 that a uniform number in (0, 1) stands for."""
    start = mills_ratio(threshold)
    surprise = -log(uniform)
    y = min(surprise * start, 2.0 * surprise / (math.sqrt(threshold * threshold + 2.0 * surprise) + threshold))
    for _ in range(_MOST_STEPS):
        here = mills_ratio(threshold + y)
        excess = y * (threshold + 0.5 * y) - log(here / start) - surprise
        lower = y - excess * here
        if not lower < y:
            break
        y = max(lower, 0.0)
    return threshold + y


@scalar
def tail_variance(threshold: float, hazard: float) -> float:
    """Var(T | T ≥ t), 1 − λ(λ − t), by its asymptotic series where that difference cancels."""
    if threshold > _FAR_THRESHOLD:
        w = 1.0 / (threshold * threshold)
        return w * (1.0 - w * (6.0 - w * (50.0 - w * 518.0)))
    return 1.0 - hazard * (hazard - threshold)


@part
def tail_moments(threshold: float, exactly: bool) -> tuple[float, float]:
    """Mean and variance of T."""
    if exactly:
        return threshold, 0.0
    hazard = 1.0 / mills_ratio(threshold)
    return hazard, tail_variance(threshold, hazard)


@part
def _log_density_slope(radius: float, n: int, target: float, exactly: bool) -> float:
    t = target / radius
    tail = t * t - 1.0 if exactly else t / mills_ratio(t)
    return (float(n - 1) + tail) / radius - radius


@part
def _log_density_drop(radius: float, mode: float, n: int, target: float, exactly: bool) -> float:
    """Log density at ``radius`` less that at ``mode``, as sums of small differences."""
    t, t_mode = target / radius, target / mode
    ratio = log(radius / mode)
    drop = float(n - 1) * ratio - 0.5 * (radius - mode) * (radius + mode) - 0.5 * (t - t_mode) * (t + t_mode)
    return drop - ratio if exactly else drop + log(mills_ratio(t) / mills_ratio(t_mode))


@kernel
def radius_hat(n: int, target: float, exactly: bool) -> RadiusHat:
    """Mode and tangents of the joint law's radius; ``target`` is δn."""
    low = 0.0
    high = math.sqrt(float(n) + target + 2.0)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if _log_density_slope(middle, n, target, exactly) > 0.0:
            low = middle
        else:
            high = middle
    mode = high
    step = _STEP * mode
    bend = (_log_density_slope(mode - step, n, target, exactly) - _log_density_slope(mode + step, n, target, exactly)) / (
        2.0 * step
    )
    width = min(1.0 / math.sqrt(bend), 0.5 * mode)
    left_slope = _log_density_slope(mode - width, n, target, exactly)
    right_slope = _log_density_slope(mode + width, n, target, exactly)
    left = mode - width - _log_density_drop(mode - width, mode, n, target, exactly) / left_slope
    right = mode + width - _log_density_drop(mode + width, mode, n, target, exactly) / right_slope
    return RadiusHat(n, target, exactly, mode, left, left_slope, right, right_slope)


@part
def joint_radius(hat: RadiusHat, seed: np.uint64, sample: np.uint64, stream: np.uint64) -> float:
    """Draw R = √n·|g₁| of the joint law."""
    flat = hat.right - hat.left
    left_mass, right_mass = 1.0 / hat.left_slope, -1.0 / hat.right_slope
    total = flat + left_mass + right_mass
    index = np.uint64(0)
    while True:
        place = total * draw_uniform(seed, sample, stream, index)
        surprise = -log(draw_uniform(seed, sample, stream, index + np.uint64(1)))
        height = log(draw_uniform(seed, sample, stream, index + np.uint64(2)))
        index += np.uint64(3)
        if place < flat:
            radius = hat.left + place
        elif place < flat + left_mass:
            radius = hat.left - surprise * left_mass
            height -= surprise
        else:
            radius = hat.right + surprise * right_mass
            height -= surprise
        if radius > 0.0 and height <= _log_density_drop(radius, hat.mode, hat.n, hat.target, hat.exactly):
            return radius
