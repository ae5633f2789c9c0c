"""Cascades of random layers beside Quantus' model parameter randomisation test (MPRT) of the same module."""

import copy
import importlib.util
import sys
import types
import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cgi_theory.networks import attribution  # noqa: E402
from cgi_theory.networks.randomization import cascading, layer_wise  # noqa: E402
from cgi_theory.networks.similarity import pearson  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from cgi_theory.networks.torch.attribution import competitive, lrp  # noqa: E402
from cgi_theory.networks.torch.quantus import explain_func  # noqa: E402
from tests.networks.test_documentation import PROGRAMS, check  # noqa: E402
from tests.networks.torch.zoo import classifier  # noqa: E402


@pytest.fixture(scope="module")
def quantus():
    """Quantus, which imports zennit, which wants two classes of torchvision by name, only to recognise them."""
    stubs = {name: types.ModuleType(name) for name in ("torchvision", "torchvision.models", "torchvision.models.resnet")}
    vars(stubs["torchvision.models.resnet"]).update(Bottleneck=nn.Bilinear, BasicBlock=nn.Bilinear)
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if importlib.util.find_spec("torchvision") is None:
            for name, stub in stubs.items():
                patched.setitem(sys.modules, name, stub)
        return pytest.importorskip("quantus")


@pytest.fixture(scope="module")
def module():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        found = classifier(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 5, 3), nn.GELU(), channels=5)
        found(torch.randn(50, 1, 9, 9))
        return found.eval()


X = np.random.default_rng(2).random((5, 1, 9, 9)).astype(np.float32)


def random_modules(quantus, module, order):
    """Return the layers that Quantus randomises in turn, and a copy of the module after each."""
    from quantus.helpers.model.pytorch_model import PyTorchModel  # noqa: PLC0415

    with torch.random.fork_rng(devices=[]):
        steps = PyTorchModel(module).get_random_layer_generator(order=order, seed=7)
        return [(name, copy.deepcopy(found)) for name, found in steps]


def changed(module, other):
    pairs = zip(module.state_dict().items(), other.state_dict().values(), strict=True)
    return {name for (name, ours), theirs in pairs if not torch.equal(ours, theirs)}


def maps_of(model, inputs, targets, **options):
    net = TorchNetwork(model)
    scores = attribution.gradient_times_input(net, inputs)
    return scores[np.arange(len(inputs)), targets]


@pytest.mark.parametrize("order", ["top_down", "bottom_up"])
def test_the_same_layers_and_parameters_are_reset_in_the_same_order(quantus, module, order):
    net = TorchNetwork(module, input_shape=(1, 9, 9))
    theirs = random_modules(quantus, module, order)
    assert [name for name, _ in theirs] == list(net.layer_names if order == "bottom_up" else net.layer_names[::-1])
    for depth, (_, other) in enumerate(theirs, start=1):
        found = cascading(net, depth, seed=7, direction=order)
        assert changed(module, found.module) == changed(module, other)
        assert changed(module, found.module) <= set(found.reset)


def test_so_it_is_layer_by_layer(quantus, module):
    net = TorchNetwork(module, input_shape=(1, 9, 9))
    for name, other in random_modules(quantus, module, "independent"):
        assert changed(module, layer_wise(net, name, seed=7).module) == changed(module, other)


def test_layers_of_one_shape_differ_here_and_not_there(quantus):
    module = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    ours = cascading(TorchNetwork(module, input_shape=(4,)), 2, seed=7).module
    theirs = random_modules(quantus, module, "top_down")[-1][1]
    assert torch.equal(theirs[0].weight, theirs[1].weight), "Quantus begins each layer with the same seed"
    assert not torch.isclose(ours[0].weight, ours[1].weight).any()


def test_similarities_of_the_same_random_modules_are_the_same(quantus, module):
    targets = np.array([0, 1, 2, 3, 4])
    own = maps_of(module, X, targets)
    test = quantus.MPRT(
        similarity_func=quantus.similarity_func.correlation_pearson,
        layer_order="bottom_up",
        seed=7,
        abs=False,
        normalise=False,
        disable_warnings=True,
    )
    with torch.random.fork_rng(devices=[]):
        scores = test(model=module, x_batch=X, y_batch=targets, a_batch=own, explain_func=maps_of, device="cpu")
    for name, other in random_modules(quantus, module, "bottom_up"):
        found = pearson(own.reshape(5, -1), maps_of(other, X, targets).reshape(5, -1))
        assert np.allclose(scores[name], found, atol=1e-5), name
    assert np.allclose(scores["original"], 1.0, atol=1e-6)
    assert min(scores[module_name][0] for module_name in scores) < 0.5, "and they do fall"


Y = [0, 2, 1, 2, 0]


@pytest.mark.parametrize("kwargs", [{}, {"method": "CLRP", "rule": "gamma"}])
def test_quantus_metrics_take_our_maps(quantus, module, kwargs):
    """Sparseness asks for maps itself; it is the same for the maps that were made before, and another for noise."""

    def sparseness(**how):
        metric = quantus.Sparseness(abs=True, normalise=False, disable_warnings=True, display_progressbar=False)
        return metric(model=module, x_batch=X, y_batch=np.array(Y), device="cpu", **how)

    asked = sparseness(explain_func=explain_func, explain_func_kwargs=dict(kwargs))
    maps = explain_func(module, X, Y, **kwargs)
    np.testing.assert_allclose(asked, sparseness(a_batch=maps), rtol=1e-12)
    noise = np.random.default_rng(0).standard_normal(X.shape).astype(np.float32)
    assert min(asked) > max(sparseness(a_batch=noise))


def test_quantus_own_randomisation_takes_our_maps(quantus, module):
    """MPRT makes maps of each randomised module through the function: the first correlation is that of a layer of ours."""
    metric = quantus.MPRT(
        similarity_func=quantus.similarity_func.correlation_pearson,
        layer_order="top_down",
        seed=7,
        return_average_correlation=False,
        abs=False,
        normalise=False,
        disable_warnings=True,
        display_progressbar=False,
    )
    found = metric(model=module, x_batch=X, y_batch=np.array(Y), explain_func=explain_func, device="cpu")
    name, other = random_modules(quantus, module, "top_down")[0]
    maps, randomised = (explain_func(one, X, Y).reshape(len(X), -1) for one in (module, other))
    np.testing.assert_allclose(found[name], pearson(maps, randomised), rtol=1e-5)


def test_its_methods_are_those_of_the_package(module):
    net = TorchNetwork(module)
    np.testing.assert_array_equal(explain_func(model=module, inputs=X, targets=Y), attribution.cgi(net, X, Y))
    clrp = explain_func(module, torch.from_numpy(X), Y, method="CLRP", label_block=2, gamma=0.1, rule="gamma")
    np.testing.assert_array_equal(clrp, competitive(lrp, TorchNetwork(module, label_block=2), X, Y, rule="gamma", gamma=0.1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "LRP"}, "method must be one of 'CGI', 'CLRP'"),
        ({"rule": "z"}, "method must be 'CLRP' for rule"),
        ({"device": "cuda"}, "device must be that of the module"),
        ({"model": len}, "model must be a torch.nn.Module"),
        ({"targets": [0, 1]}, "targets must have one entry for each image, 5, not 2"),
    ],
)
def test_what_quantus_cannot_have_is_named(module, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        explain_func(**{"model": module, "inputs": X, "targets": Y} | options)


def test_the_documentation_shows_it(quantus, capsys):
    (program,) = (program for needs, program in PROGRAMS if needs == "quantus")
    check(program, capsys)
