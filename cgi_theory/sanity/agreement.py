"""Two kinds of pairs of networks compared: by the means of a similarity, their difference, and how well it tells them apart.

The last is the area under the curve: the probability that a pair of the first kind is more alike than one of the second on the
same digit, ties counting half. All intervals draw the same networks and digits (:mod:`cgi_theory.sanity.crossed`).
"""

from typing import Any

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, IntND
from cgi_theory.sanity.crossed import (
    Interval,
    Values,
    Weights,
    crossed_difference,
    crossed_interval,
    interval,
    rows_drawn,
    smallest_sample,
    weights_of_two,
)

# Draws for the area, each of which compares all pairs on all digits.
_DRAWS = 400


def compared(retrained: Float2D, randomised: Float2D, pairs: IntND, *, seed: int) -> dict[str, float]:
    """Return the columns of a row: the two means, their difference and the area, each with its interval.

    Parameters
    ----------
    retrained : ndarray, (pairs, digits)
        NaN where undefined.
    randomised : ndarray, (networks, digits)
        Of each network and itself randomised.
    pairs : ndarray of int, (pairs, 2)
        The networks of each retrained pair; or (pairs,), if the values are of single networks.
    seed : int
    """
    networks = np.arange(len(randomised))
    found: dict[str, float] = {}
    for name, values, of in (("retrained", retrained, pairs), ("randomised", randomised, networks)):
        found |= _columns(name, crossed_interval(values, of, seed=seed))
        found[f"{name}_defined"] = float(np.mean(~np.isnan(values)))
    first, second = Values(retrained, pairs), Values(randomised, networks)
    found |= _columns("difference", crossed_difference(first, second, seed=seed))
    return found | _columns("auc", crossed_area(first, second, seed=seed))


def crossed_area(first: Values, second: Values, *, seed: int, apart: bool = False) -> Interval:
    """Return the area under the curve with its interval: how often a row of the first is above one of the second on a digit.

    Networks of one number are the same in both, unless they are ``apart``.
    """
    more, known = _above(first.values, second.values)
    drawn = weights_of_two(first, second, seed, apart)
    some = [Weights(*(counts[:_DRAWS] for counts in of)) for of in drawn]
    rows = rows_drawn(first.networks, some[0]), rows_drawn(second.networks, some[1])
    areas = _area(more, known, *rows, some[0].digits)
    everything = (np.ones((1, size)) for size in more.shape)
    sample = min(smallest_sample(values.networks, values.values.shape[1]) for values in (first, second))
    return interval(float(_area(more, known, *everything)[0]), areas, sample)


def _above(first: Float2D, second: Float2D) -> tuple[Any, Any]:
    """Return whether rows of the first are above those of the second, and where both are defined, (rows, rows, digits)."""
    one, other = first[:, None, :], second[None, :, :]
    known = ~np.isnan(one) & ~np.isnan(other)
    return np.where(known, (one > other) + 0.5 * (one == other), 0.0), known.astype(np.float64)


def _area(more: Any, known: Any, of_first: Float2D, of_second: Float2D, digits: Float2D) -> Float1D:
    """Return the mean over rows and digits for each draw's weights, (draws,)."""
    sums = []
    for part in (more, known):
        by_second = (of_first @ part.reshape(len(part), -1)).reshape(len(of_first), *part.shape[1:])
        sums.append(np.einsum("bqd,bq,bd->b", by_second, of_second, digits, optimize=True))
    areas: Float1D = np.divide(sums[0], sums[1], out=np.full(len(digits), np.nan), where=sums[1] > 0.0)
    return areas


def _columns(name: str, found: Interval) -> dict[str, float]:
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
