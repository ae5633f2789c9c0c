"""What overflows float64 is one clear error, and NumPy's error state, which is the caller's, changes nothing."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgi_theory.networks import MLP, attribution, similarity
from cgi_theory.networks._descent import Descent
from cgi_theory.networks.alignment import measure, predict, predict_from_gradients
from cgi_theory.networks.measures import hot_pixels
from cgi_theory.networks.randomization import cascading
from cgi_theory.networks.training import Recipe, accuracy, cross_entropy, loss_gradients, softmax, train
from tests.networks.test_mlp import random_net

LABELS = np.array([0, 1, 2])
ATTRIBUTIONS: dict[str, Callable[..., Any]] = {
    "gradient": attribution.gradient,
    "gradient times input": attribution.gradient_times_input,
    "softmax": attribution.softmax_gradient_times_input,
    "gauss": lambda net, x: attribution.integrated_gradients(net, x, n_steps=3),
    "riemann": lambda net, x: attribution.integrated_gradients(net, x, method="riemann", n_steps=3),
    "exact": lambda net, x: attribution.integrated_gradients(net, x, method="exact"),
    "deeplift": attribution.deeplift_rescale,
    "cgi": attribution.cgi,
    "clrp": attribution.clrp,
    **{f"lrp {rule}": partial(attribution.lrp, rule=rule) for rule in attribution.RULES},
}
CALLS: dict[str, Callable[..., Any]] = ATTRIBUTIONS | {
    "preactivations": lambda net, x: net.preactivations(x)[-1],
    "logits": lambda net, x: net.logits(x),
    "input gradients": lambda net, x: net.input_gradients(x),
    "chosen labels": lambda net, x: net.chosen_labels(x),
    "measure": lambda net, x: np.concatenate(list(measure(net, x).columns().values())),
    "predict from gradients": lambda net, x: np.array(predict_from_gradients(net, x, tolerance=0.1)),
    "softmax of logits": lambda net, x: softmax(net.logits(x)),
    "cross entropy": lambda net, x: np.array(cross_entropy(net, x, LABELS)),
    "loss gradients": lambda net, x: np.concatenate([g.ravel() for g in loss_gradients(net, x, LABELS)]),
    "accuracy": lambda net, x: np.array(accuracy(net, x, LABELS)),
}
SIZES = (9, 8, 6, 4)


@pytest.fixture
def x():
    return np.random.default_rng(2).random((3, 9)) + 0.1


def scaled(*factors):
    net = random_net(SIZES, seed=1)
    return MLP.from_arrays([weight * factor for weight, factor in zip(net.weights, factors, strict=True)], net.biases)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("factors", [(1e200, 1e200, 1.0), (1.0, 1e200, 1e200), (1e150, 1e150, 1e150)])
def test_weights_beyond_float64_are_one_clear_error(x, name, factors):
    with pytest.raises(ValueError, match=r"(pre-activations of layer [12]|logits) must be finite, but overflow float64"):
        CALLS[name](scaled(*factors), x)


@pytest.mark.parametrize("name", CALLS)
def test_inputs_beyond_float64_are_one_clear_error(x, name):
    with pytest.raises(ValueError, match="pre-activations of layer 0 must be finite, but overflow float64"):
        CALLS[name](scaled(1e10, 1.0, 1.0), x * 1e300)


def test_gradients_and_scores_that_overflow_where_logits_do_not():
    """Small inputs, large weights."""
    steep = MLP.from_arrays([np.full((2, 3), 1e200), np.full((3, 2), 1e200)])
    tiny = [[1e-300, 1e-300]]
    assert np.isfinite(steep.logits(tiny)).all()
    for name in ("gradient", "softmax", "gauss", "riemann", "exact", "deeplift", "cgi", "input gradients"):
        with pytest.raises(ValueError, match="gradients must be finite, but overflow float64"):
            CALLS[name](steep, tiny)
    cancelling, x = MLP.from_arrays([[[1e100], [-1e100]], [[1e60]]]), [[1e150, 0.999999e150]]
    assert np.isfinite(cancelling.logits(x)).all()
    with pytest.raises(ValueError, match="scores must be finite, but overflow float64"):
        attribution.gradient_times_input(cancelling, x)


def test_a_path_longer_than_float64():
    net, x = MLP.from_arrays([[[1e-10], [1e-10]]]), [[1.7e308, 1.0]]
    for call in (attribution.integrated_gradients, attribution.deeplift_rescale):
        with pytest.raises(ValueError, match="x - baseline must be finite, but overflow float64"):
            call(net, x, [-1.7e308, 1.0])


def test_parts_of_sums_that_overflow():
    """Positive and negative contributions, each beyond float64, of a unit whose sum is not."""
    net = MLP.from_arrays([[[1e154], [-1e154], [1e154], [-1e154]]], [[1.0]])
    x = [[1.3e154, 1.3e154, 1.3e154, 1.3e154]]
    assert np.isfinite(net.logits(x)).all()
    for rule in ("z_plus", "alpha_beta", "gamma"):
        with pytest.raises(ValueError, match=r"(denominators|relevances) must be finite, but overflow float64"):
            attribution.lrp(net, x, rule)


def test_what_is_not_finite_has_no_softmax():
    for logits in ([[np.inf, 0.0]], [[np.nan, 0.0]]):
        with pytest.raises(ValueError, match="logits must be finite"):
            softmax(np.array(logits))
    assert softmax(np.array([[1.7e308, -1.7e308]])).tolist() == [[1.0, 0.0]]


def test_a_loss_that_overflows():
    net = MLP.from_arrays([[[1.7e308, -1.7e308]]])
    assert cross_entropy(net, [[1.0]], [0]) == 0.0
    with pytest.raises(ValueError, match="the loss must be finite, but overflow float64"):
        cross_entropy(net, [[1.0]], [1])


def test_training_that_overflows():
    """A step whose squares are infinite would be no step, and nobody would know."""
    for images, sizes, message in (
        (1e25 * np.eye(2), (2, 2), "squares of the loss's gradients must be finite, but overflow float32"),
        (3e38 * np.eye(2), (2, 50, 2), "pre-activations must be finite, but overflow float32"),
        (1e200 * np.eye(2), (2, 2), "x must be finite, but overflow float32"),
    ):
        with pytest.raises(ValueError, match=message):
            train(Recipe(sizes=sizes, epochs=3), images, [0, 1])


def test_what_is_infinite_in_one_step_is_seen_after_others():
    """Large weights above small activations; what overflows in Adam's sums never leaves them."""
    weights = [np.full((2, 2), 1e-20), 1e38 * np.eye(2)]
    descent = Descent(weights, [np.zeros(2)] * 2, np.float32, train_biases=True)
    descent.require_finite()
    with np.errstate(all="ignore"):
        descent.step(np.eye(2, dtype=np.float32), np.array([0, 1]), 1e-3)
        for _ in range(50):
            descent.step(np.zeros((2, 2), dtype=np.float32), np.array([0, 1]), 1e-3)
    with pytest.raises(ValueError, match="squares of the loss's gradients must be finite, but overflow float32"):
        descent.require_finite()


def test_a_layer_with_the_largest_numbers_is_randomised_like_any_other():
    net = random_net((20, 20, 4), seed=3)
    for factor in (2.0**1000, 2.0**-1000):
        other = MLP.from_arrays([weight * factor for weight in net.weights])
        for ours, theirs in zip(
            cascading(net, 2, seed=1, method="gaussian").weights,
            cascading(other, 2, seed=1, method="gaussian").weights,
            strict=True,
        ):
            assert np.array_equal(ours * factor, theirs)
    with pytest.raises(ValueError, match="the layer's new numbers must be finite, but overflow float64"):
        cascading(MLP.from_arrays([np.array([[1.7e308, -1.7e308]] * 50)]), 1, seed=1, method="gaussian")


@pytest.mark.parametrize(
    ("by_weights", "by_inputs"), [(1e-200, 1.0), (1e250, 1e-60), (1e-150, 1e-150), (1e140, 1e140), (1.0, 1e-300)]
)
def test_measurements_do_not_depend_on_units(x, by_weights, by_inputs):
    net = random_net((9, 4), seed=1, biases=False)
    expected, found = measure(net, x), measure(MLP.from_arrays([net.weights[0] * by_weights]), x * by_inputs)
    for name, values in expected.columns().items():
        assert found.columns()[name] == pytest.approx(values, rel=1e-9, nan_ok=True), name
    gram = predict_from_gradients(MLP.from_arrays([net.weights[0] * by_weights]), x * by_inputs)
    for ours, theirs in zip(gram, predict_from_gradients(net, x), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-9)
    for factor in (1e-300, 1e308):
        assert np.array_equal(hot_pixels(x * factor), hot_pixels(x))


@pytest.mark.parametrize("rule", ["z", "gamma", "alpha_beta", "z_plus"])
@pytest.mark.parametrize("factor", [1e-309, 1e-300, 1e300])
def test_relevance_scales_with_the_logits(x, rule, factor):
    """Where the stabilizer is no part of it; 1 over the smallest denominators is infinite."""
    net = random_net((9, 4), seed=1, biases=False)
    expected = attribution.lrp(net, x, rule, epsilon=1e-14)
    found = attribution.lrp(net, x * factor, rule, epsilon=min(1e-6, 1e-14 * factor))
    assert found / factor == pytest.approx(expected, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("name", [*CALLS, *similarity.METRICS, "predict", "expected overlap", "randomisation"])
def test_results_do_not_depend_on_the_error_state(name):
    rng = np.random.default_rng(5)
    net = scaled(1e-160, 1.0, 1.0)  # so that something underflows nearly everywhere
    x = (rng.random((3, 9)) + 0.1) * np.array([1e-200, 1.0, 1e-160, 1, 1, 1, 1, 1, 1])
    a, b = rng.standard_normal((2, 2, 64)) * (rng.random((2, 2, 64)) < 0.5) * np.where(rng.random((2, 2, 64)) < 0.5, 1e-200, 1.0)
    calls = CALLS | {metric: lambda *_, of=of: of(a, b) for metric, of in similarity.METRICS.items()}
    calls |= {
        "predict": lambda net, x: np.array(predict(measure(net, x), reading="sparse")),
        "expected overlap": lambda *_: similarity.jaccard_expected(a, b),
        "randomisation": lambda net, x: cascading(net, 3, seed=1, method="gaussian").weights[0],
    }
    expected = calls[name](net, x)
    with np.errstate(all="raise"):
        assert np.array_equal(calls[name](net, x), expected, equal_nan=True)


@given(
    factors=st.lists(st.integers(-300, 290), min_size=3, max_size=3),
    sizes=st.tuples(st.integers(-300, 300), st.integers(-300, 300)),
    name=st.sampled_from(sorted(CALLS)),
    seed=st.integers(0, 100),
)
def test_at_any_scale_numbers_are_finite_or_the_one_error_is_raised(factors, sizes, name, seed):
    rng = np.random.default_rng(seed)
    weights = [weight * 10.0**factor for weight, factor in zip(random_net(SIZES, seed=1).weights, factors, strict=True)]
    biases = [rng.standard_normal(size) * 10.0 ** sizes[1] for size in SIZES[1:]]
    x = (rng.random((3, 9)) - 0.3) * 10.0 ** sizes[0]
    try:
        found = CALLS[name](MLP.from_arrays(weights, biases), x)
    except ValueError as error:
        assert re.search("must be finite, but overflow float64|needs two labels or more", str(error))
    else:
        assert np.isfinite(
            found[np.arange(found.size) // 3 != 1] if name == "measure" else found
        ).all()  # the ratio of logits may be NaN
