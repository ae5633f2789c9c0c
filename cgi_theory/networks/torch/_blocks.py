r"""Scores of many labels in the memory of a few: pairs of an image and a label go through the module in blocks.

A block repeats the images of its pairs and differentiates the sum of each row's own logit. Rows do not see each other in
evaluation mode: :math:`\partial \sum_r S_{j_r}(x_r) / \partial x_r = \partial S_{j_r} / \partial x_r`. What a result owes to the
size of its block is the rounding of sums that libraries take in another order.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch

from cgi_theory._arrays import RealND
from cgi_theory._memory import available_memory
from cgi_theory.networks.torch._evaluated import evaluated
from cgi_theory.networks.torch._tensors import UNTRACKED, as_array, checked_logits, require_finite

Score = Callable[..., torch.Tensor]
"""A function from one or more tensors (rows, *input_shape) and a label for each row, (rows,), to scores (rows, *input_shape)."""
Progress = Callable[[int], None]

# Bytes of a block that are enough: larger ones are no faster (measured on EfficientNet-Lite0, 82 MB a pair).
_ENOUGH = 2.0**29
# Bytes of the inputs whose logits are computed at a time.
_INPUTS = 2**24
# The share of the free memory that a block may take.
_SHARE = 0.25
# What PyTorch says of modules that it cannot differentiate by their input, and what they do.
_REFUSALS = {
    "in-?place operation": "it changes in place its input, or numbers that its gradient needs",
    "use_reentrant": "it has reentrant checkpoints (use_reentrant=False makes others)",
    "does(n't| not) require grad|not have been used": "it computes under no_grad, detaches them or makes them whole numbers",
}
# What libraries say when memory ends; PyTorch has a type for it on a GPU only.
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


def logits_of(module: torch.nn.Module, images: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Return the logits of a batch, of inputs of a bounded size at a time."""
    found = []
    for part in images.split(max(1, _INPUTS // max(1, images[:1].nbytes))):
        with evaluated(module, device), torch.no_grad():
            # A copy, for a module may change its input.
            found.append(checked_logits(module(part.to(device, copy=True)), len(part)))
    return torch.cat(found)


def scores_of(
    module: torch.nn.Module,
    score: Score,
    tensors: Sequence[torch.Tensor],
    labels: Sequence[int],
    device: torch.device,
    block: int,
    progress: Progress | None,
) -> RealND:
    """Return the scores of all images and labels, (images, labels, *input_shape), ``block`` pairs at a time.

    Each of ``tensors`` has a row for each image: the images, and what else is told of them, such as a baseline. A block that the
    memory does not hold is tried again with half of its pairs.
    """
    images = tensors[0]
    count = len(images) * len(labels)
    shape, kind = images.shape[1:], np.float64 if images.dtype == torch.float64 else np.float32
    found = np.empty((count, *shape), dtype=kind)
    first = 0
    while first < count:
        pairs = torch.arange(first, min(first + block, count), device="cpu")
        rows = (tensor[pairs // len(labels)].to(device) for tensor in tensors)
        with evaluated(module, device):
            part = _unless_too_large(score, (*rows, torch.tensor(labels, device="cpu")[pairs % len(labels)].to(device)))
        if part is None:
            block = max(1, len(pairs) // 2)
            continue
        require_finite("gradients", part)
        found[first : first + len(pairs)] = as_array(part)
        first += len(pairs)
        if progress is not None:
            progress(len(pairs))
    return found.reshape(len(images), len(labels), *shape)


def _unless_too_large(score: Score, rows: Sequence[torch.Tensor]) -> torch.Tensor | None:
    """Return a block's scores, or None if the memory ends and there is more than one pair to halve."""
    try:
        return score(*rows)
    except (RuntimeError, MemoryError) as error:
        ended = isinstance(error, MemoryError) or any(words in str(error).lower() for words in _NO_MEMORY)
        if not ended or len(rows[0]) == 1:
            raise
    if rows[0].is_cuda:
        torch.cuda.empty_cache()
    return None


def gradients(module: torch.nn.Module) -> Score:
    """Return the function that gives the gradients of each image's own label."""

    def score(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        inputs = images.clone().requires_grad_()
        with torch.enable_grad(), refusals_named():
            logits = watched_logits(module, inputs)
            (found,) = torch.autograd.grad(logits.gather(1, labels[:, None]).sum(), inputs)
        return found

    return score


def watched_logits(module: torch.nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return a module's logits, or raise a ValueError if it changes its inputs behind autograd's back."""
    before = inputs.detach().clone()
    logits = checked_logits(module(inputs), len(inputs))
    if not torch.equal(inputs, before):
        raise ValueError(f"{UNTRACKED}: it changes its input in place, which autograd does not see")
    return logits


@contextmanager
def refusals_named() -> Iterator[None]:
    """Say in a line what autograd refuses of a module."""
    try:
        yield
    except RuntimeError as error:
        for words, what in _REFUSALS.items():
            if re.search(words, str(error)):
                raise ValueError(f"{UNTRACKED}: {what}") from None
        raise


def block_that_fits(pair_bytes: float, device: torch.device, result_bytes: float) -> int:
    """Return how many pairs of so many bytes each a block may have beside a result of so many bytes."""
    on_gpu = device.type == "cuda"
    free = float(torch.cuda.mem_get_info(device)[0]) if on_gpu else available_memory() - result_bytes
    return max(1, int(min(_ENOUGH, _SHARE * free) / pair_bytes))


def bytes_of_a_pair(module: torch.nn.Module, image: torch.Tensor) -> float:
    """Return the bytes that one gradient takes: what a forward pass of an image, (1, *input_shape), keeps and what flows back.

    Infinite for a module that autograd does not let us watch, so that its blocks are of one pair.
    """
    own = {place for tensor in (*module.parameters(), *module.buffers()) for place in _memory(tensor)}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.update(_memory(tensor))
        return tensor

    try:
        with torch.enable_grad(), refusals_named(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            watched_logits(module, image.clone().requires_grad_())
    except RuntimeError as error:
        if "saved tensor hooks" not in str(error):  # as torch.func's gradients in a module say
            raise
        return math.inf
    sizes = [size for place, size in kept.items() if place not in own]
    flowing = 2.0 * max(sizes, default=0)
    return sum(sizes) + flowing + 4.0 * float(image.nbytes)


def _memory(tensor: torch.Tensor) -> dict[int, int]:
    """Return where a tensor's numbers are, and how many bytes; of a sparse one nothing, which is small."""
    if tensor.layout != torch.strided:
        return {}
    storage = tensor.untyped_storage()
    return {storage.data_ptr(): storage.nbytes()}
