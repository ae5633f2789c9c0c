"""Layers of modules, and modules with some of them at random."""

import copy
import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cgi_theory.networks.randomization import cascading, layer_wise, towards_random  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from tests.networks.torch.zoo import ZOO, Attention, Shared, made  # noqa: E402

METHODS = ("initial", "permute", "gaussian")
NAMES = {
    "dense": ("0", "3"),
    "residual": ("0", "2.conv", "2.norm", "5"),
    "layer norm": ("0", "1", "3"),
    "group norm": ("0", "1", "2", "5"),
    "instance norm": ("0", "5"),
    "shared": ("twice", "first", "last"),
    "attention": (
        *("encoder.self_attn", "encoder.self_attn.out_proj", "encoder.norm1"),
        *("encoder.linear1", "encoder.linear2", "encoder.norm2", "head"),
    ),
    "recurrent": ("gru", "head"),
}


def net_of(name):
    return TorchNetwork(made(name)[0], input_shape=ZOO[name][1])


def numbers(net):
    return {name: tensor.detach().clone() for name, tensor in net.module.state_dict(keep_vars=True).items()}


def changed(one, other):
    return {name for name in one if not torch.equal(one[name], other[name])}


def own(net, layer):
    """Return the names of what a layer owns itself."""
    part = net.module.get_submodule(layer)
    names = [*dict(part.named_parameters(recurse=False)), *dict(part.named_buffers(recurse=False))]
    return {f"{layer}.{name}" for name in names}


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_in_the_order_of_the_forward_pass(name):
    assert net_of(name).layer_names == NAMES[name]


class Backwards(nn.Module):
    """Parts defined in another order than that of their calls; one used by its weight alone, one not at all, one in a part."""

    def __init__(self):
        super().__init__()
        self.head, self.unused, self.weighed = nn.Linear(5, 3), nn.Linear(5, 5), nn.Linear(5, 5)
        self.body = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5, affine=False))
        self.scale = nn.Parameter(torch.tensor([2.0]))

    def forward(self, x):
        return self.head(nn.functional.linear(self.body(x), self.weighed.weight)) * self.scale


def test_what_is_used_is_a_layer_and_what_is_not_is_none():
    net = TorchNetwork(Backwards(), input_shape=(4,))
    assert net.layer_names == ("", "body.0", "body.1", "head", "weighed")


class Again(nn.Module):
    def __init__(self):
        super().__init__()
        self.last, self.middle, self.first = nn.Linear(4, 3), nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.last(self.first(self.middle(self.first(x))))


def test_a_layer_has_the_place_of_its_first_call():
    assert TorchNetwork(Again(), input_shape=(4,)).layer_names == ("first", "middle", "last")


class Complex(nn.Module):
    """A filter by a spectrum of complex numbers."""

    def __init__(self):
        super().__init__()
        self.spectrum = nn.Parameter(torch.complex(torch.linspace(1.0, 2.0, 50), 10.0 * torch.linspace(0.0, 1.0, 50) ** 2))

    def forward(self, x):
        return torch.fft.irfft(torch.fft.rfft(x)[:, :50] * self.spectrum)[:, :5]


def test_complex_numbers_are_parameters_too():
    net = TorchNetwork(nn.Sequential(Complex()), input_shape=(98,))
    own = net.module[0].spectrum.detach()
    assert net.layer_names == ("0",)
    permuted, gaussian = (layer_wise(net, "0", seed=1, method=method) for method in ("permute", "gaussian"))
    found = permuted.module[0].spectrum.detach()
    assert sorted(found.real.tolist()) == own.real.tolist() != found.real.tolist()
    drawn = gaussian.module[0].spectrum.detach()
    assert abs(float(drawn.imag.std() / own.imag.std()) - 1.0) < 0.4
    assert abs(float(drawn.real.std() / own.real.std()) - 1.0) < 0.4
    half = net.towards(permuted, 0.5).module[0].spectrum.detach()
    assert torch.allclose(half, (own + found) / 2.0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NAMES)
def test_a_layer_alone_changes_and_the_network_does_not(name, method):
    net = net_of(name)
    before = numbers(net)
    for layer in net.layer_names:
        found = layer_wise(net, layer, seed=1, method=method)
        assert changed(before, numbers(found)) <= set(found.reset) | {"last.weight"}, "shared with first.weight"
        assert set(found.reset) <= own(net, layer) | ({"first.weight"} if layer == "last" else set())
        assert any("weight" in name for name in found.reset)
    assert changed(before, numbers(net)) == set()


@pytest.mark.parametrize("method", METHODS)
def test_cascades_give_a_layer_what_it_gets_by_itself(method):
    for name in ("residual", "attention", "shared"):
        net = net_of(name)
        layers = net.layer_names
        for depth, direction in itertools.product(range(len(layers) + 1), ("top_down", "bottom_up")):
            found = cascading(net, depth, seed=1, method=method, direction=direction)
            reset = layers[len(layers) - depth :] if direction == "top_down" else layers[:depth]
            expected = numbers(net)
            for layer in reset:
                alone = layer_wise(net, layer, seed=1, method=method)
                one = numbers(alone)
                expected.update({name: one[name] for name in alone.reset})
                expected.update({"last.weight": expected["first.weight"]} if name == "shared" else {})
            assert changed(expected, numbers(found)) == set()


@pytest.mark.parametrize("method", METHODS)
def test_seeds_and_layers_have_streams_of_their_own(method):
    module = nn.Sequential(nn.Linear(30, 30), nn.Linear(30, 30)).double()
    with torch.no_grad():
        module[1].weight.copy_(module[0].weight)
    net = TorchNetwork(module, input_shape=(30,))
    drawn = [cascading(net, 2, seed=seed, method=method).module[layer].weight for seed in (1, 2) for layer in (0, 1)]
    for one, other in itertools.combinations(drawn, 2):
        assert torch.isclose(one, other).double().mean() < 0.01
    again = cascading(net, 2, seed=1, method=method).module[0].weight
    assert torch.equal(again, drawn[0])


def test_the_caller_s_random_numbers_do_not_matter_and_go_on():
    net = net_of("residual")
    torch.manual_seed(5)
    one = numbers(layer_wise(net, "0", seed=1))
    after = torch.rand(())
    torch.manual_seed(5)
    assert torch.equal(torch.rand(()), after)
    assert changed(one, numbers(layer_wise(net, "0", seed=1))) == set()


def test_the_three_methods_draw_what_they_say():
    module = nn.Sequential(nn.Linear(100, 200), nn.BatchNorm1d(200), nn.Linear(200, 3)).double()
    with torch.no_grad():
        module[0].weight.mul_(7.0).add_(3.0)
        module[1].running_mean.fill_(2.0)
        module[1].weight.copy_(torch.linspace(0.5, 1.5, 200))
    net = TorchNetwork(module, input_shape=(100,))
    initial, permuted, gaussian = (cascading(net, 3, seed=2, method=method) for method in METHODS)
    trained = module[0].weight.detach().flatten()
    assert torch.equal(permuted.module[0].weight.flatten().sort().values, trained.sort().values)
    drawn = gaussian.module[0].weight.detach().flatten()
    error = float(trained.std()) / len(trained) ** 0.5
    assert abs(float(drawn.mean() - trained.mean())) < 4.0 * error < 0.02 * float(trained.mean())
    assert abs(float(drawn.std() / trained.std()) - 1.0) < 4.0 / (2.0 * len(trained)) ** 0.5 < 0.03
    bound = 1.0 / 100**0.5  # PyTorch's own: uniform within 1/√fan_in
    fresh = initial.module[0].weight.detach()
    assert 0.99 * bound < float(fresh.abs().max()) <= bound
    assert abs(float(fresh.var()) / (bound**2 / 3.0) - 1.0) < 4.0 * (0.8 / fresh.numel()) ** 0.5 < 0.03
    assert (initial.module[1].running_mean == 0.0).all()
    assert (initial.module[1].weight == 1.0).all()
    assert "1.running_mean" in initial.reset
    for other in (permuted, gaussian):
        assert (other.module[1].running_mean == 2.0).all(), "running statistics stay"
        assert not any("running" in name for name in other.reset)


def test_initial_is_what_pytorch_draws_from_the_same_stream():
    net = net_of("recurrent")
    found = layer_wise(net, "gru", seed=3)
    assert sorted(found.reset) == sorted(f"gru.{name}" for name, _ in net.module.gru.named_parameters())
    assert all(float(parameter.detach().abs().max()) <= 1.0 / 6**0.5 for parameter in found.module.gru.parameters())


def test_attention_is_reset_as_it_resets_itself():
    net = TorchNetwork(Attention(), input_shape=(5, 8))
    found = layer_wise(net, "encoder.self_attn", seed=1)
    assert found.reset == ("encoder.self_attn.in_proj_weight", "encoder.self_attn.in_proj_bias")
    assert (found.module.encoder.self_attn.in_proj_bias == 0.0).all()


def test_shared_weights_stay_shared():
    net = TorchNetwork(Shared(), input_shape=(6,))
    one, other = (layer_wise(net, name, seed=1) for name in ("first", "last"))
    for found in (one, other):
        assert found.module.first.weight is found.module.last.weight
    assert torch.equal(one.module.first.weight, other.module.first.weight)
    assert torch.equal(other.module.first.bias, net.module.first.bias)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_types_stay(dtype):
    module, x = made("residual", dtype)
    for method in METHODS:
        found = cascading(TorchNetwork(module, input_shape=tuple(x.shape[1:])), 4, seed=0, method=method)
        assert {parameter.dtype for parameter in found.module.parameters()} == {dtype}
        assert np.isfinite(found.logits(x)).all()


def test_towards_random_is_a_straight_line_between_two_networks():
    net, (_, x) = net_of("residual"), made("residual")
    start, end = numbers(net), numbers(cascading(net, 4, seed=1))
    for fraction in (0.0, 0.25, 1.0):
        found = towards_random(net, fraction, seed=1)
        for name, tensor in numbers(found).items():
            if tensor.is_floating_point():
                assert torch.allclose(tensor, (1.0 - fraction) * start[name] + fraction * end[name], rtol=1e-12, atol=1e-14)
    assert np.array_equal(towards_random(net, 0.0, seed=1).logits(x), net.logits(x))
    assert np.array_equal(towards_random(net, 1.0, seed=1).logits(x), cascading(net, 4, seed=1).logits(x))


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.scale = nn.Linear(4, 3), nn.Parameter(torch.ones(3))

    def forward(self, x):
        return self.linear(x) * self.scale


class Half(nn.Linear):
    def reset_parameters(self):
        nn.init.zeros_(self.weight)


def test_what_cannot_be_as_before_training_says_so():
    scaled = TorchNetwork(nn.Sequential(Scaled()), input_shape=(4,))
    with pytest.raises(ValueError, match=r"^layer '0' \(Scaled\) cannot be made as before training: it has no reset_parameters"):
        layer_wise(scaled, "0", seed=0)
    assert layer_wise(scaled, "0.linear", seed=0).reset == ("0.linear.weight", "0.linear.bias")
    assert layer_wise(scaled, "0", seed=0, method="permute").reset == ("0.scale",)
    with pytest.raises(ValueError, match=r"^layer '0' \(Half\) .* its reset_parameters leaves parameters as they were"):
        layer_wise(TorchNetwork(nn.Sequential(Half(4, 3)), input_shape=(4,)), "0", seed=0)
    weighed = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)))
    with pytest.raises(ValueError, match=r"^layer '0' .* it has no reset_parameters of its own numbers"):
        layer_wise(TorchNetwork(weighed, input_shape=(4,)), "0", seed=0)


def test_arguments_are_checked():
    net = net_of("dense")
    with pytest.raises(ValueError, match=r"^layers must be of layer_names, not '7'"):
        net.with_random_layers(("7",), seed=0, method="initial")
    with pytest.raises(TypeError, match=r"^layers must be a collection of names, not '0'"):
        net.with_random_layers("0", seed=0, method="initial")
    with pytest.raises(ValueError, match=r"^method must be one of"):
        net.with_random_layers(("0",), seed=0, method="zero")
    with pytest.raises(ValueError, match=r"^seed must be from 0"):
        net.with_random_layers(("0",), seed=-1, method="initial")
    with pytest.raises(ValueError, match=r"^fraction must be from 0 to 1"):
        net.towards(net, 1.5)
    with pytest.raises(TypeError, match=r"^other must be a TorchNetwork"):
        net.towards(net.module, 0.5)
    with pytest.raises(ValueError, match=r"^other must have parameters and buffers of the same names and shapes"):
        net.towards(net_of("residual"), 0.5)
    with pytest.raises(ValueError, match=r"^input_shape must be given"):
        _ = TorchNetwork(made("dense")[0]).layer_names


def test_modules_that_cannot_be_copied_say_so():
    module = made("dense")[0]
    module.open = (number for number in range(3))
    net = TorchNetwork(module, input_shape=(9,))
    with pytest.raises(ValueError, match=r"^module must be one that can be copied: \"cannot pickle 'generator' object"):
        layer_wise(net, "0", seed=0)


def test_copies_are_of_the_network_s_own_kind():
    class Named(TorchNetwork):
        name = "mine"

    net = Named(made("dense")[0], input_shape=(9,))
    assert layer_wise(net, "0", seed=0).name == net.towards(net, 0.5).name == "mine"
    assert net.reset == ()


def test_copies_know_what_the_network_knew():
    net = net_of("dense")
    net.label_block = 3
    found = layer_wise(net, "0", seed=0)
    assert (found.label_block, found.input_shape, found.layer_names) == (3, (9,), ("0", "3"))
    assert copy.deepcopy(found).reset == ("0.weight", "0.bias")
