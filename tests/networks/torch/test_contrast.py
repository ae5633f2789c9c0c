"""Contrastive maps of modules against the package's own of the same network, and at their limits."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from torch import nn  # noqa: E402

from cgi_theory import maps  # noqa: E402
from cgi_theory.networks import attribution  # noqa: E402
from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from cgi_theory.networks.torch import attribution as methods  # noqa: E402
from cgi_theory.networks.torch.contrast import contrastive, contrastive_lrp  # noqa: E402
from tests.networks.torch.test_torch_attribution import X, both  # noqa: E402

LABELS = [0, 5, 3, 3]


@pytest.mark.parametrize("block", [None, 1, 4])
@pytest.mark.parametrize("rivals", ["mean", "strongest"])
def test_contrasts_agree_with_the_package_s_own(block, rivals):
    mlp, module = both()
    net = TorchNetwork(module, label_block=block)
    for rule in ("z_plus", "epsilon"):
        expected = maps.contrastive(attribution.lrp(mlp, X, rule), LABELS, rivals)
        assert contrastive(methods.lrp, net, X, LABELS, rivals=rivals, rule=rule) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    expected = maps.contrastive(attribution.gradient_times_input(mlp, X), mlp.predicted_labels(X), rivals)
    assert attribution.contrastive(net, X, rivals=rivals) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("options", [{}, {"rule": "epsilon", "epsilon": 0.2}, {"rule": "gamma"}, {"rule": "alpha_beta"}])
def test_contrastive_lrp_agrees_with_the_package_s_own(options):
    mlp, module = both()
    found = contrastive_lrp(TorchNetwork(module), X, LABELS, **options)
    assert found == pytest.approx(attribution.contrastive_lrp(mlp, X, LABELS, **options), rel=1e-9, abs=1e-12)
    assert 0.05 < np.mean(found > 0.0) < 0.95
    predicted = contrastive_lrp(TorchNetwork(module), X, **options)
    assert predicted == pytest.approx(attribution.contrastive_lrp(mlp, X, **options), rel=1e-9, abs=1e-12)


def test_a_rival_without_a_logit_hands_down_the_limit():
    module = nn.Linear(2, 3, bias=False).double()
    module.load_state_dict({"weight": torch.tensor([[1.0, 1.0], [1.0, -1.0], [2.0, 0.5]])})
    found = contrastive_lrp(TorchNetwork(module), [[1.0, 1.0]], [0], epsilon=1e-12)
    assert found == pytest.approx(np.array([[0.0, 0.8]]), abs=1e-11)


def test_contrastive_lrp_of_images_knows_nothing_of_what_labels_share():
    """A convolution whose labels have one filter each; and with equal filters there is no contrast."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))
    x = np.random.default_rng(0).random((2, 2, 8, 8)).astype(np.float32)
    found = contrastive_lrp(TorchNetwork(module), x, [0, 2])
    assert found.shape == x.shape
    assert found.dtype == np.float32
    assert found.any()
    with torch.no_grad():
        module[3].weight[:] = module[3].weight[0]
        module[3].bias[:] = module[3].bias[0]
    assert contrastive_lrp(TorchNetwork(module), x, [0, 2]) == pytest.approx(np.zeros_like(x), abs=1e-6 * float(found.max()))


def test_bad_arguments_are_named():
    _, module = both()
    net = TorchNetwork(module)
    for call, error, message in (
        (lambda: contrastive("lrp", net, X), TypeError, "method must be callable"),
        (lambda: contrastive(methods.lrp, net, X, rivals="all"), ValueError, "rivals must be one of"),
        (lambda: contrastive_lrp(module, X), TypeError, "net must be a TorchNetwork"),
        (lambda: contrastive_lrp(net, X, rule="w"), ValueError, "rule must be one of"),
        (lambda: contrastive_lrp(net, X, [9] * 4), ValueError, "labels must be from 0 to 5"),
    ):
        with pytest.raises(error, match=message):
            call()
