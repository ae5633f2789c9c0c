r"""Ranks of sparse maps, centred: over all pixels, or over those on which either of two maps is lit.

Only lit pixels are sorted. If z other pixels of a map are zero, they tie between its negative and its positive ones; so where B
is a lit pixel's rank among the lit (mean ranks for ties) less their mean, and s its sign over 2, its centred rank is

.. math:: B + z s \quad\text{where lit}, \qquad -\sum s \quad\text{where zero}.

All are halves of whole numbers, and exact.
"""

from typing import NamedTuple, cast

import numpy as np

from cgi_theory._arrays import Bool2D, Float1D, Float2D, FloatND, Int1D
from cgi_theory.networks._maps import PreparedMaps, lit_pixels, lit_places


class _AmongLit(NamedTuple):
    """B and s of each lit pixel, one map after the other, and the map that it is of; and −Σ s of each map, (batch,)."""

    centred: Float1D
    half_signs: Float1D
    row: Int1D
    of_zeros: Float1D


def centred_ranks(maps: PreparedMaps, absolute: bool) -> Float2D:
    """Return the ranks of all pixels of each map, or of their absolute values, less their mean, (batch, pixels)."""
    ranked = maps.once(_among_lit, absolute)
    found = np.empty(maps.flat.shape)
    found[:] = ranked.of_zeros[:, None]
    return _with_lit(found, maps, ranked, np.full(len(found), found.shape[1]))


def centred_ranks_among(maps: PreparedMaps, places: Bool2D, count: Int1D, absolute: bool) -> Float2D:
    """Return the ranks among ``places``, ``count`` pixels that hold all that are lit, less their mean, and 0 elsewhere."""
    ranked = maps.once(_among_lit, absolute)
    return _with_lit(ranked.of_zeros[:, None] * places, maps, ranked, count)


def _with_lit(found: FloatND, maps: PreparedMaps, ranked: _AmongLit, count: Int1D) -> Float2D:
    """Put the ranks of lit pixels, among ``count`` of each map, where they belong."""
    zeros = count - maps.once(lit_pixels)
    found.ravel()[maps.once(lit_places)] = ranked.centred + zeros[ranked.row] * ranked.half_signs
    return cast(Float2D, found)


def _among_lit(maps: PreparedMaps, absolute: bool) -> _AmongLit:
    count = maps.once(lit_pixels)
    row = np.repeat(np.arange(len(count)), count)
    values = maps.flat.ravel()[maps.once(lit_places)]
    values = np.abs(values) if absolute else values
    half_signs = np.copysign(0.5, values)
    of_zeros = -np.bincount(row, weights=half_signs, minlength=len(count)).astype(np.float64)  # whole numbers of no pixels
    return _AmongLit(_ranks(values, row, count) - 0.5 * (count[row] + 1), half_signs, row, of_zeros)


def _ranks(values: Float1D, row: Int1D, count: Int1D) -> Float1D:
    """Return each value's rank in its row, of which ``count`` values lie one after the other; ties have their mean rank."""
    first = np.cumsum(count) - count
    place = np.arange(len(values)) - first[row]
    table = np.full((len(count), count.max(initial=0)), np.inf)
    table[row, place] = values
    order = np.argsort(table, axis=1)[row, place] + first[row]  # of each row, the infinite last
    ordered = values[order]
    begins = np.append(True, (ordered[1:] != ordered[:-1]) | (row[1:] != row[:-1]))[: len(values)]
    start = np.flatnonzero(begins)
    ties = np.diff(np.append(start, len(values)))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat(place[start] + 0.5 * (ties + 1), ties)
    return ranks
