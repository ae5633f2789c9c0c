r"""What the theory says of how alike maps of two networks are, from the cosine c of their gradients and from nothing else.

Of gradient ⊙ input and of CGI it is :func:`cgi_theory.resemblance`. A random mask that is drawn anew keeps a fraction q of both
maps, and a pixel in both with probability q²: over the same pixels the correlation of signed maps is qc, the overlap is
q/(2 − q), and, with :math:`p = q\,E|uu'|`, :math:`f^2 = 2q/\pi` and the moments of \|x\|, the correlation of absolute maps is

.. math:: \frac{p\,m_2 - f^2 m_1^2}{m_2 - f^2 m_1^2}.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from cgi_theory import resemblance
from cgi_theory._arrays import Float2D
from cgi_theory.sanity.metrics import ALL, LIT, Metric
from simulations.lab import nets
from simulations.lab.maps import CGI, PLAIN, Name

RANDOM: Name = ("random pixels", "control")
FRACTION = 2.0 * (1.0 - 0.5**nets.LABELS) / nets.LABELS  # of the pixels, that ten labels leave one and a mask as sparse keeps
_SIGNED, _ABSOLUTE, _OVERLAP = ("pearson", LIT), ("|pearson|", LIT), ("jaccard", ALL)


def prediction_of(name: Name, metric: Metric) -> Callable[[float, Float2D], float] | None:
    """Return the prediction of a map and a metric, from the cosine and the images (batch, d); None if there is none."""
    if name == RANDOM:
        return {_SIGNED: _masked, _ABSOLUTE: _masked_absolute, _OVERLAP: _overlap_of_masks}.get(metric)
    of = {_SIGNED: _signed, _ABSOLUTE: _absolute, _OVERLAP: _overlap}.get(metric)
    labels = {PLAIN: 1, CGI: nets.LABELS}.get(name)
    return None if of is None or labels is None else partial(of, labels)


def _signed(labels: int, cosine: float, x: Float2D) -> float:
    return resemblance(labels, cosine).signed


def _absolute(labels: int, cosine: float, x: Float2D) -> float:
    """Return the mean over images, each with its own contrast over lit pixels."""
    alike = resemblance(labels, cosine)
    return float(np.mean([alike.absolute(*moments) for moments in _moments(x)]))


def _overlap(labels: int, cosine: float, x: Float2D) -> float:
    return resemblance(labels, cosine).overlap


def _masked(cosine: float, x: Float2D) -> float:
    return FRACTION * cosine


def _masked_absolute(cosine: float, x: Float2D) -> float:
    both = FRACTION * resemblance(1, cosine).absolute(0.0, 1.0)
    alone = FRACTION * 2.0 / np.pi
    return float(np.mean([(both * square - alone * mean**2) / (square - alone * mean**2) for mean, square in _moments(x)]))


def _overlap_of_masks(cosine: float, x: Float2D) -> float:
    return FRACTION / (2.0 - FRACTION)


def _moments(x: Float2D) -> list[tuple[float, float]]:
    """Return the mean and the mean square of each image's absolute values over its lit pixels."""
    lit = [np.abs(image[image != 0.0]) for image in x]
    return [(float(values.mean()), float(np.mean(values**2))) for values in lit]
