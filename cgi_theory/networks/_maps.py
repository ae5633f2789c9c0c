"""Batches of saliency maps as they come in: (batch, pixels), images, or channels of anything with two spatial axes or more."""

import math
from collections.abc import Callable, Hashable
from copy import copy
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, real_array, shown, whole_number, whole_numbers
from cgi_theory._arrays import Bool1D, Bool2D, Float2D, Int1D
from cgi_theory._floating import finite

Made = TypeVar("Made")
Further = ParamSpec("Further")

_IMAGES = "(batch, pixels), (batch, height, width) or (batch, channels, height, width)"
_LAYOUTS = "(batch, pixels), (batch, height, width) or (batch, channels, *spatial)"
_LARGEST_SIDE = 2**20
_MOST_COLORS = 4


class PreparedMaps:
    r"""A batch of maps, checked once, and what metrics make of each map, made once.

    Every metric takes it in place of an array; it pays where a batch is compared by several metrics or with several others. It
    holds a copy of the maps and some numbers a pixel for each metric that has met it.

    Parameters
    ----------
    maps : array_like, (batch, pixels), (batch, height, width) or (batch, channels, \*spatial)
        With two spatial axes or more, such as (height, width) or (depth, height, width).
    name : str
        How errors name them.

    Attributes
    ----------
    flat : ndarray, (batch, pixels)
        The maps, summed over channels.
    support : ndarray of bool, (batch, pixels)
        Where any channel is not zero.
    given_shape : tuple of int
        That of ``maps``.

    Raises
    ------
    TypeError, ValueError
        If they are not finite real numbers, or of none of these shapes.
    """

    flat: Float2D
    support: Bool2D
    given_shape: tuple[int, ...]

    def __init__(self, maps: ArrayLike, *, name: str = "maps") -> None:
        array = finite_array(name, maps)
        if not _is_layout(array.shape):
            raise ValueError(f"{name} must have shape {_LAYOUTS}, not {array.shape}")
        if has_channels_last(array.shape):
            raise ValueError(f"{name} must have their channels before height and width, as {_LAYOUTS} say, not {array.shape}")
        self.given_shape = array.shape
        summed, anywhere = array, array != 0.0
        if array.ndim >= 4:
            summed, anywhere = finite(f"{name} summed over channels", array.sum(axis=1)), anywhere.any(axis=1)
        flat = len(summed), math.prod(summed.shape[1:])
        self.flat, self.support = summed.reshape(flat), cast(Bool2D, anywhere.reshape(flat))
        self._made: dict[tuple[Hashable, ...], Any] = {}

    def once(
        self, make: Callable[Concatenate["PreparedMaps", Further], Made], *args: Further.args, **kwargs: Further.kwargs
    ) -> Made:
        """Return ``make(self, *args)``, which is made at the first call."""
        key: tuple[Hashable, ...] = (make, *args, *kwargs.items())
        if key not in self._made:
            self._made[key] = make(self, *args, **kwargs)
        return cast(Made, self._made[key])

    def anew(self) -> "PreparedMaps":
        """Return the same maps, of which nothing has been made."""
        found = copy(self)
        found._made = {}
        return found

    def image_shape(self, given: object, smallest: int) -> tuple[int, int]:
        """Return the rows and columns of the maps, each ``smallest`` at least, or raise an error that names what is off.

        ``given`` is what a caller says that they are, if anything.
        """
        if len(self.given_shape) > 4:
            raise ValueError(f"maps must be images, {_IMAGES}, not {self.given_shape}")
        pixels, own = self.flat.shape[1], self.given_shape[-2:] if len(self.given_shape) > 2 else None
        name = "image_shape" if given is not None else "height and width of maps"
        side = round(pixels**0.5)
        shape = own or (side, side)
        if own is None and given is None and side * side != pixels:
            raise ValueError(f"image_shape must be given, (rows, columns), for maps of {pixels} pixels, which are no square")
        if given is not None:
            shape = whole_numbers("image_shape", given, 1, _LARGEST_SIDE)
            if len(shape) != 2 or (own is not None and shape != own):
                expected = "(rows, columns)" if own is None else f"that of the maps, {own}"
                raise ValueError(f"image_shape must be {expected}, not {shown(given)}")
        rows, columns = (whole_number(name, size, smallest, _LARGEST_SIDE) for size in shape)
        if rows * columns != pixels:
            raise ValueError(f"image_shape must hold {pixels} pixels, not {(rows, columns)}")
        return rows, columns


Maps = ArrayLike | PreparedMaps


def pair_of(a: Maps, b: Maps) -> tuple[PreparedMaps, PreparedMaps]:
    """Return two batches prepared, or raise an error that names what is off."""
    shapes = [maps.given_shape if isinstance(maps, PreparedMaps) else real_array("maps", maps).shape for maps in (a, b)]
    if shapes[0] != shapes[1] or not _is_layout(shapes[0]):
        raise ValueError(f"maps must have equal shapes {_LAYOUTS}, not {shapes[0]} and {shapes[1]}")
    return prepared(a), prepared(b)


def prepared(maps: Maps, name: str = "maps") -> PreparedMaps:
    """Return maps as they are if they are prepared, or prepare them; errors name them so."""
    return maps if isinstance(maps, PreparedMaps) else PreparedMaps(maps, name=name)


def places_among(among: Maps, maps: PreparedMaps) -> PreparedMaps:
    """Return the pixels on which a batch is looked at, as maps that have them for their support."""
    places, shape = prepared(among, "among"), maps.flat.shape
    if places.flat.shape != shape:
        raise ValueError(f"among must have the maps' shape {shape}, not {places.flat.shape}")
    return places


def supported_pixels(maps: PreparedMaps) -> Int1D:
    """Return how many pixels of each map any channel lights, (batch,)."""
    return cast(Int1D, np.count_nonzero(maps.support, axis=1))


def lit(maps: PreparedMaps) -> Bool2D:
    """Return where maps are not zero, (batch, pixels)."""
    return cast(Bool2D, maps.flat != 0.0)


def lit_places(maps: PreparedMaps) -> Int1D:
    """Return where pixels that are not zero lie if all maps lie one after the other."""
    return np.flatnonzero(maps.once(lit))


def lit_pixels(maps: PreparedMaps) -> Int1D:
    """Return how many pixels of each map are not zero, (batch,)."""
    return cast(Int1D, np.count_nonzero(maps.once(lit), axis=1))


def constant(maps: PreparedMaps) -> Bool1D:
    """Return which maps are constant, as blank ones are, (batch,)."""
    return cast(Bool1D, np.all(maps.flat == maps.flat[:, :1], axis=1))


def _is_layout(shape: tuple[int, ...]) -> bool:
    return len(shape) >= 2 and 0 not in shape[1:]


def has_channels_last(shape: tuple[int, ...]) -> bool:
    """Return whether the last axis may be colors': it is short, and those before it are equally long, as of squares and cubes."""
    return len(shape) >= 4 and len(set(shape[1:-1])) == 1 and shape[1] != shape[-1] <= _MOST_COLORS
