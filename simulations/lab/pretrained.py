"""Networks that were trained on ImageNet: what each is shown, and its stages, which are randomised one by one or in cascade.

A network is shown (pixels − offset) / unit of a photograph's pixels from 0 to 255, with a side of its own. A stage is a group of
its layers, in the order of the forward pass, named by how the names of its layers begin: the first stage is the one at the input,
the last that of the logits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cgi_theory._arrays import Single3D

Triple = tuple[float, float, float]  # of the red, the green and the blue channel
LOGITS = "logits"  # the last stage of every network


@dataclass(frozen=True)
class Pretrained:
    """What is known of a network beside its weights."""

    side: int
    offset: Triple
    unit: Triple
    stages: dict[str, tuple[str, ...]]
    """By name, how the names of a stage's layers begin."""

    def inputs(self, pixels: Single3D) -> Single3D:
        """Return what the network is given of pixels (3, side, side) from 0 to 255."""
        offset, unit = (np.asarray(triple, dtype=np.float32)[:, None, None] for triple in (self.offset, self.unit))
        found: Single3D = (pixels - offset) / unit
        return found

    def layers_of(self, stages: Sequence[str], layer_names: Sequence[str]) -> list[str]:
        """Return the layers of some stages, out of the names of all."""
        beginnings = tuple(beginning for stage in stages for beginning in self.stages[stage])
        return [name for name in layer_names if f"{name}.".startswith(beginnings)]


def _blocks(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"_blocks.{number}." for number in range(first, last + 1))


def _efficientnet_lite(side: int, last_blocks: tuple[int, int, int]) -> Pretrained:
    """Return a network of Tan & Le (2019), without squeeze and excitation, with ReLU6: blocks are grouped by resolution."""
    one, two, three = last_blocks
    stages = {
        "stem": ("_conv_stem.", "_bn0."),
        f"blocks 0–{one}": _blocks(0, one),
        f"blocks {one + 1}–{two}": _blocks(one + 1, two),
        f"blocks {two + 1}–{three}": _blocks(two + 1, three),
        "head": ("_conv_head.", "_bn1."),
        LOGITS: ("_fc.",),
    }
    return Pretrained(side, (127.0,) * 3, (128.0,) * 3, stages)


def _vgg(convolutions: tuple[tuple[int, ...], ...]) -> Pretrained:
    """Return a network of Simonyan & Zisserman (2015) in torchvision's layout, given the numbers of its convolutions by block."""
    stages = {
        f"block {block}": tuple(f"features.{number}." for number in numbers)
        for block, numbers in enumerate(convolutions, start=1)
    }
    stages |= {"hidden": ("classifier.0.", "classifier.3."), LOGITS: ("classifier.6.",)}
    return Pretrained(224, (123.675, 116.28, 103.53), (58.395, 57.12, 57.375), stages)


PRETRAINED = {
    "efficientnet-lite0": _efficientnet_lite(224, (4, 10, 15)),
    "efficientnet-lite1": _efficientnet_lite(240, (6, 14, 20)),
    "vgg16": _vgg(((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))),
    "vgg19": _vgg(((0, 2), (5, 7), (10, 12, 14, 16), (19, 21, 23, 25), (28, 30, 32, 34))),
}
