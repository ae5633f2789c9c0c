"""AlexNet and VGG: their layers, what they learn on digits, and the files in which they are kept."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cgi_theory.networks.datasets import digits  # noqa: E402
from cgi_theory.networks.training import accuracy  # noqa: E402
from simulations.lab.modules import nets  # noqa: E402
from simulations.lab.modules.architectures import alexnet, vgg  # noqa: E402
from simulations.lab.nets import MEMORISING, TRAINED, of_architecture  # noqa: E402

# torchvision's vgg16 and vgg19: where convolutions stand among the features, and their channels.
PLACES = {
    16: (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
    19: (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34),
}
CHANNELS = {16: (64,) * 2 + (128,) * 2 + (256,) * 3 + (512,) * 6, 19: (64,) * 2 + (128,) * 2 + (256,) * 4 + (512,) * 8}


@pytest.mark.parametrize("depth", [16, 19])
def test_vgg_has_the_parameters_of_torchvision(depth):
    expected: dict[str, tuple[int, ...]] = {}
    before = 3
    for place, channels in zip(PLACES[depth], CHANNELS[depth], strict=True):
        expected |= {f"features.{place}.weight": (channels, before, 3, 3), f"features.{place}.bias": (channels,)}
        before = channels
    for place, shape in ((0, (4096, 25088)), (3, (4096, 4096)), (6, (1000, 4096))):
        expected |= {f"classifier.{place}.weight": shape, f"classifier.{place}.bias": shape[:1]}
    with torch.device("meta"):
        found = vgg(depth).state_dict()
    assert {name: tuple(value.shape) for name, value in found.items()} == expected
    assert list(found) == list(expected)


def test_vgg_of_photographs_and_of_digits_return_logits():
    for network, shape in (
        (vgg(16, width=0.02), (3, 224, 224)),
        (vgg(19, n_labels=10, channels=1, width=0.1, pooled=1, padding=2), (1, 28, 28)),
        (alexnet(width=0.1), (1, 28, 28)),
    ):
        with torch.no_grad():
            assert network.eval()(torch.zeros(2, *shape)).shape == (2, 1000 if shape[0] == 3 else 10)


def test_alexnet_has_five_convolutions_and_three_full_layers():
    layers = [(name, type(part).__name__) for name, part in alexnet(width=0.05).named_modules() if hasattr(part, "weight")]
    assert [name for name, kind in layers if kind == "Conv2d"] == [f"features.{place}" for place in (0, 3, 6, 8, 10)]
    assert [name for name, kind in layers if kind == "Linear"] == [f"classifier.{place}" for place in (1, 4, 6)]


@pytest.fixture(scope="module")
def data():
    found = digits(n_test=1000)
    return found.train_x[:600], found.train_labels[:600], found.test_x[:300], found.test_labels[:300]


def described(architecture, kind=TRAINED, **training):
    about = of_architecture(kind, architecture=architecture, quick=True)["networks"][kind]
    return {**about, "training": {**about["training"], **training}}


@pytest.fixture(scope="module")
def learned(data):
    about = {**described("alexnet", epochs=8, learning_rate=4e-3, batch_size=20), "width": 0.125, "dropout": 0.0}
    return about, nets.train(about, *data[:2], seed=3)


def test_a_trained_network_knows_digits_and_an_untrained_one_does_not(data, learned):
    x, labels, test_x, test_labels = data
    _, net = learned
    untrained = nets.train(described("alexnet", epochs=1, learning_rate=1e-9), x, labels, seed=3)
    assert accuracy(net, test_x, test_labels) > 0.6
    assert accuracy(untrained, test_x, test_labels) < 0.3
    assert net.input_shape == (784,)
    assert len(net.layer_names) == 8
    assert not net.module.training


def test_the_seed_decides_the_weights_and_nothing_else_does(data):
    x, labels, *_ = data
    about = described("vgg", epochs=1)
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    one = nets.train(about, x[:64], labels[:64], seed=0).module.state_dict()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads
    torch.manual_seed(6)
    again = nets.train(about, x[:64], labels[:64], seed=0).module.state_dict()
    other = nets.train(about, x[:64], labels[:64], seed=1).module.state_dict()
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["network.features.0.weight"], other["network.features.0.weight"])


def test_labels_can_be_learned_by_heart(data):
    x, labels, *_ = data
    shuffled = np.random.default_rng(0).permutation(labels[:60])
    about = described("alexnet", MEMORISING, epochs=60, learning_rate=2e-3, batch_size=20)
    net = nets.train(about, x[:60], shuffled, seed=0)
    assert accuracy(net, x[:60], shuffled) > 0.98


def test_a_network_that_was_kept_is_the_same(data, learned, tmp_path):
    about, net = learned
    x, labels, *_ = data
    path = nets.file_of(about, x, labels, 3, tmp_path)
    assert nets.kept(path, about, 784, 10) is None
    net.save(path)
    again = nets.kept(path, about, 784, 10)
    assert again is not None
    assert np.array_equal(again.logits(data[2]), net.logits(data[2]))
    assert nets.kept(path, described("vgg"), 784, 10) is None
    assert nets.kept(path, {**about, "width": 0.25}, 784, 10) is None
    whole = path.read_bytes()
    for damaged in (b"", b"nonsense", whole[:-100], whole[:200] + b"\0" * 50 + whole[250:]):
        path.write_bytes(damaged)
        assert nets.kept(path, about, 784, 10) is None


def test_files_are_named_by_all_that_makes_a_network(data, tmp_path):
    x, labels, *_ = data
    about = described("alexnet")
    names = {
        nets.file_of(about, images, labels, seed, tmp_path)
        for about, images, labels, seed in (
            (about, x, labels, 0),
            (about, x, labels, 1),
            (about, x[1:], labels, 0),
            (about, x, labels[::-1], 0),
            (described("vgg"), x, labels, 0),
            (described("alexnet", epochs=2), x, labels, 0),
        )
    }
    assert len(names) == 6
    assert nets.file_of({**about, "count": 7}, x, labels, 0, tmp_path) in names
