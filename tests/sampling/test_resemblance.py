"""Maps of two networks, drawn, against the closed form, in standard errors."""

import numpy as np
import pytest

from cgi_theory import resemblance, simulate_resemblance
from tests.agreement import agrees

CASES = [(1, 0.5, 4000), (2, 0.73, 4000), (10, 0.73, 3000), (10, -0.9, 3000), (100, 0.9, 4000)]


@pytest.mark.parametrize(("k", "cosine", "count"), CASES)
def test_drawn_maps_are_as_alike_as_predicted(k, cosine, count):
    drawn, exact = simulate_resemblance(k, cosine, count, seed=1), resemblance(k, cosine)
    wrong = resemblance(k, cosine - 0.05)
    pairs = [
        (drawn.signed, exact.signed, wrong.signed),
        (drawn.absolute(0.3, 0.2), exact.absolute(0.3, 0.2), wrong.absolute(0.3, 0.2)),
    ]
    pairs += [(drawn.overlap, exact.overlap, wrong.overlap)] if k > 1 else []
    for measured, expected, other in pairs:
        assert agrees(measured, expected)
        assert abs(measured.mean - other) > 4.0 * measured.stderr


def test_networks_that_are_one_or_share_nothing():
    same = simulate_resemblance(10, 1.0, 50)
    assert (same.signed.mean, same.overlap.mean) == (1.0, 1.0)
    strangers = simulate_resemblance(10, 0.0, 2000)
    assert abs(strangers.signed.z(0.0)) < 4.0
    assert strangers.signed.stderr < 0.01


def test_one_seed_gives_one_result():
    """The first images are the same, however many follow."""
    few, many = simulate_resemblance(3, 0.4, 5, seed=7), simulate_resemblance(3, 0.4, 9, seed=7)
    assert np.array_equal(few.sums, many.sums[:5])
    assert not np.array_equal(few.sums, simulate_resemblance(3, 0.4, 5, seed=8).sums)


def test_standard_errors_are_those_of_repetitions():
    """Eight hundred estimates spread as each says, within the tenth that so many can tell."""
    found = [simulate_resemblance(5, 0.6, 40, seed=seed) for seed in range(800)]
    for measured in (
        [each.signed for each in found],
        [each.overlap for each in found],
        [each.absolute(0.3, 0.2) for each in found],
    ):
        spread = np.std([value.mean for value in measured], ddof=1)
        said = np.sqrt(np.mean([value.stderr**2 for value in measured]))
        assert said / spread == pytest.approx(1.0, abs=4.0 / np.sqrt(2.0 * 799.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 0.5, 10), "n_labels must be from 1 to 262144, not 0"),
        ((2, 2.0, 10), "cosine must be from -1 to 1, not 2.0"),
        ((2, 0.5, 1), "n_samples must be from 2 to 10000000, not 1"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate_resemblance(*arguments)
