"""CGI and CLRP as attribution classes of captum: ``CGI(module).attribute(inputs, target=3)``, whatever else takes such a class.

captum's methods score one label a call. These score all of them in blocks, let them compete, and return the target's map: what
:func:`cgi_theory.networks.attribution.cgi` and :func:`cgi_theory.networks.torch.attribution.competitive` return, as a tensor like
the inputs. So captum's ``NoiseTunnel`` takes them, and its metrics do.
"""

from typing import Any, Unpack

import numpy as np
import torch
from captum.attr import Attribution
from captum.log import log_usage

from cgi_theory._arguments import instance, renamed, shown
from cgi_theory._arrays import RealND
from cgi_theory.networks import attribution
from cgi_theory.networks.attribution._arguments import LRPOptions
from cgi_theory.networks.torch.attribution import competitive, lrp
from cgi_theory.networks.torch.network import TorchNetwork


class _Competitive(Attribution):
    """A method whose labels compete, for a module."""

    def __init__(self, forward_func: torch.nn.Module, label_block: int | None = None) -> None:
        super().__init__(instance("forward_func", forward_func, torch.nn.Module, "a torch.nn.Module"))
        self._net = TorchNetwork(forward_func, label_block=label_block)

    @property
    def multiplies_by_inputs(self) -> bool:
        """Whether scores are in units of the logit, as all that compete are."""
        return True

    @log_usage()  # captum's wrappers, such as NoiseTunnel, call what it wraps
    def attribute(
        self,
        inputs: torch.Tensor | tuple[torch.Tensor],
        target: int | list[int] | torch.Tensor | None = None,
        additional_forward_args: None = None,
    ) -> torch.Tensor | tuple[torch.Tensor, ...]:
        r"""Return the competitive map of each input's target.

        Parameters
        ----------
        inputs : torch.Tensor, (batch, \*input_shape)
            Or a tuple of one.
        target : int, list of int, or torch.Tensor, (1,) or (batch,), optional
            The label whose map is kept, of all inputs or of each; by default the one that the module predicts.
        additional_forward_args : None
            There are none: a module takes its inputs alone.

        Returns
        -------
        torch.Tensor, or a tuple of one, as ``inputs`` are
            Of their shape, type and device, without a graph.

        Raises
        ------
        TypeError, ValueError
            Naming what is off.
        """
        rows = inputs
        if isinstance(inputs, tuple):
            if len(inputs) != 1:
                raise ValueError(f"inputs must be a tensor, or a tuple of one, not a tuple of {len(inputs)}")
            (rows,) = inputs
        rows = instance("inputs", rows, torch.Tensor, "a torch.Tensor, or a tuple of one")
        if additional_forward_args is not None:
            raise ValueError("additional_forward_args must be None: a module takes its inputs alone, and holds the rest")
        with renamed({"x": "inputs", "labels": "target"}):
            maps = self._maps(rows, _labels(target, len(rows)))
        found = torch.from_numpy(np.ascontiguousarray(maps)).to(rows)
        return (found,) if isinstance(inputs, tuple) else found

    def _maps(self, inputs: torch.Tensor, labels: Any) -> RealND:
        raise NotImplementedError


class CGI(_Competitive):
    """Competitive Gradient ⊙ Input, the paper's Algorithm 1.

    Parameters
    ----------
    forward_func : torch.nn.Module
        Returns logits (batch, labels).
    label_block : int, optional
        As for :class:`~cgi_theory.networks.torch.TorchNetwork`.
    """

    def _maps(self, inputs: torch.Tensor, labels: Any) -> RealND:
        return attribution.cgi(self._net, inputs, labels)


class CLRP(_Competitive):
    """Competitive LRP, the paper's Algorithm 2; not contrastive LRP (Gu et al. 2018), which has the same initials.

    Parameters
    ----------
    forward_func : torch.nn.Module
        Returns logits (batch, labels).
    label_block : int, optional
        As for :class:`~cgi_theory.networks.torch.TorchNetwork`.
    **options
        The rule and its settings, those of :func:`cgi_theory.networks.torch.attribution.lrp`.
    """

    def __init__(self, forward_func: torch.nn.Module, label_block: int | None = None, **options: Unpack[LRPOptions]) -> None:
        super().__init__(forward_func, label_block)
        self._options = options

    def _maps(self, inputs: torch.Tensor, labels: Any) -> RealND:
        return competitive(lrp, self._net, inputs, labels, **self._options)


def _labels(target: Any, count: int) -> Any:
    """Return captum's target as one label for each input, or None for those that are predicted."""
    if target is None:
        return None
    if isinstance(target, tuple) or (isinstance(target, list) and any(isinstance(label, tuple) for label in target)):
        raise ValueError(f"target must name labels, one for each input: logits have one axis of them, not {shown(target)}")
    labels = np.asarray(target.detach().cpu() if isinstance(target, torch.Tensor) else target)
    return np.broadcast_to(labels, (count,)) if labels.size == 1 else labels
