"""CGI and CLRP as Quantus takes a method: ``metric(model, x_batch, y_batch, explain_func=explain_func)``.

Quantus (Hedström et al. 2023) asks a function of (model, inputs, targets) for maps wherever a metric changes the
model or its inputs.
"""

from typing import Any, Literal, Unpack, get_args

import torch
from numpy.typing import ArrayLike

from cgi_theory._arguments import one_of, renamed
from cgi_theory._arrays import RealND
from cgi_theory.networks import attribution
from cgi_theory.networks.attribution._arguments import LRPOptions
from cgi_theory.networks.torch.attribution import competitive, lrp
from cgi_theory.networks.torch.network import TorchNetwork

Method = Literal["CGI", "CLRP"]


def explain_func(
    model: torch.nn.Module,
    inputs: Any,
    targets: ArrayLike,
    *,
    method: Method = "CGI",
    device: Any = None,
    label_block: int | None = None,
    **options: Unpack[LRPOptions],
) -> RealND:
    r"""Return competitive maps of a batch.

    Parameters
    ----------
    model : torch.nn.Module
    inputs : array_like or torch.Tensor, (batch, \*input_shape)
        As the model takes them.
    targets : array_like of int, (batch,)
        The labels whose maps are kept.
    method : {"CGI", "CLRP"}
        With Quantus' metrics ``explain_func_kwargs={"method": "CLRP"}``.
    device : torch.device or str, optional
        Quantus names one; it must be where the model is.
    label_block : int, optional
        As for :class:`~cgi_theory.networks.torch.TorchNetwork`.
    **options
        The rule of LRP and its settings, those of :func:`cgi_theory.networks.torch.attribution.lrp`.

    Returns
    -------
    ndarray, (batch, \*input_shape)

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    chosen = one_of("method", method, get_args(Method))
    if chosen == "CGI" and options:
        raise TypeError(f"method must be 'CLRP' for {', '.join(options)}: CGI has no such settings")
    with renamed({"module": "model", "x": "inputs", "labels": "targets"}):
        net = TorchNetwork(model, device, label_block)
        if chosen == "CGI":
            return attribution.cgi(net, inputs, targets)
        return competitive(lrp, net, inputs, targets, **options)
