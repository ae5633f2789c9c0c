"""Any torch.nn.Module as a network: its logits and the input gradients of its labels, in blocks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class TorchNetwork:
    """A module in evaluation mode."""

    def __init__(
        self,
        module: torch.nn.Module,
        device: Any = None,
        label_block: int | None = None,
        *,
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.module = module.eval()
        self.label_block = label_block or 20
        self._input_shape = input_shape
        self._n_labels: int | None = None

    @property
    def n_labels(self) -> int:
        """k, the number of labels."""
        assert self._n_labels is not None
        return self._n_labels

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        assert self._input_shape is not None
        return self._input_shape

    def logits(self, x: Any) -> NDArray[np.floating]:
        """Return S, shape (batch, k), for inputs (batch, *input_shape)."""
        with torch.no_grad():
            found = self.module(torch.as_tensor(np.asarray(x, dtype=np.float32))).numpy()
        self._n_labels, self._input_shape = found.shape[1], tuple(np.shape(x)[1:])
        return found

    def input_gradients(self, x: Any, labels: Sequence[int] | None = None) -> NDArray[np.floating]:
        """Return ∂S_j/∂x of labels j, by default of all, shape (batch, labels, *input_shape)."""
        x = np.asarray(x, dtype=np.float32)
        chosen = range(self.logits(x).shape[1]) if labels is None else labels
        found = np.empty((len(x), len(chosen), *x.shape[1:]), dtype=np.float32)
        for image, row in zip(x, found, strict=True):
            for first in range(0, len(chosen), self.label_block):
                block = list(chosen[first : first + self.label_block])
                inputs = torch.as_tensor(image).expand(len(block), *image.shape).clone().requires_grad_()
                (gradient,) = torch.autograd.grad(self.module(inputs)[range(len(block)), block].sum(), inputs)
                row[first : first + self.label_block] = gradient.numpy()
        return found
