"""AlexNet (Krizhevsky et al. 2012) and VGG-16 and VGG-19 (Simonyan & Zisserman 2015), without batch normalisation.

At their own size, width 1 for 224 × 224 pixels and three channels, VGG's parameters have the names and shapes of torchvision's,
so that its weights load. On digits, 28 × 28 pixels and one channel, both are narrower by a width factor; VGG's five poolings need
32 × 32 pixels, and its first convolution lays zeros around. AlexNet's first convolution, 11 × 11 with stride 4, is 5 × 5 with
stride 1 there.
"""

import itertools
from collections.abc import Sequence

import torch
from torch import nn

# Channels of convolutions of 3 × 3; 0 is a pooling.
VGG = {
    16: (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0),
    19: (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0),
}
_HIDDEN = 4096


class ConvolutionalNetwork(nn.Module):
    """Convolutions, a pooling to a fixed size, and fully connected layers.

    Parameters
    ----------
    features : sequence of Module
        Up to the last pooling of (batch, channels, height, width).
    pooled : int
        Rows and columns after the pooling to a fixed size.
    classifier : sequence of Module
    """

    def __init__(self, features: Sequence[nn.Module], pooled: int, classifier: Sequence[nn.Module]) -> None:
        super().__init__()
        self.features = nn.Sequential(*features)
        self.avgpool = nn.AdaptiveAvgPool2d(pooled)
        self.classifier = nn.Sequential(*classifier)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits, (batch, labels), of images (batch, channels, height, width)."""
        found: torch.Tensor = self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))
        return found


def vgg(
    depth: int,
    *,
    n_labels: int = 1000,
    channels: int = 3,
    width: float = 1.0,
    pooled: int = 7,
    padding: int = 0,
    dropout: float = 0.5,
) -> ConvolutionalNetwork:
    """Return VGG-16 or VGG-19, with He's initial weights.

    Parameters
    ----------
    depth : {16, 19}
    n_labels, channels : int
        Of the logits, and of the input.
    width : float
        Channels and hidden units over the original's.
    pooled : int
        Rows and columns before the fully connected layers.
    padding : int
        Zeros that the first convolution lays around the input beside its own.
    dropout : float
        The fraction of hidden units that training leaves out.
    """
    features: list[nn.Module] = []
    before = channels
    for wanted in VGG[depth]:
        if wanted:
            around = 1 if features else 1 + padding
            features += [nn.Conv2d(before, _narrow(wanted, width), 3, padding=around), nn.ReLU()]
            before = _narrow(wanted, width)
        else:
            features.append(nn.MaxPool2d(2))
    hidden = _narrow(_HIDDEN, width)
    classifier = [nn.Linear(before * pooled**2, hidden), nn.ReLU(), nn.Dropout(dropout)]
    classifier += [nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, n_labels)]
    return _initialised(ConvolutionalNetwork(features, pooled, classifier))


def alexnet(*, n_labels: int = 10, channels: int = 1, width: float = 1.0, dropout: float = 0.5) -> ConvolutionalNetwork:
    """Return AlexNet for digits of 28 × 28 pixels, with He's initial weights; arguments as for ``vgg``."""
    sizes = [_narrow(wanted, width) for wanted in (64, 192, 384, 256, 256)]
    features: list[nn.Module] = [nn.Conv2d(channels, sizes[0], 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    features += [nn.Conv2d(sizes[0], sizes[1], 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    for before, after in itertools.pairwise(sizes[1:]):
        features += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
    features.append(nn.MaxPool2d(3, stride=2))
    hidden = _narrow(_HIDDEN, width)
    classifier = [nn.Dropout(dropout), nn.Linear(sizes[-1] * 9, hidden), nn.ReLU()]
    classifier += [nn.Dropout(dropout), nn.Linear(hidden, hidden)]
    return _initialised(ConvolutionalNetwork(features, 3, [*classifier, nn.ReLU(), nn.Linear(hidden, n_labels)]))


def _narrow(size: int, width: float) -> int:
    return max(1, round(size * width))


def _initialised(module: ConvolutionalNetwork) -> ConvolutionalNetwork:
    """Give a network weights N(0, 2/fan_in) (He et al. 2015) and no biases: nineteen layers learn nothing from PyTorch's own."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            nn.init.zeros_(part.bias)
    return module
