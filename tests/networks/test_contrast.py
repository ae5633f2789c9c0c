"""Contrastive maps on top of a method, and contrastive LRP against its definition."""

from functools import partial

import numpy as np
import pytest

from cgi_theory import maps
from cgi_theory.networks import MLP, attribution
from tests import naive
from tests.networks.test_mlp import random_net

X = np.random.default_rng(2).standard_normal((5, 9))
LABELS = np.array([0, 1, 2, 3, 1])


@pytest.fixture
def net():
    return random_net((9, 8, 6, 4), seed=1)


@pytest.mark.parametrize("rivals", ["mean", "strongest"])
@pytest.mark.parametrize("method", [attribution.gradient_times_input, attribution.deeplift_rescale,
                                    partial(attribution.lrp, rule="z_plus")])  # fmt: skip
def test_a_contrast_is_that_of_the_method_s_scores(net, rivals, method):
    scores = method(net, X)
    rest = [np.delete(image, label, axis=0) for image, label in zip(scores, LABELS, strict=True)]
    theirs = np.array([part.mean(axis=0) if rivals == "mean" else part.max(axis=0) for part in rest])
    expected = scores[np.arange(5), LABELS] - theirs
    assert attribution.contrastive(net, X, LABELS, rivals=rivals, method=method) == pytest.approx(expected, rel=1e-12, abs=1e-14)
    assert maps.contrastive(scores, LABELS, rivals) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_by_default_it_is_gradient_times_input_of_the_predicted_label_less_the_mean(net):
    labels, scores = net.predicted_labels(X), attribution.gradient_times_input(net, X)
    assert attribution.contrastive(net, X) == pytest.approx(maps.contrastive(scores, labels), rel=1e-12, abs=1e-14)


def test_labels_in_blocks_are_labels_at_once():
    """Some two million inputs of three labels make more than one block of their gradients."""
    net, x = random_net((2000, 5, 3), seed=0), np.random.default_rng(0).standard_normal((1100, 2000))
    for rivals in ("mean", "strongest"):
        found = attribution.contrastive(net, x, rivals=rivals)
        part = attribution.gradient_times_input(net, x[-3:])
        assert found[-3:] == pytest.approx(maps.contrastive(part, net.predicted_labels(x[-3:]), rivals), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize(("rule", "options"), [("z_plus", {}), ("epsilon", {"epsilon": 0.3}), ("gamma", {"gamma": 2.0}),
                                               ("alpha_beta", {"alpha": 1.5, "beta": 0.5}), ("z", {})])  # fmt: skip
def test_contrastive_lrp_is_that_of_the_paper(rule, options, biases):
    net = random_net((9, 8, 6, 4), seed=1, biases=biases)
    found = attribution.contrastive_lrp(net, X, LABELS, rule, **options)
    for i, (image, label) in enumerate(zip(X, LABELS.tolist(), strict=True)):
        expected = naive.contrastive_relevance(net.weights, net.biases, image, label, rule, **options)
        assert found[i] == pytest.approx(expected, rel=1e-10, abs=1e-12)
    assert (found >= 0.0).all()
    assert 0.05 < np.mean(found > 0.0) < 0.95


def test_it_is_the_contrast_of_relevances_brought_to_the_label_s_logit(net):
    logits, scores = net.logits(X), attribution.lrp(net, X, "z_plus")
    own = logits[np.arange(5), LABELS]
    scaled = scores * (own[:, None] / logits)[:, :, None]
    found = attribution.contrastive_lrp(net, X, LABELS)
    assert found == pytest.approx(np.maximum(maps.contrastive(scaled, LABELS), 0.0), rel=1e-9, abs=1e-12)
    # Not that of the relevances themselves, whose rivals have logits of their own.
    assert not np.allclose(found, np.maximum(maps.contrastive(scores, LABELS), 0.0), rtol=0.1, atol=1e-3)


def test_one_rival_has_the_whole_logit_and_none_has_nothing():
    two, one = random_net((9, 8, 2), seed=3), random_net((9, 8, 1), seed=3)
    first, second = np.moveaxis(attribution.lrp(two, X, "z_plus"), 1, 0)
    ratio = (two.logits(X)[:, 0] / two.logits(X)[:, 1])[:, None]
    found = attribution.contrastive_lrp(two, X, np.zeros(5, dtype=int))
    assert found == pytest.approx(np.maximum(first - ratio * second, 0.0), rel=1e-10, abs=1e-12)
    alone = attribution.lrp(one, X, "z_plus")[:, 0]
    assert np.array_equal(attribution.contrastive_lrp(one, X), np.maximum(alone, 0.0))
    assert np.array_equal(attribution.contrastive(one, X), attribution.gradient_times_input(one, X)[:, 0])


def test_a_label_that_is_like_its_rivals_has_no_contrast():
    """All labels have one weight vector: nothing is the chosen one's alone."""
    first, last = random_net((9, 8, 1), seed=4).weights
    net = MLP.from_arrays([first, np.repeat(last, 4, axis=1)])
    assert attribution.contrastive_lrp(net, X, LABELS) == pytest.approx(np.zeros((5, 9)), abs=1e-14)
    assert attribution.contrastive(net, X, LABELS) == pytest.approx(np.zeros((5, 9)), abs=1e-14)
    assert not attribution.contrastive(net, X, LABELS, rivals="strongest").any()


def test_a_rival_without_a_logit_hands_down_the_limit():
    weight = np.array([[1.0, 1.0, 2.0], [1.0, -1.0, 0.5]])
    found = attribution.contrastive_lrp(MLP.from_arrays([weight]), [[1.0, 1.0]], [0], epsilon=1e-12)
    # The second label's logit is 0, its positive part 1 at the first pixel; the third's are 2 and 0.5 of 2.5. Each hands down 1.
    assert found == pytest.approx(np.array([[0.0, 1.0 - 0.2]]), abs=1e-11)
    nearly = weight + np.array([[0.0, 1e-9, 0.0], [0.0, 0.0, 0.0]])
    assert attribution.contrastive_lrp(MLP.from_arrays([nearly]), [[1.0, 1.0]], [0]) == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda net: attribution.contrastive(net, X, rivals="all"), ValueError, "rivals must be one of 'mean', 'strongest'"),
        (lambda net: attribution.contrastive(net, X, method="lrp"), TypeError, "method must be callable, not 'lrp'"),
        (lambda net: attribution.contrastive(net, X, [9] * 5), ValueError, "labels must be from 0 to 3"),
        (lambda net: attribution.contrastive(net, X, method=lambda net, x: np.zeros((5, 2, 9))), ValueError,
         r"scores must have shape \(5, 4, 9\), of 4 labels, not \(5, 2, 9\)"),
        (lambda net: attribution.contrastive_lrp(net, X, rule="w"), ValueError, "rule must be one of"),
        (lambda net: attribution.contrastive_lrp(net, X, LABELS[:2]), ValueError, "labels must have one entry for each image"),
        (lambda net: attribution.contrastive_lrp(object(), X), TypeError, "net must be an MLP"),
        (lambda net: attribution.contrastive_lrp(net, X[:, :2]), ValueError, r"x must have shape \(batch, 9\)"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(net, call, error, message):
    with pytest.raises(error, match=message):
        call(net)


def test_no_images_have_no_maps(net):
    assert attribution.contrastive(net, X[:0]).shape == (0, 9)
    assert attribution.contrastive_lrp(net, X[:0]).shape == (0, 9)
