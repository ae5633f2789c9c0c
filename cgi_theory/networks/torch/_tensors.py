"""Inputs as tensors, and what a module must return."""

from typing import Any

import numpy as np
import torch

from cgi_theory._arguments import real_array, shown
from cgi_theory._arrays import RealND

UNTRACKED = "module must pass gradients from its logits to its input"


def require_evaluable(module: torch.nn.Module) -> None:
    """Raise a ValueError if a module cannot be evaluated, or mixes the images of a batch even in evaluation mode."""
    tensors = [*module.parameters(), *module.buffers()]
    if any(tensor.is_meta or torch.nn.parameter.is_lazy(tensor) for tensor in tensors):
        raise ValueError("module must have its numbers: it is on the meta device, or lazy and not called yet")
    if any(tensor.is_inference() for tensor in tensors):
        raise ValueError("module must be one that autograd takes: it was made in inference mode (copy.deepcopy makes it one)")
    for name, part in module.named_modules():
        if isinstance(part, torch.nn.modules.batchnorm._BatchNorm) and part.running_mean is None:
            raise ValueError(
                f"module must treat each image by itself: {shown(name)} normalises by its batch (track_running_stats=False)"
            )


def home(module: torch.nn.Module, device: Any) -> tuple[torch.device, torch.dtype]:
    """Return where a module computes and in which type: those of its first parameter or buffer of real numbers.

    Raises
    ------
    ValueError
        If ``device`` is given and no device, or the module is somewhere else.
    """
    tensors = [*module.parameters(), *module.buffers()]
    real = [tensor for tensor in tensors if tensor.is_floating_point()]
    dtype = real[0].dtype if real else torch.get_default_dtype()
    if device is None:
        return (tensors[0].device if tensors else torch.device("cpu")), dtype
    try:
        wanted = torch.device(device)
    except (RuntimeError, TypeError):
        raise ValueError(f"device must be one of PyTorch's, such as 'cpu' or 'cuda', not {shown(device)}") from None
    places = [tensor.device for tensor in tensors] or [wanted]
    for place in places:
        if place.type == wanted.type and wanted.index in (None, place.index):
            return place, dtype
    raise ValueError(f"device must be that of the module, {places[0]}, not {wanted}: move the module first")


def input_tensor(name: str, x: Any, dtype: torch.dtype) -> torch.Tensor:
    """Return a copy of an array or tensor of real numbers of a type, on the CPU, or raise an error that names what is off."""
    if isinstance(x, torch.Tensor):
        if x.is_complex() or x.layout != torch.strided or x.is_quantized:
            raise TypeError(f"{name} must be a dense tensor of real numbers, not {x.dtype} in {x.layout}")
        tensor = x.detach().to("cpu", dtype, copy=True)
    else:
        array = real_array(name, x)
        kind = np.float64 if dtype == torch.float64 else np.float32
        tensor = torch.from_numpy(array.astype(kind)).to(dtype)
    if not torch.isfinite(tensor).all():
        raise ValueError(f"{name} must be finite in {dtype}: it holds NaN or infinity")
    return tensor


def as_array(tensor: torch.Tensor) -> RealND:
    """Return a tensor as an array: float64 as it is, all else as float32."""
    kind = torch.float64 if tensor.dtype == torch.float64 else torch.float32
    array: RealND = tensor.detach().to("cpu", kind).numpy()
    return array


def checked_logits(output: Any, batch: int) -> torch.Tensor:
    """Return what a module returned if it is (batch, labels) of finite numbers, or raise a ValueError that says what it is."""
    require_tensor(output)
    if output.ndim != 2 or len(output) != batch or output.shape[1] == 0 or not output.is_floating_point():
        raise ValueError(
            f"module must return real numbers (batch, labels), the batch here {batch}, not {output.dtype} of shape "
            f"{tuple(output.shape)}"
        )
    require_finite("logits", output)
    return output


def require_tensor(output: Any) -> torch.Tensor:
    """Return what a module returned if it is a tensor, or raise a ValueError that says what it is."""
    if not isinstance(output, torch.Tensor):
        raise ValueError(
            f"module must return a tensor (batch, labels), not {shown(type(output).__name__)}: wrap it in one that does"
        )
    return output


def require_finite(what: str, tensor: torch.Tensor) -> None:
    """Raise a ValueError if a module's logits or gradients are not finite."""
    if not torch.isfinite(tensor).all():
        raise ValueError(f"module must have finite {what}: they hold NaN or infinity in {tensor.dtype}")
