"""Modules beyond the usual: unusual layers, modules that change themselves, branches, complex numbers."""

import warnings
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F  # noqa: E402, N812
from torch import nn  # noqa: E402
from torch.autograd import Function  # noqa: E402
from torch.nn.utils import parametrizations  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from cgi_theory.networks.randomization import cascading, layer_wise, towards_random  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from tests.networks.torch.zoo import agree, one_by_one  # noqa: E402


class Of(nn.Module):
    """A module of a function of itself and its inputs, and of parts."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)


def headed(*layers, labels=4):
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(labels))


def plain():
    return nn.Sequential(nn.Linear(4, 5), nn.Dropout(), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def traced():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(plain().eval(), torch.zeros(2, 4))


def weight_normed():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return nn.utils.weight_norm(nn.Linear(4, 3))


def attention(module, x):
    return module.last(module.heads(x, x[..., :6], x[..., :4], need_weights=False)[0].mean(1))


def heads():
    return nn.MultiheadAttention(8, 2, kdim=6, vdim=4, batch_first=True, add_bias_kv=True, dropout=0.4)


def encoder():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


def causal(module, x):
    return module.last(F.scaled_dot_product_attention(module.query(x), module.key(x), x, is_causal=True).mean(1))


def gradient_inside(module, x):
    return torch.func.vmap(torch.func.grad(lambda image: (module.last(image) ** 2).sum()))(x)


def fourier(module, x):
    return module.last(torch.fft.irfft(torch.fft.rfft(x) * module.weights[0], n=8))


def spectrum():
    return Of(fourier, weights=nn.ParameterList([torch.randn(5, dtype=torch.cfloat)]), last=nn.Linear(8, 3))


HELD_OUT = {
    "transposed": (lambda: headed(nn.ConvTranspose2d(2, 3, 3, stride=2), nn.Tanh()), (2, 4, 4)),
    "circular": (lambda: headed(nn.Conv2d(2, 4, 3, padding=1, padding_mode="circular"), nn.Mish()), (2, 5, 5)),
    "grouped, dilated": (lambda: headed(nn.Conv1d(4, 8, 3, groups=2, dilation=2), nn.CELU()), (4, 9)),
    "adaptive maxima": (lambda: headed(nn.Conv2d(2, 4, 3), nn.AdaptiveMaxPool2d(2), nn.Dropout2d(1.0)), (2, 8, 8)),
    "power pool": (lambda: headed(nn.Conv2d(2, 4, 3), nn.LPPool2d(2, 2), nn.LocalResponseNorm(2)), (2, 8, 8)),
    "volumes": (lambda: headed(nn.Conv3d(1, 3, 2), nn.AvgPool3d(2), nn.Hardswish()), (1, 5, 5, 5)),
    "norms": (lambda: headed(nn.BatchNorm2d(2, affine=False), nn.InstanceNorm2d(2, track_running_stats=True)), (2, 6, 6)),
    "root mean square": (lambda: nn.Sequential(nn.Linear(6, 8), nn.RMSNorm(8), nn.AlphaDropout(0.5), nn.Linear(8, 3)), (6,)),
    "upsampled": (lambda: headed(nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(2)), (4, 3, 3)),
    "attention": (lambda: Of(attention, heads=heads(), last=nn.Linear(8, 4)), (5, 8)),
    "encoder": (lambda: Of(lambda m, x: m.last(m.coder(x).mean(1)), coder=encoder(), last=nn.Linear(8, 4)), (5, 8)),
    "causal": (lambda: Of(causal, query=nn.Linear(8, 8), key=nn.Linear(8, 8), last=nn.Linear(8, 4)), (5, 8)),
    "two ways": (
        lambda: Of(
            lambda m, x: m.last(m.memory(x)[0][:, -1]),
            memory=nn.LSTM(4, 5, 2, batch_first=True, bidirectional=True, dropout=0.3),
            last=nn.Linear(10, 4),
        ),
        (6, 4),
    ),
    "time first": (
        lambda: Of(lambda m, x: m.last(m.memory(x.transpose(0, 1))[0][-1]), memory=nn.RNN(4, 5), last=nn.Linear(5, 4)),
        (6, 4),
    ),
    "bilinear": (lambda: Of(lambda m, x: m.pair(x, x), pair=nn.Bilinear(4, 4, 5)), (4,)),
    "nested": (
        lambda: Of(
            lambda m, x: sum(layer(x) for layers in m.lists for layer in layers),
            lists=nn.ModuleList([nn.ModuleList([nn.Linear(4, 3), nn.Linear(4, 3)]), nn.ModuleList([nn.Linear(4, 3)])]),
        ),
        (4,),
    ),
    "tied": (lambda: Of(lambda m, x: F.linear(m.layer(x).relu(), m.layer.weight.t()), layer=nn.Linear(4, 6)), (4,)),
    "sparse": (lambda: Of(lambda m, x: torch.sparse.mm(m.weights, x.T).T, weights=nn.Buffer(torch.eye(4).to_sparse())), (4,)),
    "fourier": (spectrum, (8,)),
    "spectral norm": (lambda: nn.Sequential(parametrizations.spectral_norm(nn.Linear(4, 5)), nn.Linear(5, 3)), (4,)),
    "weight norm": (lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(4, 5)), nn.Linear(5, 3)), (4,)),
    "weight norm by a hook": (weight_normed, (4,)),
    "checkpoint": (lambda: Of(lambda m, x: checkpoint(m.layers, x, use_reentrant=False), layers=plain()), (4,)),
    "gradient inside": (lambda: Of(gradient_inside, last=nn.Linear(4, 3)), (4,)),
    "symbolic": (lambda: torch.fx.symbolic_trace(plain()), (4,)),
    "traced": (traced, (4,)),
    "compiled": (lambda: torch.compile(plain(), backend="eager"), (4,)),
}


def held_out(name):
    """Return a module in float64, in training mode, and three inputs."""
    kind, shape = HELD_OUT[name]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(7)
        module = kind().double()
        module(torch.randn(6, *shape, dtype=torch.float64))
        return module, torch.randn(3, *shape, dtype=torch.float64)


@pytest.mark.parametrize("name", HELD_OUT)
def test_gradients_are_those_of_each_label_by_itself(name):
    module, x = held_out(name)
    training = [part.training for part in module.modules()]
    numbers = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    found = [TorchNetwork(module, label_block=block).input_gradients(x) for block in (None, 2)]
    logits = TorchNetwork(module).logits(x)
    assert [part.training for part in module.modules()] == training
    for key, tensor in module.state_dict().items():
        assert torch.equal(tensor.to_dense(), numbers[key].to_dense()), key
    for part in module.modules():
        part.training = False
    expected = one_by_one(module, x, range(logits.shape[1]))
    for gradients in found:
        assert agree(gradients, expected, 1e-12)
    assert agree(logits, module(x).detach().numpy(), 1e-12)


class Remembering(nn.Module):
    """Begins each pass from where the last one ended."""

    def __init__(self):
        super().__init__()
        self.memory, self.last, self.state = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 3), None

    def forward(self, x):
        state = x.new_zeros(1, 1, 5) if self.state is None else self.state.mean(dim=1, keepdim=True)
        found, self.state = self.memory(x, state.expand(1, len(x), 5).contiguous())
        return self.last(found[:, -1])


def test_state_that_a_pass_leaves_is_not_carried_from_block_to_block():
    module, x = Remembering().double(), torch.linspace(-1.0, 1.0, 72, dtype=torch.float64).reshape(3, 6, 4)
    found = [TorchNetwork(module, label_block=block).input_gradients(x) for block in (1, 2, 100)]
    for gradients in found[1:]:
        assert agree(gradients, found[0], 1e-12)
    assert module.state is None
    module(x)
    carried = one_by_one(module, x, range(3))
    assert not agree(carried, found[0], 1e-3), "a plain loop carries it"


class Changing(nn.Module):
    """Replaces a buffer, changes another unseen, holds its weights to a norm, and counts in a dict of arrays."""

    mean: Any

    def __init__(self):
        super().__init__()
        self.linear, self.counts = nn.Linear(4, 3), {"calls": np.zeros(3)}
        self.register_buffer("mean", torch.zeros(4))
        self.register_buffer("steps", torch.zeros(2))

    def forward(self, x):
        self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        self.steps.data.add_(1.0)
        self.counts["calls"] = self.counts["calls"] + 1.0
        self.linear.weight.data = torch.renorm(self.linear.weight.data, 2, 0, 0.1)
        return self.linear(x - self.mean)


@pytest.mark.parametrize("call", ["logits", "input_gradients"])
def test_modules_that_change_themselves_are_as_they_were(call):
    module = Changing()
    objects = [*module.buffers(), *module.parameters(), module.counts["calls"]]
    numbers = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    place = module.linear.weight.data_ptr()

    def changed():
        state = module.state_dict()
        return {name for name in numbers if not torch.equal(state[name], numbers[name])}

    getattr(TorchNetwork(module), call)(np.ones((2, 4)))
    assert changed() == set()
    assert module.linear.weight.data_ptr() == place
    now = [*module.buffers(), *module.parameters(), module.counts["calls"]]
    assert all(one is other for one, other in zip(objects, now, strict=True))
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())
    module(torch.ones(2, 4))
    assert changed() == {"mean", "steps", "linear.weight"}, "a plain pass changes them"


class Doubled(Function):
    """A function that hands no gradient on."""

    @staticmethod
    def forward(ctx, x):
        return 2.0 * x

    @staticmethod
    def backward(ctx, *gradients):
        return None


@pytest.mark.parametrize(
    "function",
    [
        lambda m, x: m.linear(x.detach().requires_grad_()),
        lambda m, x: m.linear(nn.Parameter(x.data)),
        lambda m, x: m.linear(Doubled.apply(x)),
        lambda m, x: m.linear(x.detach()) * m.free,
        lambda m, x: (torch.set_grad_enabled(False), m.linear(x))[1],
    ],
)
def test_logits_with_a_gradient_of_something_else_are_refused(function):
    module = Of(function, linear=nn.Linear(4, 3), free=torch.ones(3, requires_grad=True))
    with pytest.raises(ValueError, match=r"^module must pass gradients from its logits to its input"):
        TorchNetwork(module).input_gradients(np.ones((2, 4)))
    assert torch.is_grad_enabled()


def test_modules_made_in_inference_mode_are_refused():
    with torch.inference_mode():
        module = plain()
    with pytest.raises(ValueError, match=r"^module must be one that autograd takes"):
        TorchNetwork(module)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (traced, "consist of parts in Python to have layers: '' is"),
        (lambda: torch.compile(plain(), backend="eager"), "consist of parts in Python to have layers: '' is"),
        (lambda: Of(lambda m, x: (m.linear(x),), linear=nn.Linear(4, 3)), "return a tensor"),
    ],
)
def test_modules_whose_layers_are_not_to_be_seen_say_so(make, words):
    with pytest.raises(ValueError, match=f"^module must {words}"):
        _ = TorchNetwork(make(), input_shape=(4,)).layer_names


def test_the_caller_s_default_device_does_not_matter():
    module = plain()
    expected = TorchNetwork(module).input_gradients(np.ones((2, 4)))
    torch.set_default_device("meta")
    try:
        net = TorchNetwork(module, input_shape=(4,))
        assert net.n_labels == 3
        assert np.array_equal(net.input_gradients(np.ones((2, 4))), expected)
        assert net.layer_names == ("0", "2", "4")
    finally:
        torch.set_default_device(None)


def test_layers_of_complex_numbers_are_randomised():
    module, x = spectrum(), np.ones((2, 8))
    net = TorchNetwork(module, input_shape=(8,))
    assert net.layer_names == ("last", "weights")
    trained = module.weights[0].detach()
    permuted, gaussian = (cascading(net, 2, seed=0, method=method) for method in ("permute", "gaussian"))
    assert sorted(permuted.module.weights[0].tolist(), key=repr) == sorted(trained.tolist(), key=repr)
    drawn = gaussian.module.weights[0].detach()
    assert not torch.isclose(drawn.imag, trained.imag).any()
    between = towards_random(net, 0.25, seed=0, method="gaussian").module.weights[0]
    assert torch.allclose(between, 0.75 * trained + 0.25 * drawn)
    assert not np.array_equal(permuted.logits(x), net.logits(x))
    with pytest.raises(ValueError, match=r"^layer 'weights' \(ParameterList\) cannot be made as before training"):
        layer_wise(net, "weights", seed=0)


class Anew(nn.Module):
    """Resets itself in ways of its own: by .data, and by other tensors."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 3))
        self.register_buffer("replaced", torch.ones(3))
        self.register_buffer("unseen", torch.ones(3))
        self.register_buffer("kept", torch.ones(3))

    def reset_parameters(self):
        self.weight = nn.Parameter(torch.rand(4, 3))
        self.replaced = torch.ones(3)
        self.unseen.data.zero_()

    def forward(self, x):
        return x @ self.weight + self.replaced + self.unseen + self.kept


def test_what_a_layer_resets_by_other_tensors_is_reset():
    net = TorchNetwork(nn.Sequential(Anew()), input_shape=(4,))
    weight = net.module[0].weight
    found = layer_wise(net, "0", seed=0)
    assert found.reset == ("0.weight", "0.replaced", "0.unseen")
    assert (found.module[0].weight < 1.0).all()
    assert (found.module[0].replaced == 1.0).all(), "the same numbers, reset all the same"
    assert (found.module[0].unseen == 0.0).all()
    assert (found.module[0].kept == 1.0).all()
    assert net.module[0].weight is weight
    assert (weight == 1.0).all()


INITIAL = {
    "transposed": (lambda: nn.ConvTranspose2d(8, 64, 5), lambda part, x: part(x).flatten(1), (8, 3, 3)),
    "bilinear": (lambda: nn.Bilinear(20, 20, 30), lambda part, x: part(x, x), (20,)),
    "memory": (lambda: nn.LSTM(20, 50, batch_first=True), lambda part, x: part(x)[0][:, -1], (4, 20)),
    "attention": (lambda: nn.MultiheadAttention(40, 4, batch_first=True), lambda part, x: part(x, x, x)[0].mean(1), (3, 40)),
    "embedding": (lambda: nn.Embedding(60, 50), lambda part, x: x @ part.weight, (60,)),
}


@pytest.mark.parametrize("name", INITIAL)
def test_initial_layers_have_the_moments_of_new_ones(name):
    make, function, shape = INITIAL[name]
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(3)
        fresh = [dict(make().named_parameters(recurse=False)) for _ in range(30)]
        trained = make()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.mul_(3.0).add_(1.0)
    net = TorchNetwork(Of(lambda m, x: function(m.part, x), part=trained), input_shape=shape)
    found = layer_wise(net, "part", seed=5)
    for key, parameter in found.module.part.named_parameters(recurse=False):
        drawn = parameter.detach().flatten().double()
        every = torch.stack([one[key].detach() for one in fresh]).flatten().double()
        spread, count = every.std(correction=0), len(drawn)
        if spread == 0.0:
            assert (drawn == every[0]).all()
            continue
        excess = ((every - every.mean()) ** 4).mean() / spread**4 - 1.0
        errors = 4.0 * spread / count**0.5, 4.0 * (excess / count) ** 0.5
        assert abs(drawn.mean() - every.mean()) < errors[0]
        assert abs(drawn.var(correction=0) / spread**2 - 1.0) < errors[1]
        assert abs(3.0 * drawn.std() / spread - 1.0) > 0.5, "what was trained is three times as wide"


def branches(part):
    """Return a module in which one tensor goes into two parts, and one ReLU is called in both."""

    def forward(m, x):
        both = torch.cat([m.relu(m.left(x)), m.relu(m.right(x)), x], dim=1)
        return m.last(torch.cat([m.relu(both), both], dim=1))

    parts = {"left": nn.Linear(6, 4, bias=False), "right": nn.Linear(6, 5, bias=False)}
    return Of(forward, relu=part, last=nn.Linear(30, 3, bias=False), **parts).double()


@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("rule", ["z", "epsilon"])
def test_relevance_of_branches_is_gradient_times_input_without_biases(rule, inplace):
    methods = pytest.importorskip("cgi_theory.networks.torch.attribution", exc_type=ImportError)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(2)
        module, x = branches(nn.ReLU()), torch.randn(4, 6, dtype=torch.float64)
    if inplace:
        module.function = lambda m, x: m.last(torch.cat([m.left(x), m.relu(m.right(x)), x, x, x[:, :3], x], dim=1))
        module.relu, module.last = nn.ReLU(inplace=True), nn.Linear(30, 3, bias=False).double()
    net = TorchNetwork(module)
    expected = net.input_gradients(x) * x.numpy()[:, None]
    assert agree(methods.lrp(net, x, rule=rule, epsilon=1e-12), expected, 1e-9)
    raised = methods.lrp(net, x, rule="gamma", gamma=0.5)
    assert not agree(raised, expected, 1e-2)
