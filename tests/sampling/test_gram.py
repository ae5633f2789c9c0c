import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cgi_theory import CompetitionModel, large_n_limit, predict_from_gram, winners
from tests import naive_gram


def gram_of(n_labels, pixels, seed=0, lengths=0.0, common=0.0):
    """A Gram matrix of gradients on some pixels, of unequal lengths, with a direction in common."""
    rng = np.random.default_rng(seed)
    gradients = rng.standard_normal((n_labels, pixels)) + common * rng.standard_normal(pixels)
    gradients *= np.exp(lengths * rng.standard_normal((n_labels, 1)))
    return gradients @ gradients.T


CASES = {
    "dense": gram_of(6, 30),
    "unequal lengths": gram_of(6, 30, 1, lengths=0.5),
    "in common": gram_of(10, 40, 2, common=2.0),
    "few pixels": gram_of(10, 4, 3),
    "many labels": gram_of(60, 200, 4, lengths=0.2, common=0.7),
    "fewer pixels than labels": gram_of(40, 25, 5),
    "a duplicate of a rival": gram_of(7, 30, 6)[np.ix_([0, 1, 2, 3, 4, 5, 6, 6], [0, 1, 2, 3, 4, 5, 6, 6])],
    "rivals longer and alike": np.array([[1.0, 1.4, 1.3], [1.4, 4.0, 2.5], [1.3, 2.5, 4.0]]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("heavy_tails", [False, True])
def test_drawn_pixels_are_kept_as_often_and_with_as_much_energy(name, heavy_tails):
    gram = CASES[name]
    label = int(np.argmax(np.diag(gram)))
    found = predict_from_gram(gram, label)
    kept, energy = naive_gram.drawn(gram, label, 400_000, seed=2, heavy_tails=heavy_tails)
    for mean, error, (expected, stderr) in (
        (found.kept, found.kept_error, kept),
        (found.energy, found.energy_error, energy),
    ):
        assert abs(mean - expected) < 4.0 * stderr + error
        assert stderr < 0.01 * expected or name == "rivals longer and alike"
        assert error <= 1e-3 * mean


def test_another_gram_matrix_is_seen():
    """The negative control of the test above: lengths off by a tenth."""
    gram = CASES["dense"] * np.outer(1.0 + 0.1 * np.eye(6)[0], 1.0 + 0.1 * np.eye(6)[0])
    found = predict_from_gram(gram, 0)
    (kept, kept_error), (energy, energy_error) = naive_gram.drawn(CASES["dense"], 0, 400_000, seed=2)
    assert abs(found.kept - kept) > 8.0 * kept_error
    assert abs(found.energy - energy) > 8.0 * energy_error


@pytest.mark.parametrize("seed", range(8))
def test_three_labels_are_sheppard_s_orthants(seed):
    gram = gram_of(3, 3 + seed, seed, lengths=0.5)
    for label in range(3):
        found = predict_from_gram(gram, label, tolerance=1e-4)
        assert found.kept_error <= 1e-4 * found.kept
        assert abs(found.kept - naive_gram.kept_of_three(gram, label)) <= found.kept_error


def test_four_to_six_labels_are_scipy_s_orthants():
    for n_labels in (4, 5, 6):
        gram = gram_of(n_labels, 20, n_labels, common=1.0)
        gram /= np.diag(gram).max()
        transform = np.column_stack([np.ones(n_labels), np.vstack([np.zeros(n_labels - 1), -np.eye(n_labels - 1)])])
        cdf: Any = multivariate_normal(np.zeros(n_labels), transform @ gram @ transform.T, abseps=1e-6, releps=1e-6, seed=0)
        found = predict_from_gram(gram, 0, tolerance=1e-4)
        assert found.kept == pytest.approx(2.0 * cdf.cdf(np.zeros(n_labels)), abs=found.kept_error + 1e-5)


@pytest.mark.parametrize(("n_labels", "correlation"), [(3, 0.5), (10, 0.5), (10, 0.95), (100, 0.3), (1000, 0.5)])
def test_equally_correlated_labels(n_labels, correlation):
    gram = np.full((n_labels, n_labels), correlation) + (1.0 - correlation) * np.eye(n_labels)
    found, (kept, energy) = predict_from_gram(gram, 1), naive_gram.equally_correlated(n_labels, correlation, 801)
    assert abs(found.kept - kept) <= found.kept_error
    assert abs(found.energy - energy) <= found.energy_error
    assert found.kept_error < 3e-3 * kept
    assert found.energy_error < 6e-3 * energy
    if correlation == 0.5:  # the positive orthant's probability is 1/(k + 1)
        assert kept == pytest.approx(2.0 / n_labels * (1.0 - 1.0 / (n_labels + 1.0)), rel=1e-4)


@pytest.mark.parametrize("n_labels", [3, 10, 100, 1000])
def test_independent_labels_are_exactly_the_closed_form(n_labels):
    found = predict_from_gram(7.0 * np.eye(n_labels), n_labels - 1)
    model = CompetitionModel(n=100, delta=0.1, n_labels=n_labels, shared_correlation=0.0, conditioning="exactly")
    assert found.kept == pytest.approx(2.0 * (1.0 - 2.0**-n_labels) / n_labels, rel=1e-12)
    assert found.energy == pytest.approx(large_n_limit(model).c1, rel=1e-10)
    assert found.kept_error == found.energy_error == 0.0


def test_independent_rivals_of_any_length_and_correlation_with_the_label():
    """Each loses with probability Φ(au), so that labels of one a are those of the model with a's correlation."""
    a, own = 1.3, np.array([0.2, -0.5, 0.7])
    lengths = 1.0 / (own + a * np.sqrt(1.0 - own**2))
    gram = np.eye(4)
    gram[0, 1:] = gram[1:, 0] = own * lengths
    gram[1:, 1:] = np.outer(own * lengths, own * lengths) + np.diag(lengths**2 * (1.0 - own**2))
    correlation = (1.0 - a * a) / (1.0 + a * a)
    model = CompetitionModel(n=100, delta=0.1, n_labels=4, shared_correlation=correlation, conditioning="exactly")
    found, expected = predict_from_gram(gram, 0), large_n_limit(model)
    assert found.kept == pytest.approx(expected.kept_shared, rel=1e-10)
    assert found.energy == pytest.approx(expected.c1, rel=1e-10)


@pytest.mark.parametrize("length", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("cosine", [-0.9, 0.0, 0.5, 0.999])
def test_two_labels_are_the_closed_form_for_unequal_lengths_too(length, cosine):
    """Kept is the angle in which g₁ > 0 and g₁ > g₂, over π; energy by quadrature over that angle."""
    gram = np.array([[1.0, cosine * length], [cosine * length, length**2]])
    found = predict_from_gram(gram, 0)
    # In the plane g₁ = R cos φ, g₂ = length R cos(φ − ψ): the label wins from −π/2 or the angle at which both are equal, to π/2.
    angle, psi = np.linspace(-np.pi / 2, np.pi / 2, 2_000_001), math.acos(cosine)
    won = np.cos(angle) >= length * np.cos(angle - psi)
    assert found.kept == pytest.approx(np.mean(won), abs=2e-6)
    assert found.energy == pytest.approx(np.mean(2.0 * np.cos(angle) ** 2 * won), abs=2e-6)
    assert found.kept_error == found.energy_error == 0.0


def test_of_rank_one_all_or_nothing_is_kept():
    """As by Algorithm 1: a tie is the label's, and an opposite label never contests a pixel."""
    for multiples, expected in (
        ([1.0, 0.5, -3.0], 1.0),
        ([1.0, 1.0, 1.0], 1.0),
        ([1.0, 0.5, 1.0 + 1e-6], 0.0),
        ([-2.0, 1.0, 0.0], 1.0),
        ([-1.0, -1.5, 2.0], 0.0),
    ):
        pixels = np.random.default_rng(1).standard_normal(50)
        scores = np.outer(multiples, pixels)
        assert winners(scores, 0).mean() == expected
        assert predict_from_gram(scores @ scores.T, 0) == (expected, expected, 0.0, 0.0)


def test_a_tie_that_is_off_by_rounding_is_a_tie():
    above = np.array([[1.0, 1.0 + 1e-14], [1.0 + 1e-14, 1.0]])
    assert predict_from_gram(above, 0) == (1.0, 1.0, 0.0, 0.0)


def test_a_duplicate_of_the_label_ties_and_takes_nothing():
    gradients = np.random.default_rng(2).standard_normal((5, 40))
    once, twice = gradients @ gradients.T, np.vstack([gradients, gradients[:1]])
    assert predict_from_gram(twice @ twice.T, 0) == pytest.approx(predict_from_gram(once, 0), rel=1e-9)
    longer = np.vstack([gradients, 1.001 * gradients[:1]])
    assert predict_from_gram(longer @ longer.T, 0).kept == 0.0


def test_labels_without_a_gradient():
    gram = np.zeros((4, 4))
    gram[:3, :3] = CASES["dense"][:3, :3]
    assert predict_from_gram(gram, 0) == predict_from_gram(gram[:3, :3], 0)
    kept, energy, kept_error, energy_error = predict_from_gram(gram, 3)
    assert (kept, kept_error) == (0.0, 0.0)
    assert np.isnan([energy, energy_error]).all()


def test_one_label_keeps_everything():
    assert predict_from_gram([[3.0]], 0) == (1.0, 1.0, 0.0, 0.0)


def test_inequalities_that_cannot_all_hold_keep_nothing():
    """The label is the mean of two rivals of opposite rests: it is never the largest."""
    one, other = np.random.default_rng(3).standard_normal((2, 30))
    scores = np.array([one, one + other, one - other])
    assert winners(scores, 0).sum() == 0
    assert predict_from_gram(scores @ scores.T, 0).kept == pytest.approx(0.0, abs=1e-12)  # the products are rounded


@pytest.mark.parametrize("n_labels", [3, 10])
def test_fractions_sum_to_those_with_a_largest_and_a_smallest_score(n_labels):
    """Over all labels: to P(max > 0) + P(min < 0) = 2 − 2P(all negative), which is 2/(k + 1) less at a correlation of 1/2."""
    half = 0.5 * np.eye(n_labels) + 0.5
    found = [predict_from_gram(half, label, seed=label) for label in range(n_labels)]
    error = sum(prediction.kept_error for prediction in found)
    assert abs(sum(prediction.kept for prediction in found) - 2.0 + 2.0 / (n_labels + 1.0)) < error
    assert error < 0.005


def test_errors_are_four_standard_errors_and_what_was_asked_for():
    """Over seeds, answers scatter about their mean by a quarter of their errors: no more, and not much less."""
    gram = gram_of(8, 12, 3, common=1.0)
    found = np.array([predict_from_gram(gram, 2, seed=seed) for seed in range(60)])
    best = predict_from_gram(gram, 2, seed=1000, tolerance=2e-5)
    for place, exact in enumerate((best.kept, best.energy)):
        values, errors = found[:, place], found[:, place + 2]
        assert (errors <= 1e-3 * values).all()
        assert np.mean(np.abs(values - exact) < errors) > 0.95
        assert 0.6 < np.std(values - exact) / (np.sqrt(np.mean(errors**2)) / 4.0) < 1.4


def test_an_error_that_cannot_be_had_is_said():
    gradients = np.random.default_rng(0).standard_normal((300, 900)) * np.arange(1.0, 901.0) ** -0.7
    one, other = (predict_from_gram(gradients @ gradients.T, 0, seed=seed) for seed in (0, 1))
    assert one.kept_error > 1e-3 * one.kept
    assert abs(one.kept - other.kept) < one.kept_error + other.kept_error
    assert one.kept_error < 0.05 * one.kept


def test_a_seed_is_its_bits_and_units_do_not_matter():
    gram = CASES["in common"]
    assert predict_from_gram(gram, 4) == predict_from_gram(gram.tolist(), np.int64(4), seed=0)
    assert predict_from_gram(gram, 4) == predict_from_gram(gram * 2.0**-900, 4)
    assert predict_from_gram(gram, 4) != predict_from_gram(gram, 4, seed=1)
    single = predict_from_gram(gram.astype(np.float32), 4)
    assert single == pytest.approx(predict_from_gram(gram, 4), rel=1e-3)


def test_what_is_no_gram_matrix_is_refused():
    gram = CASES["dense"]
    skew, negative, cross = gram.copy(), gram.copy(), gram.copy()
    skew[0, 1] *= 1.001
    negative[0, 1] = negative[1, 0] = 1.01 * np.sqrt(gram[0, 0] * gram[1, 1])
    cross[0, 0] = 0.0
    for call, message in (
        (lambda: predict_from_gram(skew, 0), "gram must be symmetric and positive semidefinite"),
        (lambda: predict_from_gram(negative, 0), "gram must be symmetric and positive semidefinite"),
        (lambda: predict_from_gram(cross, 0), "gram must be symmetric and positive semidefinite"),
        (lambda: predict_from_gram(-gram, 0), "gram must be symmetric and positive semidefinite"),
        (lambda: predict_from_gram(gram[:2], 0), r"gram must have shape \(k, k\) with at least one label, not \(2, 6\)"),
        (lambda: predict_from_gram(np.empty((0, 0)), 0), "at least one label"),
        (lambda: predict_from_gram(gram * np.nan, 0), "gram must be finite"),
        (lambda: predict_from_gram(gram, 6), "label must be from 0 to 5, not 6"),
        (lambda: predict_from_gram(gram, 0, seed=-1), "seed must be from 0 to"),
        (lambda: predict_from_gram(gram, 0, tolerance=1e-9), "tolerance must be from 1e-05 to 1, not 1e-09"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
