"""Integrated gradients, DeepLIFT and LRP of modules against the package's own of the same network, and at their limits."""

import contextlib
import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")
captum = pytest.importorskip("captum")

from captum.attr._utils.custom_modules import Addition_Module  # noqa: E402
from torch import nn  # noqa: E402

from cgi_theory import compete  # noqa: E402
from cgi_theory.networks import MLP, attribution  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from cgi_theory.networks.torch import attribution as methods  # noqa: E402
from tests.networks.torch.zoo import agree, classifier, made  # noqa: E402

SIZES = (12, 20, 15, 6)
RNG = np.random.default_rng(3)
X, BASELINE = RNG.standard_normal((4, 12)), RNG.standard_normal(12)


def both(biases=0.3, inplace=False):
    """Return an MLP and a module of its weights."""
    rng = np.random.default_rng(1)
    weights = [rng.standard_normal(pair) / np.sqrt(pair[0]) for pair in itertools.pairwise(SIZES)]
    mlp = MLP.from_arrays(weights, [biases * rng.standard_normal(size) for size in SIZES[1:]])
    layers: list[nn.Module] = []
    for weight, bias in zip(mlp.weights, mlp.biases, strict=True):
        linear = nn.Linear(*weight.shape).double()
        linear.load_state_dict({"weight": torch.tensor(weight.T), "bias": torch.tensor(bias)})
        layers += [linear, nn.ReLU(inplace=inplace)]
    return mlp, nn.Sequential(*layers[:-1])


@pytest.mark.parametrize("block", [None, 1, 7])
@pytest.mark.parametrize("inplace", [False, True])
def test_methods_agree_with_the_package_s_own(block, inplace):
    mlp, module = both(inplace=inplace)
    net = TorchNetwork(module, label_block=block)
    assert agree(methods.deeplift(net, X, baseline=BASELINE), attribution.deeplift_rescale(mlp, X, BASELINE), 1e-10)
    for rule in attribution.RULES:
        found, expected = methods.lrp(net, X, rule=rule), attribution.lrp(mlp, X, rule)
        assert agree(found, expected, 1e-10), rule
    options = {"rule": "gamma", "epsilon": 0.1, "gamma": 0.7}
    assert agree(methods.lrp(net, X, **options), attribution.lrp(mlp, X, **options), 1e-10)
    options = {"rule": "alpha_beta", "alpha": 1.5, "beta": 0.5}
    assert agree(methods.lrp(net, X, **options), attribution.lrp(mlp, X, **options), 1e-10)


def test_rules_differ_from_each_other():
    _, module = both()
    net = TorchNetwork(module)
    found = [methods.lrp(net, X, rule=rule) for rule in ("epsilon", "gamma", "z_plus", "alpha_beta")]
    for i, one in enumerate(found):
        for other in found[i + 1 :]:
            assert not agree(one, other, 0.01)


def test_integrated_gradients_agree_to_captum_s_weights_in_float32():
    mlp, module = both()
    net = TorchNetwork(module, label_block=9)
    expected = attribution.integrated_gradients(mlp, X, BASELINE, n_steps=20)
    assert agree(methods.integrated_gradients(net, X, baseline=BASELINE, n_steps=20), expected, 1e-7)
    assert not agree(methods.integrated_gradients(net, X, baseline=BASELINE, n_steps=21), expected, 1e-6)
    assert agree(attribution.integrated_gradients(net, X, BASELINE, n_steps=20), expected, 1e-10), "without captum"
    middle = methods.integrated_gradients(net, X, baseline=BASELINE, n_steps=20, method="riemann_middle")
    assert agree(middle, attribution.integrated_gradients(mlp, X, BASELINE, n_steps=20, method="riemann"), 1e-6)


def test_baselines_of_all_kinds():
    _, module = both()
    net = TorchNetwork(module)
    each = np.tile(BASELINE, (4, 1))
    for method in (methods.deeplift, methods.integrated_gradients):
        expected = method(net, X, [1, 2], baseline=BASELINE)
        for other in (each, torch.from_numpy(BASELINE).requires_grad_(), torch.from_numpy(each)):
            assert np.array_equal(method(net, X, [1, 2], baseline=other), expected)
        assert np.array_equal(method(net, X, baseline=np.zeros(12)), method(net, X))
        with pytest.raises(ValueError, match=r"^baseline must have shape"):
            method(net, X, baseline=BASELINE[:5])


def test_labels_are_chosen_and_progress_is_told():
    _, module = both()
    net = TorchNetwork(module, label_block=4)
    for method in (methods.deeplift, methods.integrated_gradients, methods.lrp):
        done: list[int] = []
        found = method(net, X, [5, 0], progress=done.append)
        assert sum(done) == 8
        assert agree(found, method(net, X)[:, [5, 0]], 1e-12)


@pytest.mark.parametrize("options", [{"rule": "z_plus"}, {"rule": "alpha_beta"}])
def test_competitive_relevance_is_the_package_s_own(options):
    mlp, module = both()
    net = TorchNetwork(module)
    assert agree(methods.competitive(methods.lrp, net, X, **options), attribution.clrp(mlp, X, **options), 1e-10)
    labels = np.array([0, 5, 2, 2])
    found = methods.competitive(methods.lrp, net, X, labels, **options)
    assert agree(found, attribution.clrp(mlp, X, labels, **options), 1e-10)


def test_competition_streams(monkeypatch):
    _, module = both()
    net = TorchNetwork(module)
    expected = compete(methods.deeplift(net, X, baseline=BASELINE), net.logits(X).argmax(axis=1), label_axis=1)
    monkeypatch.setattr("cgi_theory.networks.network._BLOCK", 2 * X.nbytes)
    calls = []

    def deeplift(net, x, labels, **options):
        calls.append(list(labels))
        return methods.deeplift(net, x, labels, **options)

    assert np.array_equal(methods.competitive(deeplift, net, X, baseline=BASELINE), expected)
    assert calls == [[0, 1], [2, 3], [4, 5]]


def relevance_by_hand(module, image, label):
    """Return ε relevance of a sequence of layers, by their matrices."""
    activations = [image[None]]
    for part in module:
        activations.append(part(activations[-1]))
    relevance = torch.zeros_like(activations[-1])
    relevance[0, label] = activations[-1][0, label]
    for layer, a in zip(reversed(module), reversed(activations[:-1]), strict=True):
        if isinstance(layer, nn.ReLU | nn.Dropout | nn.Flatten | nn.GELU):
            relevance = relevance.reshape(a.shape)
            continue
        if isinstance(layer, nn.ZeroPad2d):
            relevance = relevance[:, :, 1:-1, 1:-1]
            continue
        z = layer(a).flatten()
        matrix = torch.autograd.functional.jacobian(layer, a).reshape(len(z), -1)
        epsilon = 1e-6 if hasattr(layer, "weight") and not isinstance(layer, nn.BatchNorm2d) else 1e-9
        share = relevance.flatten() / (z + torch.where(z >= 0, epsilon, -epsilon))
        relevance = (a.flatten() * (share @ matrix)).reshape(a.shape)
    return relevance[0].detach().numpy()


@pytest.mark.parametrize("inplace", [False, True])
def test_relevance_through_convolutions_pools_and_activations(inplace):
    torch.manual_seed(2)
    module = nn.Sequential(
        *(
            nn.ZeroPad2d(1),
            nn.Conv2d(2, 4, 3, stride=2, groups=2),
            nn.ReLU(inplace),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 4, 1),
            nn.BatchNorm2d(4),
        ),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(), nn.Linear(16, 8), nn.ReLU(inplace), nn.Dropout()),
        *(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 6)),
    ).double()
    x = torch.randn(2, 2, 12, 12, dtype=torch.float64)
    found = methods.lrp(TorchNetwork(module), x)
    for image, relevances in zip(x, found, strict=True):
        for label in range(6):
            assert agree(relevances[label], relevance_by_hand(module.eval(), image, label), 1e-9)


def test_relevance_of_a_single_layer():
    linear = nn.Linear(4, 3, bias=False).double()
    x = RNG.standard_normal((2, 4))
    expected = x[:, None, :] * linear.weight.detach().numpy()
    assert agree(methods.lrp(TorchNetwork(linear), x, rule="z"), expected, 1e-12)


def test_functional_relus_and_shapes_do_relevance_no_harm():
    class Functional(nn.Module):
        def __init__(self, module):
            super().__init__()
            self.first, self.second, self.third = module[0], module[2], module[4]

        def forward(self, x):
            return self.third(torch.relu(self.second(torch.relu(self.first(x.reshape(-1, 12))))))

    mlp, module = both()
    found = methods.lrp(TorchNetwork(Functional(module)), X.reshape(4, 3, 4), rule="alpha_beta")
    assert agree(found.reshape(4, 6, 12), attribution.lrp(mlp, X, "alpha_beta"), 1e-10)


class Forked(nn.Module):
    """A tensor goes into two layers and on by itself; captum adds in a part of its own, and a ReLU is called twice."""

    def __init__(self):
        super().__init__()
        self.first, self.left, self.right, self.last = (
            nn.Linear(*sizes, bias=False) for sizes in ((12, 9), (9, 9), (9, 9), (9, 6))
        )
        self.relu, self.inner, self.outer = nn.ReLU(), Addition_Module(), Addition_Module()

    def forward(self, x):
        hidden = self.relu(self.first(x))
        return self.last(self.relu(self.outer(hidden, self.inner(self.left(hidden), self.right(hidden)))))


def test_relevance_of_a_tensor_that_goes_into_several_layers():
    """Without biases z relevance is gradient ⊙ input (Ancona et al. 2018)."""
    net = TorchNetwork(Forked().double())
    found, expected = methods.lrp(net, X, rule="z"), attribution.gradient_times_input(net, X)
    assert agree(found, expected, 1e-6), "to captum's ε of additions"
    assert not agree(methods.lrp(net, X, rule="z_plus"), expected, 0.1)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(12, 12), nn.Linear(12, 6)

    def forward(self, x):
        return self.outer(x + self.inner(x))


def test_deeplift_is_complete_where_it_is_taken():
    adjacent = classifier(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.ELU(), channels=4).double()
    cases = [made(name) for name in ("max pool", "average pool", "dense")]
    for module, x in (*cases, (adjacent, torch.from_numpy(RNG.standard_normal((3, 2, 8, 8))))):
        net = TorchNetwork(module)
        found = methods.deeplift(net, x, baseline=x[0])
        total = net.logits(x) - net.logits(x[:1])
        assert np.allclose(found.reshape(*total.shape, -1).sum(axis=2), total, atol=1e-10)
    net = TorchNetwork(Residual().double())
    total = net.logits(X) - net.logits(np.zeros((1, 12)))
    assert np.allclose(methods.deeplift(net, X).sum(axis=2), total, atol=1e-12)


def test_deeplift_takes_nonlinear_parts_one_after_the_other(monkeypatch):
    module = nn.Sequential(nn.Linear(12, 9), nn.Tanh(), nn.ReLU(), nn.Linear(9, 6)).double()
    net = TorchNetwork(module)
    change = torch.from_numpy(X - BASELINE)
    (z, start), slope = (module[0](torch.from_numpy(x)).detach() for x in (X, BASELINE)), 1.0
    for part in module[1:3]:
        after, after_start = part(z), part(start)
        slope, z, start = slope * torch.nan_to_num((after - after_start) / (z - start)), after, after_start
    multipliers = torch.einsum("ku,bu,ud->bkd", module[3].weight, slope, module[0].weight)
    expected = (multipliers * change[:, None, :]).detach().numpy()
    assert agree(methods.deeplift(net, X, baseline=BASELINE), expected, 1e-10)
    monkeypatch.setattr(methods, "apart", lambda module: contextlib.nullcontext())
    if captum.__version__ <= "0.9.0":  # the reason for keeping them apart
        with pytest.raises(ValueError, match=r"^module must be nonlinear only in parts"):
            methods.deeplift(net, X, baseline=BASELINE)


def test_deeplift_of_maxima_of_windows_that_overlap():
    pool, linear = nn.MaxPool1d(3, stride=2), nn.Linear(5, 4).double()
    net = TorchNetwork(nn.Sequential(pool, nn.Flatten(), linear))
    x, start = RNG.standard_normal((3, 1, 11)), RNG.standard_normal((1, 11))
    x[:, :, 4] = 9.0  # the largest of two windows
    x[0, 0, 7] = start[0, 7]
    contributions = np.zeros((3, 5, 11))
    for image, found in zip(x[:, 0], contributions, strict=True):
        for window in range(5):
            own, other = image[2 * window : 2 * window + 3], start[0, 2 * window : 2 * window + 3]
            largest = max(own.max(), other.max())
            found[window, 2 * window + own.argmax()] += largest - other.max()
            found[window, 2 * window + other.argmax()] += own.max() - largest
    expected = np.einsum("kw,bwd->bkd", linear.weight.detach().numpy(), contributions)[:, :, None, :]
    assert agree(methods.deeplift(net, x, baseline=start), expected, 1e-10)


class Twice(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.first, self.last, self.part = nn.Linear(12, 12), nn.Linear(12, 6), part

    def forward(self, x):
        return self.last(self.part(self.part(self.first(x)) - 0.5))


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(12, 12), nn.Linear(12, 6)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))


class Averaging(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.last = nn.Conv1d(1, 4, 3), nn.Linear(4, 6)

    def forward(self, x):
        return self.last(self.conv(x[:, None, :]).mean(dim=2))


@pytest.mark.parametrize(
    ("method", "module", "words"),
    [
        (methods.deeplift, Twice(nn.ReLU()), "call each of its parts once for DeepLIFT"),
        (methods.deeplift, Functional(), "be nonlinear only in parts that captum's DeepLIFT knows"),
        (methods.deeplift, nn.Sequential(nn.Linear(12, 5), nn.GELU(), nn.Linear(5, 6)), "be nonlinear only in parts"),
        (methods.lrp, Twice(nn.Linear(12, 12)), "call each of its parts once for LRP|compute by its parts alone"),
        (methods.lrp, Residual(), "compute by its parts alone for LRP, not by 'AddBackward0'"),
        (methods.lrp, Averaging(), "compute by its parts alone for LRP, not by 'MeanBackward1'"),
        (
            methods.lrp,
            nn.Sequential(nn.Linear(12, 6), nn.LayerNorm(6)),
            "consist of layers with a rule for LRP: '1' is LayerNorm",
        ),
        (
            methods.lrp,
            nn.Sequential(nn.Linear(12, 6), nn.SiLU(inplace=True)),
            "consist of layers with a rule for LRP: '1' is SiLU",
        ),
    ],
)
def test_modules_at_the_limits_of_a_method_are_refused_in_a_line(method, module, words):
    with pytest.raises(ValueError, match=f"^module must ({words})") as caught:
        method(TorchNetwork(module.double()), X)
    assert "\n" not in str(caught.value)


def test_a_layer_called_twice_is_refused_by_relevance():
    shared = nn.Linear(12, 12)
    module = nn.Sequential(shared, nn.ReLU(), shared, nn.ReLU(), nn.Linear(12, 6)).double()
    with pytest.raises(ValueError, match=r"^module must call each of its parts once for LRP"):
        methods.lrp(TorchNetwork(module), X)


def test_a_relu_called_twice_does_relevance_no_harm():
    mlp, module = both()
    module[3] = module[1]
    assert agree(methods.lrp(TorchNetwork(module), X, rule="gamma"), attribution.lrp(mlp, X, "gamma"), 1e-10)


class Quiet(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(12, 6)

    def forward(self, x):
        with torch.no_grad():
            return self.linear(x)


@pytest.mark.parametrize("method", [methods.deeplift, methods.integrated_gradients, methods.lrp])
def test_arguments_are_checked(method):
    _, module = both()
    net = TorchNetwork(module)
    with pytest.raises(TypeError, match=r"^net must be a TorchNetwork"):
        method(module, X)
    with pytest.raises(ValueError, match=r"^x must have shape"):
        method(net, X[0])
    with pytest.raises(ValueError, match=r"^labels\[0\] must be from 0 to 5, not 6"):
        method(net, X, [6])
    with pytest.raises(ValueError, match=r"^module must pass gradients from its logits to its input"):
        method(TorchNetwork(Quiet()), X)


def test_options_are_checked():
    _, module = both()
    net = TorchNetwork(module)
    with pytest.raises(ValueError, match=r"^rule must be one of"):
        methods.lrp(net, X, rule="w_square")
    with pytest.raises(ValueError, match=r"^alpha and beta must"):
        methods.lrp(net, X, alpha=3.0)
    with pytest.raises(ValueError, match=r"^n_steps must be from 2"):
        methods.integrated_gradients(net, X, n_steps=1)
    with pytest.raises(ValueError, match=r"^method must be one of"):
        methods.integrated_gradients(net, X, method="monte carlo")
    with pytest.raises(TypeError, match=r"^method must be callable"):
        methods.competitive("lrp", net, X)
