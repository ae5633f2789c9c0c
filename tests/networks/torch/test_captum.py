"""CGI and CLRP among captum's own classes: the same maps as ours, from captum's arguments, and under its NoiseTunnel."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from captum.attr import Attribution, InputXGradient, NoiseTunnel  # noqa: E402
from torch import nn  # noqa: E402

from cgi_theory import compete  # noqa: E402
from cgi_theory.networks import attribution  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from cgi_theory.networks.torch.attribution import competitive, lrp  # noqa: E402
from cgi_theory.networks.torch.captum import CGI, CLRP  # noqa: E402
from tests.networks.torch.zoo import classifier  # noqa: E402

LABELS = [2, 0, 1]
X = torch.from_numpy(np.random.default_rng(3).standard_normal((3, 1, 9, 9)))


@pytest.fixture(scope="module")
def module():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(8)
        return classifier(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), channels=4).double().eval()


def by_captum(module, x, labels):
    """CGI by captum's own gradient ⊙ input, label by label."""
    n_labels = module(x).shape[1]
    scores = torch.stack([InputXGradient(module).attribute(x.requires_grad_(), target=label) for label in range(n_labels)], dim=1)
    return compete(scores.detach().numpy(), labels)


def test_cgi_is_the_competition_of_captums_gradient_times_input(module):
    found = CGI(module).attribute(X, target=torch.tensor(LABELS))
    expected = by_captum(module, X.clone(), LABELS)
    assert isinstance(CGI(module), Attribution)
    assert found.dtype == X.dtype
    assert not found.requires_grad
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10, atol=1e-12)
    assert 0.1 < np.mean(expected != 0.0) < 0.9
    assert not np.allclose(found.numpy(), by_captum(module, X.clone(), LABELS[::-1]))


@pytest.mark.parametrize("target", [1, [1, 1, 1], torch.tensor(1), torch.tensor([1]), torch.tensor([1, 1, 1])])
def test_a_target_is_what_captum_takes(module, target):
    expected = attribution.cgi(TorchNetwork(module), X, [1, 1, 1])
    np.testing.assert_array_equal(CGI(module, label_block=2).attribute(X, target).numpy(), expected)


def test_without_a_target_it_is_the_predicted_label(module):
    predicted = module(X).argmax(dim=1)
    assert torch.equal(CGI(module).attribute(X), CGI(module).attribute(X, predicted))
    (alone,) = CGI(module).attribute((X,), predicted)
    assert torch.equal(alone, CGI(module).attribute(X, predicted))


def test_clrp_is_the_competition_of_our_lrp(module):
    found = CLRP(module, rule="z_plus").attribute(X, LABELS)
    np.testing.assert_array_equal(found.numpy(), competitive(lrp, TorchNetwork(module), X, LABELS, rule="z_plus"))
    assert not torch.equal(found, CLRP(module).attribute(X, LABELS))
    assert not torch.equal(found, CGI(module).attribute(X, LABELS))


def test_captums_noise_tunnel_takes_it(module):
    """Of noise without spread the mean map is the map; of more it is the mean of the maps of these inputs."""
    tunnel = NoiseTunnel(CGI(module))
    options = {"nt_type": "smoothgrad", "nt_samples": 3, "target": torch.tensor(LABELS)}
    np.testing.assert_allclose(tunnel.attribute(X, stdevs=1e-300, **options), CGI(module).attribute(X, LABELS), rtol=1e-12)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        assert not np.allclose(tunnel.attribute(X, stdevs=1.0, **options), CGI(module).attribute(X, LABELS))


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ((X, X), {}, "inputs must be a tensor, or a tuple of one, not a tuple of 2"),
        (X.numpy(), {}, "inputs must be a torch.Tensor"),
        (X, {"additional_forward_args": 3}, "additional_forward_args must be None"),
        (X, {"target": (1, 2)}, "target must name labels"),
        (X, {"target": [(1, 2)] * 3}, "target must name labels"),
        (X, {"target": 9}, "target must be from 0 to"),
        (X, {"target": [0, 1]}, "target must have one entry for each image, 3, not 2"),
        (X, {"target": 0.5}, "target must be whole numbers"),
        (X * torch.nan, {}, "inputs must be finite"),
    ],
)
def test_what_is_off_is_named(module, inputs, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        CGI(module).attribute(inputs, **options)


def test_a_function_is_no_module():
    with pytest.raises(TypeError, match="forward_func must be"):
        CGI(lambda x: x)
