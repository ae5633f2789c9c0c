"""Completeness at any scale, on networks whose units, inputs and biases are rescaled so that the function stays alike."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgi_theory.networks import MLP, attribution
from tests import naive
from tests.networks.test_mlp import random_net

FAR = 565  # powers of two: 1e170
METHODS = {
    "integrated gradients": lambda net, x, start: attribution.integrated_gradients(net, x, start, method="exact"),
    "deeplift": attribution.deeplift_rescale,
}


def rescaled(weights, biases, powers, size):
    """Multiply hidden units by powers of two, one array for each layer, and the input by one: the logits change by the latter."""
    units = [np.zeros(len(weights[0]), dtype=int), *powers, np.zeros(weights[-1].shape[1], dtype=int)]
    layers = enumerate(zip(weights, biases, strict=True))
    found = [(np.ldexp(w, units[i + 1] - units[i][:, None]), np.ldexp(b, units[i + 1] + size)) for i, (w, b) in layers]
    return MLP.from_arrays([w for w, _ in found], [b for _, b in found])


@st.composite
def problems(draw):
    """A network of a few units with weights of eighths, an input and a baseline, and how to rescale them."""
    sizes = [draw(st.integers(1, 4)) for _ in range(draw(st.integers(2, 5)))]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = [rng.integers(-12, 13, shape) / 8.0 for shape in itertools.pairwise(sizes)]
    biases = [rng.integers(-12, 13, size) / 8.0 * draw(st.booleans()) for size in sizes[1:]]
    x, start = rng.integers(-12, 13, (2, sizes[0])) / 8.0
    kind = draw(st.sampled_from(["far", "near", "equal", "zero", "at a kink", "off"]))
    if kind == "near":
        start = x + rng.integers(-1, 2, sizes[0]) * 2.0**-30
    elif kind in ("equal", "zero"):
        start = x.copy() if kind == "equal" else np.zeros_like(x)
    elif kind == "at a kink":
        biases[0] = -(x @ weights[0])
    elif kind == "off":
        biases[0][0] = -1000.0
    lowest = draw(st.integers(-FAR, -300))
    powers = [np.array([draw(st.integers(lowest, lowest + 865)) for _ in range(size)]) for size in sizes[1:-1]]
    return weights, biases, x, start, powers, draw(st.integers(-400, 400))


@pytest.mark.parametrize("method", METHODS)
@given(problem=problems())
def test_scores_sum_to_the_difference_of_logits_at_any_scale(method, problem):
    weights, biases, x, start, powers, size = problem
    net = rescaled(weights, biases, powers, size)
    x, start = np.ldexp(x, size), np.ldexp(start, size)
    found = METHODS[method](net, x[None], start[None])[0]
    top, base = (naive.exact_layers(net.weights, net.biases, image)[-1][1] for image in (x, start))
    sizes = naive.logit_sizes(net.weights, net.biases, x, start)
    for scores, high, low, bound in zip(found, top, base, sizes, strict=True):
        assert abs(sum(naive.fractions(scores)) - (high - low)) <= 1e-13 * float(bound)


@settings(max_examples=80)
@given(problem=problems())
def test_deeplift_is_that_of_the_definition_at_any_scale(problem):
    weights, biases, x, start, powers, size = problem
    net = rescaled(weights, biases, powers, size)
    x, start = np.ldexp(x, size), np.ldexp(start, size)
    found = attribution.deeplift_rescale(net, x[None], start[None])[0]
    sizes = naive.logit_sizes(net.weights, net.biases, x, start)
    for label, scores in enumerate(found):
        expected = naive.deeplift(net.weights, net.biases, x, start, label)
        assert scores == pytest.approx([float(value) for value in expected], rel=1e-12, abs=1e-13 * float(sizes[label]))


@given(problem=problems())
def test_relevance_by_z_is_gradient_times_input_at_any_scale(problem):
    weights, biases, x, start, powers, size = problem
    net = rescaled(weights, biases, powers, size)
    x, start = np.ldexp(x, size), np.ldexp(start, size)
    found, expected = attribution.lrp(net, [x, start], "z"), attribution.gradient_times_input(net, [x, start])
    sizes = naive.logit_sizes(net.weights, net.biases, x, start)
    for label, bound in enumerate(sizes):
        defined = net.logits([x, start])[:, label] != 0.0  # a logit of 0 has nothing to hand down
        assert np.abs(found - expected)[defined, label].max(initial=0.0) <= 1e-13 * float(bound)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [1e-300, 1e-100, 1e-12, 1e100, 1e290])
def test_inputs_in_other_units_have_the_same_scores_in_them(method, factor):
    net = random_net((9, 8, 6, 4), seed=1, biases=False)
    x, start = np.random.default_rng(2).standard_normal((2, 5, 9))
    expected = METHODS[method](net, x, start)
    assert METHODS[method](net, x * factor, start * factor) / factor == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [1e-170, 1e-12, 1e170])
def test_hidden_units_in_other_units_leave_the_scores_alone(method, factor):
    net = random_net((9, 8, 6, 4), seed=1)
    first, second, third = net.weights
    for layer in range(2):
        weights = [first * factor, second / factor, third] if layer == 0 else [first, second * factor, third / factor]
        biases = [bias * factor if i == layer else bias for i, bias in enumerate(net.biases)]
        x, start = np.random.default_rng(2).standard_normal((2, 5, 9))
        found = METHODS[method](MLP.from_arrays(weights, biases), x, start)
        assert found == pytest.approx(METHODS[method](net, x, start), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("step", [1e-3, 1e-9, 1e-14])
def test_a_unit_whose_input_hardly_changes_is_rescaled_all_the_same(step):
    """A unit that crosses its kink has slope 3/4, not 0 or 1, however small the step."""
    net = MLP.from_arrays([[[1.0]], [[1.0]]])
    assert attribution.deeplift_rescale(net, [[3.0 * step]], [[-step]]) == pytest.approx(
        np.array([[[3.0 * step]]]), rel=1e-12, abs=0.0
    )
    assert attribution.deeplift_rescale(net, [[-step]], [[3.0 * step]]) == pytest.approx(
        np.array([[[-3.0 * step]]]), rel=1e-12, abs=0.0
    )


def test_a_unit_from_one_end_of_float64_to_the_other():
    net = MLP.from_arrays([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    for method in METHODS.values():
        for x, start, expected in (
            ([[8e307]], [[-8e307]], 8e307),
            ([[8e307]], [[-1e-300]], 8e307),
            ([[1e-300]], [[-8e307]], 1e-300),
        ):
            assert method(net, x, start)[0, 0, 0] == pytest.approx(expected, rel=1e-12, abs=1e-14 * 8e307 * (start[0][0] < -1.0))
