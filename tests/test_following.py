"""How a map follows the function: by hand, at the extremes, and noise beside it."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from simulations.lab.following import AFTER, RANKS, WHILE, followed

LEVELS = (1.0, 0.96, 0.9, 0.6, 0.3, 0.2, 0.1)
NETWORKS, DIGITS = 6, 40


@pytest.fixture(scope="module")
def agreement():
    rng = np.random.default_rng(5)
    return [(rng.random((NETWORKS, 1000)) < level).astype(float) for level in LEVELS]


def maps(means, spread=0.05, seed=8):
    return [mean + spread * np.random.default_rng([seed, i]).standard_normal((NETWORKS, DIGITS)) for i, mean in enumerate(means)]


def test_a_map_that_follows_and_one_that_does_the_opposite(agreement):
    """Similarities far apart between steps: all draws rank the steps alike."""
    for means, expected in ((LEVELS, 1.0), (LEVELS[::-1], -1.0)):
        found = followed(agreement, maps(means, spread=1e-3), seed=0)[RANKS]
        assert (found.mean, found.low, found.high) == pytest.approx((expected, expected, expected))


def test_numbers_by_hand(agreement):
    """From all values at once: SciPy's rank correlation of means, and means of the steps above 95 % and below a quarter."""
    alike = maps((0.9, 0.5, 0.7, 0.8, 0.2, 0.3, 0.25), spread=0.3)
    alike[1][2, 3] = np.nan
    found = followed(agreement, alike, seed=0)
    means = np.array([np.nanmean(step) for step in alike])
    assert found[RANKS].mean == pytest.approx(spearmanr(means, [step.mean() for step in agreement]).statistic, abs=1e-12)
    assert found[WHILE].mean == pytest.approx(means[:2].mean(), rel=1e-12)
    assert found[AFTER].mean == pytest.approx(means[5:].mean(), rel=1e-12)
    for name in (RANKS, WHILE, AFTER):
        assert found[name].low <= found[name].mean <= found[name].high


def test_what_networks_and_digits_leave_open(agreement):
    """The interval is of networks and digits: an offset of each network widens it as its standard error does."""
    offsets = np.array([-0.3, -0.1, 0.0, 0.1, 0.1, 0.2])[:, None]
    alike = [step + offsets for step in maps(LEVELS, spread=1e-3)]
    found = followed(agreement, alike, seed=0)[WHILE]
    assert found.stderr == pytest.approx(offsets.std(ddof=1) / np.sqrt(NETWORKS), rel=0.1)


def test_both_draw_the_same_networks(agreement):
    """Of networks that go their own ways, the maps as their functions do: every draw ranks the steps of both alike."""
    shares = np.random.default_rng(4).uniform(0.1, 0.9, (len(LEVELS), NETWORKS, 1))
    levels, alike = ([share + np.zeros((NETWORKS, digits)) for share in shares] for digits in (1000, DIGITS))
    found = followed(levels, alike, seed=0)[RANKS]
    assert (found.mean, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))
    others = followed(levels, alike[::-1], seed=0)[RANKS]
    assert others.high - others.low > 0.5


def test_noise_does_not_follow(agreement):
    """Nor does a map that never changes, of which no rank correlation is defined; rounding is no change."""
    found = [followed(agreement, maps([0.0] * len(LEVELS), seed=seed), seed=0)[RANKS] for seed in range(20)]
    assert np.mean([one.low < 0.0 < one.high for one in found]) > 0.9
    assert abs(np.mean([one.mean for one in found])) < 4.0 / np.sqrt(20 * (len(LEVELS) - 1))
    still = followed(agreement, maps([1.0] * len(LEVELS), spread=1e-14), seed=0)
    assert np.isnan(still[RANKS].mean)
    assert still[AFTER].mean == pytest.approx(1.0)


def test_nothing_is_said_of_steps_that_there_are_not(agreement):
    found = followed(agreement[2:5], maps(LEVELS[2:5]), seed=0)
    assert np.isnan(found[WHILE].mean)
    assert np.isnan(found[AFTER].low)
    undefined = followed(agreement, [*maps(LEVELS[:-1]), np.full((NETWORKS, DIGITS), np.nan)], seed=0)
    assert np.isnan(undefined[RANKS].mean)
