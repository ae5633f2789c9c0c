r"""Random numbers with a name: Philox4x32-10 and Box–Muller as pure functions of a counter.

A draw is named by (seed, sample, stream, coordinate). The 64-bit seed is Philox's key; its counter is (call, stream,
low and high word of the sample), and one call gives four 32-bit words (Salmon et al. 2011, "Parallel random numbers:
as easy as 1, 2, 3"). Nothing is carried from draw to draw, so the split of the work over threads or machines
cannot change a bit.

Coordinates come in tiles of 256, made by 64 calls. The first two words of call c make coordinates c and 128 + c of the
tile, the last two 64 + c and 192 + c, an order in which a compiler writes whole vectors. Two words make two normals by
Box and Muller (1958),

.. math:: z_1 = \sqrt{-2\log U}\,\cos 2\pi V, \qquad z_2 = \sqrt{-2\log U}\,\sin 2\pi V,

with 40 bits for U and 24 bits for V, both at the middle of their cells; hence |z| never exceeds
:math:`\sqrt{82 \log 2} = 7.54`, beyond which the normal distribution has 5e-14 of its mass.
"""

import math

import numpy as np
from numpy.typing import NDArray

from cgi_theory._jit import kernel, scalar
from cgi_theory.gaussian.elementary import log, sine_cosine

Array = NDArray[np.float64]
Words = NDArray[np.uint64]

CALLS = 64
TILE = 4 * CALLS
_PAIRS = TILE // 2

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_ROUNDS = 10

_RADIUS_SHIFT = np.uint64(8)
_ANGLE_BITS = np.uint64(24)
_ANGLE = np.uint64(0xFFFFFF)
_IN_QUADRANT = np.uint64(0x3FFFFF)
_SWAP = np.uint64(0x400000)
_SIGN = np.uint64(0x800000)
_TO_SIGN_BIT = np.uint64(40)
_UNIT_SHIFT = np.uint64(20)
_UNIT_DROP = np.uint64(12)


@scalar
def philox4x32(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Philox4x32-10: counter and key words (uint64 below 2³²) to four random words."""
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _WORD) ^ c1 ^ k0
        c2 = (product_0 >> _WORD) ^ c3 ^ k1
        c1 = product_1 & _LOW
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@scalar
def box_muller(word_0: np.uint64, word_1: np.uint64) -> tuple[float, float]:
    """Two independent standard normals from two 32-bit words."""
    u = (float((word_0 << _RADIUS_SHIFT) | (word_1 >> _ANGLE_BITS)) + 0.5) * 2.0**-40
    radius = math.sqrt(-2.0 * log(u))
    angle = word_1 & _ANGLE
    sine, cosine = sine_cosine((float(angle & _IN_QUADRANT) - 2097151.5) * 2.0**-22)
    # The two top bits turn the direction by a multiple of 90°: one swaps the pair, the other negates it.
    swapped = (angle & _SWAP) != 0
    radius = np.uint64(np.float64(radius).view(np.uint64) ^ ((angle & _SIGN) << _TO_SIGN_BIT)).view(np.float64)
    first = sine if swapped else cosine
    second = cosine if swapped else sine
    return radius * first, radius * second


@scalar
def unit_uniform(word_0: np.uint64, word_1: np.uint64) -> float:
    """A uniform number strictly between 0 and 1 from two 32-bit words, at 52 bits."""
    return (float((word_0 << _UNIT_SHIFT) | (word_1 >> _UNIT_DROP)) + 0.5) * 2.0**-52


@scalar
def split(word: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Low and high 32 bits of a 64-bit number: how seeds and sample numbers enter Philox."""
    return word & _LOW, word >> _WORD


@kernel
def draw_words(out: Words, tiles: int, seed: np.uint64, sample: np.uint64, stream: np.uint64, first_tile: int) -> None:
    """Fill ``out[:tiles]``, rows of 256, with the random words of tiles first_tile, first_tile + 1, ...

    The four words of a tile's call c go to its coordinates c, 128 + c, 64 + c and 192 + c.
    """
    k0, k1 = split(seed)
    s0, s1 = split(sample)
    for tile in range(tiles):
        first_call = (first_tile + tile) * CALLS
        for i in range(CALLS):
            w0, w1, w2, w3 = philox4x32(np.uint64(first_call + i), stream, s0, s1, k0, k1)
            out[tile, i] = w0
            out[tile, _PAIRS + i] = w1
            out[tile, CALLS + i] = w2
            out[tile, _PAIRS + CALLS + i] = w3


@kernel
def draw_normals(out: Array, tiles: int, seed: np.uint64, sample: np.uint64, stream: np.uint64, first_tile: int) -> None:
    """Fill ``out[:tiles]``, rows of 256, with the standard normals of tiles first_tile, first_tile + 1, ...

    The words are drawn into the normals' own memory and turned into them in place: two short loops, of which a processor
    overlaps many turns, take two thirds of the time of one long one.
    """
    bits = out.view(np.uint64)
    draw_words(bits, tiles, seed, sample, stream, first_tile)
    for tile in range(tiles):
        for i in range(_PAIRS):
            first, second = box_muller(bits[tile, i], bits[tile, _PAIRS + i])
            bits[tile, i] = np.float64(first).view(np.uint64)
            bits[tile, _PAIRS + i] = np.float64(second).view(np.uint64)


@kernel
def thin(values: Array, words: Words, tiles: int, probability: float, scale: float) -> None:
    """Multiply each of ``values[:tiles]`` by ``scale`` with the given probability, else by 0, as its random word says."""
    threshold = probability * 2.0**32 - 0.5
    for tile in range(tiles):
        for i in range(TILE):
            values[tile, i] *= scale if float(words[tile, i]) < threshold else 0.0


@scalar
def draw_uniform(seed: np.uint64, sample: np.uint64, stream: np.uint64, index: np.uint64) -> float:
    """Draw number ``index`` (uint64) of a stream of uniforms."""
    k0, k1 = split(seed)
    s0, s1 = split(sample)
    w0, w1, _, _ = philox4x32(index, stream, s0, s1, k0, k1)
    return unit_uniform(w0, w1)


def standard_normals(size: int, *, seed: int, sample: int = 0, stream: int = 0) -> Array:
    """Return the first ``size`` standard normals named (seed, sample, stream, coordinate).

    Parameters
    ----------
    size : int
        How many coordinates.
    seed, sample : int
        64-bit numbers; ``stream`` a 32-bit number. Two calls that differ in any of the three are independent.

    Returns
    -------
    ndarray of float64, shape (size,)
    """
    tiles = np.empty((-(-size // TILE), TILE))
    draw_normals(tiles, len(tiles), np.uint64(seed), np.uint64(sample), np.uint64(stream), 0)
    return tiles.reshape(-1)[:size]
