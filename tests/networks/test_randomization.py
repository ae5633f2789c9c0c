from typing import Any

import numpy as np
import pytest
from scipy import stats

from cgi_theory.networks import MLP
from cgi_theory.networks.randomization import cascading, layer_wise, towards_random
from tests.networks.test_mlp import random_net

METHODS = ("initial", "permute", "gaussian")


@pytest.fixture(scope="module")
def net():
    """Layers of equal shapes, with weights of an unusual mean and scale."""
    net = random_net((40, 40, 40, 40), seed=3)
    return MLP.from_arrays([0.5 + 2.0 * weight for weight in net.weights], net.biases)


def same(one, other, layer):
    return np.array_equal(one.weights[layer], other.weights[layer]) and np.array_equal(one.biases[layer], other.biases[layer])


@pytest.mark.parametrize("method", METHODS)
def test_one_layer_changes_and_the_net_does_not(net, method):
    before = [np.array(array) for array in (*net.weights, *net.biases)]
    for layer in range(3):
        found = layer_wise(net, layer, seed=1, method=method)
        assert [same(found, net, other) for other in range(3)] == [other != layer for other in range(3)]
        assert not np.isclose(found.weights[layer], net.weights[layer]).all()
    for array, kept in zip((*net.weights, *net.biases), before, strict=True):
        assert np.array_equal(array, kept)


@pytest.mark.parametrize("method", METHODS)
def test_cascades_randomise_layer_by_layer(net, method):
    for depth in range(4):
        down, up = (cascading(net, depth, seed=1, method=method, direction=d) for d in ("top_down", "bottom_up"))
        assert [same(down, net, layer) for layer in range(3)] == [layer < 3 - depth for layer in range(3)]
        assert [same(up, net, layer) for layer in range(3)] == [layer >= depth for layer in range(3)]
        for layer in range(3 - depth, 3):  # a layer gets what it gets by itself
            assert same(down, layer_wise(net, layer, seed=1, method=method), layer)


@pytest.mark.parametrize("method", METHODS)
def test_layers_and_seeds_have_streams_of_their_own(net, method):
    one, other = cascading(net, 3, seed=1, method=method), cascading(net, 3, seed=2, method=method)
    drawn: list[Any] = [*one.weights, *other.weights]
    if method == "permute":  # the layers hold different numbers anyway: look at where they come from
        drawn = [np.argsort(np.argsort(weight.ravel())) for weight in drawn]
    for i, first in enumerate(drawn):
        for second in drawn[i + 1 :]:
            assert np.mean(np.isclose(first, second)) < 0.01
    assert same(one, cascading(net, 3, seed=1, method=method), 0)


def test_the_three_methods_draw_what_they_say(net):
    initial, permuted, gaussian = (layer_wise(net, 1, seed=5, method=method) for method in METHODS)
    trained = net.weights[1].ravel()
    expected = stats.norm(0.0, np.sqrt(2.0 / 40)).cdf
    assert stats.kstest(initial.weights[1].ravel(), expected).pvalue > 1e-3
    assert stats.kstest(trained, expected).pvalue < 1e-6  # the test sees another law
    assert not initial.biases[1].any()
    assert np.array_equal(np.sort(permuted.weights[1].ravel()), np.sort(trained))
    assert np.array_equal(np.sort(permuted.biases[1]), np.sort(net.biases[1]))
    matching = stats.norm(trained.mean(), trained.std()).cdf
    assert stats.kstest(gaussian.weights[1].ravel(), matching).pvalue > 1e-3
    assert stats.kstest(initial.weights[1].ravel(), matching).pvalue < 1e-6
    assert not np.isclose(gaussian.biases[1], net.biases[1]).any()
    assert 0.5 < gaussian.biases[1].std() / net.biases[1].std() < 1.5
    assert abs(gaussian.biases[1].mean() - net.biases[1].mean()) < 4.0 * net.biases[1].std() / np.sqrt(40)


@pytest.mark.parametrize("seed", [0, 1, 2**33])
def test_a_network_does_not_get_any_of_its_first_weights_back(seed):
    net = MLP.random((30,) * 6, seed=seed)
    found = cascading(net, 5, seed=seed)
    for ours in found.weights:
        assert not any(np.isclose(ours, theirs).any() for theirs in net.weights)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: layer_wise(net, 3, seed=0), "layer must be from 0 to 2, not 3"),
        (lambda net: layer_wise(net, -1, seed=0), "layer must be from 0 to 2, not -1"),
        (lambda net: layer_wise(net, 0, seed=0, method="shuffle"), "method must be one of 'initial', 'permute', 'gaussian'"),
        (lambda net: layer_wise(net, True, seed=0), "layer must be a whole number, not True"),
        (lambda net: cascading(net, 10**400, seed=0), "depth must be from 0 to 3, not 1000"),
        (lambda net: layer_wise(net.weights, 0, seed=0), "net must be a network with layers"),
        (lambda net: cascading(None, 0, seed=0), "net must be a network with layers, such as an MLP or a TorchNetwork, not None"),
        (lambda net: layer_wise(net, 0, seed=10**5000), "seed must be from 0 to 18446744073709551615, not 1000"),
        (lambda net: layer_wise(net, 0, seed=0, method=None), "method must be one of"),
        (lambda net: cascading(net, 4, seed=0), "depth must be from 0 to 3, not 4"),
        (lambda net: cascading(net, 1, seed=0, direction="sideways"), "direction must be one of"),
        (lambda net: cascading(net, 1, seed=-1), "seed must be from 0 to 18446744073709551615, not -1"),
        (lambda net: cascading(net, 1, seed=1.5), "seed must be a whole number, not 1.5"),
        (lambda net: layer_wise(net, 1.0, seed=0), "layer must be a whole number, not 1.0"),
        (lambda net: cascading(net, "1", seed=0), "depth must be a whole number, not '1'"),
    ],
)
def test_bad_arguments_are_named(net, call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(net)


@pytest.mark.parametrize("randomised", [layer_wise, cascading, towards_random])
def test_what_overflows_is_named_whatever_the_caller_makes_of_overflows(randomised):
    huge = MLP.from_arrays([np.array([[1.7e308, -1.7e308, 1.7e308]])])
    with (
        np.errstate(all="raise"),
        pytest.raises(ValueError, match="the layer's new numbers must be finite, but overflow float64"),
    ):
        for seed in range(20):
            randomised(huge, 1 if randomised is not layer_wise else 0, seed=seed, method="gaussian")


@pytest.mark.parametrize("fraction", [-0.01, 1.01])
def test_there_is_nothing_beyond_all_random(net, fraction):
    with pytest.raises(ValueError, match="fraction must be from 0 to 1, not "):
        towards_random(net, fraction, seed=1)
