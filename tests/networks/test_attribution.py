from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from tests import naive
from tests.networks.test_mlp import random_net

RULES = [("z", {}), ("epsilon", {}), ("epsilon", {"epsilon": 0.3}), ("gamma", {}), ("gamma", {"gamma": 2.0}), ("z_plus", {}),
         ("alpha_beta", {}), ("alpha_beta", {"alpha": 1.5, "beta": 0.5})]  # fmt: skip


@pytest.fixture
def net():
    return random_net((9, 8, 6, 4), seed=1)


@pytest.fixture
def plain():
    return random_net((9, 8, 6, 4), seed=1, biases=False)


@pytest.fixture
def x():
    return np.random.default_rng(2).standard_normal((5, 9))


@pytest.fixture
def baseline():
    return np.random.default_rng(3).standard_normal((5, 9))


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize(("rule", "options"), RULES)
def test_lrp_is_that_of_the_definitions(x, rule, options, biases):
    net = random_net((9, 8, 6, 4), seed=1, biases=biases)
    found = attribution.lrp(net, x, rule, **options)
    for i, image in enumerate(x):
        for label in range(4):
            expected = naive.relevance(net.weights, net.biases, image, label, rule, **options)
            assert found[i, label] == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize(("rule", "options"), [*RULES, ("gamma", {"epsilon": 0.5}), ("epsilon", {"epsilon": 0.5})])
def test_lrp_of_round_numbers(rule, options):
    """Halves and a few zeros, where sums and denominators are 0 and 1."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        weights = [rng.integers(-2, 3, shape) / 2.0 for shape in ((4, 5), (5, 3))]
        biases = [rng.integers(-1, 2, size) / 2.0 * rng.integers(0, 2) for size in (5, 3)]
        x = rng.integers(-1, 2, (4, 4)) / 1.0
        x[0] = 0.0
        found = attribution.lrp(MLP.from_arrays(weights, biases), x, rule, **options)
        for i, image in enumerate(x):
            for label in range(3):
                expected = naive.relevance(weights, biases, image, label, rule, **options)
                assert found[i, label] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_rules_differ(net, x):
    maps = [attribution.lrp(net, x, rule, **options) for rule, options in RULES]
    for i, one in enumerate(maps):
        for other in maps[i + 1 :]:
            assert not np.allclose(one, other, rtol=1e-4, atol=1e-5) or i == 0


def test_alpha_1_beta_0_is_z_plus(net, x):
    assert attribution.lrp(net, x, "alpha_beta", alpha=1.0, beta=0.0) == pytest.approx(attribution.lrp(net, x, "z_plus"))


def test_deeplift_is_that_of_the_definition(net, x, baseline):
    found = attribution.deeplift_rescale(net, x, baseline)
    for i, image in enumerate(x):
        for label in range(4):
            expected = naive.deeplift(net.weights, net.biases, image, baseline[i], label)
            assert found[i, label] == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_without_biases_methods_coincide(plain, x):
    """LRP-z = ε-LRP for ε → 0 = DeepLIFT = integrated gradients = gradient ⊙ input, with a zero baseline."""
    expected = attribution.gradient_times_input(plain, x)
    same = [
        attribution.lrp(plain, x, "z"),
        attribution.deeplift_rescale(plain, x),
        attribution.integrated_gradients(plain, x, n_steps=3),
        attribution.integrated_gradients(plain, x, method="exact"),
        attribution.lrp(plain, x, "epsilon", epsilon=1e-16),
    ]
    for found in same:
        assert found == pytest.approx(expected, abs=1e-12)
    errors = [np.abs(attribution.lrp(plain, x, "epsilon", epsilon=e) - expected).max() for e in (1e-5, 1e-7, 1e-9)]
    assert errors[0] > 50.0 * errors[1] > 2500.0 * errors[2] > 0.0


def test_without_hidden_layers_scores_are_weights_times_inputs(x, baseline):
    line = random_net((9, 4), seed=6)
    weights = line.weights[0].T
    assert np.array_equal(line.input_gradients(x), np.broadcast_to(weights, (5, 4, 9)))
    assert attribution.lrp(line, x, "z") == pytest.approx(weights * x[:, None, :], abs=1e-12)
    assert attribution.deeplift_rescale(line, x, baseline) == pytest.approx(weights * (x - baseline)[:, None, :], abs=1e-12)
    for method in ("gauss", "riemann", "exact"):
        found = attribution.integrated_gradients(line, x, baseline, method=method, n_steps=3)
        assert found == pytest.approx(weights * (x - baseline)[:, None, :], abs=1e-12)


@pytest.mark.parametrize(("rule", "options"), RULES)
def test_inputs_of_one_sign_and_blank_ones_share_a_batch_with_others(net, x, rule, options):
    """Terms of negative activations are left out where a whole batch has none."""
    batch = np.stack([x[0], np.abs(x[1]), -np.abs(x[2]), np.zeros(9)])
    together = attribution.lrp(net, batch, rule, **options)
    alone = np.concatenate([attribution.lrp(net, image[None], rule, **options) for image in batch])
    assert together == pytest.approx(alone, rel=1e-12, abs=1e-14)
    assert together[:3].all(axis=2).any()


def test_with_biases_only_z_is_gradient_times_input(net, x):
    expected = attribution.gradient_times_input(net, x)
    assert attribution.lrp(net, x, "z") == pytest.approx(expected, abs=1e-12)
    for other in (attribution.deeplift_rescale(net, x), attribution.integrated_gradients(net, x)):
        assert np.abs(other - expected).max() > 0.01


def test_completeness_of_methods_with_a_baseline(net, x, baseline):
    expected = net.logits(x) - net.logits(baseline)
    exact = attribution.integrated_gradients(net, x, baseline, method="exact")
    assert exact.sum(axis=2) == pytest.approx(expected, abs=1e-12)
    assert attribution.deeplift_rescale(net, x, baseline).sum(axis=2) == pytest.approx(expected, abs=1e-12)
    one = attribution.integrated_gradients(net, x, baseline[0], method="exact")
    assert one.sum(axis=2) == pytest.approx(net.logits(x) - net.logits(baseline[:1]), abs=1e-12)


@pytest.mark.parametrize("method", ["gauss", "riemann"])
def test_steps_approach_the_exact_integral(net, x, baseline, method):
    exact = attribution.integrated_gradients(net, x, baseline, method="exact")
    errors = [
        np.abs(attribution.integrated_gradients(net, x, baseline, method=method, n_steps=n) - exact).max()
        for n in (10, 100, 1000)
    ]
    assert errors[0] > 3.0 * errors[1] > 9.0 * errors[2]
    assert errors[2] < 0.01


@pytest.mark.parametrize(
    ("method", "n_steps", "places", "shares"),
    [
        ("riemann", 1, [1 / 2], [1.0]),
        ("riemann", 4, [1 / 8, 3 / 8, 5 / 8, 7 / 8], [0.25] * 4),
        ("gauss", 1, [1 / 2], [1.0]),
        ("gauss", 3, [0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5], [5 / 18, 8 / 18, 5 / 18]),
    ],
)
def test_places_and_weights_of_steps(net, x, baseline, method, n_steps, places, shares):
    gradients = [net.input_gradients(baseline + place * (x - baseline)) for place in places]
    expected = sum(share * gradient for share, gradient in zip(shares, gradients, strict=True)) * (x - baseline)[:, None, :]
    found = attribution.integrated_gradients(net, x, baseline, method=method, n_steps=n_steps)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_by_default_the_path_has_fifty_gauss_nodes_and_begins_at_zero(net, x):
    expected = attribution.integrated_gradients(net, x, np.zeros(9), method="gauss", n_steps=50)
    assert np.array_equal(attribution.integrated_gradients(net, x), expected)
    assert np.array_equal(attribution.deeplift_rescale(net, x), attribution.deeplift_rescale(net, x, np.zeros((5, 9))))


@pytest.mark.parametrize("sizes", [(9, 4), (9, 40, 4), (9, 20, 20, 20, 4)])
def test_the_exact_integral_finds_every_kink(sizes):
    net = random_net(sizes, seed=7)
    rng = np.random.default_rng(8)
    x, start = 5.0 * rng.standard_normal((2, 3, 9))
    found = attribution.integrated_gradients(net, x, start, method="exact").sum(axis=2)
    assert found == pytest.approx(net.logits(x) - net.logits(start), abs=1e-11)


def test_what_z_lacks_is_the_biases_share(net, x):
    """Σ R = S − Σ_l b_l·∂S/∂z_l, the biases' gradient ⊙ bias."""
    step, share = 1e-6, np.zeros((5, 4))
    for layer, bias in enumerate(net.biases):
        for unit in range(len(bias)):
            moved = []
            for sign in (1.0, -1.0):
                biases = [np.array(b) for b in net.biases]
                biases[layer][unit] += sign * step
                moved.append(MLP.from_arrays(net.weights, biases).logits(x))
            share += bias[unit] * (moved[0] - moved[1]) / (2.0 * step)
    assert attribution.lrp(net, x, "z").sum(axis=2) == pytest.approx(net.logits(x) - share, abs=1e-7)
    assert np.abs(share).max() > 0.1


def test_softmax_gradient_is_a_difference_quotient(net, x):
    def probabilities(inputs):
        powers = np.exp(net.logits(inputs))
        return powers / powers.sum(axis=1, keepdims=True)

    step = 1e-6
    found = attribution.softmax_gradient_times_input(net, x)
    for pixel in range(9):
        move = np.zeros(9)
        move[pixel] = step
        slope = (probabilities(x + move) - probabilities(x - move)) / (2.0 * step)
        assert found[:, :, pixel] == pytest.approx(slope * x[:, pixel : pixel + 1], abs=1e-8)
    assert found.sum(axis=1) == pytest.approx(np.zeros((5, 9)), abs=1e-14)


def test_competition_on_top(net, x):
    scores, predicted = attribution.gradient_times_input(net, x), net.predicted_labels(x)
    assert np.array_equal(attribution.cgi(net, x), compete(scores, predicted))
    assert np.array_equal(attribution.cgi(net, x, [3] * 5), compete(scores, [3] * 5))
    relevance = attribution.lrp(net, x, "gamma", gamma=0.5)
    assert np.array_equal(attribution.clrp(net, x, rule="gamma", gamma=0.5), compete(relevance, predicted))
    kept = attribution.cgi(net, x) != 0.0
    assert 0 < kept.sum() < kept.size
    assert np.array_equal(attribution.cgi(net, x)[kept], scores[np.arange(5), predicted][kept])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net, x: attribution.lrp(net, x, "beta"), "rule must be one of 'z', 'epsilon', 'gamma', 'z_plus', 'alpha_beta'"),
        (lambda net, x: attribution.lrp(net, x, epsilon=0.0), "epsilon must be finite and above 0"),
        (lambda net, x: attribution.lrp(net, x, epsilon=float("nan")), "epsilon must be finite"),
        (lambda net, x: attribution.lrp(net, x, "gamma", gamma=-1.0), "gamma must be finite and from 0"),
        (
            lambda net, x: attribution.lrp(net, x, "alpha_beta", alpha=2.0, beta=0.5),
            "alpha and beta must be",
        ),
        (lambda net, x: attribution.lrp(net, x, "alpha_beta", alpha=0.0, beta=-1.0), "alpha and beta must be"),
        (lambda net, x: attribution.integrated_gradients(net, x, method="simpson"), "method must be one of"),
        (lambda net, x: attribution.integrated_gradients(net, x, n_steps=0), "n_steps must be from 1 to 10000, not 0"),
        (lambda net, x: attribution.integrated_gradients(net, x, baseline=np.ones(8)), "baseline must have shape"),
        (lambda net, x: attribution.integrated_gradients(net, x, baseline=[1.0, [2.0]]), "baseline must have one length"),
        (lambda net, x: attribution.integrated_gradients(net, x, n_steps=True), "n_steps must be a whole number, not True"),
        (lambda net, x: attribution.integrated_gradients(net, x, n_steps=50.0), "n_steps must be a whole number, not 50.0"),
        (lambda net, x: attribution.integrated_gradients(net, x, n_steps=10**5000), "n_steps must be from 1 to 10000, not 1000"),
        (lambda net, x: attribution.lrp(net, x, epsilon=None), "epsilon must be a number, not None"),
        (lambda net, x: attribution.lrp(net, x, epsilon=10**400), "epsilon must be finite and above 0, not 1000"),
        (lambda net, x: attribution.lrp(net, x, epsilon=True), "epsilon must be a number, not True"),
        (lambda net, x: attribution.lrp(net, x, gamma="big"), "gamma must be a number, not 'big'"),
        (lambda net, x: attribution.lrp(net, x, alpha=None), "alpha must be a number, not None"),
        (lambda net, x: attribution.lrp(net, x, beta="1"), "beta must be a number, not '1'"),
        (lambda net, x: attribution.lrp(net, x, alpha=10**400), "alpha and beta must be"),
        (lambda net, x: attribution.lrp(net, x, ["z"]), "rule must be one of"),
        (lambda net, x: attribution.cgi("net", x), "net must be a network, such as an MLP or a TorchNetwork, not 'net'"),
        (lambda net, x: attribution.clrp(None, x), "net must be an MLP, not None"),
        (lambda net, x: attribution.gradient(net.weights, x), "net must be a network, such as an MLP or a TorchNetwork, not"),
        (
            lambda net, x: attribution.softmax_gradient_times_input(3, x),
            "net must be a network, such as an MLP or a Torch",
        ),
        (lambda net, x: attribution.integrated_gradients(3, x), "net must be a network, such as an MLP or a Torch"),
        (lambda net, x: attribution.deeplift_rescale(3, x), "net must be an MLP, not 3"),
        (
            lambda net, x: attribution.deeplift_rescale(net, x, np.ones((2, 9))),
            r"baseline must have shape \(9,\) or \(5, 9\), not \(2, 9\)",
        ),
        (lambda net, x: attribution.deeplift_rescale(net, x, np.full(9, np.nan)), "must be finite"),
        (lambda net, x: attribution.gradient(net, x[:, :8]), "x must have shape"),
        (lambda net, x: attribution.cgi(net, x, [0, 1, 2, 3, 4]), "labels must be from 0 to 3, not 0 to 4"),
        (lambda net, x: attribution.cgi(net, x, [0, 1]), "labels must have one entry for each image, 5, not 2"),
        (lambda net, x: attribution.cgi(net, x, 1), r"labels must be whole numbers, one for each image, not int64 of shape \(\)"),
        (lambda net, x: attribution.clrp(net, x, [0.0] * 5), "labels must be whole numbers"),
    ],
)
def test_bad_arguments_are_named(net, x, call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(net, x)


def test_arguments_of_numpy_give_the_same_maps(net, x):
    found = attribution.integrated_gradients(net, x, method=np.str_("riemann"), n_steps=np.int64(7))
    assert np.array_equal(found, attribution.integrated_gradients(net, x, method="riemann", n_steps=7))
    options = {"alpha": np.array(3), "beta": Fraction(2), "gamma": Decimal("0.5"), "epsilon": np.float32(0.5)}
    plain = {"alpha": 3.0, "beta": 2.0, "gamma": 0.5, "epsilon": 0.5}
    for rule in attribution.RULES:
        assert np.array_equal(attribution.lrp(net, x, np.str_(rule), **options), attribution.lrp(net, x, rule, **plain))


def test_no_images_have_no_maps(net, x):
    assert attribution.cgi(net, x[:0]).shape == (0, 9)
    for found in (net.input_gradients(x[:0]), attribution.lrp(net, x[:0], "gamma"), attribution.deeplift_rescale(net, x[:0])):
        assert found.shape == (0, 4, 9)
