import copy
import io
import pickle
import zipfile

import numpy as np
import pytest

from cgi_theory.networks import MLP
from tests import naive


def random_net(sizes, seed, biases=True):
    rng = np.random.default_rng(seed)
    net = MLP.random(sizes, seed=seed)
    return MLP.from_arrays(net.weights, [rng.standard_normal(size) for size in sizes[1:]] if biases else None)


@pytest.fixture
def net():
    return random_net((9, 7, 6, 4), seed=1)


@pytest.fixture
def x():
    return np.random.default_rng(2).standard_normal((5, 9))


def test_logits_and_gradients_are_those_of_the_definitions(net, x):
    logits, gradients = net.logits(x), net.input_gradients(x)
    assert gradients.shape == (5, 4, 9)
    for i, image in enumerate(x):
        assert logits[i] == pytest.approx(naive.network_logits(net.weights, net.biases, image), rel=1e-12)
        for label in range(4):
            expected = naive.network_gradient(net.weights, net.biases, image, label)
            assert gradients[i, label] == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_gradients_are_central_differences(net, x):
    step = 1e-6
    for pixel in range(9):
        move = np.zeros(9)
        move[pixel] = step
        slope = (net.logits(x + move) - net.logits(x - move)) / (2.0 * step)
        assert net.input_gradients(x)[:, :, pixel] == pytest.approx(slope, abs=1e-8)


def test_the_predicted_label_has_the_highest_logit_and_is_the_first_of_several(net, x):
    predicted = net.predicted_labels(x)
    for logits, label in zip(net.logits(x).tolist(), predicted, strict=True):
        assert logits[label] == max(logits)
    assert len(set(predicted.tolist())) > 1
    assert np.array_equal(net.chosen_labels(x), predicted)
    assert net.chosen_labels(x, [0] * len(x)).tolist() == [0] * len(x)
    alike = MLP.from_arrays([[[1.0, 2.0, 2.0]]])
    assert alike.predicted_labels([[1.0], [-1.0], [0.0]]).tolist() == [1, 0, 0]
    assert alike.predicted_labels(np.zeros((0, 1))).tolist() == []


@pytest.mark.parametrize("sizes", [(9, 4), (9, 30, 4), (9, 20, 20, 20, 20, 20, 20, 4), (9, 1, 4), (1, 3, 1)])
def test_lemma_1_and_homogeneity_without_biases(sizes):
    net = random_net(sizes, seed=3, biases=False)
    x = np.random.default_rng(4).standard_normal((50, sizes[0]))
    logits = net.logits(x)
    size = np.abs(net.input_gradients(x) * x[:, None, :]).sum(axis=2).max()
    assert (net.input_gradients(x) * x[:, None, :]).sum(axis=2) == pytest.approx(logits, abs=1e-12 * size)
    for t in (0.0, 1e-3, 7.0):
        assert net.logits(t * x) == pytest.approx(t * logits, abs=1e-12 * (1.0 + t) * size)


def test_biases_break_lemma_1(net, x):
    gap = (net.input_gradients(x) * x[:, None, :]).sum(axis=2) - net.logits(x)
    assert np.abs(gap).max() > 0.1
    assert np.abs(net.logits(2.0 * x) - 2.0 * net.logits(x)).max() > 0.1


def test_at_a_kink_the_derivative_is_zero():
    net = MLP.from_arrays([[[1.0, 1.0]], [[3.0], [5.0]]], [[0.0, 1.0], [0.0]])
    assert net.input_gradients([[0.0]]).tolist() == [[[5.0]]]
    assert net.input_gradients([[1e-300]]).tolist() == [[[8.0]]]
    assert net.input_gradients([[-1.0]]).tolist() == [[[0.0]]]  # the second unit's kink


def test_a_net_without_hidden_layers_is_linear(x):
    net = random_net((9, 4), seed=1)
    assert net.input_gradients(x) == pytest.approx(np.broadcast_to(net.weights[0].T, (5, 4, 9)))


def test_equal_layers_get_different_weights():
    net = MLP.random((20, 20, 20, 20), seed=5)
    first, second, third = net.weights
    assert not np.isclose(first, second).any()
    assert not np.isclose(second, third).any()
    assert np.array_equal(first, MLP.random((20, 20), seed=5).weights[0])
    for other in (6, 5 + 2**32, 5 + 2**33):  # a seed beyond 32 bits is no seed and layer of others
        assert not any(np.isclose(one, two).any() for one in net.weights for two in MLP.random((20,) * 4, seed=other).weights)
    large = MLP.random((400, 500), seed=1).weights[0]
    assert abs(large.std() - np.sqrt(2.0 / 400)) < 4.0 * np.sqrt(2.0 / 400) / np.sqrt(2 * large.size)


def test_a_net_cannot_be_changed(net):
    for array in (*net.weights, *net.biases):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    mine = np.ones((2, 2))
    kept = MLP.from_arrays([mine])
    mine[0, 0] = 5.0
    assert kept.weights[0][0, 0] == 1.0
    assert not kept.has_biases
    assert net.has_biases
    assert net.sizes == (9, 7, 6, 4)


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), lambda net: pickle.loads(pickle.dumps(net, 2))],
)
def test_a_copy_cannot_be_changed_either(net, copied):
    again = copied(net)
    for ours, theirs in zip((*net.weights, *net.biases), (*again.weights, *again.biases), strict=True):
        assert np.array_equal(ours, theirs)
        assert not theirs.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            theirs[...] = 1.0
    assert type(again) is MLP


def test_a_pickled_network_that_is_none_is_refused(net):
    broken = pickle.dumps(MLP((np.full((2, 2), np.nan),), (np.zeros(2),)))
    with pytest.raises(ValueError, match=r"weights\[0\] must be finite"):
        pickle.loads(broken)


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ([], None, "weights must have from 1"),
        (3, None, "weights must be a sequence of arrays, one for each layer, not 3"),
        ([np.ones((3, 2))], 3, "biases must be a sequence of arrays, one for each layer, not 3"),
        ([[[1.0, 2.0], [3.0]]], None, r"weights\[0\] must have one length along each axis"),
        ([np.ma.masked_array([[1.0]])], None, r"weights\[0\] must not be a masked array"),
        ([[[10**400]]], None, r"weights\[0\] must hold real numbers, not object"),
        ([np.ones(3)], None, r"weights\[0\] must have shape \(fan_in, fan_out\), not \(3,\)"),
        ([np.ones((3, 0))], None, r"weights\[0\] must have shape"),
        ([np.ones((3, 2)), np.ones((3, 2))], None, r"weights\[1\] must have 2 rows.*not 3"),
        ([np.full((3, 2), np.nan)], None, r"weights\[0\] must be finite"),
        ([[["a"]]], None, r"weights\[0\] must hold real numbers"),
        ([[[1j]]], None, r"weights\[0\] must hold real numbers"),
        ([np.ones((3, 2))], [], "biases must have one array for each layer"),
        ([np.ones((3, 2))], [np.ones(3)], r"biases\[0\] must have shape \(2,\), not \(3,\)"),
        ([np.ones((3, 2))], [[np.inf, 0.0]], r"biases\[0\] must be finite"),
    ],
)
def test_bad_arrays_are_named(weights, biases, message):
    with pytest.raises((TypeError, ValueError), match=message):
        MLP.from_arrays(weights, biases)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ones(9), r"x must have shape \(batch, 9\), not \(9,\)"),
        (np.ones((2, 8)), r"x must have shape \(batch, 9\), not \(2, 8\)"),
        (np.full((1, 9), np.nan), "x must be finite"),
        ([["a"] * 9], "x must hold real numbers"),
    ],
)
def test_bad_inputs_are_named(net, x, message):
    for method in (net.logits, net.input_gradients):
        with pytest.raises((TypeError, ValueError), match=message):
            method(x)


def test_a_file_keeps_every_bit(net, tmp_path):
    net.save(tmp_path / "net.npz")
    again = MLP.load(tmp_path / "net.npz")
    for ours, theirs in zip((*net.weights, *net.biases), (*again.weights, *again.biases), strict=True):
        assert np.array_equal(ours, theirs)
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]


def member(array, allow_pickle=False):
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asarray(array), version=(1, 0), allow_pickle=allow_pickle)
    return content.getvalue()


def huge():
    content = bytearray(member(np.ones((2, 2))))
    place = content.index(b"(2, 2)")
    content[place : place + 6] = b"(9**9,"
    return bytes(content)


def declared(shape):
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return content.getvalue() + b"\0" * 64


GOOD = {"weight_0.npy": member(np.ones((3, 2))), "bias_0.npy": member(np.zeros(2))}
BAD = {
    "no members": {},
    "another member": GOOD | {"more.npy": member(1.0)},
    "a missing bias": {"weight_0.npy": GOOD["weight_0.npy"]},
    "a wrong shape": GOOD | {"bias_0.npy": member(np.zeros(3))},
    "not a number": GOOD | {"bias_0.npy": member([np.nan, 0.0])},
    "single precision": GOOD | {"bias_0.npy": member(np.zeros(2, dtype=np.float32))},
    "an object": GOOD | {"bias_0.npy": member(np.array([{}, {}], dtype=object), allow_pickle=True)},
    "no array": GOOD | {"bias_0.npy": b"hello"},
    "cut short": GOOD | {"weight_0.npy": GOOD["weight_0.npy"][:-8]},
    "too long": GOOD | {"weight_0.npy": GOOD["weight_0.npy"] + b"\0"},
    "a huge array": GOOD | {"weight_0.npy": declared((10**6, 10**6))},
    "an expression": GOOD | {"weight_0.npy": huge()},
}


@pytest.mark.parametrize("name", BAD)
def test_a_foreign_file_is_refused_by_name(tmp_path, name):
    path = tmp_path / "net.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in BAD[name].items():
            archive.writestr(entry, content)
    with pytest.raises(ValueError, match=r"net\.npz is not a network's file"):
        MLP.load(path)


def test_a_damaged_or_missing_file(net, tmp_path):
    path = tmp_path / "net.npz"
    net.save(path)
    content = path.read_bytes()
    for spoiled in (b"", b"PK", content[: len(content) // 2], content[:100] + b"\xff" * 50 + content[150:]):
        path.write_bytes(spoiled)
        with pytest.raises(ValueError, match=r"net\.npz is not a network's file"):
            MLP.load(path)
    with pytest.raises(FileNotFoundError):
        MLP.load(tmp_path / "none.npz")


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((5,), r"sizes must have the units of the input and the labels at least, not \(5,\)"),
        (5, "sizes must be a sequence of whole numbers, not 5"),
        ((5, True), r"sizes\[1\] must be a whole number, not True"),
        ((5, 10**400), r"sizes\[1\] must be from 1 to 100000000, not 1000"),
        ((5, 0, 2), r"sizes\[1\] must be from 1 to"),
        ((5, 2.5), r"sizes\[1\] must be a whole number, not 2.5"),
        ((10**5, 10**5), "sizes must make at most 100000000 weights, not 10000000000"),
    ],
)
def test_bad_sizes_are_named_before_memory_is_taken(sizes, message):
    with pytest.raises((TypeError, ValueError), match=message):
        MLP.random(sizes, seed=0)
