r"""What the package asks of a network: logits, and the input gradients of any of its labels.

A *network* here is anything with these four members; :class:`cgi_theory.networks.MLP` is one, any ``torch.nn.Module`` becomes one by
``cgi_theory.networks.torch.TorchNetwork``, and ten lines make one of a function with a vector-Jacobian product. Inputs are (batch,
\*input_shape), of any shape: (d,) for digits as vectors, (channels, height, width) for images.

A *layered* network also says of which layers it consists and how it is randomised: what the sanity checks need.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Network(Protocol):
    """What gradients are taken of."""

    @property
    def n_labels(self) -> int:
        """k, the number of labels."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""

    def logits(self, x: Any) -> NDArray[np.floating]:
        """Return S, shape (batch, k), for inputs (batch, *input_shape)."""

    def input_gradients(self, x: Any, labels: Sequence[int] | None = None) -> NDArray[np.floating]:
        """Return ∂S_j/∂x of labels j, by default of all, shape (batch, labels, *input_shape)."""
