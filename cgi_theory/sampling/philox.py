r"""Random numbers with a name: Philox4x32-10 and Box–Muller as pure functions of a counter.

A draw is named by (seed, sample, stream, coordinate). The 64-bit seed is Philox's key; its counter is (call, stream,
low and high word of the sample), and one call gives four 32-bit words (Salmon et al. 2011, "Parallel random numbers:
as easy as 1, 2, 3"). Nothing is carried from draw to draw, so the split of the work over threads or machines
cannot change a bit.

Coordinates come in tiles of 256, made by 64 calls. The first two words of call c make coordinates c and 128 + c of the
tile, the last two 64 + c and 192 + c, an order in which a compiler writes whole vectors. Two words make two normals by
Box and Muller (1958),

.. math:: z_1 = \sqrt{-2\log U}\,\cos 2\pi V, \qquad z_2 = \sqrt{-2\log U}\,\sin 2\pi V,

with 39 bits for U and 25 bits for V, both at the middle of their cells; hence |z| never exceeds
:math:`\sqrt{80 \log 2} = 7.45`, beyond which the normal distribution has 1e-13 of its mass. From U and V on the arithmetic is
float32's, twice as fast as float64's: a normal is a number of 24 bits, which all later arithmetic takes as it is, in
float64. Tests on 1e9 draws find no trace of it.
"""

import numpy as np

from cgi_theory._arrays import Single1D, Single2D, Word1D, Word2D
from cgi_theory._jit import kernel, part, scalar
from cgi_theory.sampling.elementary import log_single, sine_cosine_single

CALLS = 64
TILE = 4 * CALLS
_PAIRS = TILE // 2
_HALF_CALLS = CALLS // 2

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_ROUNDS = 10

_HIGH_SHIFT = np.uint32(8)
_LOW_BYTE = np.uint32(0xFF)
_LOW_SHIFT = np.uint32(7)
_SPARE_SHIFT = np.uint32(25)
_IN_QUADRANT = np.uint32(0x7FFFFF)
_SWAP = np.uint32(0x800000)
_SIGN = np.uint32(0x1000000)
_TO_SIGN_BIT = np.uint32(7)
_ZERO, _HALF, _MINUS_TWO = np.float32(0.0), np.float32(0.5), np.float32(-2.0)
_2_TO_MINUS_15, _2_TO_MINUS_23, _2_TO_MINUS_24 = np.float32(2.0**-15), np.float32(2.0**-23), np.float32(2.0**-24)
_MIDDLE = np.float32(2.0**22 - 0.5)
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
def box_muller(word_0: np.uint32, word_1: np.uint32) -> tuple[np.float32, np.float32]:
    """Two independent standard normals from two 32-bit words.

    Of the second word the low 25 bits are the direction; its other 7 lengthen the first to 39 bits for the radius.
    """
    high = np.float32(np.int32(word_0 >> _HIGH_SHIFT))
    low = np.float32(np.int32(((word_0 & _LOW_BYTE) << _LOW_SHIFT) | (word_1 >> _SPARE_SHIFT)))
    u = np.float32((high + (low + _HALF) * _2_TO_MINUS_15) * _2_TO_MINUS_24)
    radius = np.float32(np.sqrt(_MINUS_TWO * log_single(u)))
    position = np.float32(np.int32(word_1 & _IN_QUADRANT))
    sine, cosine = sine_cosine_single(np.float32((position - _MIDDLE) * _2_TO_MINUS_23))
    # Two bits turn the direction by a multiple of 90°: one swaps the pair, the other negates it.
    swapped = (word_1 & _SWAP) != 0
    radius = np.uint32(radius.view(np.uint32) ^ ((word_1 & _SIGN) << _TO_SIGN_BIT)).view(np.float32)
    first = sine if swapped else cosine
    second = cosine if swapped else sine
    return np.float32(radius * first), np.float32(radius * second)


@scalar
def unit_uniform(word_0: np.uint64, word_1: np.uint64) -> float:
    """A uniform number strictly between 0 and 1 from two 32-bit words, at 52 bits."""
    return (float((word_0 << _UNIT_SHIFT) | (word_1 >> _UNIT_DROP)) + 0.5) * 2.0**-52


@scalar
def split(word: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Low and high 32 bits of a 64-bit number: how seeds and sample numbers enter Philox."""
    return word & _LOW, word >> _WORD


@part
def draw_words(out: Word2D, tiles: int, seed: np.uint64, sample: np.uint64, stream: np.uint64, first_tile: int) -> None:
    """Fill ``out[:tiles]``, rows of 256, with the random words of tiles first_tile, first_tile + 1, ...

    The four words of a tile's call c go to its coordinates c, 128 + c, 64 + c and 192 + c. Two calls a turn: a call is one
    long chain of dependent operations, and a processor overlaps more of them.
    """
    k0, k1 = split(seed)
    s0, s1 = split(sample)
    for tile in range(tiles):
        first_call = np.uint64((first_tile + tile) * CALLS)
        for i in range(_HALF_CALLS):
            for call in (i, _HALF_CALLS + i):
                w0, w1, w2, w3 = philox4x32((first_call + np.uint64(call)) & _LOW, stream, s0, s1, k0, k1)
                out[tile, call] = np.uint32(w0)
                out[tile, _PAIRS + call] = np.uint32(w1)
                out[tile, CALLS + call] = np.uint32(w2)
                out[tile, _PAIRS + CALLS + call] = np.uint32(w3)


@part
def draw_normals(out: Single2D, tiles: int, seed: np.uint64, sample: np.uint64, stream: np.uint64, first_tile: int) -> None:
    """Fill ``out[:tiles]``, rows of 256, with the standard normals of tiles first_tile, first_tile + 1, ...

    The words are drawn into the normals' own memory and turned into them in place, two pairs a turn: two short loops, of
    which a processor overlaps many turns, take two thirds of the time of one long one.
    """
    bits = out.view(np.uint32)
    draw_words(bits, tiles, seed, sample, stream, first_tile)
    for tile in range(tiles):
        for i in range(CALLS):
            for pair in (i, CALLS + i):
                first, second = box_muller(bits[tile, pair], bits[tile, _PAIRS + pair])
                bits[tile, pair] = np.float32(first).view(np.uint32)
                bits[tile, _PAIRS + pair] = np.float32(second).view(np.uint32)


@part
def thin(values: Single2D, words: Word2D, tiles: int, probability: float) -> None:
    """Keep each of ``values[:tiles]`` with the given probability, as its random word says; the others become 0."""
    threshold = probability * 2.0**32 - 0.5
    for tile in range(tiles):
        for i in range(TILE):
            values[tile, i] = values[tile, i] if float(words[tile, i]) < threshold else _ZERO


@scalar
def draw_uniform(seed: np.uint64, sample: np.uint64, stream: np.uint64, index: np.uint64) -> float:
    """Draw number ``index`` (uint64) of a stream of uniforms."""
    k0, k1 = split(seed)
    s0, s1 = split(sample)
    w0, w1, _, _ = philox4x32(index, stream, s0, s1, k0, k1)
    return unit_uniform(w0, w1)


def standard_normals(size: int, *, seed: int, sample: int = 0, stream: int = 0) -> Single1D:
    """Return the first ``size`` standard normals named (seed, sample, stream, coordinate).

    Parameters
    ----------
    size : int
        How many coordinates.
    seed, sample : int
        64-bit numbers; ``stream`` a 32-bit number. Two calls that differ in any of the three are independent.

    Returns
    -------
    ndarray of float32, shape (size,)
    """
    tiles = np.empty((-(-size // TILE), TILE), dtype=np.float32)
    _fill_with_normals(tiles, np.uint64(seed), np.uint64(sample), np.uint64(stream))
    return tiles.reshape(-1)[:size]


def random_words(size: int, *, seed: int, sample: int = 0, stream: int = 0) -> Word1D:
    """Return the first ``size`` 32-bit words of a stream, uint32 of shape (size,); arguments as of ``standard_normals``."""
    tiles = np.empty((-(-size // TILE), TILE), dtype=np.uint32)
    _fill_with_words(tiles, np.uint64(seed), np.uint64(sample), np.uint64(stream))
    return tiles.reshape(-1)[:size]


@kernel
def _fill_with_normals(tiles: Single2D, seed: np.uint64, sample: np.uint64, stream: np.uint64) -> None:
    draw_normals(tiles, len(tiles), seed, sample, stream, 0)


@kernel
def _fill_with_words(tiles: Word2D, seed: np.uint64, sample: np.uint64, stream: np.uint64) -> None:
    draw_words(tiles, len(tiles), seed, sample, stream, 0)
