import itertools

import numpy as np
import pytest

from cgi_theory.sampling.orthant import BITS, Cone, factor, weigh


def factored(covariance, bounds, tolerance=1e-11):
    """L with its rows in the covariance's order, the order in which they are taken, and where each normal's begin."""
    size = len(bounds)
    columns, order, starts = np.zeros((size, size)), np.empty(size, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    rank = factor(np.array(covariance), np.array(bounds), tolerance, columns, order, starts)
    return columns[:rank].T, order.tolist(), starts[: rank + 1].tolist()


@pytest.mark.parametrize(("size", "rank"), [(5, 5), (8, 3), (6, 1)])
def test_the_factor_is_the_covariance_s_and_has_its_rank(size, rank):
    rng = np.random.default_rng(size)
    root = rng.standard_normal((size, rank))
    lower, order, starts = factored(root @ root.T, rng.standard_normal(size))
    assert lower.shape == (size, rank)
    assert lower @ lower.T == pytest.approx(root @ root.T, abs=1e-10)
    assert sorted(order) == list(range(size))
    assert (starts[0], starts[-1]) == (0, size)
    for i, (start, stop) in enumerate(itertools.pairwise(starts)):  # the normal is the last of its rows
        assert np.abs(lower[order[start:stop], i]).min() > 1e-9
        assert lower[order[start:stop], i + 1 :] == pytest.approx(0.0, abs=1e-12)


def test_a_row_that_repeats_another_narrows_the_same_normal():
    covariance = np.array([[1.0, 0.3, 0.3 + 1e-15], [0.3, 1.0, 1.0], [0.3 + 1e-15, 1.0, 1.0 + 1e-15]])
    lower, order, starts = factored(covariance, [0.0, -1.0, -1.0])
    assert lower.shape == (3, 2)
    assert (set(order[:2]), starts) == ({1, 2}, [0, 2, 3])


def test_the_least_likely_row_comes_first_given_those_before_it():
    """Taken by itself the last row is likelier than the second; given the first, at its mean, it is the other way round."""
    covariance = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, -0.8], [-0.9, -0.8, 1.0]])
    bounds = [-1.5, 0.2, 0.4]
    assert factored(covariance, bounds)[1] == [0, 2, 1]
    assert factored(np.eye(3), bounds)[1] == [0, 1, 2]


def log_weights(rows, starts, given):
    """Of one point, whose words are all in the middle."""
    drawn = len(starts) - 1
    found = np.empty((1, 1))
    words, shifts = np.full((drawn, 1), 2 ** (BITS - 1), dtype=np.uint32), np.zeros((1, drawn), dtype=np.uint32)
    weigh(Cone(np.array(rows), np.array(starts)), np.array(given)[:, None, None], words, shifts, found)
    return float(found[0, 0])


def test_an_interval_s_probability_is_the_weight():
    """−u + y ≤ 0 alone, with y ≥ −2u beside it, with no y left, and far out on either side."""
    assert np.exp(log_weights([[-1.0, 1.0]], [0, 1], [0.5])) == pytest.approx(0.6914624612740131, rel=1e-8)
    both = [[-1.0, 1.0], [-2.0, -1.0]]
    assert np.exp(log_weights(both, [0, 2], [0.5])) == pytest.approx(0.6914624612740131 - 0.15865525393145707, rel=1e-8)
    assert log_weights([[1.0, 1.0], [1.0, -1.0]], [0, 2], [0.5]) == -np.inf
    assert log_weights([[30.0, 1.0]], [0, 1], [1.0]) == pytest.approx(-454.3212439955, rel=1e-9)
    assert log_weights([[30.0, -1.0]], [0, 1], [1.0]) == pytest.approx(-454.3212439955, rel=1e-9)
