"""Logits and input gradients of modules of all kinds, against autograd label by label."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cgi_theory.networks import attribution  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from tests.networks.torch.zoo import ZOO, agree, made, one_by_one  # noqa: E402


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("block", [None, 1, 4])
def test_gradients_are_those_of_each_label_by_itself(name, block):
    module, x = made(name)
    net = TorchNetwork(module, label_block=block)
    found, logits = net.input_gradients(x), net.logits(x)
    module.eval()
    expected = one_by_one(module, x, range(net.n_labels))
    assert found.dtype == logits.dtype == np.float64
    assert agree(found, expected, 1e-12)
    assert agree(logits, module(x).detach().numpy(), 1e-12)
    assert net.input_shape == x.shape[1:]


def test_training_mode_would_have_been_noticed():
    module, x = made("residual")
    found = TorchNetwork(module).input_gradients(x)
    assert not agree(found, one_by_one(module, x, range(6)), 0.01)


@pytest.mark.parametrize("name", ["dense", "residual", "attention"])
def test_float32_agrees_with_float64(name):
    module, x = made(name)
    exact = TorchNetwork(module).input_gradients(x)
    found = TorchNetwork(copy.deepcopy(module).float()).input_gradients(x)
    assert found.dtype == np.float32
    assert agree(found, exact, 1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["dense", "max pool", "layer norm"])
def test_half_precision_gives_float32(name, dtype):
    module, x = made(name)
    exact = TorchNetwork(module)
    net = TorchNetwork(copy.deepcopy(module).to(dtype))
    found = net.input_gradients(x)
    assert found.dtype == net.logits(x).dtype == net.inputs(x).dtype == np.float32
    assert agree(found, exact.input_gradients(x), 60 * torch.finfo(dtype).eps)
    assert np.array_equal(net.inputs(x), x.to(dtype).float().numpy()), "inputs are what the module sees"


@pytest.mark.parametrize("labels", [range(2, 5), [4, 0, 0], (1,), np.array([3, 1]), range(0)])
def test_labels_in_any_order(labels):
    module, x = made("dense")
    net = TorchNetwork(module)
    found = net.input_gradients(x, labels)
    assert found.shape == (3, len(labels), 9)
    assert np.array_equal(found, net.input_gradients(x)[:, list(labels)])


def test_inputs_of_all_kinds():
    module, x = made("dense")
    net = TorchNetwork(module)
    expected = net.input_gradients(x.numpy())
    for other in (x, x.clone().requires_grad_(), x * 1.0, x.numpy()[::1], x.tolist(), np.asfortranarray(x.numpy())):
        assert np.array_equal(net.input_gradients(other), expected)
    single = x.to(torch.bfloat16)
    assert np.array_equal(net.logits(single), net.logits(single.double().numpy()))
    whole = np.arange(18, dtype=np.uint8).reshape(2, 9)
    assert np.array_equal(net.logits(whole), net.logits(whole.astype(float)))
    assert np.array_equal(net.logits(torch.from_numpy(whole)), net.logits(whole.astype(float)))
    assert net.input_gradients(np.empty((0, 9))).shape == (0, 5, 9)


def test_what_the_caller_gives_is_not_changed():
    module = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 3)).double()
    x = -torch.ones(2, 4, dtype=torch.float64)
    TorchNetwork(module).logits(x)
    TorchNetwork(module).logits(x.numpy())
    TorchNetwork(module).inputs(x)[:] = 5.0
    assert (x == -1.0).all()


def test_the_caller_s_settings_do_not_matter():
    module, x = made("residual", torch.float32)
    net = TorchNetwork(module)
    expected = net.input_gradients(x), net.logits(x)
    for setting in (torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu", torch.bfloat16)):
        with setting():
            assert np.array_equal(net.input_gradients(x), expected[0])
            assert np.array_equal(net.logits(x), expected[1])


def test_labels_and_shape_are_known_after_the_first_input_or_from_its_shape():
    module, x = made("max pool")
    net = TorchNetwork(module)
    assert not hasattr(net, "n_labels")
    assert not hasattr(net, "input_shape")
    with pytest.raises(ValueError, match="input_shape must be given"):
        _ = net.n_labels
    net.input_gradients(x, [0])
    assert (net.n_labels, net.input_shape) == (6, (1, 10, 10))
    assert TorchNetwork(module, input_shape=(1, 10, 10)).n_labels == 6


def test_it_is_a_network_for_the_rest_of_the_package():
    module, x = made("average pool")
    net = TorchNetwork(module)
    maps = attribution.cgi(net, x)
    scores = one_by_one(module.eval(), x, range(6)) * x.numpy()[:, None]
    label = net.logits(x).argmax(axis=1)
    own = scores[np.arange(3), label]
    highest, lowest = scores.max(axis=1), scores.min(axis=1)
    expected = np.where(((own > 0) & (own >= highest)) | ((own < 0) & (own <= lowest)), own, 0.0)
    assert agree(maps, expected, 1e-12)


def test_a_module_without_parameters_computes_in_the_default_type():
    net = TorchNetwork(nn.Flatten())
    found = net.input_gradients(np.ones((1, 2, 2)))
    assert found.dtype == np.float32
    assert np.array_equal(found.reshape(4, 4), np.eye(4))
