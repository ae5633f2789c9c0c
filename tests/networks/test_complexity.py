import numpy as np
import pytest
from scipy import stats

from cgi_theory.networks.complexity import BINS, histogram_entropy, relative_rise
from cgi_theory.networks.similarity import PreparedMaps


@pytest.fixture(scope="module")
def maps():
    rng = np.random.default_rng(2)
    return rng.standard_normal((6, 196)) * (rng.random((6, 196)) < np.linspace(0.1, 1.0, 6)[:, None])


def test_the_entropy_is_that_of_numpy_s_histogram(maps):
    for bins in (1, 7, BINS, 1000):
        expected = [stats.entropy(np.histogram(scores, bins)[0]) for scores in maps]
        assert histogram_entropy(maps, bins=bins) == pytest.approx(expected, abs=1e-12)
    assert histogram_entropy(maps) == pytest.approx(histogram_entropy(maps, bins=100), abs=0.0)


def test_the_entropy_by_hand():
    assert histogram_entropy([[0.0, 1.0, 2.0, 3.0]], bins=4) == pytest.approx([np.log(4.0)], abs=1e-15)
    assert histogram_entropy([[0.0, 0.0, 0.0, 3.0]], bins=4) == pytest.approx(
        [0.75 * np.log(4 / 3) + 0.25 * np.log(4)], abs=1e-15
    )
    assert histogram_entropy([[-1.0, -1.0, 3.0, 3.0]], bins=2) == pytest.approx([np.log(2.0)], abs=1e-15)
    assert histogram_entropy([[5.0, 5.0], [0.0, 0.0]]).tolist() == [0.0, 0.0]


def test_noise_of_many_levels_has_the_most_entropy():
    levels = np.arange(10_000.0)[None]
    assert histogram_entropy(levels) == pytest.approx([np.log(BINS)], abs=1e-12)
    sparse = np.where(np.arange(10_000) % 5 == 0, levels, 0.0)
    share = np.array([0.802] + [0.002] * 99)
    assert histogram_entropy(sparse) == pytest.approx([stats.entropy(share)], abs=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1e300])
def test_units_do_not_matter_nor_what_is_added(maps, scale):
    expected = histogram_entropy(maps)
    assert histogram_entropy(maps * scale) == pytest.approx(expected, abs=1e-12)
    eighths = np.round(8.0 * maps)
    assert histogram_entropy(eighths + 3.0) == pytest.approx(histogram_entropy(eighths), abs=0.0)


def test_maps_that_hardly_vary_and_maps_that_overflow():
    near = [[1.0, 1.0, 1.0 + 2.0**-52, 1.0 + 2.0**-51]]
    assert histogram_entropy(near, bins=2) == pytest.approx([np.log(2.0)], abs=1e-15)
    assert histogram_entropy(near) == pytest.approx([1.5 * np.log(2.0)], abs=1e-15)  # in bins of less than their last place
    assert histogram_entropy([[-1.7e308, 1.7e308]]) == pytest.approx([np.log(2.0)], abs=1e-15)
    assert histogram_entropy([[0.0, 5e-324]]) == pytest.approx([np.log(2.0)], abs=1e-15)


def test_only_some_pixels_count(maps):
    among = np.random.default_rng(3).random(maps.shape) * (np.random.default_rng(4).random(maps.shape) < 0.4)
    expected = [stats.entropy(np.histogram(scores[here != 0.0], BINS)[0]) for scores, here in zip(maps, among, strict=True)]
    for given in (among, PreparedMaps(among), among.reshape(6, 14, 14), np.stack([among, -among], axis=1).reshape(6, 2, 14, 14)):
        assert histogram_entropy(PreparedMaps(maps), among=given) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(histogram_entropy(maps, among=0.0 * among)).all()
    with pytest.raises(ValueError, match=r"among must have the maps' shape \(6, 196\), not \(6, 195\)"):
        histogram_entropy(maps, among=among[:, 1:])


def test_volumes_are_taken_as_their_pixels_are(maps):
    volumes, among = maps.reshape(6, 1, 7, 4, 7), np.random.default_rng(3).random(maps.shape) < 0.4
    assert np.array_equal(histogram_entropy(volumes), histogram_entropy(maps))
    channels = np.concatenate([volumes, 2.0 * volumes[::-1]], axis=1)
    assert np.array_equal(histogram_entropy(channels), histogram_entropy(maps + 2.0 * maps[::-1]))
    found = histogram_entropy(volumes, among=among.reshape(volumes.shape))
    assert np.array_equal(found, histogram_entropy(maps, among=among))


def test_what_is_off_is_named(maps):
    for bins, message in ((0, "bins must be from 1 to 65536, not 0"), (2.5, "bins must be a whole number, not 2.5")):
        with pytest.raises((TypeError, ValueError), match=message):
            histogram_entropy(maps, bins=bins)
    with pytest.raises(ValueError, match=r"maps must have shape \(batch, pixels\)"):
        histogram_entropy(maps[0])
    with pytest.raises(ValueError, match=r"before and after must have one shape, \(batch,\), not \(2,\) and \(1,\)"):
        relative_rise([1.0, 2.0], [1.0])
    with pytest.raises(TypeError, match="after must hold real numbers"):
        relative_rise([1.0], ["much"])


def test_the_relative_rise():
    nan = float("nan")
    found = relative_rise([2.0, 2.0, 0.0, nan, 1.0], [3.0, 1.0, 1.0, 1.0, nan])
    assert found[:2].tolist() == [0.5, -0.5]
    assert np.isnan(found[2:]).all()


def test_competition_and_a_random_mask_lower_the_entropy_alike():
    """What the efficient test sees of a map is how many pixels it keeps, whatever chose them."""
    rng = np.random.default_rng(5)
    dense = rng.standard_normal((400, 784))
    half, fifth = (dense * (rng.random(dense.shape) < share) for share in (0.5, 0.2))
    rises = relative_rise(histogram_entropy(half), histogram_entropy(fifth))
    assert rises.max() < -0.3
    again = dense * (rng.random(dense.shape) < 0.5)
    none = relative_rise(histogram_entropy(half), histogram_entropy(again))
    error = none.std(ddof=1) / 20.0
    assert error < 0.005
    assert abs(none.mean()) < 4.0 * error
