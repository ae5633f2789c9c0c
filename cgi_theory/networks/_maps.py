"""Pairs of batches of saliency maps as they come in: (batch, pixels), or images with rows and columns, and maybe channels."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import finite_array, real_array, shown, whole_number, whole_numbers
from cgi_theory._floating import finite

Array = NDArray[np.float64]

_LAYOUTS = "(batch, pixels), (batch, height, width) or (batch, channels, height, width)"
_LARGEST_SIDE = 2**20
_MOST_COLORS = 4


def flat_maps(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """Return two batches of maps as (batch, pixels), or raise an error that names what is off."""
    one, other = _maps(a, b)
    return one.reshape(len(one), math.prod(one.shape[1:])), other.reshape(len(other), math.prod(other.shape[1:]))


def images(a: ArrayLike, b: ArrayLike, image_shape: object, smallest: int) -> tuple[Array, Array, tuple[int, int]]:
    """Return two batches of images as (batch, pixels), and their rows and columns, which are ``smallest`` at least."""
    one, other = _maps(a, b)
    own = one.shape[1:] if one.ndim == 3 else None
    flat = flat_maps(one, other)
    return *flat, _image_shape(flat[0].shape[1], own, image_shape, smallest)


def support(name: str, maps: ArrayLike) -> NDArray[np.bool_]:
    """Return where maps are not zero in any channel, as (batch, pixels) if they have rows and columns."""
    lit: NDArray[np.bool_] = real_array(name, maps).astype(bool)
    if lit.ndim == 4:
        lit = np.logical_or.reduce(lit, axis=1)
    return lit.reshape(len(lit), math.prod(lit.shape[1:])) if lit.ndim == 3 else lit


def _maps(a: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    """Return two batches of maps as (batch, pixels) or (batch, height, width), summed over their channels."""
    one, other = finite_array("maps", a), finite_array("maps", b)
    if one.ndim not in (2, 3, 4) or one.shape != other.shape or 0 in one.shape[1:]:
        raise ValueError(f"maps must have equal shapes {_LAYOUTS}, not {one.shape} and {other.shape}")
    if one.ndim == 4 and one.shape[1] == one.shape[2] != one.shape[3] <= _MOST_COLORS:
        raise ValueError(f"maps must have their channels before height and width, as {_LAYOUTS} say, not {one.shape}")
    if one.ndim == 4:
        one, other = (finite("maps summed over channels", maps.sum(axis=1)) for maps in (one, other))
    return one, other


def _image_shape(pixels: int, own: tuple[int, ...] | None, given: object, smallest: int) -> tuple[int, int]:
    """Return the rows and columns of images of so many pixels, or raise an error that names what is off."""
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
