"""The networks of a check, and their inputs: modules of PyTorch made networks, all of one kind, and none a copy of another.

Networks are told apart by their logits of the inputs. Two whose logits are the same bit for bit are one network, which must not
be counted twice; and a randomised network with the logits of the one that is checked was not randomised.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import finite_array, shown, whole_array
from cgi_theory._arrays import Int1D, RealND
from cgi_theory.networks.network import chosen_labels, inputs_of, logits_of, require_layered
from cgi_theory.sanity.tasks import Randomised, Retrained, Task

_MOST_LABELS = 2**31 - 1


def network_of(net: Any, *, randomised_by_function: bool) -> Any:
    """Return the network that is checked: a module as a TorchNetwork, unless methods and a function take it as it is.

    Raises
    ------
    TypeError
        If it is no network with layers, and there is no function that randomises it.
    """
    if randomised_by_function:
        return net
    if _is_module(net):
        from cgi_theory.networks.torch import TorchNetwork  # noqa: PLC0415  who has a module has PyTorch

        return TorchNetwork(net)
    return require_layered(net)


def networks_like(net: Any, retrained: object) -> list[Any]:
    """Return retrained networks, or raise a TypeError if they are not some, or not of the kind of the one that is checked."""
    if not isinstance(retrained, Iterable) or _is_module(retrained):
        raise TypeError(f"retrained must be an iterable of networks, not {shown(retrained)}")
    has = has_logits(net)
    others = [network_of(other, randomised_by_function=False) if has and _is_module(other) else other for other in retrained]
    for number, other in enumerate(others):
        if has and not has_logits(other):
            raise TypeError(f"retrained[{number}] must be a network as net is, not {shown(other)}")
    return others


def has_logits(net: object) -> bool:
    """Return whether a network can be asked for its logits; what a module calls so is one of its layers."""
    return hasattr(net, "logits") and not _is_module(net)


def inputs_and_labels(net: Any, x: Any, labels: ArrayLike | None) -> tuple[RealND, Int1D]:
    """Return inputs as an array, and one label for each; a network without logits must be given these."""
    if has_logits(net):
        return inputs_of(net, x), chosen_labels(net, x, labels)
    if labels is None:
        raise ValueError("labels must be given: net has no logits, by which they could be predicted")
    inputs, found = finite_array("x", x), whole_array("labels", labels, 0, _MOST_LABELS)
    if found.shape != inputs.shape[:1]:
        raise ValueError(f"labels must have one entry for each of {len(np.atleast_1d(inputs))} inputs, not shape {found.shape}")
    return inputs, found.reshape(-1)


def digest_of(inputs: RealND, labels: Int1D, net: Any, randomised: Sequence[Randomised], retrained: Sequence[Retrained]) -> str:
    """Return what tells one check's networks from another's: a digest of the inputs, the labels, and each network's logits.

    ``randomised`` are those with all layers randomised. They are made here once more, one at a time.

    Raises
    ------
    TypeError, ValueError
        Naming a network that has no logits, or other labels, where ``net`` has some; or that is a copy of another.
    """
    digest = hashlib.sha256()
    for array in (inputs, labels):
        digest.update(_bytes_of(array))
    if has_logits(net):
        seen: dict[bytes, str] = {}
        for name, logits in _all_logits(inputs, net, randomised, retrained):
            found = _bytes_of(logits)
            if (first := seen.setdefault(found, name)) != name:
                raise ValueError(f"{name} must be another network than {first}: they have the same logits, bit for bit")
            digest.update(found)
    return digest.hexdigest()


def _all_logits(
    inputs: RealND, net: Any, randomised: Sequence[Randomised], retrained: Sequence[Retrained]
) -> Iterator[tuple[str, RealND]]:
    own = logits_of(net, inputs)
    yield "net", own
    tasks: list[Task] = [*retrained, *randomised]
    for task in tasks:
        other = task.made()
        if not has_logits(other):
            raise TypeError(f"{task.name}: this must be a network as net is, not {shown(other)}")
        try:
            logits = logits_of(other, inputs)
        except (TypeError, ValueError, RuntimeError) as error:  # the last is what a module raises of inputs that do not fit
            raise type(error)(f"{task.name}: {error}") from error
        if logits.shape != own.shape:
            raise ValueError(f"{task.name} must have as many labels as net, {own.shape[1]}, not {logits.shape[1]}")
        yield task.name, logits


def _bytes_of(array: RealND | Int1D) -> bytes:
    return hashlib.sha256(f"{array.dtype.str} {array.shape} ".encode() + np.ascontiguousarray(array).tobytes()).digest()


def _is_module(net: object) -> bool:
    """Whether this is a module of PyTorch, and is no network besides; it is not imported for that."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(net, torch.nn.Module) and not hasattr(net, "input_gradients")
