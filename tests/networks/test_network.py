"""What takes a network takes any: images give an MLP's numbers on vectors, in blocks of any size, and lies are named."""

import inspect

import numpy as np
import pytest

from cgi_theory.networks import MLP, _image_gradients, attribution, measures, network
from cgi_theory.networks.alignment import measure, predict, predict_from_gradients
from cgi_theory.networks.logits_kept import predict_logit_kept
from cgi_theory.networks.randomization import cascading, layer_wise, towards_random
from cgi_theory.networks.training import accuracy, cross_entropy
from tests.networks.images import HookedNetwork, ImageNetwork, LayeredImageNetwork, Wrapped
from tests.networks.test_mlp import random_net

SHAPE = (3, 2, 4)
LABELS = np.array([2, 0, 4, 4, 1])
BASELINE = np.linspace(-0.5, 0.5, 24)

ATTRIBUTED = {
    "gradient": lambda net, x, shape: attribution.gradient(net, x),
    "gradient_times_input": lambda net, x, shape: attribution.gradient_times_input(net, x),
    "softmax_gradient_times_input": lambda net, x, shape: attribution.softmax_gradient_times_input(net, x),
    "gauss": lambda net, x, shape: attribution.integrated_gradients(net, x, BASELINE.reshape(shape), n_steps=7),
    "riemann": lambda net, x, shape: attribution.integrated_gradients(net, x, method="riemann", n_steps=3),
    "cgi": lambda net, x, shape: attribution.cgi(net, x),
    "cgi of labels": lambda net, x, shape: attribution.cgi(net, x, LABELS),
}
MEASURED = {
    "measure": lambda net, x: measure(net, x).columns(),
    "measure of labels": lambda net, x: measure(net, x, LABELS).columns(),
    "predict": lambda net, x: predict(measure(net, x), net.n_labels, "two blocks"),
    "predict_from_gradients": lambda net, x: predict_from_gradients(net, x, LABELS, tolerance=0.01),
    "predict_logit_kept": lambda net, x: predict_logit_kept(net, x, n_draws=200),
    "predicted_labels": network.predicted_labels,
    "accuracy": lambda net, x: accuracy(net, x, LABELS),
    "cross_entropy": lambda net, x: cross_entropy(net, x, LABELS),
}
EVERY = (*ATTRIBUTED, *MEASURED)


@pytest.fixture(scope="module")
def net():
    return random_net((24, 11, 8, 5), seed=4)


@pytest.fixture(scope="module")
def x():
    """Some pixels are 0; a float32 holds every number."""
    rng = np.random.default_rng(5)
    return (rng.standard_normal((5, 24)) * (rng.random((5, 24)) < 0.8)).astype(np.float32).astype(np.float64)


def images(x):
    return x.reshape(len(x), *SHAPE)


def result(name, net, x, shape=SHAPE):
    """What a function returns of a network: an array, or a dictionary or sequence of arrays."""
    return ATTRIBUTED[name](net, x, shape) if name in ATTRIBUTED else MEASURED[name](net, x)


def assert_agree(found, expected, tolerance):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        found, expected = found.values(), expected.values()
    if not isinstance(expected, np.ndarray | float):
        for pair in zip(found, expected, strict=True):
            assert_agree(*pair, tolerance)
        return
    scale = np.abs(np.nan_to_num(expected)).max()
    np.testing.assert_allclose(np.reshape(found, np.shape(expected)), expected, rtol=0.0, atol=tolerance * scale)


@pytest.mark.parametrize("kind", [ImageNetwork, HookedNetwork, LayeredImageNetwork])
@pytest.mark.parametrize("name", EVERY)
def test_images_give_the_numbers_of_vectors(net, x, kind, name):
    found = result(name, kind(net, SHAPE), images(x))
    expected = result(name, net, x, (24,))
    assert_agree(found, expected, 1e-12)
    if name in ATTRIBUTED:
        assert found.shape == (*expected.shape[:-1], *SHAPE)


@pytest.mark.parametrize("kind", [ImageNetwork, HookedNetwork])
@pytest.mark.parametrize("name", EVERY)
def test_single_precision_gives_them_to_its_own(net, x, kind, name):
    found = result(name, kind(net, SHAPE, np.float32), images(x))
    assert_agree(found, result(name, net, x, (24,)), 2e-3 if name == "predict_from_gradients" else 1e-5)
    if name in ATTRIBUTED and kind is HookedNetwork:
        assert found.dtype == np.float32


@pytest.mark.parametrize(("given", "kept"), [("f4", "f4"), ("f8", "f8"), (">f4", "f8"), ("f2", "f8"), ("i1", "f8"), ("?", "f8")])
def test_other_types_are_taken_in_double_precision(net, x, given, kept):
    """A network's 100 in one byte, times an input of 2, is 200."""
    hundreds = np.full((5, 5, *SHAPE), 100).astype(given)
    liar = lying(net, input_gradients=always(hundreds), logits=always(hundreds[:, :, 0, 0, 0].tolist()))
    assert attribution.gradient(liar, images(x)).dtype == kept
    assert np.array_equal(attribution.gradient_times_input(liar, images(0.0 * x + 2.0)), 2.0 * hundreds)
    assert cross_entropy(liar, images(x), LABELS) == pytest.approx(np.log(5.0), rel=1e-12)


def test_another_network_gives_others(net, x):
    """The comparison sees a difference of a hundredth."""
    rng = np.random.default_rng(10)
    other = MLP.from_arrays([weight * (1.0 + 0.01 * rng.standard_normal(weight.shape)) for weight in net.weights], net.biases)
    for name in set(EVERY) - {"predicted_labels", "accuracy"}:
        with pytest.raises(AssertionError):
            assert_agree(result(name, other, x, (24,)), result(name, net, x, (24,)), 1e-5)


def test_the_hook_takes_what_is_no_array(net, x):
    wrapped = Wrapped(images(x))
    for name in EVERY:
        assert_agree(result(name, HookedNetwork(net, SHAPE), wrapped), result(name, net, x, (24,)), 1e-12)
    with pytest.raises(TypeError, match="x must hold real numbers, not object"):
        attribution.cgi(ImageNetwork(net, SHAPE), wrapped)


@pytest.mark.parametrize("numbers", [1, 50, 24 * 5 * 3])
@pytest.mark.parametrize("name", EVERY)
def test_blocks_of_any_size_give_the_same(net, x, name, numbers, monkeypatch):
    expected = result(name, ImageNetwork(net, SHAPE), images(x))
    monkeypatch.setattr(network, "_BLOCK", 8 * numbers)
    monkeypatch.setattr(_image_gradients, "_BLOCK", numbers)
    assert_agree(result(name, ImageNetwork(net, SHAPE), images(x)), expected, 1e-12)


def sizes_asked_for(net, x, run, monkeypatch, block):
    """Return how many inputs and labels each call of a network's gradients had."""
    asked = []

    class Watched(ImageNetwork):
        def input_gradients(self, x, labels=None):
            asked.append((len(x), net.n_labels if labels is None else len(labels)))
            return super().input_gradients(x, labels)

    monkeypatch.setattr(network, "_BLOCK", block)
    run(Watched(net, SHAPE), images(x))
    return asked


def test_competition_asks_for_some_labels_at_a_time(net, x, monkeypatch):
    of_a_label = x.nbytes
    assert sizes_asked_for(net, x, attribution.cgi, monkeypatch, 2 * of_a_label) == [(5, 2), (5, 2), (5, 1)]
    assert sizes_asked_for(net, x, attribution.cgi, monkeypatch, 2 * of_a_label - 1) == [(5, 1)] * 5
    assert sizes_asked_for(net, x, attribution.cgi, monkeypatch, 5 * of_a_label) == [(5, 5)]
    assert sizes_asked_for(net, x, attribution.cgi, monkeypatch, 1) == [(5, 1)] * 5


def test_measurements_ask_for_some_inputs_at_a_time(net, x, monkeypatch):
    of_an_input = 5 * x[0].nbytes
    assert sizes_asked_for(net, x, measure, monkeypatch, 2 * of_an_input) == [(2, 5), (2, 5), (1, 5)]
    assert sizes_asked_for(net, x, measure, monkeypatch, 2 * of_an_input - 1) == [(1, 5)] * 5
    assert sizes_asked_for(net, x, measure, monkeypatch, 1) == [(1, 5)] * 5


@pytest.mark.parametrize(("numbers_held", "labels_held", "pixels_held"), [(48, [2, 2, 1], [9, 9, 6]), (1, [1] * 5, [1] * 24)])
def test_numbers_in_double_precision_are_made_of_some_labels_or_pixels_at_a_time(
    net, x, numbers_held, labels_held, pixels_held, monkeypatch
):
    monkeypatch.setattr(_image_gradients, "_BLOCK", numbers_held)
    made, numbers = [], _image_gradients.ImageGradients._numbers

    def watched(self, gradients):
        made.append(gradients.shape)
        return numbers(self, gradients)

    monkeypatch.setattr(_image_gradients.ImageGradients, "_numbers", watched)
    (image,) = _image_gradients.measurable("measure", net, x[:1], np.array([1]))
    made.clear()
    assert [len(labels) for labels, _ in image.blocks()] == labels_held
    assert made == [(labels, 24) for labels in labels_held]
    made.clear()
    gram, gradients = image.gram(), net.input_gradients(x[:1])[0] * (x[0] != 0.0)
    expected = gradients @ gradients.T
    assert gram / gram[0, 0] == pytest.approx(expected / expected[0, 0], rel=1e-12)
    assert made == [(5, pixels) for pixels in pixels_held]


def test_what_is_held_of_photographs_is_bounded(net):
    """By 16 MB of scores, and by 64 MB of numbers in double precision."""
    wide = ImageNetwork(random_net((4, 1000), seed=1), (3, 224, 224))
    photograph = np.zeros((1, 3, 224, 224), dtype=np.float32)
    assert [len(labels) for labels in network.label_blocks(wide, photograph)] == [27] * 37 + [1]
    gradients = np.broadcast_to(np.float32(1.0), (20, 2**20))
    image = _image_gradients.ImageGradients(gradients, np.ones(2**20, dtype=np.float32), 3)
    assert [len(labels) for labels, _ in image.blocks()] == [8, 8, 4]


@pytest.mark.parametrize("factor", [1e200, -1e200, 1e-200])
def test_gradients_of_one_sign_have_a_unit_too(x, factor):
    weights = np.random.default_rng(11).random((24, 5))
    expected = predict_from_gradients(MLP.from_arrays([weights * np.sign(factor)]), x, LABELS, tolerance=0.01)
    scaled = ImageNetwork(MLP.from_arrays([weights * factor]), SHAPE)
    assert_agree(predict_from_gradients(scaled, images(x), LABELS, tolerance=0.01), expected, 1e-10)


@pytest.mark.parametrize("shape", [(0,), (3, 0, 2)])
def test_inputs_without_pixels_have_maps_and_nothing_to_measure(shape):
    x = np.empty((3, *shape))

    class Empty(ImageNetwork):
        def logits(self, x):
            return np.zeros((len(x), 4))

        def input_gradients(self, x, labels=None):
            return np.empty((len(x), 4 if labels is None else len(labels), *shape))

    empty = Empty(MLP.from_arrays([np.ones((1, 4))]), shape)
    assert attribution.cgi(empty, x).shape == (3, *shape)
    for function in (measure, predict_from_gradients, predict_logit_kept):
        with pytest.raises(ValueError, match=f"{function.__name__} needs .* images on which the chosen label has scores"):
            function(empty, x)


@pytest.mark.parametrize("method", ["initial", "permute", "gaussian"])
def test_layers_are_randomised_by_name_and_by_number(net, x, method):
    layered = LayeredImageNetwork(net, SHAPE)
    options = {"seed": 6, "method": method}
    for number, name in enumerate(layered.layer_names):
        expected = layer_wise(net, number, **options).logits(x)
        assert not np.allclose(expected, net.logits(x))
        for layer in (number, np.int64(number), name):
            assert np.array_equal(layer_wise(layered, layer, **options).logits(images(x)), expected)
        assert np.array_equal(layer_wise(net, str(number), **options).logits(x), expected)
    for depth in range(4):
        for direction in ("top_down", "bottom_up"):
            found = cascading(layered, depth, direction=direction, **options)
            assert np.array_equal(found.logits(images(x)), cascading(net, depth, direction=direction, **options).logits(x))
    for fraction in (0.0, 0.3, 1.0):
        found = towards_random(layered, fraction, **options)
        assert np.array_equal(found.logits(images(x)), towards_random(net, fraction, **options).logits(x))
    assert np.array_equal(layered.logits(images(x)), net.logits(x))


def test_layers_that_are_not_there_are_named(net):
    layered = LayeredImageNetwork(net, SHAPE)
    for layer, error, message in (
        ("0", ValueError, r"layer must be one of \('layer0', 'layer1', 'layer2'\), not '0'"),
        (3, ValueError, "layer must be from 0 to 2, not 3"),
        (-1, ValueError, "layer must be from 0 to 2, not -1"),
        (None, TypeError, "layer must be a whole number, not None"),
    ):
        with pytest.raises(error, match=message):
            layer_wise(layered, layer, seed=1)
    for function, argument in ((layer_wise, 0), (cascading, 1), (towards_random, 0.5)):
        with pytest.raises(TypeError, match=r"net must be .* with layers, .* no layer_names, with_random_layers, towards"):
            function(ImageNetwork(net, SHAPE), argument, seed=1)
        with pytest.raises(ValueError, match="method must be one of 'initial', 'permute', 'gaussian', not 'zeros'"):
            function(layered, argument, seed=1, method="zeros")


def test_measures_take_images(net, x):
    scores, labels = attribution.gradient_times_input(net, x), net.predicted_labels(x)
    own, maps = measures.of_chosen_label(scores, labels), attribution.cgi(net, x)
    shaped = scores.reshape(5, 5, *SHAPE)
    assert np.array_equal(measures.of_chosen_label(shaped, labels), images(own))
    assert np.array_equal(measures.lit(images(x)), images(measures.lit(x)))
    for measured, arguments in (
        (measures.kept, (x, maps)),
        (measures.retained, (own, maps)),
        (measures.selectivity, (x, own, maps)),
    ):
        assert measured(*map(images, arguments)) == pytest.approx(measured(*arguments), rel=1e-12)
        with pytest.raises(ValueError, match=r"maps must have shape \(5, 3, 2, 4\), that of .*, not \(5, 24\)"):
            measured(*(*map(images, arguments[:-1]), arguments[-1]))
    assert np.array_equal(measures.votes(images(x), shaped), measures.votes(x, scores))
    assert np.array_equal(measures.share_of_votes(images(x), shaped, labels), measures.share_of_votes(x, scores, labels))
    with pytest.raises(ValueError, match="x and scores must have shapes"):
        measures.votes(images(x), scores)


@pytest.mark.parametrize("shape", [(24,), (1, 24), (24, 1), (1, 1, 24), (2, 3, 2, 2)])
def test_inputs_may_have_any_shape(net, x, shape):
    for name in EVERY:
        found = result(name, ImageNetwork(net, shape), x.reshape(5, *shape), shape)
        assert_agree(found, result(name, net, x, (24,)), 1e-12)


@pytest.mark.parametrize("name", ["gradient", "softmax_gradient_times_input", "riemann", "cgi", "measure", "predict_logit_kept"])
def test_one_input_and_none(net, x, name):
    other = ImageNetwork(net, SHAPE)
    assert_agree(result(name, other, images(x[:1])), result(name, net, x[:1], (24,)), 1e-12)
    nothing = result(name, other, images(x[:0]))
    for array in nothing.values() if isinstance(nothing, dict) else [nothing]:
        assert len(array) == 0


@pytest.mark.parametrize("function", [accuracy, cross_entropy])
def test_a_mean_is_over_one_input_at_least(net, x, function):
    assert function(ImageNetwork(net, SHAPE), images(x[:1]), [4]) == pytest.approx(function(net, x[:1], [4]), rel=1e-12)
    with pytest.raises(ValueError, match="x must hold one input at least"):
        function(ImageNetwork(net, SHAPE), images(x[:0]), np.empty(0, dtype=int))


def test_a_single_label_has_no_rivals_and_two_have_each_other(x):
    alone, pair = (ImageNetwork(random_net((24, 9, k), seed=7), SHAPE) for k in (1, 2))
    scores = attribution.gradient_times_input(alone, images(x))
    assert np.array_equal(attribution.cgi(alone, images(x)), scores[:, 0])
    for function in (measure, predict_from_gradients, predict_logit_kept):
        with pytest.raises(ValueError, match=f"{function.__name__} needs two labels or more, and has one"):
            function(alone, images(x))
    first, second = np.moveaxis(attribution.gradient_times_input(pair, images(x)), 1, 0)
    expected = np.where(np.sign(first) * (first - second) >= 0.0, first, 0.0)
    assert np.array_equal(attribution.cgi(pair, images(x), np.zeros(5, dtype=int)), expected)
    assert np.all(measure(pair, images(x)).kept > 0.0)


def test_a_thousand_labels_of_few_pixels(monkeypatch):
    monkeypatch.setattr(network, "_BLOCK", 7 * 3 * 4 * 8)
    net, x = random_net((4, 20, 1000), seed=8), np.random.default_rng(9).random((3, 4)) + 0.1
    wide = ImageNetwork(net, (1, 2, 2))
    maps = attribution.cgi(wide, x.reshape(3, 1, 2, 2))
    assert np.array_equal(maps.reshape(3, 4), attribution.cgi(net, x))
    scores = attribution.gradient_times_input(net, x)
    assert np.all((maps != 0.0).sum() <= 3 * 4)
    assert measures.votes(x, scores).sum(axis=1) == pytest.approx([2.0] * 3)
    assert measure(wide, x.reshape(3, 1, 2, 2)).kept == pytest.approx((maps != 0.0).mean(axis=(1, 2, 3)))


def lying(net, **members):
    """Return a network some of whose members say something else."""
    liar = type("Lying", (ImageNetwork,), members)(net, SHAPE)
    liar.input_shape = members.get("input_shape", SHAPE)
    return liar


def always(value):
    """A method or property that gives the same whatever it is asked."""
    return lambda self, x, labels=None: value


GRADIENTS = ("gradient", "gradient_times_input", "gauss", "cgi", "measure", "predict_logit_kept", "predict_from_gradients")
LOGITS = ("softmax_gradient_times_input", "cgi", "measure", "predict_logit_kept", "predicted_labels", "accuracy", "cross_entropy")
LIES = (
    ({"n_labels": 0}, EVERY, "n_labels of net must be from 1 to 2147483647, not 0"),
    ({"n_labels": 5.0}, EVERY, "n_labels of net must be a whole number, not 5.0"),
    ({"n_labels": 4}, GRADIENTS[:3], r"input gradients of net must have shape \(5, 4, 3, 2, 4\), not \(5, 5, 3, 2, 4\)"),
    ({"n_labels": 4}, LOGITS, r"logits of net must have shape \(5, 4\), not \(5, 5\)"),
    ({"n_labels": 7}, LOGITS, r"logits of net must have shape \(5, 7\), not \(5, 5\)"),
    ({"logits": always(np.zeros(5))}, LOGITS, r"logits of net must have shape \(5, 5\), not \(5,\)"),
    ({"logits": always(np.zeros((1, 5)))}, LOGITS, r"logits of net must have shape \(5, 5\), not \(1, 5\)"),
    ({"logits": always(np.full((5, 5), np.nan))}, LOGITS, "logits of net must be finite"),
    ({"logits": always(np.full((5, 5), 1j))}, LOGITS, "logits of net must hold real numbers, not complex128"),
    ({"logits": always(None)}, LOGITS, "logits of net must hold real numbers, not object"),
    ({"input_gradients": always(np.zeros((5, 5, 24)))}, GRADIENTS, r"input gradients .* \(5, 5, 3, 2, 4\), not \(5, 5, 24\)"),
    ({"input_gradients": always(np.full((5, 5, *SHAPE), np.inf))}, GRADIENTS, "input gradients of net must be finite"),
    ({"input_gradients": always(None)}, GRADIENTS, "input gradients of net must hold real numbers, not object"),
    ({"input_shape": 24}, EVERY, "input_shape of net must be a sequence of whole numbers, not 24"),
    ({"input_shape": (24,)}, EVERY, r"x must have shape \(batch, 24\), not \(5, 3, 2, 4\)"),
    ({"input_shape": (3, 2.0, 4)}, EVERY, r"input_shape of net\[1\] must be a whole number, not 2.0"),
    ({"inputs": always(None)}, EVERY, "inputs of net must hold real numbers, not object"),
    ({"inputs": always(np.ones((5, 24)))}, EVERY, r"inputs of net must have shape \(batch, 3, 2, 4\), not \(5, 24\)"),
    ({"inputs": always(1.0)}, EVERY, r"inputs of net must have shape \(batch, 3, 2, 4\), not \(\)"),
    ({"inputs": always(np.full((5, *SHAPE), np.nan))}, EVERY, "inputs of net must be finite"),
    ({"logits": None}, EVERY, "net must be a network, such as an MLP or a TorchNetwork, not .*: it has no logits$"),
    ({"n_labels": None, "logits": None}, EVERY, "it has no n_labels, logits$"),
    ({"input_gradients": None}, EVERY, "it has no input_gradients$"),
)


@pytest.mark.parametrize(("members", "names", "message"), LIES)
def test_networks_that_lie_are_named_with_the_lie(net, x, members, names, message):
    liar = lying(net, **members)
    for name in names:
        with pytest.raises((TypeError, ValueError), match=message) as caught:
            result(name, liar, images(x))
        assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("what", [None, 3, ImageNetwork, np.ones((2, 2)), lambda x: x])
def test_what_is_no_network_is_told_so(what, x):
    for name in EVERY:
        with pytest.raises(TypeError, match=r"net must be a network, such as an MLP or a TorchNetwork, not .*: it has no "):
            result(name, what, images(x))


def test_gradients_of_labels_that_were_not_asked_for_are_refused(net, x, monkeypatch):
    monkeypatch.setattr(network, "_BLOCK", x.nbytes)
    whole = ImageNetwork(net, SHAPE).input_gradients(images(x))
    with pytest.raises(ValueError, match=r"input gradients of net must have shape \(5, 1, 3, 2, 4\), not \(5, 5, 3, 2, 4\)"):
        attribution.cgi(lying(net, input_gradients=always(whole)), images(x))


def test_what_only_an_mlp_has_is_refused_with_its_name(net, x):
    other = ImageNetwork(net, SHAPE)
    for function in (
        lambda: attribution.deeplift_rescale(other, images(x)),
        lambda: attribution.lrp(other, images(x)),
        lambda: attribution.clrp(other, images(x)),
    ):
        with pytest.raises(TypeError, match=r"^net must be an MLP, not <tests\.networks\.images\.ImageNetwork object"):
            function()
    with pytest.raises(TypeError, match="net must be an MLP for the method 'exact': other networks take 'gauss' or 'riemann'"):
        attribution.integrated_gradients(other, images(x), method="exact")


def test_a_network_without_layers_cannot_be_randomised(net):
    class WithoutLayers(LayeredImageNetwork):
        layer_names = ()

    for function in (lambda n: layer_wise(n, 0, seed=0), lambda n: cascading(n, 0, seed=0)):
        with pytest.raises(ValueError, match="net must have a layer that can be randomised, not "):
            function(WithoutLayers(net, SHAPE))


@pytest.mark.parametrize("labels", [[5, 0, 0, 0, 0], [-1, 0, 0, 0, 0]])
def test_labels_out_of_range_are_refused(net, x, labels):
    for function in (attribution.cgi, measure, predict_from_gradients, predict_logit_kept, accuracy, cross_entropy):
        with pytest.raises(ValueError, match="labels must be from 0 to 4, not "):
            function(ImageNetwork(net, SHAPE), images(x), labels)


class LateNetwork:
    """One that knows its labels and its shape once it has seen an input."""

    def __init__(self, net):
        self.net, self.seen = ImageNetwork(net, SHAPE), []

    def __getattribute__(self, name):
        if name in ("n_labels", "input_shape") and not self.seen:
            raise AttributeError("no input yet")
        return super().__getattribute__(name)

    n_labels = property(lambda self: self.net.n_labels)
    input_shape = property(lambda self: self.net.input_shape)

    def inputs(self, x):
        return np.asarray(x, dtype=np.float64)

    def logits(self, x):
        self.seen.append(len(x))
        return self.net.logits(x)

    def input_gradients(self, x, labels=None):
        return self.net.input_gradients(x, labels)


def test_a_network_may_learn_its_labels_from_an_input(net, x):
    late = LateNetwork(net)
    inputs = network.inputs_of(late, images(x))
    assert not late.seen
    assert network.count_labels(late, inputs) == 5
    assert late.seen == [1]
    assert network.count_labels(late, inputs) == 5
    assert late.seen == [1]
    with pytest.raises(ValueError, match=r"inputs of net must have shape \(batch, 3, 2, 4\), not \(5, 24\)"):
        network.inputs_of(late, x)
    late.seen.clear()
    assert np.array_equal(attribution.cgi(late, images(x)), images(attribution.cgi(net, x)))
    late.seen.clear()
    with pytest.raises(ValueError, match=r"inputs of net must have shape \(batch, \*input_shape\), not \(\)"):
        network.inputs_of(late, 1.0)


def test_an_mlp_and_an_adapter_have_the_members_of_the_protocol(net):
    for protocol, kind in ((network.Network, ImageNetwork), (network.LayeredNetwork, LayeredImageNetwork)):
        members = [name for name, _ in inspect.getmembers(protocol) if not name.startswith("_")]
        assert len(members) >= 4
        for name in members:
            assert hasattr(net, name)
            assert hasattr(kind(net, SHAPE), name)
