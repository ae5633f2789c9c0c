r"""Scores of many labels in the memory of a few: pairs of an image and a label go through the module in blocks.

A block repeats the images of its pairs and differentiates the sum of each row's own logit. Rows do not see each other in
evaluation mode: :math:`\partial \sum_r S_{j_r}(x_r) / \partial x_r = \partial S_{j_r} / \partial x_r`. What a result owes to the
size of its block is the rounding of sums that libraries take in another order.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from cgi_theory._arrays import RealND
from cgi_theory._memory import available_memory
from cgi_theory.networks.torch._tensors import UNTRACKED, as_array, checked_logits, require_finite

Score = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""A function from images (rows, *input_shape) and a label for each, (rows,), to scores (rows, *input_shape)."""
Progress = Callable[[int], None]

# Bytes of a block that are enough: larger ones are no faster (measured on EfficientNet-Lite0, 82 MB a pair).
_ENOUGH = 2.0**29
# The share of the free memory that a block may take.
_SHARE = 0.25
# What libraries say when memory ends; PyTorch has a type for it on a GPU only.
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


def scores_of(
    score: Score, images: torch.Tensor, labels: Sequence[int], device: torch.device, block: int, progress: Progress | None
) -> RealND:
    """Return the scores of all images and labels, (images, labels, *input_shape), ``block`` pairs at a time.

    A block that the memory does not hold is tried again with half of its pairs.
    """
    count = len(images) * len(labels)
    shape, kind = images.shape[1:], np.float64 if images.dtype == torch.float64 else np.float32
    found = np.empty((count, *shape), dtype=kind)
    first = 0
    while first < count:
        pairs = torch.arange(first, min(first + block, count))
        rows, chosen = images[pairs // len(labels)], torch.tensor(labels)[pairs % len(labels)]
        part = _unless_too_large(score, rows.to(device), chosen.to(device))
        if part is None:
            block = max(1, len(pairs) // 2)
            continue
        require_finite("gradients", part)
        found[first : first + len(pairs)] = as_array(part)
        first += len(pairs)
        if progress is not None:
            progress(len(pairs))
    return found.reshape(len(images), len(labels), *shape)


def _unless_too_large(score: Score, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor | None:
    """Return a block's scores, or None if the memory ends and there is more than one pair to halve."""
    try:
        return score(images, labels)
    except (RuntimeError, MemoryError) as error:
        ended = isinstance(error, MemoryError) or any(words in str(error).lower() for words in _NO_MEMORY)
        if not ended or len(images) == 1:
            raise
    if images.is_cuda:
        torch.cuda.empty_cache()
    return None


def gradients(module: torch.nn.Module) -> Score:
    """Return the function that gives the gradients of each image's own label."""

    def score(images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            inputs = images.clone().requires_grad_()
            try:
                logits = checked_logits(module(inputs), len(images))
                require_gradients(logits, inputs, images)
                (found,) = torch.autograd.grad(logits.gather(1, labels[:, None]).sum(), inputs, allow_unused=True)
            except RuntimeError as error:
                if "in-place operation" not in str(error) and "inplace operation" not in str(error):
                    raise
                raise ValueError(f"{UNTRACKED}: it changes in place what its gradient needs ({_first_line(error)})") from None
        if found is None:
            raise ValueError(f"{UNTRACKED}: it detaches them")
        return found

    return score


def require_gradients(logits: torch.Tensor, inputs: torch.Tensor, images: torch.Tensor) -> None:
    """Raise a ValueError if logits do not come from the inputs that were given, with autograd watching."""
    if not logits.requires_grad:
        raise ValueError(f"{UNTRACKED}: it runs under no_grad, detaches or rounds")
    if not torch.equal(inputs, images):
        raise ValueError(f"{UNTRACKED}: it changes its input in place, where autograd does not see it")


def _first_line(error: RuntimeError) -> str:
    return str(error).partition("\n")[0].partition(": [")[0].rstrip(".")


def block_that_fits(pair_bytes: float, device: torch.device, result_bytes: float) -> int:
    """Return how many pairs of so many bytes each a block may have beside a result of so many bytes."""
    on_gpu = device.type == "cuda"
    free = float(torch.cuda.mem_get_info(device)[0]) if on_gpu else available_memory() - result_bytes
    return max(1, int(min(_ENOUGH, _SHARE * free) / pair_bytes))


def bytes_of_a_pair(module: torch.nn.Module, image: torch.Tensor) -> float:
    """Return the bytes that the gradient of one image, (1, *input_shape), takes: what its forward pass keeps and what flows back."""
    own = {_memory(tensor)[0] for tensor in (*module.parameters(), *module.buffers())}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        kept.update([_memory(tensor)])
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        module(image.clone().requires_grad_())
    sizes = [size for place, size in kept.items() if place not in own]
    flowing = 2.0 * max(sizes, default=0)
    return sum(sizes) + flowing + 4.0 * float(image.nbytes)


def _memory(tensor: torch.Tensor) -> tuple[int, int]:
    storage = tensor.untyped_storage()
    return storage.data_ptr(), storage.nbytes()
