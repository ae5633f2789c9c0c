"""The same scores from captum and zennit, where they are installed."""

import numpy as np
import pytest

from cgi_theory.networks import attribution
from tests.networks.test_mlp import random_net

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs


@pytest.fixture(params=[True, False], ids=["biases", "no biases"])
def net(request):
    return random_net((9, 8, 6, 4), seed=1, biases=request.param)


@pytest.fixture
def x():
    return np.random.default_rng(2).standard_normal((5, 9))


@pytest.fixture(autouse=True)
def double_precision():
    """captum makes its steps in torch's default precision."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def torch_net(net):
    layers = []
    for weight, bias in zip(net.weights, net.biases, strict=True):
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data, linear.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias.copy())
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def of_all_labels(score):
    return np.stack([score(label).detach().numpy() for label in range(4)], axis=1)


def test_captum(net, x):
    attr = pytest.importorskip("captum.attr")
    theirs, inputs = torch_net(net), torch.tensor(x)
    base = torch.tensor(np.random.default_rng(3).standard_normal((1, 9)))
    product = attr.InputXGradient(theirs)
    assert attribution.gradient_times_input(net, x) == pytest.approx(
        of_all_labels(lambda label: product.attribute(inputs.clone(), target=label)), abs=1e-12
    )
    integrated = attr.IntegratedGradients(theirs)  # which keeps its steps' lengths in single precision
    found = of_all_labels(lambda k: integrated.attribute(inputs, base, target=k, n_steps=50, method="gausslegendre"))
    assert attribution.integrated_gradients(net, x, base.numpy()[0], n_steps=50) == pytest.approx(found, rel=1e-7, abs=1e-8)
    found = of_all_labels(lambda k: integrated.attribute(inputs, base, target=k, n_steps=50, method="riemann_middle"))
    ours = attribution.integrated_gradients(net, x, base.numpy()[0], method="riemann", n_steps=50)
    assert ours == pytest.approx(found, rel=1e-7, abs=1e-8)
    deeplift = attr.DeepLift(theirs)
    found = of_all_labels(lambda k: deeplift.attribute(inputs.clone(), base.expand(5, 9), target=k))
    assert attribution.deeplift_rescale(net, x, base.numpy()[0]) == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("rule", "options", "peer"),
    [
        ("epsilon", {"epsilon": 1e-6}, lambda rules: rules.Epsilon(1e-6)),
        ("epsilon", {"epsilon": 0.25}, lambda rules: rules.Epsilon(0.25)),
        ("gamma", {"gamma": 0.5}, lambda rules: rules.Gamma(0.5, stabilizer=1e-6)),
        ("z_plus", {}, lambda rules: rules.ZPlus(stabilizer=1e-6)),
        ("alpha_beta", {}, lambda rules: rules.AlphaBeta(2.0, 1.0, stabilizer=1e-6)),
    ],
)
def test_zennit(net, x, rule, options, peer):
    rules = pytest.importorskip("zennit.rules")
    types = pytest.importorskip("zennit.types")
    composites = pytest.importorskip("zennit.composites")
    zennit_gradient = pytest.importorskip("zennit.attribution").Gradient
    theirs = torch_net(net)

    def handed_down(start):
        composite = composites.LayerMapComposite([(types.Activation, rules.Pass()), (types.Linear, peer(rules))])
        with zennit_gradient(theirs, composite) as attributor:
            inputs = torch.tensor(x).requires_grad_(True)
            return attributor(inputs, start)[1].detach()

    found = of_all_labels(lambda label: handed_down(lambda out: out * torch.eye(4)[label]))
    assert attribution.lrp(net, x, rule, **options) == pytest.approx(found, abs=1e-12)
    for label in range(4):  # contrastive LRP, whose relevance of the rivals starts from the label's logit
        own = handed_down(lambda out, label=label: out * torch.eye(4)[label])
        dual = handed_down(lambda out, label=label: out[:, [label]] * (1.0 - torch.eye(4)[label]) / 3.0)
        expected = torch.clamp(own - dual, min=0.0).numpy()
        assert attribution.contrastive_lrp(net, x, [label] * 5, rule, **options) == pytest.approx(expected, abs=1e-11)
