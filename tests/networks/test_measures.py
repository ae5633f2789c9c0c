import numpy as np
import pytest

from cgi_theory import compete
from cgi_theory.networks import attribution
from cgi_theory.networks.measures import (
    energy_kept,
    hot_pixels,
    kept,
    lit,
    of_chosen_label,
    retained,
    selectivity,
    share_of_votes,
    votes,
)
from tests.networks.test_mlp import random_net

# Four pixels of which three are lit; a label's scores there; and a map with half of the logit on a third of the pixels.
X = np.array([[1.0, 0.5, -2.0, 0.0]])
SCORES = np.array([[1.0, 2.0, 3.0, 0.0]])
HALF = np.array([[0.0, 0.0, 3.0, 0.0]])


def test_by_hand():
    assert lit(X).tolist() == [[True, True, True, False]]
    assert kept(X, HALF) == pytest.approx([1.0 / 3.0], rel=1e-15)
    assert retained(SCORES, HALF).tolist() == [0.5]
    assert selectivity(X, SCORES, HALF) == pytest.approx([1.5], rel=1e-15)
    assert selectivity(X, SCORES, SCORES).tolist() == [1.0]


def test_pixels_are_counted_of_those_that_are_lit_in_the_input():
    """Whatever the label's scores are there, and not those that only the map has."""
    assert kept(X, [[0.0, 0.0, 3.0, 7.0]]) == pytest.approx([1.0 / 3.0], rel=1e-15)
    scores = np.array([[0.0, 0.0, 3.0, 0.0]])  # a label without a gradient on two of the lit pixels
    assert kept(X, scores) == pytest.approx([1.0 / 3.0], rel=1e-15)
    assert kept(X, scores != 0.0) == pytest.approx([1.0 / 3.0], rel=1e-15)


def test_the_smallest_numbers_are_lit_and_kept():
    tiny = np.array([[5e-324, 1e-200, 0.0]])
    assert kept(tiny, tiny).tolist() == [1.0]
    assert retained(tiny, tiny).tolist() == [1.0]
    assert retained(SCORES * 5e307, HALF * 5e307).tolist() == [0.5]


def test_what_is_not_defined_is_nan():
    blank = np.zeros((1, 4))
    assert np.isnan(kept(blank, HALF)).all()
    assert np.isnan(retained(blank, blank)).all()
    assert np.isnan(retained([[1.0, -1.0]], [[1.0, 0.0]])).all()
    for arguments in ((X, SCORES, blank), (blank, SCORES, HALF), (X, blank, HALF)):
        assert np.isnan(selectivity(*arguments)).all()
    assert kept(X, blank).tolist() == retained(SCORES, blank).tolist() == [0.0]


def test_selectivity_tells_competition_from_random_pixels():
    """As many at random retain as much as they are, on average; competition more; the smallest scores less."""
    rng = np.random.default_rng(3)
    gradients = rng.standard_normal((300, 10, 60))
    x = gradients[:, 0] + rng.standard_normal((300, 60))
    scores = gradients * x[:, None, :]
    own = scores[:, 0]
    competed = compete(scores, np.zeros(300, dtype=int))
    size = np.count_nonzero(competed, axis=1)[:, None]
    random = own * (np.argsort(np.argsort(rng.random(own.shape), axis=1), axis=1) < size)
    smallest = own * (np.argsort(np.argsort(np.abs(own), axis=1), axis=1) < size)
    medians = [float(np.median(selectivity(x, own, maps))) for maps in (smallest, random, competed)]
    assert medians[0] < 0.7
    assert medians[1] == pytest.approx(1.0, abs=0.1)
    assert medians[2] > 1.5
    assert kept(x, random).tolist() == kept(x, competed).tolist()


def test_of_a_network_s_maps_each_image_s_own():
    net, x = random_net((30, 20, 4), seed=1), np.random.default_rng(2).random((6, 30)) - 0.4
    x[:, ::5] = 0.0
    labels = net.predicted_labels(x)
    scores = attribution.gradient_times_input(net, x)
    own, maps = of_chosen_label(scores, labels), attribution.cgi(net, x)
    for image, label in enumerate(labels):
        assert np.array_equal(own[image], scores[image, label])
        expected = np.mean(maps[image][x[image] != 0.0] != 0.0)
        assert kept(x, maps)[image] == pytest.approx(expected, rel=1e-15)
        assert retained(own, maps)[image] == pytest.approx(maps[image].sum() / own[image].sum(), rel=1e-12)
    assert not np.array_equal(own, of_chosen_label(scores, (labels + 1) % 4))


def test_the_chosen_label_s_own_of_anything_keeps_its_type():
    masks = np.array([[[True, False], [False, False]]])
    assert of_chosen_label(masks, [1]).tolist() == [[False, False]]
    assert of_chosen_label(np.array([[1.0, 2.0]], dtype=np.float32), [1]).dtype == np.float32
    assert of_chosen_label(np.zeros((0, 3, 2)), np.zeros(0, dtype=int)).shape == (0, 2)


def test_hot_pixels_by_hand():
    scores = np.array([[5.0, -3.0, 1.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    assert hot_pixels(scores)[0].tolist() == [True, True, True, False, False, False]  # 9 of 10
    assert not hot_pixels(scores)[1].any()
    assert hot_pixels(scores)[2].sum() == 6
    assert np.array_equal(hot_pixels(scores[0]), hot_pixels(scores)[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: kept(X[0], HALF[0]), ValueError, r"x must have shape \(batch, \*features\), not \(4,\)"),
        (lambda: kept(X, HALF[:, :3]), ValueError, r"maps must have shape \(1, 4\), that of x, not \(1, 3\)"),
        (lambda: kept([[np.nan]], [[1.0]]), ValueError, "x must be finite"),
        (lambda: kept(X, [["a", "b", "c", "d"]]), TypeError, "maps must hold real numbers"),
        (lambda: retained(SCORES, HALF[:, :3]), ValueError, r"maps must have shape \(1, 4\), that of scores, not \(1, 3\)"),
        (lambda: retained([[0.5, -0.5, 1e-310]], [[1.0, 0.0, 0.0]]), ValueError, "shares of the logit must be finite"),
        (lambda: selectivity(X, SCORES[:, :3], HALF), ValueError, r"maps must have shape \(1, 3\), that of scores"),
        (lambda: of_chosen_label([1.0], [0]), ValueError, r"scores must have shape \(batch, k, ...\), not \(1,\)"),
        (lambda: of_chosen_label([[1.0, 2.0]], [2]), ValueError, "labels must be from 0 to 1, not 2 to 2"),
        (lambda: of_chosen_label([[1.0, 2.0]], [0, 1]), ValueError, "labels must have one entry for each image, 1, not 2"),
        (lambda: of_chosen_label([[1.0, 2.0]], [0.0]), TypeError, "labels must be whole numbers"),
        (lambda: hot_pixels(3.0), ValueError, r"scores must have shape \(..., d\), not \(\)"),
        (lambda: hot_pixels([[np.inf]]), ValueError, "scores must be finite"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_votes_by_hand():
    x = np.array([[1.0, 1.0, 2.0, 0.0]])
    scores = np.array([[[3.0, -2.0, 1.0, 9.0], [1.0, -1.0, 1.0, 0.0], [-1.0, -3.0, 0.0, 0.0]]])
    # Lit pixels: the first's largest is label 0's and its smallest label 2's; the second has no positive score; two labels tie.
    assert votes(x, scores) == pytest.approx(np.array([[2.0, 1.0, 2.0]]) / 3.0, rel=1e-15)
    assert share_of_votes(x, scores, [2]) == pytest.approx([0.4], rel=1e-15)
    blank = share_of_votes(x, 0.0 * scores, [0])
    assert np.isnan(blank).all()
    assert np.isnan(votes(0.0 * x, scores)).all()


@pytest.mark.parametrize("n_labels", [2, 3, 10])
def test_votes_are_conserved_on_any_network(n_labels):
    """Exactly: whatever the weights, they sum to the fractions of pixels with a positive and with a negative score."""
    rng = np.random.default_rng(n_labels)
    x = rng.random((5, 40)) * (rng.random((5, 40)) < 0.7)
    for seed in range(3):
        net = random_net((40, 20, n_labels), seed=seed)
        scores = attribution.gradient_times_input(net, x)
        where = lit(x)
        signs = [(extreme > 0.0) & where for extreme in (scores.max(axis=1), -scores.min(axis=1))]
        whole = sum(sign.sum(axis=1) / where.sum(axis=1) for sign in signs)
        found = votes(x, scores)
        assert found.sum(axis=1) == pytest.approx(whole, rel=1e-14)
        labels = net.predicted_labels(x)
        own = [kept(x, compete(scores, np.full(5, label))) for label in range(n_labels)]
        assert found == pytest.approx(np.transpose(own), rel=1e-15)
        assert share_of_votes(x, scores, labels) == pytest.approx(of_chosen_label(found, labels) / whole, rel=1e-14)


def test_the_predicted_label_has_more_than_its_share_even_untrained():
    """Its gradient is the longest on average; a label chosen without looking has 1/k, up to the standard error."""
    rng = np.random.default_rng(4)
    x = rng.standard_normal((40, 60))
    own, other = np.empty((2, 20))
    for seed in range(20):
        net = random_net((60, 40, 10), seed=seed, biases=False)
        scores = attribution.gradient_times_input(net, x)
        own[seed] = share_of_votes(x, scores, net.predicted_labels(x)).mean()
        other[seed] = share_of_votes(x, scores, rng.integers(0, 10, 40)).mean()
    assert abs(other.mean() - 0.1) < 4.0 * other.std(ddof=1) / np.sqrt(20)
    assert own.mean() - 0.1 > 4.0 * own.std(ddof=1) / np.sqrt(20)


@pytest.mark.parametrize("block", [1, 8, 90, 10**6])
def test_votes_are_counted_in_parts_of_any_size(monkeypatch, block):
    """Some pixels of an image at a time, or some images."""
    rng = np.random.default_rng(5)
    x, scores = rng.standard_normal((5, 13)) * (rng.random((5, 13)) < 0.7), rng.standard_normal((5, 3, 13))
    own = [kept(x, compete(scores, np.full(5, label))) for label in range(3)]
    monkeypatch.setattr("cgi_theory.networks._won._BLOCK", block)
    assert votes(x, scores) == pytest.approx(np.transpose(own), rel=1e-15)
    assert votes(x.astype(np.float32), scores.astype(np.float32)) == pytest.approx(np.transpose(own), rel=1e-15)


@pytest.mark.parametrize("n_labels", [2, 10])
def test_energy_kept_is_that_of_the_squares(n_labels):
    rng = np.random.default_rng(6)
    gradients, mask = rng.standard_normal((4, 3, 8)), rng.random((4, 3, 8)) < 1.0 / n_labels
    expected = (gradients**2 * mask).sum(axis=(1, 2)) / (gradients**2).sum(axis=(1, 2))
    for scale in (1.0, 1e200, 1e-200):
        assert energy_kept(scale * gradients, -3.0 * mask) == pytest.approx(expected, rel=1e-12)
    assert np.isnan(energy_kept(np.zeros((1, 4)), np.ones((1, 4)))).all()


def test_votes_of_other_shapes_are_refused():
    for x, scores in ((X, SCORES), (X[0], SCORES[None]), (X, SCORES[None, :, :3]), (X, np.empty((1, 0, 4)))):
        with pytest.raises(ValueError, match="x and scores must have shapes"):
            votes(x, scores)
