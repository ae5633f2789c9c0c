"""How alike the maps of a network are to those of another, method by method: what a sanity check measures, and its null maps.

Beside the methods' maps stand those of *nulls*, which must pass no check: noise, a blank map, and the input itself. And beside the
map of each retrained network stands a *random mask*: the same values on as many pixels, but at random places among those that the
input lights. It is as sparse as the map, whatever made that, and knows nothing of where.

A pair whose similarity is not defined is counted, and it is said why: a map is undefined by itself (it is constant on the pixels
that are looked at, as a blank one is), before, after, or both; or only the pair is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cgi_theory._arguments import word
from cgi_theory._arrays import Bool2D, ByteND, Float1D, Float3D, FloatND
from cgi_theory._floating import own_error_state
from cgi_theory.networks._maps import Maps, PreparedMaps, prepared
from cgi_theory.networks.streams import Use, generator
from cgi_theory.sanity.metrics import Metric, similarity

NOISE, BLANK, INPUT = NULLS = "noise", "blank map", "input"
REASONS = (
    "",
    "the map is constant on these pixels before",
    "the map is constant on these pixels after",
    "both maps are constant on these pixels",
    "the two maps have nothing to compare",
)
_BEFORE, _AFTER, _TOGETHER = 1, 2, 4
_TYPES = np.dtype("<f8"), np.dtype("u1")


class Alike(NamedTuple):
    """Similarities of one network's maps with those before: (maps, metrics, images) each, of methods, nulls, and masks if any.

    Attributes
    ----------
    values : ndarray
        NaN where undefined.
    why : ndarray of uint8
        The number of the reason in ``REASONS``, 0 where they are defined.
    """

    values: Float3D
    why: ByteND

    def to_bytes(self) -> bytes:
        """Return what a store keeps."""
        return b"".join(part.astype(kind).tobytes() for part, kind in zip(self, _TYPES, strict=True))

    @classmethod
    def from_bytes(cls, content: bytes, shape: tuple[int, int, int]) -> "Alike":
        """Return what a store kept, hostile until parsed: a ValueError if it is anything else."""
        count = int(np.prod(shape))
        sizes = [count * kind.itemsize for kind in _TYPES]
        if len(content) != sum(sizes):
            raise ValueError(f"these are not similarities of shape {shape}")
        values, why = (np.frombuffer(part, kind) for part, kind in zip((content[: sizes[0]], content[sizes[0] :]), _TYPES, strict=True))
        if why.max(initial=0) >= len(REASONS) or np.any(np.isnan(values) != (why > 0)):
            raise ValueError("these are not similarities with the reasons of those that are not defined")
        return cls(values.reshape(shape), why.reshape(shape))


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
        self.images, self.pixels = next(iter(given.values())).flat.shape
        if self.images == 0:
            raise ValueError("maps must be of one image at least, not of none")
        self.x = None if x is None else prepared(x, "x")
        for name, values in given.items():
            self._require_pixels(f"maps of {word(name)}", values)
        if self.x is not None:
            self._require_pixels("x", self.x)
        images = [shape for shape in self._shapes.values() if len(shape) > 2]
        self._image_shape = images[0] if images else (self.images, self.pixels)
        self.nulls = NULLS if self.x is not None else NULLS[:2]
        self._maps = {name: _summed(values.flat, self._shapes[name]) for name, values in given.items()} | self._null_maps(0)

    @property
    def names(self) -> tuple[str, ...]:
        """The methods and the nulls."""
        return (*self.methods, *self.nulls)

    def shape(self, *, masked: bool) -> tuple[int, int, int]:
        """Return the shape of similarities, without or with those of random masks."""
        return len(self.names) * (2 if masked else 1), len(self.metrics), self.images

    @own_error_state
    def alike(self, after: Mapping[str, Maps], number: int, *, masked: bool) -> Alike:
        """Return the similarities of another network's maps.

        Parameters
        ----------
        after : mapping of str to maps
            Of the same methods, and of the same shapes.
        number : int
            That of the network, from 1: random nulls are those of the seed and of this.
        masked : bool
            Whether random masks of these maps follow, in the same order.

        Raises
        ------
        TypeError, ValueError
            Naming the maps that are off.
        """
        self._require_methods(after)
        found: list[tuple[FloatND, ByteND]] = []
        maps = {name: self._like_before(name, after[name]) for name in self.methods} | self._null_maps(number)
        for name in self.names:
            found.append(self._one(name, maps[name]))
        for place, name in enumerate(self.names) if masked else ():
            found.append(self._one(name, self._mask(maps[name], number, place)))
        values, why = (np.stack(parts) for parts in zip(*found, strict=True))
        return Alike(values, why)

    def _require_methods(self, after: Mapping[str, Maps]) -> None:
        if missing := [name for name in self.methods if name not in after]:
            raise ValueError(f"maps of {word(missing[0])} are missing: every network must have those of the same methods")
        if others := [name for name in after if name not in self.methods]:
            raise ValueError(f"maps of {word(others[0])} must not be there: before there were those of {_listed(self.methods)}")

    def _require_pixels(self, name: str, maps: PreparedMaps) -> None:
        if maps.flat.shape != (expected := (self.images, self.pixels)):
            first = word(self.methods[0])
            raise ValueError(f"{name} must have as many images and pixels as maps of {first}, {expected}, not {maps.flat.shape}")

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

    def _one(self, name: str, after: PreparedMaps) -> tuple[FloatND, ByteND]:
        """Return the similarities of one method's maps, and the reasons of those that are not defined, (metrics, images)."""
        before = self._maps[name]
        values = [similarity(metric, self.x)(before, after) for metric in self.metrics]
        reasons = [_why(found, metric, before, after, self.x) for found, metric in zip(values, self.metrics, strict=True)]
        return np.stack(values), np.stack(reasons)


def _summed(flat: FloatND, shape: tuple[int, ...]) -> PreparedMaps:
    """Return maps of a layout, (batch, pixels), with one channel where that has some: their sum."""
    return PreparedMaps(flat.reshape(shape if len(shape) < 4 else (shape[0], 1, *shape[2:])))


def _why(found: Float1D, metric: Metric, before: PreparedMaps, after: PreparedMaps, x: PreparedMaps | None) -> ByteND:
    """Return the numbers of the reasons: a map is to blame if it has no similarity with itself."""
    undefined = np.isnan(found)
    if not undefined.any():
        return np.zeros(len(found), np.uint8)
    alone: Bool2D = np.stack([np.isnan(similarity(metric, x)(maps, maps)) for maps in (before, after)])
    code = _BEFORE * alone[0] + _AFTER * alone[1]
    return np.where(undefined, np.where(code == 0, _TOGETHER, code), 0).astype(np.uint8)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(word, names))
