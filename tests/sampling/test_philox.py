import math

import numba
import numpy as np
import pytest
from scipy import stats

from cgi_theory.sampling import philox
from cgi_theory.sampling.philox import random_words, standard_normals
from tests import naive

# Random123 (Salmon et al. 2011), file kat_vectors, philox4x32 with 10 rounds: counter, key, answer.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@numba.njit
def words(numbers):
    return philox.philox4x32(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])


def call(counter, key):
    return tuple(int(word) for word in words(np.array([*counter, *key], dtype=np.uint64)))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_known_answers(counter, key, answer):
    assert call(counter, key) == answer
    assert tuple(naive.philox(counter, key)) == answer


def test_against_plain_integers():
    rng = np.random.default_rng(5)
    for _ in range(200):
        numbers = [int(v) for v in rng.integers(0, 2**32, 6)]
        assert call(numbers[:4], numbers[4:]) == tuple(naive.philox(numbers[:4], numbers[4:]))


def test_a_normal_is_what_its_name_says():
    """Coordinate by coordinate from plain integers and the standard library's functions."""
    seed, sample, stream = 0x0123456789ABCDEF, 2**40 + 7, 9
    drawn = standard_normals(600, seed=seed, sample=sample, stream=stream)
    key = (seed % 2**32, seed >> 32)
    for coordinate in [0, 1, 63, 64, 127, 128, 191, 192, 255, 256, 300, 511, 599]:
        tile, place = divmod(coordinate, 256)
        second, pair = divmod(place, 128)
        half, call_number = divmod(pair, 64)
        counter = (64 * tile + call_number, stream, sample % 2**32, sample >> 32)
        w = naive.philox(counter, key)[2 * half :][:2]
        cell = w[0] << 7 | w[1] >> 25
        radius = math.sqrt(-2 * math.log((cell + 0.5) / 2**39))
        turn, rest = divmod(w[1] % 2**25, 2**23)
        theta = math.pi / 2 * ((rest + 0.5) / 2**23 - 0.5)
        directions = [math.cos(theta), math.sin(theta)]
        if turn & 1:
            directions.reverse()
        expected = radius * directions[second] * (-1 if turn & 2 else 1)
        assert drawn[coordinate] == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_prefix_is_a_prefix():
    assert np.array_equal(standard_normals(1000, seed=3)[:300], standard_normals(300, seed=3))
    assert standard_normals(0, seed=3).shape == (0,)


@pytest.fixture(scope="module")
def many():
    return standard_normals(10_000_000, seed=20).astype(np.float64)


def test_distribution(many):
    assert stats.kstest(many, "norm").pvalue > 1e-3


def test_distribution_test_sees_a_wrong_one(many):
    """A spread that is off by 0.4 % is found."""
    assert stats.kstest(many * 1.004, "norm").pvalue < 1e-3


def test_moments(many):
    for order in range(1, 9):
        powers = many**order
        expected = 0.0 if order % 2 else math.prod(range(1, order, 2))
        error = math.sqrt((math.prod(range(1, 2 * order, 2)) - expected**2) / many.size)
        assert abs(powers.mean() - expected) < 4 * error
        if order % 2 == 0:
            assert error < 0.02 * expected


@pytest.mark.parametrize("height", [2.0, 3.0, 4.0, 5.0])
def test_tails(many, height):
    for count in ((many > height).sum(), (many < -height).sum()):
        expected = many.size * stats.norm.sf(height)
        assert stats.binomtest(int(count), many.size, stats.norm.sf(height)).pvalue > 1e-4, (count, expected)


def test_bounds():
    """The largest radius, from the smallest of 39 bits, and the smallest."""
    assert cell_radius(0) == pytest.approx(math.sqrt(80 * math.log(2)), rel=1e-6)
    assert 0.0 <= cell_radius(2**39 - 1) < 1e-5


def cell_radius(cell):
    return math.hypot(*normal_pair(np.uint32(cell >> 7), np.uint32((cell & 0x7F) << 25)))


@numba.njit
def normal_pair(word_0, word_1):
    return philox.box_muller(word_0, word_1)


@pytest.mark.parametrize("other", [{"seed": 8}, {"sample": 1}, {"sample": 2**32}, {"stream": 1}, {"seed": 7 + 2**32}])
def test_names_that_differ_are_independent(other):
    size = 1_000_000
    name = {"seed": 7, "sample": 0, "stream": 0}
    a, b = (standard_normals(size, **n).astype(np.float64) for n in (name, name | other))
    for f in (lambda z: z, np.abs, lambda z: z**2):
        assert abs(np.corrcoef(f(a), f(b))[0, 1]) < 4 / math.sqrt(size)
    assert stats.kstest(a + b, stats.norm(scale=math.sqrt(2)).cdf).pvalue > 1e-3


@pytest.mark.parametrize("lag", [1, 2, 63, 64, 128, 192, 256])
def test_coordinates_are_independent(many, lag):
    """Lag 128 pairs the two normals of one Box–Muller pair, lag 64 the two pairs of one call."""
    a, b = many[:-lag], many[lag:]
    for f in (lambda z: z, np.abs):
        assert abs(np.corrcoef(f(a), f(b))[0, 1]) < 4.5 / math.sqrt(a.size)


def test_pairs_fill_the_plane(many):
    """Directions of Box–Muller pairs are uniform."""
    tiles = many[: many.size // 256 * 256].reshape(-1, 2, 128)
    angles = np.arctan2(tiles[:, 1], tiles[:, 0]).ravel()
    assert stats.kstest(angles, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


@numba.njit
def thinned(tiles, words, probability):
    philox.thin(tiles, words, len(tiles), probability)


def test_thinning_keeps_each_entry_with_its_probability():
    tiles, words = np.ones((4000, 256), dtype=np.float32), random_words(4000 * 256, seed=4, stream=2).reshape(4000, 256)
    thinned(tiles, words, 0.3)
    assert set(np.unique(tiles)) == {0.0, 1.0}
    kept = int((tiles > 0).sum())
    assert stats.binomtest(kept, tiles.size, 0.3).pvalue > 1e-3
    assert stats.binomtest(kept, tiles.size, 0.304).pvalue < 1e-3


@numba.njit
def uniforms(count):
    return np.array([philox.draw_uniform(np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(i)) for i in range(count)])


def test_uniforms():
    u = uniforms(200_000)
    assert u.min() > 0.0
    assert u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > 1e-3


BINS = 2**16


@numba.njit(nogil=True)
def count_and_sum(tiles, counts, sums):
    """Count normals by their cell of the normal distribution function's argument, and sum their powers."""
    for z in tiles.ravel():
        counts[min(max(int((z + 8.0) * (BINS / 16.0)), 0), BINS - 1)] += 1
        power = 1.0
        for order in range(8):
            power *= z
            sums[order] += power


@numba.njit
def draw(tiles, sample):
    philox.draw_normals(tiles, len(tiles), np.uint64(99), sample, np.uint64(0), 0)


@pytest.mark.slow
def test_a_billion_draws():
    """Float32's granularity leaves no trace: distribution, moments to the 8th, and far tails."""
    counts, sums = np.zeros(BINS, dtype=np.int64), np.zeros(8)
    tiles = np.empty((4096, 256), dtype=np.float32)
    blocks = 1_000_000_000 // tiles.size + 1
    for sample in range(blocks):
        draw(tiles, np.uint64(sample))
        count_and_sum(tiles, counts, sums)
    total = int(counts.sum())
    assert total >= 1_000_000_000
    edges = np.arange(1, BINS) * (16.0 / BINS) - 8.0
    difference = np.abs(np.cumsum(counts)[:-1] / total - stats.norm.cdf(edges)).max()
    assert stats.kstwobign.sf(difference * math.sqrt(total)) > 1e-3
    assert stats.kstwobign.sf(np.abs(stats.norm.cdf(1.0004 * edges) - stats.norm.cdf(edges)).max() * math.sqrt(total)) < 1e-3
    expected = np.diff(stats.norm.cdf(np.concatenate(([-np.inf], edges, [np.inf])))) * total
    often = expected > 25
    chi_squared = ((counts - expected)[often] ** 2 / expected[often]).sum()
    assert 1e-3 < stats.chi2.sf(chi_squared, often.sum()) < 1 - 1e-3
    for order in range(1, 9):
        moment = 0.0 if order % 2 else math.prod(range(1, order, 2))
        error = math.sqrt((math.prod(range(1, 2 * order, 2)) - moment**2) / total)
        assert abs(sums[order - 1] / total - moment) < 4 * error
    for height in (4.0, 5.0, 5.5, 6.0):
        beyond = int(counts[int((height + 8.0) * BINS / 16.0) :].sum())
        assert stats.binomtest(beyond, total, stats.norm.sf(height)).pvalue > 1e-4
