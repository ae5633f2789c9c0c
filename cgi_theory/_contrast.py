r"""What an image's contrast makes of two maps: the correlation of their absolute values.

Over an image's pixels, with :math:`m_p` the mean of :math:`|x|^p`, and with the moments :math:`e_1 = E|u|1\{\mathrm{win}\}`,
:math:`e_2 = E u^2 1\{\mathrm{win}\}` of each map's gradients and P = E|uu'| 1{win on both}, the absolute values :math:`|xu|` and
:math:`|xu'|` have the correlation

.. math:: \frac{m_2 P - m_1^2\,e_1 e_1'}{\sqrt{(m_2 e_2 - m_1^2 e_1^2)(m_2 e_2' - m_1^2 e_1'^2)}}
   = \frac{p - (1 - w) f f'}{\sqrt{(1 - (1 - w) f^2)(1 - (1 - w) f'^2)}} ,

where :math:`f = e_1/\sqrt{e_2}` and :math:`p = P/\sqrt{e_2 e_2'}` know the gradients and :math:`w = 1 - m_1^2/m_2` the image: its
contrast, 0 if all its pixels are equally bright, near 1 if few are lit.
"""

import math

import numpy as np

from cgi_theory._arguments import LARGEST, real_number
from cgi_theory._arrays import FloatND

# Within it a mean square is one that was rounded.
_ROUNDING = 1e-12


def contrast_of(mean: float, mean_square: float) -> float:
    """Return w; NaN for a blank image.

    Raises
    ------
    TypeError, ValueError
        If a moment is no finite number from 0, or they are those of no image: m₂ is at least m₁².
    """
    first, second = (real_number(name, m, 0.0, LARGEST) for name, m in (("mean", mean), ("mean_square", mean_square)))
    if first == second == 0.0:
        return math.nan
    ratio = (first / math.sqrt(second)) ** 2 if second > 0.0 else math.inf
    if ratio > 1.0 + _ROUNDING:
        raise ValueError(f"mean_square must be at least the square of mean={first!r}, not {second!r}")
    return 1.0 - min(ratio, 1.0)


def absolute_correlation(product: FloatND, one: FloatND, other: FloatND, contrast: FloatND) -> FloatND:
    """Return the correlation of two maps' absolute values, of p, f, f' and w, which broadcast."""
    independent = one * other
    variance, other_variance = (1.0 - f * f + contrast * f * f for f in (one, other))
    found: FloatND = (product - independent + contrast * independent) / np.sqrt(variance * other_variance)
    return found
