"""How alike the maps of a network are to those of another, method by method: what a sanity check measures, and its null maps.

Beside the methods' maps stand those of *nulls*, which must pass no check: noise, a blank map, and the input itself. Beside the
map of each retrained network stands a *random mask*: the same values on as many pixels, but at random places among those that the
input lights. It is as sparse as the map, whatever made that, and knows nothing of where.

A pair whose similarity is not defined is counted, and it is said why (:func:`cgi_theory.maps.similarities`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from cgi_theory._arguments import word
from cgi_theory._arrays import Float1D, Float3D, FloatND
from cgi_theory._floating import own_error_state
from cgi_theory.maps._similarities import compared, refused
from cgi_theory.networks._maps import Maps, PreparedMaps, prepared
from cgi_theory.networks.streams import Use, generator
from cgi_theory.sanity.metrics import LIT, Metric

NOISE, BLANK, INPUT = NULLS = "null: noise", "null: blank map", "null: input"
Reasons = Counter[str]


class Alike(NamedTuple):
    """Similarities of one network's maps with those before, of methods, nulls, and their masks if any, in this order.

    Attributes
    ----------
    values : ndarray, (maps, metrics, images)
        NaN where undefined.
    why : list of list of Counter, (maps, metrics)
        Of how many images they are undefined for which reason.
    """

    values: Float3D
    why: list[list[Reasons]]

    def to_bytes(self) -> bytes:
        """Return what a store keeps."""
        return json.dumps([self.values.tolist(), self.why]).encode()

    @classmethod
    def from_bytes(cls, content: bytes, shape: tuple[int, int, int]) -> "Alike":
        """Return what a store kept, hostile until parsed: a ValueError if it is anything else."""
        try:
            numbers, reasons = json.loads(content)
            found = cls(np.array(numbers, dtype=np.float64), [[Counter(one) for one in row] for row in reasons])
            counts = np.array([[sum(map(int, one.values())) for one in row] for row in found.why])
        except (TypeError, ValueError, AttributeError, RecursionError):
            raise ValueError("these are no similarities") from None
        if found.values.shape != shape or not np.array_equal(counts, np.isnan(found.values).sum(axis=2)):
            raise ValueError(f"these are no similarities of shape {shape}, or not with the reasons of those that are undefined")
        return found


class Before:
    """The maps of the network as it is, which those of every other network are compared with.

    Parameters
    ----------
    maps : mapping of str to maps
        Of each method, (batch, …) in a layout of maps.
    x : maps, optional
        The inputs: they say which pixels are lit. Without them all pixels are looked at, and no null is the input itself.
    metrics : sequence of Metric
    seed : int
        Of the nulls.

    Raises
    ------
    TypeError, ValueError
        Naming the maps that are off.
    """

    def __init__(self, maps: Mapping[str, Maps], x: Maps | None, metrics: Sequence[Metric], seed: int) -> None:
        self.methods, self.metrics, self.seed = tuple(maps), tuple(metrics), seed
        given = {name: prepared(values, f"maps of {word(name)}") for name, values in maps.items()}
        self._shapes = {name: values.given_shape for name, values in given.items()}
        self.x = None if x is None else prepared(x, "x")
        first = next(iter(given))
        like, called = (given[first], f"maps of {word(first)}") if self.x is None else (self.x, "x")
        self.images, self.pixels = like.flat.shape
        if self.images == 0:
            raise ValueError("maps must be of one image at least, not of none")
        for name, values in given.items():
            if values.flat.shape != like.flat.shape:
                what = f"as many images and pixels as {called}"
                raise ValueError(f"maps of {word(name)} must have {what}, {like.flat.shape}, not {values.flat.shape}")
        if self.x is not None and not self.x.support.any():
            raise ValueError("x must not be 0 everywhere: maps are compared on the pixels on which it is not 0")
        images = [shape for shape in self._shapes.values() if len(shape) > 2]
        self._image_shape = images[0] if images else (self.images, self.pixels)
        for metric, _ in self.metrics:
            for name, shape in self._shapes.items():
                if (why := refused(metric, given[name])) is not None:
                    raise ValueError(
                        f"metrics must know maps of {word(name)}, of shape {shape}, which {metric!r} does not: {why}"
                    )
        self.nulls = NULLS if self.x is not None else NULLS[:2]
        self._maps = {name: _summed(values.flat, self._shapes[name]) for name, values in given.items()} | self._null_maps(0)

    @property
    def names(self) -> tuple[str, ...]:
        """The methods and the nulls."""
        return (*self.methods, *self.nulls)

    def shape(self, *, masked: bool) -> tuple[int, int, int]:
        """Return the shape of similarities, without or with those of random masks."""
        return len(self.names) * (2 if masked else 1), len(self.metrics), self.images

    def maps_of(self, method: str) -> PreparedMaps:
        """Return the maps of a method, with their channels summed."""
        return self._maps[method]

    def digest(self) -> str:
        """Return a digest of the maps and the inputs, which tells one check from another."""
        digest = hashlib.sha256()
        for name in self.methods:
            digest.update(f"{name} {self._shapes[name]} ".encode() + self._maps[name].flat.tobytes())
        if self.x is not None:
            digest.update(self.x.flat.tobytes() + self.x.support.tobytes())
        return digest.hexdigest()

    def checked(self, after: Mapping[Any, Maps], origin: str) -> dict[str, PreparedMaps]:
        """Return another network's maps as ``alike`` takes them, or raise a TypeError or ValueError that names what is off.

        ``origin`` is what an error calls the network.
        """
        try:
            self._require_methods(after)
            return {name: self._like_before(name, after[name]) for name in self.methods}
        except (TypeError, ValueError) as error:
            raise type(error)(f"{origin}: {error}") from None

    def _require_methods(self, after: Mapping[Any, Maps]) -> None:
        if missing := [name for name in self.methods if name not in after]:
            raise ValueError(f"maps of {word(missing[0])} are missing: every network must have those of the same methods")
        if others := [name for name in after if name not in self.methods]:
            listed = ", ".join(map(word, self.methods))
            raise ValueError(f"maps of {word(others[0])} must not be there: before there were those of {listed}")

    @own_error_state
    def alike(self, after: Mapping[str, PreparedMaps], number: int, *, masked: bool) -> Alike:
        """Return the similarities of another network's maps.

        Parameters
        ----------
        after : mapping of str to PreparedMaps
            As ``checked`` returns them.
        number : int
            That of the network, from 1: random nulls are those of the seed and of this.
        masked : bool
            Whether random masks of these maps follow, in the same order.
        """
        maps = {**after, **self._null_maps(number)}
        found = [self._one(name, maps[name]) for name in self.names]
        if masked:
            found += [self._one(name, self._mask(maps[name], number, place)) for place, name in enumerate(self.names)]
        return Alike(np.stack([values for values, _ in found]), [why for _, why in found])

    def _like_before(self, name: str, given: Maps) -> PreparedMaps:
        maps, expected = prepared(given, f"maps of {word(name)}"), self._shapes[name]
        if maps.given_shape != expected:
            raise ValueError(f"maps of {word(name)} must have the shape that they had before, {expected}, not {maps.given_shape}")
        return _summed(maps.flat, expected)

    def _null_maps(self, number: int) -> dict[str, PreparedMaps]:
        noise = generator(self.seed, Use.CHECKED_NOISE, number).standard_normal((self.images, self.pixels))
        found = {NOISE: noise if self.x is None else np.where(self.x.support, noise, 0.0), BLANK: np.zeros_like(noise)}
        if self.x is not None:
            found[INPUT] = self.x.flat
        return {name: _summed(values, self._image_shape) for name, values in found.items()}

    def _mask(self, maps: PreparedMaps, number: int, place: int) -> PreparedMaps:
        """Return the values of maps at random pixels of those that may be lit."""
        rng, flat = generator(self.seed, Use.CHECKED_MASK, number, place), np.array(maps.flat)
        for row, values in enumerate(flat):
            places = np.arange(self.pixels) if self.x is None else np.flatnonzero(self.x.support[row] | maps.support[row])
            values[places] = rng.permutation(values[places])
        return _summed(flat, maps.given_shape)

    def _one(self, name: str, after: PreparedMaps) -> tuple[FloatND, list[Reasons]]:
        """Return the similarities of one method's maps, (metrics, images), and why some are not defined."""
        found: list[tuple[Float1D, Reasons]] = []
        for metric, pixels in self.metrics:
            found.append(compared(metric, self._maps[name], after, self.x if pixels == LIT else None))
        return np.stack([values for values, _ in found]), [why for _, why in found]


def _summed(flat: FloatND, shape: tuple[int, ...]) -> PreparedMaps:
    """Return maps of a layout, (batch, pixels), with one channel where that has some: their sum."""
    return PreparedMaps(flat.reshape(shape if len(shape) < 4 else (shape[0], 1, *shape[2:])))
