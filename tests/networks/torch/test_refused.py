"""What TorchNetwork refuses, each in one line."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

from cgi_theory.networks.torch import TorchNetwork, UnknownShapeError  # noqa: E402

X = np.linspace(-1.0, 1.0, 8).reshape(2, 4)


class Of(nn.Module):
    """A module of a function of its inputs and of a linear layer."""

    def __init__(self, function):
        super().__init__()
        self.linear, self.function = nn.Linear(4, 3), function

    def forward(self, x):
        return self.function(x, self.linear)


def quietly(x, linear):
    with torch.no_grad():
        return linear(x)


def in_place(x, linear):
    x.mul_(2.0)
    return linear(x)


def in_place_of_a_part(x, linear):
    x[:, 0] = 0.0
    return linear(x)


def in_place_unseen(x, linear):
    with torch.no_grad():
        x.mul_(2.0)
    return linear(x)


def in_place_of_data(x, linear):
    x.data.mul_(2.0)
    return linear(x)


def in_place_of_what_is_needed(x, linear):
    hidden = linear(x)
    squared = hidden * hidden
    hidden.mul_(2.0)
    return squared


OUTPUTS = {
    "a tuple": (lambda x, linear: (linear(x), x), "a tensor .*'tuple'"),
    "a dict": (lambda x, linear: {"logits": linear(x)}, "a tensor .*'dict'"),
    "nothing": (lambda x, linear: None, "a tensor .*'NoneType'"),
    "three axes": (lambda x, linear: linear(x)[:, :, None], r"\(batch, labels\).*shape \(., 3, 1\)"),
    "one axis": (lambda x, linear: linear(x)[:, 0], r"\(batch, labels\).*shape \(.,\)"),
    "another batch": (lambda x, linear: linear(x)[1:], r"the batch here (2|1),.*shape \([01], 3\)"),
    "no labels": (lambda x, linear: linear(x)[:, :0], r"shape \(., 0\)"),
    "whole numbers": (lambda x, linear: linear(x).long(), "real numbers .*int64"),
    "NaN": (lambda x, linear: linear(x) / 0.0 * 0.0, "finite logits"),
    "infinity": (lambda x, linear: linear(x) / 0.0, "finite logits"),
}
BROKEN = {
    "no_grad": (quietly, "no_grad"),
    "detached": (lambda x, linear: linear(x).detach(), "detaches"),
    "whole numbers": (lambda x, linear: linear(x).long().float(), "whole numbers"),
    "a detached input": (lambda x, linear: linear(x.detach()), "detaches"),
    "a part of whole numbers": (lambda x, linear: linear(x.long().float()), "whole numbers"),
    "reentrant checkpoints": (lambda x, linear: checkpoint(linear, x, use_reentrant=True), "use_reentrant=False"),
    "a constant": (lambda x, linear: torch.ones(len(x), 3), "whole numbers"),
    "in place": (in_place, "in place"),
    "in place of a part": (in_place_of_a_part, "in place"),
    "in place under no_grad": (in_place_unseen, "in place"),
    "in place of .data": (in_place_of_data, "in place"),
    "in place of what is needed": (in_place_of_what_is_needed, "in place"),
    "a gradient that is not finite": (lambda x, linear: linear((x * 0.0).abs().sqrt()), "finite gradients"),
}


def refusal(call, *arguments, kind=ValueError, **options):
    """Return the message of an error, which is one line."""
    with pytest.raises(kind) as caught:
        call(*arguments, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs(name):
    function, words = OUTPUTS[name]
    net = TorchNetwork(Of(function))
    for call in (net.logits, net.input_gradients):
        with pytest.raises(ValueError, match=f"^module must .*{words}"):
            call(X)
    assert not hasattr(net, "n_labels")


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")  # of checkpoints
def test_gradients_that_would_be_wrong(name):
    function, words = BROKEN[name]
    message = refusal(TorchNetwork(Of(function)).input_gradients, X)
    assert message.startswith("module must ")
    assert words in message


def test_another_error_of_the_module_is_its_own():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        TorchNetwork(nn.Linear(5, 3)).logits(X)


@pytest.mark.parametrize(
    ("x", "kind", "words"),
    [
        (X[0], ValueError, r"x must have shape \(batch, \*input_shape\), not \(4,\)"),
        (np.float64(1.0), ValueError, "x must have shape"),
        (np.where(X > 0.9, np.nan, X), ValueError, "x must be finite"),
        (np.where(X > 0.9, np.inf, X), ValueError, "x must be finite"),
        (X * 1e200, ValueError, "x must be finite in torch.float32"),
        (torch.from_numpy(X) * np.nan, ValueError, "x must be finite"),
        (X + 0j, TypeError, "x must hold real numbers, not complex128"),
        (torch.from_numpy(X + 0j), TypeError, "x must be a dense tensor of real numbers, not torch.complex128"),
        (torch.from_numpy(X).to_sparse(), TypeError, "x must be a dense tensor"),
        ([[1.0, 2.0], [3.0]], ValueError, "x must have one length"),
        (np.ma.masked_greater(X, 0.9), TypeError, "x must not be a masked array"),
        ("cat", TypeError, "x must hold real numbers"),
    ],
)
def test_inputs(x, kind, words):
    net = TorchNetwork(nn.Linear(4, 3))
    for call in (net.logits, net.input_gradients, net.inputs):
        with pytest.raises(kind, match=f"^{words}"):
            call(x)


def test_inputs_of_another_shape_than_the_first():
    net = TorchNetwork(nn.Sequential(nn.AdaptiveAvgPool1d(4), nn.Linear(4, 3), nn.Flatten()))
    net.logits(np.ones((2, 1, 6)))
    assert refusal(net.logits, np.ones((2, 1, 7))) == "x must have shape (batch, 1, 6), not (2, 1, 7)"


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (2, TypeError, "labels must be a sequence of whole numbers, not 2"),
        ([0, 3], ValueError, "labels[1] must be from 0 to 2, not 3"),
        ([-1], ValueError, "labels[0] must be from 0 to 2, not -1"),
        ([0.5], TypeError, "labels[0] must be a whole number, not 0.5"),
        ([True], TypeError, "labels[0] must be a whole number, not True"),
    ],
)
def test_labels(labels, kind, message):
    assert refusal(TorchNetwork(nn.Linear(4, 3)).input_gradients, X, labels, kind=kind) == message


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"module": lambda x: x}, TypeError, "module must be a torch.nn.Module"),
        ({"module": nn.Linear}, TypeError, "module must be a torch.nn.Module"),
        ({"module": nn.LazyLinear(3)}, ValueError, "module must have its numbers"),
        ({"module": nn.Linear(4, 3, device="meta")}, ValueError, "module must have its numbers"),
        ({"module": nn.BatchNorm1d(4, track_running_stats=False)}, ValueError, "module must treat each image by itself"),
        ({"device": "cuda"}, ValueError, "device must be that of the module, cpu, not cuda: move the module first"),
        ({"device": "meta"}, ValueError, "device must be that of the module"),
        ({"device": "abacus"}, ValueError, "device must be one of PyTorch's"),
        ({"label_block": 0}, ValueError, "label_block must be from 1"),
        ({"label_block": 1.5}, TypeError, "label_block must be a whole number"),
        ({"input_shape": (0,)}, ValueError, r"input_shape\[0\] must be from 1"),
        ({"input_shape": 4}, TypeError, "input_shape must be a sequence"),
    ],
)
def test_arguments(arguments, kind, words):
    with pytest.raises(kind, match=f"^{words}"):
        TorchNetwork(**{"module": nn.Linear(4, 3), **arguments})


def test_what_is_right_is_taken():
    net = TorchNetwork(nn.Linear(4, 3), device=torch.device("cpu"), label_block=np.int64(2), input_shape=[4])
    assert net.input_gradients(X).shape == (2, 3, 4)


def test_progress_must_be_callable():
    assert refusal(TorchNetwork(nn.Linear(4, 3)).input_gradients, X, progress=1, kind=TypeError).startswith("progress must be")


def test_unknown_shapes_are_both_kinds_of_error():
    assert issubclass(UnknownShapeError, ValueError)
    assert issubclass(UnknownShapeError, AttributeError)
