r"""Attribution of modules beside gradients, by captum (Kokhlikyan et al. 2020): all labels in blocks, and competition on top.

What they are and what their scores sum to is said at :mod:`cgi_theory.networks.attribution`; what differs for modules:

* Integrated gradients: captum holds the weights of its steps in float32, so that scores in float64 are right to some 1e-8 of the
  largest; :func:`cgi_theory.networks.attribution.integrated_gradients` takes any network too, and has no such limit.
* DeepLIFT: the rescale rule for captum's nonlinear parts, each called once (:mod:`cgi_theory.networks.torch._deeplift`). Its
  scores sum to S(x) − S(x'); that is checked, since captum takes other nonlinear functions for linear ones.
* LRP: layers of weights by the rules of :mod:`cgi_theory.networks.attribution.relevance`, with its conventions for biases and
  for negative inputs. Pooling and batch normalisation are layers by themselves, by the ε rule with captum's 1e-9 (what folds the
  normalisation into the layer before it gives something else); activations pass relevance on.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, get_args

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import ArrayLike

from cgi_theory._arguments import function, instance, one_of, whole_number
from cgi_theory._arrays import RealND
from cgi_theory._floating import own_error_state
from cgi_theory.networks.attribution._arguments import LRPSettings, Rule, baseline_of, lrp_settings
from cgi_theory.networks.network import chosen_labels, label_blocks
from cgi_theory.networks.torch._blocks import refusals_named, watched_logits
from cgi_theory.networks.torch._deeplift import RescaleRule, apart, require_complete
from cgi_theory.networks.torch._rules import RelevancePropagation, set_rules
from cgi_theory.networks.torch._traced import require_modules
from cgi_theory.networks.torch.network import TorchNetwork
from cgi_theory.streaming import Competition

Steps = Literal["gausslegendre", "riemann_middle", "riemann_trapezoid", "riemann_left", "riemann_right"]
Progress = Callable[[int], None]

_MOST_STEPS = 10_000


def integrated_gradients(
    net: TorchNetwork,
    x: Any,
    labels: Sequence[int] | None = None,
    *,
    baseline: ArrayLike | None = None,
    n_steps: int = 50,
    method: Steps = "gausslegendre",
    progress: Progress | None = None,
) -> RealND:
    r"""Return integrated gradients (Sundararajan et al. 2017), shape (batch, labels, \*input_shape).

    Parameters
    ----------
    net : TorchNetwork
    x : array_like or torch.Tensor, (batch, \*input_shape)
    labels : sequence of int, optional
        All by default.
    baseline : array_like or torch.Tensor, (\*input_shape) or (batch, \*input_shape), optional
        Where the paths begin; zeros by default.
    n_steps : int
        2 to 10 000.
    method : str
        captum's name of the steps; Gauss–Legendre nodes by default.
    progress : callable, optional
        Called with the number of pairs of an image and a label after each block of them.

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    steps, way = whole_number("n_steps", n_steps, 2, _MOST_STEPS), one_of("method", method, get_args(Steps))
    images, start = _images(net, x, baseline)
    method_of = IntegratedGradients(lambda inputs: watched_logits(net.module, inputs))

    def score(rows: torch.Tensor, starts: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad(), refusals_named():
            return method_of.attribute(rows, starts, chosen, n_steps=steps, method=way, internal_batch_size=len(rows))

    return net.in_blocks(score, (images, start), labels, progress=progress)


def deeplift(
    net: TorchNetwork,
    x: Any,
    labels: Sequence[int] | None = None,
    *,
    baseline: ArrayLike | None = None,
    progress: Progress | None = None,
) -> RealND:
    r"""Return DeepLIFT's contributions with the rescale rule (Shrikumar et al. 2017), shape (batch, labels, \*input_shape).

    Parameters are those of ``integrated_gradients``.

    Raises
    ------
    TypeError, ValueError
        Naming what is off: an argument, or a module whose nonlinear functions captum does not all see.
    """
    images, start = _images(net, x, baseline)
    ours, theirs = net.logits(images), net.logits(start)
    difference = torch.from_numpy(ours - theirs)
    largest = float(max(np.abs(ours).max(initial=0.0), np.abs(theirs).max(initial=0.0)))

    def score(rows: torch.Tensor, starts: torch.Tensor, totals: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad(), refusals_named(), _named("DeepLIFT"), apart(net.module), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Setting forward, backward hooks", UserWarning)
            found = RescaleRule(net.module).attribute(rows.requires_grad_(), starts, chosen)
        require_complete(found.detach(), totals.gather(1, chosen[:, None])[:, 0], largest)
        return found

    return net.in_blocks(score, (images, start, difference), labels, rows=2, progress=progress)


def lrp(
    net: TorchNetwork,
    x: Any,
    labels: Sequence[int] | None = None,
    *,
    rule: Rule = "epsilon",
    epsilon: float = 1e-6,
    gamma: float = 0.25,
    alpha: float = 2.0,
    beta: float = 1.0,
    progress: Progress | None = None,
) -> RealND:
    r"""Return layer-wise relevance (Bach et al. 2015), shape (batch, labels, \*input_shape).

    Parameters
    ----------
    net : TorchNetwork
    x : array_like or torch.Tensor, (batch, \*input_shape)
    labels : sequence of int, optional
        All by default.
    rule, epsilon, gamma, alpha, beta
        As for :func:`cgi_theory.networks.attribution.lrp`; the same in all layers of weights.
    progress : callable, optional
        Called with the number of pairs of an image and a label after each block of them.

    Raises
    ------
    TypeError, ValueError
        Naming what is off: an argument, or a part of the module for which there is no rule.
    """
    return relevances(RelevancePropagation, net, x, labels, lrp_settings(rule, epsilon, gamma, alpha, beta), progress)


def relevances(
    propagation: type[RelevancePropagation],
    net: TorchNetwork,
    x: Any,
    labels: Sequence[int] | None,
    settings: LRPSettings,
    progress: Progress | None = None,
) -> RealND:
    r"""Return what labels hand down by some propagation, (batch, labels, \*input_shape)."""
    images = instance("net", net, TorchNetwork, "a TorchNetwork").images("x", x)
    # captum looks for layers among a module's parts.
    module = net.module if any(True for _ in net.module.children()) else torch.nn.Sequential(net.module)

    def score(rows: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        set_rules(module, settings)  # anew for each block: captum takes them away
        with torch.enable_grad(), refusals_named(), _named("LRP"):
            require_modules(module, rows)
            return propagation(module).attribute(rows.requires_grad_(), chosen).detach()

    return net.in_blocks(score, (images,), labels, rows=2, progress=progress)


@own_error_state
def competitive(
    method: Callable[..., RealND], net: TorchNetwork, x: Any, labels: ArrayLike | None = None, **options: Any
) -> RealND:
    r"""Return competitive maps of a method, shape (batch, \*input_shape): the paper's Algorithms 1 and 2, in blocks of labels.

    Parameters
    ----------
    method : callable
        ``integrated_gradients``, ``deeplift``, ``lrp``, or another with their arguments.
    net : TorchNetwork
    x : array_like or torch.Tensor, (batch, \*input_shape)
    labels : array_like of int, (batch,), optional
        The labels whose maps are kept; by default those that the network predicts.
    **options
        Of the method.

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    function("method", method)
    inputs = instance("net", net, TorchNetwork, "a TorchNetwork").inputs(x)
    competition = Competition(label=chosen_labels(net, inputs, labels), shape=inputs.shape[1:], dtype=inputs.dtype)
    for block in label_blocks(net, inputs):
        competition.add(block, method(net, inputs, block, **options))
    return competition.map()


def _images(net: TorchNetwork, x: Any, baseline: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images and a baseline for each of them."""
    inputs = instance("net", net, TorchNetwork, "a TorchNetwork").inputs(x)
    if isinstance(baseline, torch.Tensor):
        baseline = baseline.detach().to("cpu", torch.float64).numpy()
    start = baseline_of(net, inputs, baseline)
    return net.images("x", inputs), net.images("baseline", start)


@contextmanager
def _named(method: str) -> Iterator[None]:
    """Say in a line what captum finds wrong with a module."""
    try:
        yield
    except RuntimeError as error:
        if "more than once" in str(error):
            raise ValueError(f"module must call each of its parts once for {method}: give each call a part of its own") from None
        raise
