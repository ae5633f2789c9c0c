from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cgi_theory.networks import similarity
from cgi_theory.networks.similarity import METRICS
from cgi_theory.sampling.averages import mean_of

SIDE = 16


@pytest.fixture(scope="module")
def maps():
    """Two batches of sparse maps that overlap."""
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 6, SIDE * SIDE))
    support, other = rng.random((2, 6, SIDE * SIDE)) < 0.4
    return a * support, (0.5 * a + b) * other


def test_spearman_by_hand():
    assert similarity.spearman([[-1.0, 1.0, 1.0]], [[0.0, 0.0, 2.0]]) == pytest.approx([0.5])
    twos = [[0.0, 2.0, 2.0], [2.0, 0.0, 3.0]]  # the last of a map and the first of the next are equal, and no tie
    assert similarity.spearman(twos, twos) == pytest.approx([1.0, 1.0])
    assert similarity.spearman(twos, [[0.0, 1.0, 2.0]] * 2) == pytest.approx([0.75**0.5, 0.5])
    assert similarity.absolute_spearman([[-1.0, 2.0, 3.0]], [[1.0, -2.0, 3.0]]) == pytest.approx([1.0])
    assert similarity.pearson([[0.0, 1.0, 2.0]], [[0.0, 1.0, 5.0]]) == pytest.approx([stats.pearsonr([0, 1, 2], [0, 1, 5])[0]])


def test_correlations_are_scipy_s(maps):
    a, b = maps
    for i in range(len(a)):
        either = (a[i] != 0.0) | (b[i] != 0.0)
        expected = {
            "spearman": stats.spearmanr(a[i], b[i]).statistic,
            "|spearman|": stats.spearmanr(np.abs(a[i]), np.abs(b[i])).statistic,
            "pearson": stats.pearsonr(a[i], b[i]).statistic,
            "|pearson|": stats.pearsonr(np.abs(a[i]), np.abs(b[i])).statistic,
            "spearman on the union": stats.spearmanr(a[i][either], b[i][either]).statistic,
            "pearson on the union": stats.pearsonr(a[i][either], b[i][either]).statistic,
            "jaccard": len(set(np.flatnonzero(a[i])) & set(np.flatnonzero(b[i]))) / np.sum(either),
        }
        for name, value in expected.items():
            assert METRICS[name](a, b)[i] == pytest.approx(value, abs=1e-12), name


def pairs_of_images():
    """Pairs of batches (batch, rows, columns) as differ as maps may be."""
    rng = np.random.default_rng(5)
    dense, other = rng.standard_normal((2, 90, 28, 28))  # more than are worked on at a time
    light = rng.random((2, 90, 28, 28)) < np.linspace(0.02, 1.0, 90)[:, None, None]
    light[:, :, 3, 3] = True
    slope = np.zeros((2, 16, 16))
    slope[:, :, 8:] = 1.0
    slope[0, 4:, 8:] += 1e-16 * rng.standard_normal((12, 8))
    slope[1, :, 6:8] = 1e-17 * rng.standard_normal((16, 2))  # directions that are 180° after rounding, and in no bin
    single = np.zeros((2, 16, 16))
    single[0, 3, 3], single[1, 15, 15] = 2.0, -1.0
    return {
        "dense": (dense, other),
        "sparse": (dense * light[0], (0.5 * dense + other) * light[1]),
        "not square": rng.standard_normal((2, 3, 9, 31)),
        "as small as may be": rng.standard_normal((2, 4, 7, 7)),
        "whole numbers": rng.integers(-2, 3, (2, 6, 12, 17)).astype(float),
        "huge and tiny": (1e300 * dense[:3], 1e-300 * other[:3]),
        "of all sizes": np.ldexp(dense[:3], rng.integers(-900, 900, (3, 28, 28))) * np.ones((2, 1, 1, 1)),
        "one pixel": (single, single[::-1]),
        "directions just above and below 0°": (slope, slope[::-1]),
    }


IMAGES = pairs_of_images()
CELLS = {"pixels_per_cell": (4, 4), "cells_per_block": (1, 1), "orientations": 9}


@pytest.mark.parametrize("kind", IMAGES)
def test_ssim_and_hog_are_scikit_image_s(kind):
    metrics, feature = pytest.importorskip("skimage.metrics"), pytest.importorskip("skimage.feature")
    a, b = IMAGES[kind]
    scaled = [[image / np.abs(image).max() for image in images] for images in (a, b)]
    with np.errstate(under="ignore"):
        expected = [metrics.structural_similarity(*pair, data_range=2.0, win_size=7) for pair in zip(*scaled, strict=True)]
        features = [[feature.hog(image, **CELLS) for image in images] for images in scaled]
    assert np.array_equal(similarity.ssim(a, b), expected)
    for images, found in zip((a, b), features, strict=True):
        assert np.array_equal(similarity.hog_histograms(images), found)
    for value, one, other in zip(similarity.hog(a, b), *features, strict=True):
        if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
            assert np.isnan(value)
        else:
            assert value == pytest.approx(stats.pearsonr(one, other).statistic, abs=1e-12)


@pytest.mark.parametrize("kind", IMAGES)
def test_ranks_are_scipy_s(kind):
    for one, other in zip(*(images.reshape(len(images), -1) for images in IMAGES[kind]), strict=True):
        either = (one != 0.0) | (other != 0.0)
        pairs = {
            "spearman": (one, other),
            "|spearman|": (np.abs(one), np.abs(other)),
            "spearman on the union": (one[either], other[either]),
        }
        for name, pair in pairs.items():
            expected = stats.pearsonr(*map(stats.rankdata, pair)).statistic
            assert METRICS[name](one[None], other[None])[0] == pytest.approx(expected, abs=1e-12), name


@pytest.mark.parametrize("kind", IMAGES)
def test_prepared_maps_are_taken_by_every_metric_and_a_pair_does_not_see_its_neighbours(kind):
    a, b = IMAGES[kind]
    one, other = similarity.PreparedMaps(a), similarity.PreparedMaps(b)
    for name, metric in METRICS.items():
        expected = metric(a, b)
        for pair in ((one, other), (one, b), (a, other), (one, other)):
            assert np.array_equal(metric(*pair), expected, equal_nan=True), name
        assert np.array_equal(metric(a[-2:], b[-2:]), expected[-2:], equal_nan=True), name
        assert np.array_equal(metric(other, one), metric(b, a), equal_nan=True), name
    assert np.array_equal(similarity.hog_histograms(one), similarity.hog_histograms(a))
    assert np.array_equal(similarity.jaccard_expected(one, other), similarity.jaccard_expected(a, b))


def test_prepared_maps_keep_their_numbers_and_their_shapes():
    maps = np.random.default_rng(3).standard_normal((2, 8, 20))
    one = similarity.PreparedMaps(maps)
    expected = similarity.ssim(maps, maps[::-1]), similarity.hog(maps.reshape(2, 160), maps.reshape(2, 160), image_shape=(20, 8))
    flat = similarity.PreparedMaps(maps.reshape(2, 160))
    wide = similarity.hog(flat, flat, image_shape=(8, 20))
    for given, image_shape, value in ((flat, (8, 20), wide), (flat, (20, 8), expected[1]), (flat, (8, 20), wide)):
        assert np.array_equal(similarity.hog(given, given, image_shape=image_shape), value)
    other = similarity.PreparedMaps(maps[::-1])
    maps[:] = 1.0
    assert np.array_equal(similarity.ssim(one, other), expected[0])
    with pytest.raises(ValueError, match=r"maps must have equal shapes .*, not \(2, 8, 20\) and \(2, 160\)"):
        similarity.pearson(one, flat)
    with pytest.raises(ValueError, match=r"maps must have shape \(batch, pixels\), .*, not \(8,\)"):
        similarity.PreparedMaps(np.ones(8))
    with pytest.raises(ValueError, match="maps must be finite"):
        similarity.PreparedMaps([[np.nan, 1.0]])


@pytest.mark.parametrize("name", METRICS)
def test_limits(maps, name):
    a, b = maps
    assert METRICS[name](a, a) == pytest.approx(np.ones(6))
    assert METRICS[name](a, b) == pytest.approx(METRICS[name](b, a))
    assert (METRICS[name](a, b) < 0.95).all()
    assert METRICS[name](3.0 * a, b) == pytest.approx(METRICS[name](a, b))
    opposite = METRICS[name](a, -a)
    if name in {"spearman", "pearson", "spearman on the union", "pearson on the union"}:
        assert opposite == pytest.approx(-np.ones(6))
    elif name != "ssim":
        assert opposite == pytest.approx(np.ones(6))


@pytest.mark.parametrize("name", METRICS)
def test_blank_and_constant_maps_are_flagged_and_never_crash(maps, name):
    blank, constant = np.zeros((1, SIDE * SIDE)), np.full((1, SIDE * SIDE), 2.0)
    for undefined in (blank, constant, -constant):
        for other in (blank, constant, maps[0][:1]):
            assert np.isnan(METRICS[name](undefined, other)).all()
            assert np.isnan(METRICS[name](other, undefined)).all()
    pair = METRICS[name](np.concatenate([blank, maps[0][:1]]), np.concatenate([maps[1][:1]] * 2))
    assert np.isnan(pair).tolist() == [True, False]  # and leaves its neighbours alone
    assert METRICS[name](np.zeros((0, SIDE * SIDE)), np.zeros((0, SIDE * SIDE))).shape == (0,)


def test_maps_that_are_constant_in_absolute_value_or_on_the_union_have_no_correlation_there():
    signs = np.where(np.arange(16) < 8, 1.0, -1.0)[None]
    ramp = np.arange(16.0)[None]
    assert np.isnan(similarity.absolute_pearson(signs, ramp)).all()
    assert np.isnan(similarity.absolute_spearman(signs, ramp)).all()
    assert np.isnan(similarity.union_pearson(np.maximum(signs, 0.0), np.eye(1, 16))).all()
    assert np.isnan(similarity.union_spearman(np.maximum(signs, 0.0), np.eye(1, 16))).all()


def test_a_metric_that_rewards_blank_area_is_told_from_one_that_does_not():
    """Two sparse maps without a common pixel: alike for SSIM, not for what looks at their union."""
    one, other = np.zeros((2, 1, SIDE * SIDE))
    one[0, 3], other[0, -40] = 1.0, 1.0
    assert similarity.ssim(one, other)[0] > 0.3
    assert similarity.jaccard(one, other)[0] == 0.0
    assert similarity.union_pearson(one, other)[0] == pytest.approx(-1.0)


def supports(sizes, pixels, rng, count):
    found = np.zeros((2, count, pixels))
    for maps, size in zip(found, sizes, strict=True):
        for row in maps:
            row[rng.choice(pixels, size, replace=False)] = 1.0 + rng.random(size)
    return found


@pytest.mark.parametrize(("one", "other"), [(2, 3), (1, 1), (5, 4), (6, 2)])
def test_the_expected_overlap_is_the_mean_over_all_supports(one, other):
    overlaps = []
    for first in combinations(range(6), one):
        for second in combinations(range(6), other):
            overlaps.append(len(set(first) & set(second)) / len(set(first) | set(second)))
    a, b = supports((one, other), 6, np.random.default_rng(1), 1)
    assert similarity.jaccard_expected(a, b) == pytest.approx([np.mean(overlaps)], rel=1e-12)


def test_the_expected_overlap_is_the_hypergeometric_mean():
    """Of one pixel and all of them, of few and many, in one batch."""
    rng = np.random.default_rng(6)
    a, b = np.zeros((2, 400, 300))
    for maps in (a, b):
        sizes = np.concatenate([[1, 1, 299, 299], rng.integers(1, 300, 396)])
        rng.shuffle(sizes[2:])
        maps[np.argsort(np.argsort(rng.random(maps.shape), axis=1), axis=1) < sizes[:, None]] = 1.0
    expected = []
    for one, other in zip(np.count_nonzero(a, axis=1), np.count_nonzero(b, axis=1), strict=True):
        both = np.arange(min(one, other) + 1)
        expected.append(np.sum(stats.hypergeom.pmf(both, 300, one, other) * both / (one + other - both)))
    assert similarity.jaccard_expected(a, b) == pytest.approx(np.array(expected), rel=1e-12)


def test_the_expected_overlap_of_large_supports():
    sizes, pixels = (40_000, 70_000), 150_528
    both = np.arange(min(sizes) + 1)
    expected = np.sum(stats.hypergeom.pmf(both, pixels, *sizes) * both / (sum(sizes) - both))
    a, b = (np.where(np.arange(pixels) < size, 1.0, 0.0)[None] for size in sizes)
    assert similarity.jaccard_expected(a, b) == pytest.approx([expected], rel=1e-9)  # SciPy's probabilities sum to 1 so far


def test_supports_may_be_placed_among_some_pixels_only():
    a, b = supports((20, 30), 64, np.random.default_rng(4), 2)
    wide = [np.concatenate([maps, np.zeros_like(maps)], axis=1) for maps in (a, b)]
    among = np.repeat([[1.0, 0.0]], 64, axis=1).repeat(2, axis=0)
    assert similarity.jaccard_expected(*wide, among=among) == pytest.approx(similarity.jaccard_expected(a, b), rel=1e-12)
    assert (similarity.jaccard_expected(*wide) < similarity.jaccard_expected(a, b)).all()
    beside = np.where(wide[0] != 0.0, 1.0, 0.0)  # holds one of the supports
    for wrong in (1.0 - among, beside):
        with pytest.raises(ValueError, match="among must hold the maps' supports"):
            similarity.jaccard_expected(*wide, among=wrong)


def test_the_expected_overlap_is_what_random_supports_have():
    a, b = supports((60, 90), 256, np.random.default_rng(2), 3000)
    measured, expected = mean_of(similarity.jaccard(a, b)), similarity.jaccard_expected(a[:1], b[:1])[0]
    assert measured.stderr < 0.005 * expected
    assert abs(measured.mean - expected) < 4.0 * measured.stderr
    assert abs(measured.mean - 60 * 90 / (256 * 150)) > 4.0 * measured.stderr  # forgets that the union is smaller
    assert np.isnan(similarity.jaccard_expected(np.zeros((1, 4)), np.zeros((1, 4)))).all()


def test_maps_that_hardly_vary_have_a_correlation_all_the_same():
    assert similarity.pearson([[1.0, 1.0, 1.0 + 2.0**-52]], [[0.0, 0.0, 1.0]]) == pytest.approx([1.0], abs=1e-15)
    assert similarity.pearson([[1e308, -1e308, 0.0]], [[1.0, 2.0, 3.0]]) == pytest.approx([-0.5], abs=1e-15)


def test_no_correlation_is_beyond_1():
    """As some would be by rounding."""
    maps = np.random.default_rng(8).standard_normal((300, 5))
    assert similarity.pearson(maps, -7.0 * maps).min() == -1.0
    assert similarity.pearson(maps, 7.0 * maps).max() == 1.0


def test_rounding_leaves_nothing_of_constant_maps():
    """Of no number, length or place on the union, so that none is taken for a map that varies."""
    rng = np.random.default_rng(7)
    for pixels in (2, 3, 5, 11, 784, 3000, 50_000):
        numbers = np.concatenate([[0.1, 1 / 3, 1.0 + 2.0**-52, 1e300, 5e-324], 10.0 ** rng.uniform(-300, 300, 20)])
        constant, other = np.repeat(numbers[:, None], pixels, axis=1), rng.standard_normal((25, pixels))
        for name in ("spearman", "|spearman|", "pearson", "|pearson|"):
            assert np.isnan(METRICS[name](constant, other)).all(), name
        assert np.isnan(similarity.absolute_pearson(constant * np.where(other > 0.0, 1.0, -1.0), other)).all()
        wider = [np.pad(maps, ((0, 0), (0, 5))) for maps in (constant, other)]  # which vary, but not on the union
        for name in ("spearman on the union", "pearson on the union"):
            assert np.isnan(METRICS[name](*wider)).all(), name
        assert np.isfinite(similarity.pearson(*wider)).all()


def test_constant_maps_are_told_by_their_numbers_and_not_by_what_rounding_leaves_of_them():
    constant, ramp = np.full((1, 11), 0.1), np.arange(11.0)[None]
    for pair in ((constant, ramp), (ramp, constant)):
        for name in METRICS.keys() - {"ssim", "hog"}:
            assert np.isnan(METRICS[name](*pair)).all(), name
        assert np.isnan(similarity.jaccard_expected(*pair)).all()
        assert np.isnan(similarity.jaccard_expected(*(maps * (maps != 0.1) for maps in pair))).all()


@pytest.mark.parametrize("factor", [1e-300, 1e-200, 1e200])
def test_units_do_not_matter(maps, factor):
    for name in METRICS:
        assert METRICS[name](maps[0] * factor, maps[1]) == pytest.approx(METRICS[name](*maps))


@pytest.mark.parametrize("name", METRICS)
def test_bad_maps_are_named(name):
    good = np.eye(2, SIDE * SIDE)
    for one, other, message in (
        (good, good[:, 1:], "maps must have equal shapes"),
        (good[0], good[0], r"maps must have equal shapes \(batch, pixels\)"),
        (good, good * np.nan, "maps must be finite"),
        (good[:, :0], good[:, :0], "maps must have equal shapes"),
        (good, good.astype(complex), "maps must hold real numbers, not complex128"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            METRICS[name](one, other)


@pytest.mark.parametrize("metric", similarity.METRICS.values(), ids=similarity.METRICS)
def test_channels_last_are_not_taken_for_channels_first(metric):
    maps = np.random.default_rng(3).standard_normal((2, 2, 8, 8, 3))
    with pytest.raises(ValueError, match="maps must have their channels before height and width"):
        metric(*maps)
    assert metric(*np.moveaxis(maps, 4, 2)).shape == (2,)
    volumes = np.random.default_rng(3).standard_normal((2, 2, 8, 8, 8, 3))
    with pytest.raises(ValueError, match="maps must have their channels before height and width"):
        metric(*volumes)


@pytest.mark.parametrize("name", [name for name in METRICS if name not in ("ssim", "hog")])
def test_volumes_are_compared_as_their_pixels_are(maps, name):
    """(batch, channels, *spatial) is (batch, pixels) with its channels summed, whatever the spatial axes are."""
    metric, (a, b) = METRICS[name], maps
    for spatial in ((2, SIDE // 2, SIDE), (SIDE, 1, SIDE), (2, 1, SIDE // 2, SIDE)):
        volumes = [m.reshape(6, 1, *spatial) for m in maps]
        assert np.array_equal(metric(*volumes), metric(a, b), equal_nan=True)
        one, other = volumes
        channels = np.concatenate([one, other], axis=1), np.concatenate([other, -0.5 * one], axis=1)
        assert np.array_equal(metric(*channels), metric(a + b, b - 0.5 * a), equal_nan=True)
        with pytest.raises(ValueError, match="maps must have equal shapes"):
            metric(volumes[0], b)


@pytest.mark.parametrize("metric", [similarity.ssim, similarity.hog])
def test_volumes_are_no_images(metric):
    """Not even where one of their axes has a single entry, nor where somebody says of what shape they are."""
    volumes = np.random.default_rng(3).standard_normal((2, 2, 1, 1, 16, 16))
    message = r"^maps must be images, .*\(batch, channels, height, width\), not \(2, 1, 1, 16, 16\)$"
    for options in ({}, {"image_shape": (16, 16)}):
        with pytest.raises(ValueError, match=message):
            metric(*volumes, **options)
    with pytest.raises(ValueError, match=message):
        similarity.hog_histograms(volumes[0])
    assert np.isfinite(metric(*volumes[:, :, 0])).all()


def test_images_that_are_not_square():
    maps = np.random.default_rng(3).standard_normal((2, 1, 8 * 20))
    for metric in (similarity.ssim, similarity.hog):
        assert np.isfinite(metric(*maps, image_shape=(8, 20))).all()
        with pytest.raises(ValueError, match=r"image_shape must be given, .*, for maps of 160 pixels, which are no square"):
            metric(*maps)
        for shape, message in (
            ((-8, -20), "from 1 to"),
            ((2, 80), "image_shape must be from"),
            ((8.0, 20), "a whole number"),
        ):
            with pytest.raises((TypeError, ValueError), match=message):
                metric(*maps, image_shape=shape)
    with pytest.raises(ValueError, match="height and width of maps must be from 7 to"):  # smaller than the window
        similarity.ssim(np.eye(1, 36), np.eye(1, 36))


@pytest.mark.parametrize("name", METRICS)
def test_images_and_channels_are_laid_out_as_they_are_documented(maps, name):
    """(N, H, W) is (N, pixels) in rows; channels are summed."""
    metric, (a, b) = METRICS[name], maps
    expected = metric(a, b)
    images = [m.reshape(6, SIDE, SIDE) for m in maps]
    assert np.array_equal(metric(*images), expected)
    assert np.array_equal(metric(*(image[:, None] for image in images)), expected)
    channels = [np.stack([image, other], axis=1) for image, other in zip(images, reversed(images), strict=True)]
    channels[1][:, 1] *= -0.5
    assert np.array_equal(metric(*channels), metric(a + b, b - 0.5 * a), equal_nan=True)
    with pytest.raises(ValueError, match="maps must have equal shapes"):
        metric(images[0], b)
    with pytest.raises(ValueError, match="maps must have equal shapes"):
        metric(images[0][0, 0], images[1][0, 0])
    with pytest.raises(ValueError, match="maps summed over channels must be finite, but overflow float64"):
        metric(np.full((2, 2, 8, 8), 1.7e308), np.full((2, 2, 8, 8), 1.7e308))


def test_supports_may_be_placed_where_any_channel_is_lit():
    a, b = (maps.reshape(2, 8, 8) for maps in supports((20, 30), 64, np.random.default_rng(4), 2))
    among = np.stack([a, b, -a], axis=1)
    flat = [m.reshape(2, 64) for m in (a, b, (a != 0.0) | (b != 0.0))]
    expected = similarity.jaccard_expected(*flat[:2], among=flat[2])
    assert np.array_equal(similarity.jaccard_expected(a, b, among=among), expected)
    assert np.array_equal(similarity.jaccard_expected(a[:, None], b[:, None], among=flat[2]), expected)
    with pytest.raises(TypeError, match="among must hold real numbers"):
        similarity.jaccard_expected(a, b, among=among.astype(str))


@pytest.mark.parametrize("metric", [similarity.ssim, similarity.hog, lambda a, b, **shape: similarity.hog_histograms(a, **shape)])
def test_shapes_of_images_are_rows_and_columns(metric):
    a, b = np.random.default_rng(3).standard_normal((2, 2, 8, 20))
    flat = a.reshape(2, 160), b.reshape(2, 160)
    expected = metric(a, b)
    for shape in ((8, 20), [8, 20], np.array([8, 20])):
        assert np.array_equal(metric(*flat, image_shape=shape), expected)
        assert np.array_equal(metric(a, b, image_shape=shape), expected)
    assert not np.array_equal(metric(*flat, image_shape=(20, 8)), expected)
    refused: list[Any] = [
        (flat, 8, "image_shape must be a sequence of whole numbers, not 8"),
        (flat, "8x20", r"image_shape\[0\] must be a whole number, not '8'"),
        (flat, (8, 20, 1), r"image_shape must be \(rows, columns\), not \(8, 20, 1\)"),
        (flat, (160,), r"image_shape must be \(rows, columns\), not \(160,\)"),
        (flat, (8, None), r"image_shape\[1\] must be a whole number, not None"),
        (flat, (8, 2**20 + 1), r"image_shape\[1\] must be from 1 to 1048576, not 1048577"),
        (flat, (8, 21), r"image_shape must hold 160 pixels, not \(8, 21\)"),
        ((a, b), (20, 8), r"image_shape must be that of the maps, \(8, 20\), not \(20, 8\)"),
        ((a[:, :3], b[:, :3]), None, "height and width of maps must be from [47] to"),
        ((a[:, None, :, :3], b[:, None, :, :3]), None, "height and width of maps must be from [47] to"),
    ]
    for pair, wrong, message in refused:
        with pytest.raises((TypeError, ValueError), match=message):
            metric(*pair, image_shape=wrong)
