"""Competition on top of an attribution method: CGI and CLRP."""

from typing import Any, Unpack, cast

from numpy.typing import ArrayLike

from cgi_theory._arrays import Float2D, RealND
from cgi_theory._floating import own_error_state
from cgi_theory.competition import compete
from cgi_theory.networks.attribution._arguments import LRPOptions
from cgi_theory.networks.attribution.gradients import times_input
from cgi_theory.networks.attribution.relevance import lrp
from cgi_theory.networks.mlp import MLP
from cgi_theory.networks.network import Network, chosen_labels, gradient_blocks, inputs_of
from cgi_theory.streaming import Competition


@own_error_state
def cgi(net: Network, x: Any, labels: ArrayLike | None = None) -> RealND:
    r"""Return Competitive Gradient ⊙ Input, shape (batch, \*input_shape): the paper's Algorithm 1.

    Labels are taken in blocks, so that a thousand of them need no more memory than some maps.

    Parameters
    ----------
    net : Network
        An MLP, a TorchNetwork or another.
    x : array_like, (batch, \*input_shape)
    labels : array_like of int, (batch,), optional
        The labels whose maps are kept; by default those that the network predicts.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    inputs = inputs_of(net, x)
    chosen = chosen_labels(net, inputs, labels)
    competition = Competition(label=chosen, shape=inputs.shape[1:], dtype=inputs.dtype)
    for block, gradients in gradient_blocks(net, inputs):
        competition.add(block, times_input(gradients, inputs))
    return competition.map()


def clrp(net: MLP, x: ArrayLike, labels: ArrayLike | None = None, **options: Unpack[LRPOptions]) -> Float2D:
    """Return competitive LRP, shape (batch, d): the paper's Algorithm 2. ``options`` are those of ``lrp``.

    Not to be confused with contrastive LRP (Gu et al. 2018), which has the same initials.
    """
    maps = compete(lrp(net, x, **options), net.chosen_labels(x, labels), label_axis=1)
    return cast(Float2D, maps)
