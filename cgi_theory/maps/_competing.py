"""Maps of chosen labels out of the scores of all: competitive, and contrastive."""

from numpy.typing import ArrayLike

from cgi_theory._arrays import RealND
from cgi_theory._floating import finite, own_error_state
from cgi_theory._scores import in_c_order, numbers_of
from cgi_theory.competition import compete
from cgi_theory.maps._checks import checked
from cgi_theory.networks._maps import has_channels_last
from cgi_theory.streaming import Contrast, Rivals


@own_error_state
def competitive(scores: ArrayLike, labels: ArrayLike) -> RealND:
    r"""Return the competitive maps of the chosen labels: each label's scores where it wins, 0 elsewhere (Algorithm 1).

    Parameters
    ----------
    scores : array_like, (batch, labels, \*features)
        Every label's, of any method; Algorithm 1 wants gradient ⊙ input, Algorithm 2 relevance.
    labels : array_like of int, (batch,)
        The chosen labels, from 0.

    Returns
    -------
    ndarray, (batch, \*features)
        float32 of scores in float32, else float64.

    Raises
    ------
    TypeError, ValueError
        If scores are not finite real numbers of this shape, or labels not one for each image.

    Examples
    --------
    >>> competitive([[[3.0, -1.0, 2.0], [1.0, -2.0, 4.0]]], [0])
    array([[3., 0., 0.]])
    """
    array, chosen = checked(scores, labels)
    return compete(array, chosen, label_axis=1)


@own_error_state
def contrastive(scores: ArrayLike, labels: ArrayLike, rivals: Rivals = "mean") -> RealND:
    r"""Return the chosen labels' scores less what their rivals have at the same feature.

    Parameters
    ----------
    scores, labels
        As for ``competitive``.
    rivals : {"mean", "strongest"}
        The mean of all other labels' scores, or the highest of them at each feature.

    Returns
    -------
    ndarray, (batch, \*features)
        With one label, which has no rivals, its scores.

    Raises
    ------
    TypeError, ValueError
        As for ``competitive``; or if a contrast overflows.

    Examples
    --------
    >>> contrastive([[[3.0, -1.0], [1.0, -2.0], [0.0, 4.0]]], [0], rivals="strongest")
    array([[ 2., -5.]])
    """
    array, chosen = checked(scores, labels)
    contrast = Contrast(chosen, array.shape[2:], array.dtype, rivals=rivals)
    contrast.add(range(array.shape[1]), array)
    return contrast.map()


@own_error_state
def summed_channels(scores: ArrayLike) -> RealND:
    """Return scores (N, labels, C, H, W) summed over channels, (N, labels, H, W): what pixels compete by instead of channels.

    Sums keep float32. A ValueError is raised for another number of axes, for channels that lie last, or if a sum overflows.

    Examples
    --------
    >>> summed_channels([[[[[1.0, 2.0]], [[0.5, -3.0]]]]])
    array([[[[ 1.5, -1. ]]]])
    """
    array = numbers_of(scores)
    if array.ndim != 5:
        raise ValueError(f"scores must have shape (N, labels, C, H, W), not {array.shape}")
    if has_channels_last((len(array), *array.shape[2:])):
        raise ValueError(f"scores must have their channels before height and width, (N, labels, C, H, W), not {array.shape}")
    return finite("scores summed over channels", in_c_order(array).sum(axis=2))
