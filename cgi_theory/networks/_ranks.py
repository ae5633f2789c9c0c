r"""Ranks of sparse maps, centred: over all pixels, or over those on which either of two maps is lit.

Only lit pixels are sorted. If z other pixels of a map are zero, they tie between its negative and its positive ones; so where B
is a lit pixel's rank among the lit (mean ranks for ties) less their mean, and s its sign over 2, its centred rank is

.. math:: B + z s \quad\text{where lit}, \qquad -\sum s \quad\text{where zero}.

All are halves of whole numbers, and exact.
"""

from typing import NamedTuple, cast

import numpy as np

from cgi_theory._arrays import Bool2D, Float1D, Float2D, Int1D
from cgi_theory.networks._maps import PreparedMaps, lit, lit_pixels


class _AmongLit(NamedTuple):
    """B and s of each pixel, (batch, pixels), zero where the map is; and −Σ s of each map, (batch,)."""

    centred: Float2D
    half_signs: Float2D
    of_zeros: Float1D


def centred_ranks(maps: PreparedMaps, absolute: bool) -> Float2D:
    """Return the ranks of all pixels of each map, or of their absolute values, less their mean, (batch, pixels)."""
    ranked, zeros = maps.once(_among_lit, absolute), maps.flat.shape[1] - maps.once(lit_pixels)
    return _with_zeros(maps, ranked, zeros)


def centred_ranks_among(maps: PreparedMaps, places: Bool2D, count: Int1D, absolute: bool) -> Float2D:
    """Return the ranks among ``places``, ``count`` pixels that hold all that are lit, less their mean, and 0 elsewhere."""
    found = _with_zeros(maps, maps.once(_among_lit, absolute), count - maps.once(lit_pixels))
    return cast(Float2D, np.multiply(found, places, out=found))


def _with_zeros(maps: PreparedMaps, ranked: _AmongLit, zeros: Int1D) -> Float2D:
    found = ranked.half_signs * zeros[:, None]
    found += ranked.centred
    np.copyto(found, ranked.of_zeros[:, None], where=~maps.once(lit))
    return cast(Float2D, found)


def _among_lit(maps: PreparedMaps, absolute: bool) -> _AmongLit:
    row, pixel = np.nonzero(maps.once(lit))
    count = maps.once(lit_pixels)
    values = maps.flat[row, pixel]
    values = np.abs(values) if absolute else values
    half_signs = np.copysign(0.5, values)
    ranks = _ranks(values, row, count) - 0.5 * (count[row] + 1)
    dense = np.zeros((2, *maps.flat.shape))
    dense[:, row, pixel] = ranks, half_signs
    return _AmongLit(dense[0], dense[1], -dense[1].sum(axis=1))


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
