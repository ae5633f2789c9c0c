r"""Ranks of sparse maps, centred: over all pixels, or over those on which either of two maps is lit.

Only lit pixels are sorted. If z other pixels of a map are zero, they tie between its negative and its positive ones; so where B
is a lit pixel's rank among the lit (mean ranks for ties) less their mean, and s its sign over 2, its centred rank is

.. math:: B + z s \quad\text{where lit}, \qquad -\sum s \quad\text{where zero}.

All are halves of whole numbers, and exact.
"""

from typing import NamedTuple, cast

import numpy as np

from cgi_theory._arrays import Bool2D, Float1D, Float2D, Int1D
from cgi_theory.networks._maps import PreparedMaps, lit, lit_pixels, lit_places


class _AmongLit(NamedTuple):
    """B and s of each pixel, (batch, pixels), zero where the map is; and −Σ s of each map, (batch,)."""

    centred: Float2D
    half_signs: Float2D
    of_zeros: Float1D


def centred_ranks(maps: PreparedMaps, absolute: bool) -> Float2D:
    """Return the ranks of all pixels of each map, or of their absolute values, less their mean, (batch, pixels)."""
    zeros = maps.flat.shape[1] - maps.once(lit_pixels)
    return _with_zeros(maps.once(_among_lit, absolute), ~maps.once(lit), zeros)


def centred_ranks_among(maps: PreparedMaps, places: Bool2D, count: Int1D) -> Float2D:
    """Return the ranks among ``places``, ``count`` pixels that hold all that are lit, less their mean, and 0 elsewhere."""
    return _with_zeros(maps.once(_among_lit, False), places & ~maps.once(lit), count - maps.once(lit_pixels))


def _with_zeros(ranked: _AmongLit, dark: Bool2D, zeros: Int1D) -> Float2D:
    """Return the ranks of lit pixels and of so many ``zeros``, which lie where ``dark`` says."""
    found = ranked.half_signs * zeros[:, None]
    found += ranked.centred
    found += ranked.of_zeros[:, None] * dark
    return cast(Float2D, found)


def _among_lit(maps: PreparedMaps, absolute: bool) -> _AmongLit:
    places, count = maps.once(lit_places), maps.once(lit_pixels)
    row = np.repeat(np.arange(len(count)), count)
    values = maps.flat.ravel()[places]
    values = np.abs(values) if absolute else values
    centred, half_signs = np.zeros((2, *maps.flat.shape))
    centred.ravel()[places] = _ranks(values, row, count) - 0.5 * (count[row] + 1)
    half_signs.ravel()[places] = np.copysign(0.5, values)
    return _AmongLit(centred, half_signs, -half_signs.sum(axis=1))


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
