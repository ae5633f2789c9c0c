"""All labels of one photograph from one graph: half the time of a graph for each block of labels.

Batch norms in evaluation mode are folded into the convolutions before them, which changes logits and gradients by rounding alone.
Then the input is repeated as often as a block has labels, the network is evaluated once, and each block of labels is a pass
backwards through the same graph.
"""

import copy
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cgi_theory._arrays import RealND, SingleND

_BLOCK = 10  # labels


class OneGraph:
    """A module as a network (:class:`cgi_theory.networks.network.Network`) of one input at a time."""

    def __init__(self, module: nn.Module, input_shape: tuple[int, ...], n_labels: int) -> None:
        self._module = folded(module)
        self.input_shape, self.n_labels = input_shape, n_labels

    def logits(self, x: SingleND) -> RealND:
        """Return S, (1, k), of inputs (1, *input_shape)."""
        with torch.no_grad():
            found: RealND = self._module(torch.from_numpy(x)).numpy()
        return found

    def input_gradients(self, x: SingleND, labels: Sequence[int] | None = None) -> RealND:
        """Return ∂S_j/∂x of labels, by default of all, (1, labels, *input_shape)."""
        chosen = list(range(self.n_labels) if labels is None else labels)
        found = np.empty((1, len(chosen), *self.input_shape), dtype=np.float32)
        repeated = torch.from_numpy(x).repeat_interleave(_BLOCK, dim=0).requires_grad_()
        logits = self._module(repeated)
        for first in range(0, len(chosen), _BLOCK):
            block = chosen[first : first + _BLOCK]
            (gradients,) = torch.autograd.grad(logits[range(len(block)), block].sum(), repeated, retain_graph=True)
            found[0, first : first + _BLOCK] = gradients[: len(block)].numpy()
        return found


def folded(module: nn.Module) -> nn.Module:
    """Return a copy in evaluation mode, whose batch norms are part of the convolutions that are defined right before them."""
    found = copy.deepcopy(module).eval().requires_grad_(False)
    for parent in list(found.modules()):
        for (name, child), (after, norm) in pairwise(list(parent.named_children())):
            if isinstance(child, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(parent, name, fuse_conv_bn_eval(child, norm))
                setattr(parent, after, nn.Identity())
    return found
