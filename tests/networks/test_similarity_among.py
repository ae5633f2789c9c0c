"""The correlations of maps among some pixels, such as those that an input lights."""

import gc
import weakref

import numpy as np
import pytest
from scipy import stats

from cgi_theory.networks import similarity
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps
from cgi_theory.sampling.averages import mean_of

PIXELS = 784


@pytest.fixture(scope="module")
def digits():
    """Images lit as MNIST's are, a fifth of their pixels, of which no two have as many, and two batches of dense maps."""
    rng = np.random.default_rng(11)
    x = rng.random((400, PIXELS)) * (rng.random((400, PIXELS)) < np.linspace(0.1, 0.3, 400)[:, None])
    return x, *rng.standard_normal((2, 400, PIXELS))


@pytest.mark.parametrize("name", CORRELATIONS)
def test_they_are_those_of_these_pixels_alone(digits, name):
    x, a, b = (maps[:6] for maps in digits)
    a, b = np.round(a, 1), np.round(0.3 * a + b, 1)  # so that scores tie, and some are zero
    found = CORRELATIONS[name](a, b, among=x)
    for image in range(len(x)):
        here = x[image] != 0.0
        pair = [maps[image][here] for maps in (a, b)]
        pair = [np.abs(maps) for maps in pair] if name.startswith("|") else pair
        expected = (stats.spearmanr if "spearman" in name else stats.pearsonr)(*pair).statistic
        assert found[image] == pytest.approx(expected, abs=1e-12)
        assert abs(found[image] - CORRELATIONS[name](a, b)[image]) > 1e-4


@pytest.mark.parametrize("name", CORRELATIONS)
def test_without_blank_area_they_are_those_of_all_pixels(digits, name):
    x, a, b = digits
    everywhere = 1.0 + x
    assert np.array_equal(CORRELATIONS[name](a * x, b, among=everywhere), CORRELATIONS[name](a * x, b))


def test_blank_area_makes_noise_alike(digits):
    """Uniform noise on lit pixels has |Spearman| near 1 with any map that the input multiplies, and 0 on these pixels."""
    x, gradients, _ = digits
    maps, noise = gradients * x, np.random.default_rng(12).random(x.shape) * (x != 0.0)
    everywhere, lit = (similarity.absolute_spearman(maps, noise, among=among) for among in (None, x))
    assert everywhere[250:300].min() > 0.95
    measured = mean_of(lit)
    assert measured.stderr < 0.01
    assert abs(measured.mean) < 4.0 * measured.stderr
    control = mean_of(similarity.absolute_spearman(maps, maps + 0.1 * noise, among=x))  # which is no noise
    assert control.mean > 10.0 * measured.stderr


@pytest.mark.parametrize("name", CORRELATIONS)
def test_what_lies_elsewhere_does_not_matter(digits, name):
    x, a, b = digits
    elsewhere = np.where(x == 0.0, 1e3 * b, 0.0)
    assert np.array_equal(CORRELATIONS[name](a * x + elsewhere, b, among=x), CORRELATIONS[name](a * x, b, among=x))


@pytest.mark.parametrize("name", CORRELATIONS)
def test_a_map_that_is_constant_there_is_undefined(digits, name):
    x, a, b = (maps[:3] for maps in digits)
    constant = np.where(x != 0.0, 0.1, a)
    for one, other in ((constant, b), (b, constant), (np.where(x != 0.0, 0.0, a), b)):
        assert np.isnan(CORRELATIONS[name](one, other, among=x)).all()
    nowhere = np.where(np.arange(3)[:, None] == 1, 0.0, x)
    assert np.isnan(CORRELATIONS[name](a, b, among=nowhere)).tolist() == [False, True, False]


@pytest.mark.parametrize("name", CORRELATIONS)
def test_the_union_is_such_pixels(digits, name):
    x, a, b = (maps[:20] for maps in digits)
    a, b = a * (x > 0.3), b * (x > 0.7)
    if not name.startswith("|"):
        union = np.where((a != 0.0) | (b != 0.0), 1.0, 0.0)
        expected = similarity.METRICS[f"{name} on the union"](a, b)
        assert CORRELATIONS[name](a, b, among=union) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("name", CORRELATIONS)
def test_pixels_are_laid_out_as_maps_are_and_count_if_any_channel_is_lit(digits, name):
    x, a, b = (maps[:4] for maps in digits)
    expected = CORRELATIONS[name](a, b, among=x)
    for among in (x.reshape(4, 28, 28), x != 0.0, np.stack([x, -x], axis=1).reshape(4, 2, 28, 28)):
        assert np.array_equal(CORRELATIONS[name](a, b, among=among), expected)
        prepared = PreparedMaps(among)
        for _ in range(2):
            assert np.array_equal(CORRELATIONS[name](PreparedMaps(a), PreparedMaps(b), among=prepared), expected)
    for wrong, message in (
        (x[:, 1:], r"among must have the maps' shape \(4, 784\), not \(4, 783\)"),
        (x[:2], r"among must have the maps' shape \(4, 784\), not \(2, 784\)"),
        (x[0], r"among must have shape \(batch, pixels\), .*, not \(784,\)"),
        (np.full_like(x, np.nan), "among must be finite"),
        (x.astype(complex), "among must hold real numbers"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            CORRELATIONS[name](a, b, among=wrong)


def test_prepared_maps_do_not_mistake_pixels_for_others_nor_hold_on_to_them(digits):
    x, a, b = (maps[:4] for maps in digits)
    one, other = PreparedMaps(a), PreparedMaps(b)
    for among in (x, x[::-1], 1.0 + x, x):
        for given in (among, PreparedMaps(among)):
            assert np.array_equal(similarity.spearman(one, other, among=given), similarity.spearman(a, b, among=among))
    alike = PreparedMaps(a)
    places = weakref.ref(alike)
    similarity.spearman(one, other, among=b)
    assert not any(isinstance(part, PreparedMaps) and np.array_equal(part.flat, b) for key in one._made for part in key)
    del alike
    gc.collect()
    assert places() is None
