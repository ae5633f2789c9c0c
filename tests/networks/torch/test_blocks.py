"""Blocks of image-label pairs: what they hold, how they shrink, and that they can be interrupted."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from cgi_theory.networks.torch import TorchNetwork, _blocks  # noqa: E402
from tests.forked import ROOT  # noqa: E402
from tests.networks.torch.zoo import agree, made, one_by_one  # noqa: E402


class Watched(nn.Module):
    """A layer that notes how many rows it is called with, and can run out of memory above some."""

    def __init__(self, most=10**9, error=None):
        super().__init__()
        self.linear, self.most, self.rows = nn.Linear(4, 7), most, []
        self.error = error or RuntimeError("[enforce fail] not enough memory: you tried to allocate 9 bytes")

    def forward(self, x):
        self.rows.append(len(x))
        if len(x) > self.most:
            raise self.error
        return torch.tanh(self.linear(x))


X = np.linspace(-1.0, 1.0, 12).reshape(3, 4)


@pytest.mark.parametrize("block", [1, 2, 7, 10, 21, 100])
def test_a_block_counts_pairs_of_an_image_and_a_label(block):
    module = Watched()
    net = TorchNetwork(module, label_block=block, input_shape=(4,))
    done: list[int] = []
    assert net.n_labels == 7
    module.rows.clear()
    found = net.input_gradients(X, progress=done.append)
    expected = [min(block, 21 - first) for first in range(0, 21, block)]
    assert module.rows == done == expected
    assert agree(found, one_by_one(module, torch.from_numpy(X).float(), range(7)), 1e-6)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
        RuntimeError("CUDA out of memory. Tried to allocate 9 GiB"),
        getattr(torch, "OutOfMemoryError", torch.cuda.OutOfMemoryError)("CUDA out of memory."),
        MemoryError(),
    ],
)
def test_blocks_that_the_memory_does_not_hold_are_halved(error):
    module = Watched(error=error)
    net = TorchNetwork(module, label_block=21)
    expected = net.input_gradients(X)
    module.most = 3
    module.rows.clear()
    assert agree(net.input_gradients(X), expected, 1e-6)
    assert module.rows == [21, 10, 5, *10 * [2], 1]


def test_one_pair_that_does_not_fit_is_an_error():
    module = Watched(0)
    net = TorchNetwork(module, label_block=8)
    net._n_labels = 7
    with pytest.raises(RuntimeError, match="not enough memory"):
        net.input_gradients(X)
    assert module.rows == [8, 4, 2, 1]


def test_another_error_is_not_tried_again():
    module = Watched(3, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        TorchNetwork(module, label_block=8).input_gradients(X)
    assert module.rows == [1, 8]


def test_it_can_be_interrupted_between_blocks():
    module = Watched().train()
    net = TorchNetwork(module, label_block=5)
    done = []

    def stop(pairs):
        done.append(pairs)
        if sum(done) >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.input_gradients(X, progress=stop)
    assert done == [5, 5]
    assert module.training
    assert module.linear.weight.requires_grad


def test_logits_of_many_images_are_computed_in_parts(monkeypatch):
    module = Watched()
    net = TorchNetwork(module)
    expected = net.logits(X)
    monkeypatch.setattr(_blocks, "_INPUTS", 2 * 4 * 4)
    module.rows.clear()
    assert agree(net.logits(X), expected, 1e-6)
    assert module.rows == [2, 1]
    assert net.logits(X[:0]).shape == (0, 7)


def test_many_small_images_share_a_pass():
    module, x = made("dense")
    calls = []
    module.register_forward_hook(lambda part, inputs, output: calls.append(len(output)))
    net = TorchNetwork(module)
    net.input_gradients(x.repeat(100, 1))
    assert calls == [1, 1, 1500], "the first for the number of labels, the second to be measured"


def test_the_size_of_a_pair_is_what_its_pass_keeps():
    module = nn.Sequential(nn.Linear(1000, 500, bias=False), nn.Tanh(), nn.Linear(500, 20, bias=False), nn.Tanh())
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    found = _blocks.bytes_of_a_pair(module, torch.zeros(1, 1000))
    kept, largest, image = 4 * (500 + 20), 4 * 500, 4 * 1000  # what the two tanh keep; weights are the module's own
    assert found == kept + 2 * largest + 4 * image


@pytest.mark.parametrize(
    ("free", "result", "expected"),
    [
        (2e9, 0.0, 5),  # a quarter of what is free
        (2e9, 1.2e9, 2),  # once the result is there
        (1e12, 0.0, int(2**29 / 1e8)),  # no more than is of use
        (float("inf"), 0.0, int(2**29 / 1e8)),
        (1e3, 0.0, 1),
        (1e3, 1e9, 1),
    ],
)
def test_the_block_is_chosen_from_what_is_free(monkeypatch, free, result, expected):
    monkeypatch.setattr(_blocks, "available_memory", lambda: free)
    assert _blocks.block_that_fits(1e8, torch.device("cpu"), result) == expected


PEAK = """
import numpy as np, torch
from torch import nn
from cgi_theory.networks.torch import TorchNetwork

def peak():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

torch.manual_seed(0)
torch.set_num_threads(1)
module = nn.Sequential(nn.Conv2d(3, 24, 3, padding=1), nn.SiLU(), nn.Conv2d(24, 24, 3, padding=1, groups=24), nn.SiLU(),
                       nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(384, 1000))
net, x = TorchNetwork(module, label_block=40), np.random.default_rng(0).random((1, 3, 48, 48))
net.input_gradients(x, range(1))
start = peak()
net.input_gradients(x, range(40))
block = peak() - start
net.input_gradients(x)
print(block, peak() - start)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peaks are read from /proc")
def test_a_thousand_labels_take_the_memory_of_a_block():
    done = subprocess.run([sys.executable, "-c", PEAK], cwd=ROOT, capture_output=True, text=True, check=True)
    block, found = map(float, done.stdout.split())
    result = 1000 * 3 * 48 * 48 * 4 / 2**20
    assert block > 20.0, "a block is large enough to be seen, in MiB"
    assert found < 2.0 * block + result
    assert found < 0.2 * 25 * block, "a thousand labels at once would take twenty-five blocks"


CGI = """
import resource
import sys

import numpy as np
import torch

from cgi_theory.networks import attribution
from cgi_theory.networks.torch import TorchNetwork

torch.manual_seed(0)
module = torch.nn.Sequential(
    torch.nn.Conv2d(3, 4, 3, stride=8), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 28 * 28, 1000)
)
net, x = TorchNetwork(module, label_block=8), np.random.default_rng(0).random((1, 3, 224, 224), dtype=np.float32)
net.input_gradients(x, range(8))
tiny = TorchNetwork(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 2)))
attribution.cgi(tiny, x[:, :, :1, :1])  # what is compiled takes memory once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
attribution.cgi(net, x)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are in kilobytes on Linux")
def test_a_thousand_labels_of_a_photograph_compete_in_little_memory():
    """All gradients would take 602 MB; what is held are some maps, and a block of 16 MB a few times over."""
    done = subprocess.run([sys.executable, "-c", CGI], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(done.stdout) < 120.0
