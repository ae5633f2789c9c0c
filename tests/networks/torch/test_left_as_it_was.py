"""What a call leaves of a module: all that it was, also after an error."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from torch import nn  # noqa: E402

from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from cgi_theory.networks.torch import attribution as methods  # noqa: E402
from tests.networks.torch.zoo import classifier, made  # noqa: E402


class Meddling(nn.Module):
    """Counts its calls in a buffer, remembers its input, draws a number, and can fail."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("replaced", torch.zeros(3))
        self.fails, self.last = False, None

    def forward(self, x):
        self.calls += 1.0
        self._buffers["replaced"] = self._buffers["replaced"] + 1.0
        self._buffers["added"] = torch.zeros(())
        self.last, self.new = x, torch.rand(())
        if self.fails and x.requires_grad:
            raise KeyError("the module's own")
        return x + 0.0 * self.new


@pytest.fixture
def module():
    """A network half in training mode, with hooks, a frozen parameter and gradients of its own."""
    found = classifier(nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), Meddling(), channels=4)
    found[1].eval()
    found[0].weight.requires_grad_(False)
    found[0].register_forward_hook(lambda part, inputs, output: None)
    found[6].weight.grad = torch.ones_like(found[6].weight)
    return found


X = torch.linspace(-1.0, 1.0, 2 * 2 * 6 * 6).reshape(2, 2, 6, 6)


def state(module):
    """Return all of a module that a call could change."""
    return {
        "numbers": {name: tensor.clone() for name, tensor in module.state_dict().items()},
        "versions": [parameter._version for parameter in module.parameters()],
        "places": [tensor.data_ptr() for tensor in (*module.parameters(), *module.buffers())],
        "training": [part.training for part in module.modules()],
        "wanted": [parameter.requires_grad for parameter in module.parameters()],
        "grads": [None if parameter.grad is None else parameter.grad.clone() for parameter in module.parameters()],
        "attributes": [sorted(vars(part)) for part in module.modules()],
        "hooks": [
            [list(getattr(part, kind).values()) for kind in sorted(vars(part)) if kind.endswith("hooks")]
            for part in module.modules()
        ],
        "last": [getattr(part, "last", None) for part in module.modules()],
        "random": torch.get_rng_state(),
    }


def same(one, other):
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other or one == other


CALLS = {
    "logits": lambda net: net.logits(X),
    "gradients": lambda net: net.input_gradients(X),
    "layers": lambda net: net.layer_names,
    "random layers": lambda net: net.with_random_layers(("0", "6"), seed=0, method="initial"),
    "towards": lambda net: net.towards(TorchNetwork(copy.deepcopy(net.module)), 0.3),
    "integrated gradients": lambda net: methods.integrated_gradients(net, X, n_steps=2),
    "deeplift": lambda net: methods.deeplift(net, X),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_leaves_the_module_as_it_was(module, name):
    net, before = TorchNetwork(module, input_shape=(2, 6, 6)), state(module)
    CALLS[name](net)
    after = state(module)
    assert [key for key in before if not same(before[key], after[key])] == []


@pytest.mark.parametrize("name", ["gradients", "layers", "integrated gradients", "deeplift"])
def test_so_does_an_error(module, name):
    module[3].fails = True
    net, before = TorchNetwork(module, input_shape=(2, 6, 6)), state(module)
    with pytest.raises(KeyError, match="the module's own"):
        CALLS[name](net)
    after = state(module)
    assert [key for key in before if not same(before[key], after[key])] == []


@pytest.mark.parametrize("fails", [False, True])
def test_relevance_leaves_nothing_of_captum(fails):
    module = classifier(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 1), channels=4)
    if fails:
        module.insert(3, nn.Softmax(dim=1))
    net, before = TorchNetwork(module), state(module)
    if fails:
        with pytest.raises(ValueError, match="'3' is Softmax"):
            methods.lrp(net, X)
    else:
        methods.lrp(net, X, rule="gamma")
    after = state(module)
    assert [key for key in before if not same(before[key], after[key])] == []


def test_a_plain_pass_would_have_changed_it(module):
    before = state(module)
    module(X).sum().backward()
    after = state(module)
    changed = {key for key in before if not same(before[key], after[key])}
    assert changed == {"numbers", "grads", "attributes", "last", "random", "places"}


def test_a_pass_of_the_user_s_own_may_wait_meanwhile(module):
    module.zero_grad()
    expected = copy.deepcopy(module)
    expected(X).sum().backward()
    loss = module(X).sum()
    net = TorchNetwork(module)
    net.input_gradients(X)
    methods.deeplift(net, X)
    loss.backward()
    for one, other in zip(module.parameters(), expected.parameters(), strict=True):
        assert same(one.grad, other.grad)


class Remembering(nn.Module):
    """Has a sparse buffer, and scales by the number of passes that it remembers: in a buffer, its data, or a parameter's data."""

    def __init__(self, where):
        super().__init__()
        self.linear, self.where = nn.Linear(4, 6), where
        self.register_buffer("passes", torch.zeros(()))
        self.register_buffer("sparse", torch.eye(4).to_sparse())
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x):
        if self.where == "buffer":
            self.passes += 1.0
        elif self.where == "another buffer":
            self._buffers["passes"] = self._buffers["passes"] + 1.0
        elif self.where == "data of a buffer":
            self.passes.data.add_(1.0)
        else:
            self.scale.data = self.scale.data + 1.0
        return self.linear(torch.sparse.mm(self.sparse, x.T).T) * (self._buffers["passes"] + self.scale)


@pytest.mark.parametrize("where", ["buffer", "another buffer", "data of a buffer", "data of a parameter"])
def test_a_pass_begins_from_the_module_as_it_was(where):
    module = Remembering(where)
    x = np.linspace(-1.0, 1.0, 12).reshape(3, 4)
    expected = 2.0 * module.linear.weight.detach().numpy()
    for block in (1, 5, None):
        found = TorchNetwork(module, label_block=block).input_gradients(x)
        assert np.allclose(found, expected, rtol=1e-6)
    assert (float(module.passes), module.scale.item()) == (0.0, 1.0)


def test_hooks_of_the_user_s_own_run():
    module, x = made("dense")
    seen = []
    module[0].register_forward_hook(lambda part, inputs, output: seen.append(len(output)))
    TorchNetwork(module).logits(x)
    assert seen == [3]


def test_parameters_ask_for_no_gradients_meanwhile():
    module, x = made("dense")
    asked = []
    module.register_forward_hook(lambda part, inputs, output: asked.append([p.requires_grad for p in part.parameters()]))
    TorchNetwork(module).input_gradients(x)
    assert not any(map(any, asked))
    assert len(asked) > 1
    assert all(parameter.requires_grad for parameter in module.parameters())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripted_modules_go_back_to_training():
    module = torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5)))
    x = np.ones((2, 4))
    first, second = (TorchNetwork(module).logits(x) for _ in range(2))
    assert np.array_equal(first, second)
    assert (first != 0.0).all(), "nothing is dropped"
    assert module.training
    assert not torch.equal(*(module(torch.ones(50, 4)) for _ in range(2))), "now something is"


def test_the_same_call_gives_the_same_bits_of_a_module_that_draws_numbers():
    class Noisy(nn.Module):
        def forward(self, x):
            return x[:, :2] * torch.rand(2)

    net = TorchNetwork(Noisy())
    first, second = net.logits(np.ones((3, 4))), net.logits(np.ones((3, 4)))
    assert np.array_equal(first, second)
