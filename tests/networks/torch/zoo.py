"""Modules of all kinds, and their input gradients label by label, by autograd alone."""

import numpy as np
import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


class Shared(nn.Module):
    """One layer called twice, and two layers with one weight."""

    def __init__(self):
        super().__init__()
        self.twice, self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 5), nn.Linear(6, 5)
        self.last.weight = self.first.weight

    def forward(self, x):
        hidden = self.twice(torch.tanh(self.twice(x)))
        return self.first(hidden) * self.last(x)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.3, batch_first=True)
        self.head = nn.Linear(8, 7)

    def forward(self, x):
        return self.head(self.encoder(x).mean(dim=1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.head = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x):
        return self.head(self.gru(x)[0][:, -1])


def classifier(*layers, channels, labels=6):
    """Return convolutions with the usual end."""
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * channels, labels))


# Name: a module of random weights, and the shape of its inputs.
ZOO = {
    "dense": (lambda: nn.Sequential(nn.Linear(9, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, 5)), (9,)),
    "one label": (lambda: nn.Linear(4, 1), (4,)),
    "grouped, strided": (lambda: classifier(nn.Conv2d(4, 8, 3, stride=2, groups=4), nn.ReLU(), channels=8), (4, 9, 9)),
    "dilated": (lambda: classifier(nn.Conv2d(3, 6, 3, dilation=2), nn.SiLU(), channels=6), (3, 9, 9)),
    "residual": (lambda: classifier(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True), Residual(4), channels=4), (3, 8, 8)),
    "max pool": (lambda: classifier(nn.Conv2d(1, 5, 3), nn.MaxPool2d(2), nn.ELU(), channels=5), (1, 10, 10)),
    "average pool": (lambda: classifier(nn.Conv2d(1, 5, 3), nn.ReLU(), nn.AvgPool2d(2), channels=5), (1, 10, 8)),
    "layer norm": (lambda: nn.Sequential(nn.Linear(7, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 4)), (7,)),
    "group norm": (lambda: classifier(nn.Conv2d(2, 6, 3), nn.GroupNorm(3, 6), nn.PReLU(6), channels=6), (2, 8, 8)),
    "instance norm": (lambda: classifier(nn.Conv2d(2, 6, 3), nn.InstanceNorm2d(6), nn.ReLU(), channels=6), (2, 8, 8)),
    "one axis": (lambda: nn.Sequential(nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.Flatten(), nn.Linear(24, 5)), (2, 8)),
    "three axes": (lambda: nn.Sequential(nn.Conv3d(1, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(81, 5)), (1, 4, 4, 4)),
    "shared": (Shared, (6,)),
    "attention": (Attention, (5, 8)),
    "recurrent": (Recurrent, (7, 4)),
}


def made(name, dtype=torch.float64):
    """Return a module in training mode with running statistics of its own, and three inputs."""
    kind, shape = ZOO[name]
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(1)
        module = kind().to(torch.float64)
        module(torch.randn(20, *shape, dtype=torch.float64))
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.weight.data.uniform_(0.5, 2.0, generator=generator)
    return module.to(dtype), torch.randn(3, *shape, generator=generator, dtype=torch.float64)


def one_by_one(module, x, labels):
    """Return the gradient of each input and label by itself, (batch, labels, *shape), of a module in evaluation mode."""
    found = []
    for image in x:
        for label in labels:
            inputs = image[None].clone().requires_grad_()
            found.append(torch.autograd.grad(module(inputs)[0, label], inputs)[0][0])
    return torch.stack(found).reshape(len(x), len(labels), *x.shape[1:]).double().numpy()


def agree(found, expected, relative):
    """Return whether no number is further away than so much of the largest."""
    return found.shape == expected.shape and np.abs(found - expected).max() <= relative * np.abs(expected).max()
