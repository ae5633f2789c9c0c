"""The sanity check of a module of PyTorch: CGI passes where networks were trained, and an edge detector never does."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cgi_theory import sanity_check  # noqa: E402
from cgi_theory.networks import attribution  # noqa: E402
from cgi_theory.networks.measures import of_chosen_label  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402

SIDE, LABELS, IMAGES = 12, 4, 24


def images(count, seed):
    """Noise in which a bright bar says the label, by its place."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(LABELS, size=count)
    x = 0.5 * rng.standard_normal((count, 1, SIDE, SIDE))
    for image, label in zip(x, labels, strict=True):
        image[0, 3 * label : 3 * label + 3] += 1.0
    return torch.tensor(x, dtype=torch.float32), torch.tensor(labels)


def untrained(seed):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, LABELS)]
        return nn.Sequential(*layers)


def trained(seed):
    module = untrained(seed)
    x, labels = images(600, 1)
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    for _ in range(3):
        for first in range(0, len(x), 50):
            optimiser.zero_grad()
            nn.functional.cross_entropy(module(x[first : first + 50]), labels[first : first + 50]).backward()
            optimiser.step()
    return module


def edges(net, x, labels):
    return np.hypot(*np.gradient(np.asarray(x), axis=(2, 3)))


def plain(net, x, labels):
    return of_chosen_label(attribution.gradient_times_input(net, x), labels)


METHODS = {"CGI": attribution.cgi, "gradient ⊙ input": plain, "edges": edges}


@pytest.fixture(scope="module")
def x():
    return images(IMAGES, 2)[0]


@pytest.fixture(scope="module")
def nets():
    return [TorchNetwork(trained(seed)) for seed in range(4)]


def test_methods_of_trained_modules_pass_and_edges_do_not(nets, x):
    parameters = [parameter.clone() for parameter in nets[0].module.parameters()]
    report = sanity_check(METHODS, nets[0], x, retrained=nets[1:], n_random=3, n_workers=2, metrics=["pearson"])
    assert report.passes["gradient ⊙ input"] == report.passes["CGI"] == "yes"
    assert report.passes["edges"] == "no"
    assert {"layer-wise 0", "layer-wise 3", "cascading 3", "all layers"} <= set(report.frame["stage"])
    assert all(torch.equal(*pair) for pair in zip(parameters, nets[0].module.parameters(), strict=True))
    alone = sanity_check(METHODS, nets[0], x, retrained=nets[1:], n_random=3, metrics=["pearson"])
    assert report.frame.equals(alone.frame)


def test_untrained_modules_do_not_pass(x):
    nets = [TorchNetwork(untrained(seed)) for seed in range(4)]
    report = sanity_check(METHODS, nets[0], x, retrained=nets[1:], layers=[], metrics=["pearson"])
    assert "yes" not in report.passes.values()


def test_modules_are_networks(nets, x):
    """Given as they are, or as TorchNetworks: with any mixture the report is the same."""
    expected = sanity_check(METHODS, nets[0], x, retrained=nets[1:3], n_random=2, layers=[], metrics=["pearson"])
    modules = [nets[1].module, nets[2]]
    report = sanity_check(METHODS, nets[0].module, x, retrained=modules, n_random=2, layers=[], metrics=["pearson"])
    assert report.frame.equals(expected.frame)


def test_a_module_that_takes_other_inputs_is_named(nets, x):
    with pytest.raises(RuntimeError, match=r"^retrained\[0\]: "):
        sanity_check(attribution.cgi, nets[0], x, retrained=[nn.Sequential(nn.Flatten(), nn.Linear(9, LABELS))])


def test_a_module_without_parameters_is_refused(x):
    with pytest.raises(ValueError, match=r"^net must have layers that can be randomised, and has none"):
        sanity_check({"CGI": attribution.cgi}, nn.Sequential(nn.Flatten(), nn.ReLU()), x)


def test_a_module_of_one_s_own_is_randomised_by_a_function(nets, x):
    """Anything that methods take is a network, if it is said how to randomise it."""

    def gradient(module, inputs, labels):
        inputs = inputs.clone().requires_grad_()
        module(inputs)[range(len(inputs)), torch.tensor(labels)].sum().backward()
        return inputs.grad

    modules = [net.module for net in nets]
    labels = modules[0](x).argmax(dim=1)
    report = sanity_check(
        gradient, modules[0], x, labels, retrained=modules[1:], randomise=lambda module, seed: untrained(100 + seed % 100)
    )
    assert report.passes["the method"] == "yes"
