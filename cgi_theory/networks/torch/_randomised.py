"""Modules with some layers randomised, after Adebayo et al. (2018): what the methods mean for a module.

* ``"initial"``: the layer's own ``reset_parameters`` (``_reset_parameters`` of attention), running statistics included as PyTorch
  defines it.
* ``"permute"``: the entries of each parameter in random order.
* ``"gaussian"``: normal numbers with the mean and standard deviation of each parameter.

The last two leave running statistics as they are. Random numbers are drawn on the CPU from (seed, method, place of the layer)
alone: a layer gets the same ones by itself and in a cascade, and on any device. A parameter that several layers share stays
shared, and gets the numbers of the first of them, whichever is randomised.
"""

import copy
from collections.abc import Collection, Iterator, Sequence
from typing import get_args

import numpy as np
import torch

from cgi_theory._arguments import one_of, shown
from cgi_theory.networks.network import Method
from cgi_theory.networks.streams import Use, derived_seed, generator


def copied(module: torch.nn.Module) -> torch.nn.Module:
    """Return a copy of a module with parameters of its own."""
    try:
        return copy.deepcopy(module)
    except (RuntimeError, TypeError) as error:  # tensors with a history, open files
        raise ValueError(f"module must be one that can be copied: {shown(str(error))}") from None


def randomise(
    module: torch.nn.Module, names: Sequence[str], chosen: Collection[str], seed: int, method: Method
) -> tuple[str, ...]:
    """Randomise the chosen ones of the layers ``names`` and return what was reset: names of parameters and buffers."""
    one_of("method", method, get_args(Method))
    wanted = {tensor for name in chosen for tensor in _own(module.get_submodule(name))}
    reset: set[torch.Tensor] = set()
    settled: set[torch.Tensor] = set()
    for place, name in enumerate(names):
        layer = module.get_submodule(name)
        first = set(_own(layer)) - settled
        settled |= first
        if wanted.isdisjoint(first):
            continue
        for tensor, numbers in _new_numbers(layer, name, seed, method, place):
            if tensor in wanted and tensor in first:
                with torch.no_grad():
                    tensor.copy_(numbers)
                reset.add(tensor)
    return tuple(name for name, tensor in (*module.named_parameters(), *module.named_buffers()) if tensor in reset)


def move_towards(module: torch.nn.Module, other: torch.nn.Module, fraction: float) -> None:
    """Move parameters and buffers of real numbers by a fraction of the way to those of another module."""
    ours, theirs = ({**dict(part.named_parameters()), **dict(part.named_buffers())} for part in (module, other))
    if {name: tensor.shape for name, tensor in ours.items()} != {name: tensor.shape for name, tensor in theirs.items()}:
        raise ValueError("other must have parameters and buffers of the same names and shapes")
    with torch.no_grad():
        for name, tensor in ours.items():
            if tensor.is_floating_point() or tensor.is_complex():
                tensor.copy_((1.0 - fraction) * tensor + fraction * theirs[name].to(tensor.device, tensor.dtype))


def _own(layer: torch.nn.Module) -> list[torch.Tensor]:
    return [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]


def _new_numbers(
    layer: torch.nn.Module, name: str, seed: int, method: Method, place: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the parameters and buffers that a layer owns and that the method resets, each with its new numbers."""
    number = get_args(Method).index(method)
    if method == "initial":
        yield from _initial(layer, name, derived_seed(seed, Use.RANDOMISED_LAYER, number, place))
        return
    rng = generator(seed, Use.RANDOMISED_LAYER, number, place)
    for parameter in layer.parameters(recurse=False):
        flat = parameter.detach().to("cpu").reshape(-1)
        if method == "permute":
            new = flat[torch.from_numpy(rng.permutation(len(flat)))]
        elif flat.is_complex():
            new = torch.complex(_normal(flat.real, rng), _normal(flat.imag, rng))
        else:
            new = _normal(flat, rng)
        yield parameter, new.reshape(parameter.shape)


def _normal(values: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return normal numbers with the mean and standard deviation of real ones."""
    wide = values.double()
    return wide.mean() + wide.std(correction=0) * torch.from_numpy(rng.standard_normal(len(values)))


def _initial(layer: torch.nn.Module, name: str, seed: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield what the layer's ``reset_parameters`` sets, called on a copy: that of attention sets parameters of its parts too."""
    what = f"layer {shown(name)} ({type(layer).__name__})"
    reset = next((way for way in ("reset_parameters", "_reset_parameters") if hasattr(layer, way)), None)
    if reset is None or torch.nn.utils.parametrize.is_parametrized(layer):
        raise ValueError(f"{what} cannot be made as before training: it has no reset_parameters of its own numbers")
    fresh = copied(layer).to("cpu")
    before = {name: (buffer, buffer._version, buffer.clone()) for name, buffer in fresh.named_buffers(recurse=False)}
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for parameter in fresh.parameters(recurse=False):
            parameter.fill_(torch.nan)  # what keeps it was not reset
        torch.default_generator.manual_seed(seed)
        getattr(fresh, reset)()
    parameters, buffers = dict(fresh.named_parameters(recurse=False)), dict(fresh.named_buffers(recurse=False))
    if any(parameter.isnan().any() for parameter in parameters.values()):
        raise ValueError(f"{what} cannot be made as before training: its {reset} leaves parameters as they were")
    for own, parameter in layer.named_parameters(recurse=False):
        yield parameter, parameters[own]
    for own, buffer in layer.named_buffers(recurse=False):
        new, (old, version, numbers) = buffers[own], before[own]
        # Set to what they were is set, too; and a change of buffer.data is no new version.
        if new is not old or new._version != version or not torch.equal(new, numbers):
            yield buffer, new
