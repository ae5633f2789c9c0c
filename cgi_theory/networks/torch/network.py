"""Any ``torch.nn.Module`` as a network: its logits, the input gradients of its labels, and its layers at random.

The module is the user's own and is not copied; :mod:`cgi_theory.networks.torch._evaluated` says how a call leaves it. It computes
where its parameters are, and in their type. Results are arrays: float64 of a module in float64, else float32.
"""

import copy
from collections.abc import Callable, Collection, Sequence
from typing import Any, Self

import torch

from cgi_theory._arguments import function, instance, real_number, shown, whole_number, whole_numbers
from cgi_theory._arrays import RealND
from cgi_theory._floating import own_error_state
from cgi_theory.networks.network import Method
from cgi_theory.networks.torch import _layers, _randomised
from cgi_theory.networks.torch._blocks import Score, block_that_fits, bytes_of_a_pair, gradients, logits_of, scores_of
from cgi_theory.networks.torch._evaluated import evaluated
from cgi_theory.networks.torch._tensors import as_array, home, input_tensor, require_evaluable

_MOST_PAIRS = 2**20


class UnknownShapeError(ValueError, AttributeError):
    """The module has seen no input yet: it is not known what it takes and returns. So ``hasattr`` is False."""


class TorchNetwork:
    """A module as a network, in evaluation mode during its calls.

    Parameters
    ----------
    module : torch.nn.Module
        Takes (batch, *input_shape) and returns logits (batch, labels), each row of its own input alone.
    device : torch.device or str, optional
        Where inputs are put: where the module is, which is never moved. Given, it is checked against that.
    label_block : int, optional
        How many pairs of an image and a label are computed at a time. By default as many as half a gigabyte holds, or a
        quarter of the free memory if that is less. Half as many when memory ends.
    input_shape : tuple of int, optional
        The shape of one input; by default that of the first one.

    Attributes
    ----------
    module, label_block
    reset : tuple of str
        In a network that ``with_random_layers`` returned, the names of the parameters and buffers that were reset.

    Raises
    ------
    TypeError, ValueError
        Naming what is off; later, if the module returns something else.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        device: Any = None,
        label_block: int | None = None,
        *,
        input_shape: tuple[int, ...] | None = None,
    ) -> None:
        self.module = instance("module", module, torch.nn.Module, "a torch.nn.Module")
        self._device = device
        require_evaluable(module)
        home(module, device)
        self.label_block = None if label_block is None else whole_number("label_block", label_block, 1, _MOST_PAIRS)
        self._input_shape = None if input_shape is None else whole_numbers("input_shape", input_shape, 1, 2**31 - 1)
        self._n_labels: int | None = None
        self._pair_bytes: float | None = None
        self._layer_names: tuple[str, ...] | None = None
        self.reset: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where the module computes."""
        return home(self.module, self._device)[0]

    @property
    def dtype(self) -> torch.dtype:
        """The type in which the module computes."""
        return home(self.module, self._device)[1]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        if self._input_shape is None:
            raise UnknownShapeError("input_shape must be given, or the network called once: the module has seen no input yet")
        return self._input_shape

    @property
    def n_labels(self) -> int:
        """k, the number of labels."""
        if self._n_labels is None:
            self._forward(torch.zeros((1, *self.input_shape), dtype=self.dtype, device="cpu"))
        assert self._n_labels is not None
        return self._n_labels

    def inputs(self, x: Any) -> RealND:
        """Return inputs as the module sees them, rounded to its type, or raise an error that names what is off."""
        return as_array(self.images("x", x))

    def logits(self, x: Any) -> RealND:
        """Return S, shape (batch, k), for an array or a tensor (batch, *input_shape) of finite real numbers of any type."""
        return as_array(self._forward(self.images("x", x)))

    def input_gradients(
        self, x: Any, labels: Sequence[int] | None = None, *, progress: Callable[[int], None] | None = None
    ) -> RealND:
        """Return ∂S_j/∂x of labels j.

        Parameters
        ----------
        x : array_like or torch.Tensor, (batch, *input_shape)
        labels : sequence of int, optional
            0 to k − 1, in any order; all by default.
        progress : callable, optional
            Called after each block with the number of its pairs of an image and a label, of batch · labels in all.

        Returns
        -------
        ndarray, (batch, labels, *input_shape)

        Raises
        ------
        TypeError, ValueError
            Naming what is off: an argument, or what the module returns or does to its input.
        """
        return self.in_blocks(gradients(self.module), (self.images("x", x),), labels, progress=progress)

    def in_blocks(
        self,
        score: Score,
        tensors: Sequence[torch.Tensor],
        labels: Sequence[int] | None,
        *,
        rows: int = 1,
        progress: Callable[[int], None] | None = None,
    ) -> RealND:
        """Return scores of all pairs of an image and a label, (batch, labels, *input_shape): what methods are made of.

        Parameters
        ----------
        score : callable
            From a block of ``tensors`` and a label for each row, (rows,), to the rows' scores, (rows, *input_shape).
        tensors : sequence of torch.Tensor, each (batch, *input_shape)
            The images as ``images`` returns them, and what else ``score`` needs of each of them.
        labels : sequence of int, as for ``input_gradients``, optional
        rows : int
            How many rows ``score`` sends through the module for each pair.
        progress : callable, as for ``input_gradients``, optional
        """
        images = tensors[0]
        if progress is not None:
            function("progress", progress)
        if self._n_labels is None:
            self._forward(images[:1])
        chosen = range(self.n_labels) if labels is None else whole_numbers("labels", labels, 0, self.n_labels - 1)
        block = max(1, self._block(images, len(chosen)) // rows)
        return scores_of(self.module, score, tensors, chosen, self.device, block, progress)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the layers, as ``named_modules`` gives them, from the input to the logits, in the order of a forward pass.

        A layer owns parameters or running statistics itself, not through its parts, and is called. What is used without being
        called (the ``out_proj`` of attention) comes last in the part that uses it; what is not used is no layer.
        """
        if self._layer_names is None:
            images = torch.zeros((1, *self.input_shape), dtype=self.dtype, device="cpu")
            with evaluated(self.module, self.device):
                self._layer_names = _layers.in_forward_order(self.module, images.to(self.device))
        return self._layer_names

    def with_random_layers(self, layers: Collection[str], *, seed: int, method: Method) -> Self:
        """Return a network of a copy of the module in which some layers are random.

        Parameters
        ----------
        layers : collection of str
            Of ``layer_names``.
        seed : int
        method : {"initial", "permute", "gaussian"}
            What they do to a module says :mod:`cgi_theory.networks.torch._randomised`.

        Raises
        ------
        TypeError, ValueError
            Naming the argument that is off, or a layer that cannot be made as before training.
        """
        if isinstance(layers, str):
            raise TypeError(f"layers must be a collection of names, not {shown(layers)}")
        chosen = tuple(layers)
        for name in chosen:
            if name not in self.layer_names:
                raise ValueError(f"layers must be of layer_names, not {shown(name)}")
        module = _randomised.copied(self.module)
        reset = _randomised.randomise(module, self.layer_names, chosen, seed, method)
        return self._of(module, reset)

    def towards(self, other: "TorchNetwork", fraction: float) -> Self:
        """Return a network of a copy of the module whose numbers lie between its own and those of another with the same layers.

        Parameters
        ----------
        other : TorchNetwork
        fraction : float
            λ, from 0 to 1: parameters and running statistics are (1 − λ) own + λ other's; whole numbers are own.

        Raises
        ------
        TypeError, ValueError
            If an argument is off, or parameters have other names or shapes.
        """
        share = real_number("fraction", fraction, 0.0, 1.0)
        theirs = instance("other", other, TorchNetwork, "a TorchNetwork").module
        module = _randomised.copied(self.module)
        _randomised.move_towards(module, theirs, share)
        return self._of(module, ())

    def _of(self, module: torch.nn.Module, reset: tuple[str, ...]) -> Self:
        """Return a network like this one of a copy of its module."""
        found = copy.copy(self)
        found.module, found.reset = module, reset
        return found

    @own_error_state
    def images(self, name: str, x: Any) -> torch.Tensor:
        """Return ``inputs`` as a tensor of the module's type on the CPU; errors call it ``name``."""
        images, shape = input_tensor(name, x, self.dtype), self._input_shape
        if images.ndim < 2 or (shape is not None and tuple(images.shape[1:]) != shape):
            wanted = "*input_shape" if shape is None else ", ".join(map(str, shape))
            raise ValueError(f"{name} must have shape (batch, {wanted}), not {tuple(images.shape)}")
        return images

    def _forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the logits of a batch, and remember its shape."""
        logits = logits_of(self.module, images, self.device)
        self._input_shape, self._n_labels = tuple(images.shape[1:]), logits.shape[1]
        return logits

    def _block(self, images: torch.Tensor, n_labels: int) -> int:
        """Return how many rows go through the module at a time."""
        if self.label_block is not None or len(images) == 0:
            return self.label_block or 1
        if self._pair_bytes is None:
            with evaluated(self.module, self.device):
                self._pair_bytes = bytes_of_a_pair(self.module, images[:1].to(self.device))
        return block_that_fits(self._pair_bytes, self.device, images.nbytes * n_labels)
