r"""Two networks that agree a little, drawn: the Monte Carlo twin of :func:`cgi_theory.theory.resemblance.resemblance`.

A sample is an image of 1024 pixels. Each label's gradients on the two networks are drawn as z and :math:`cz + \sqrt{1 - c^2}\,w`
from normals that are named by (seed, sample, label), so that neither the order nor the number of samples drawn before matters;
the labels compete on either network by the rule of Algorithm 1. Of each sample seven sums are kept, of which correlations and
overlaps are functions; their standard errors are the jackknife's over samples.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, real_number, whole_number
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._contrast import absolute_correlation, contrast_of
from cgi_theory._floating import own_error_state
from cgi_theory._html import html_table
from cgi_theory._jit import kernel
from cgi_theory.competition import wins
from cgi_theory.quantities import Measurement
from cgi_theory.sampling.philox import TILE, draw_normals

PIXELS = 4 * TILE
_MOST_LABELS = 2**18
_MOST_SAMPLES = 10**7
_SUMS = 8


@dataclass(frozen=True, eq=False)
class SimulatedResemblance:
    """How alike drawn maps are, with the fields of ``resemblance``; made by :func:`simulate_resemblance`."""

    n_labels: int
    """k."""
    cosine: float
    """c."""
    signed: Measurement
    """Pearson's correlation of the maps."""
    overlap: Measurement
    """Jaccard's overlap of the pixels that they keep."""
    sums: Float2D = field(repr=False)
    """Means over a sample's pixels, (samples, 8): of u u' and |u u'| where both maps keep them, of |u|, |u'|, u² and u'² where
    the one does, and of the pixels that both keep and that either does."""

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        rows = [(name, str(getattr(self, name))) for name in ("signed", "overlap")]
        caption = f"{type(self).__name__}: {self.n_labels} labels, cosine {self.cosine}, {len(self.sums)} samples"
        return html_table(caption, ("quantity", "mean ± stderr"), rows)

    def absolute(self, mean: float, mean_square: float) -> Measurement:
        r"""Return Pearson's correlation of the maps' absolute values for an image of this mean of \|x\| and of x².

        Raises
        ------
        TypeError, ValueError
            Naming the argument that is off.
        """
        contrast = np.array([contrast_of(mean, mean_square)])

        def correlation(sums: Float2D) -> Float1D:
            _, product, one, other, one_square, other_square, _, _ = sums.T
            root, other_root = np.sqrt(one_square), np.sqrt(other_square)
            found: Float1D = absolute_correlation(product / (root * other_root), one / root, other / other_root, contrast)
            return found

        return _jackknife(self.sums, correlation)


@own_error_state
def simulate_resemblance(
    n_labels: int = 10, cosine: float = 0.73, n_samples: int = 1000, *, seed: int = 0
) -> SimulatedResemblance:
    """Draw maps of two networks whose gradients have a cosine, and measure how alike they are.

    Parameters
    ----------
    n_labels, cosine
        k and c, as for ``resemblance``; k up to 2¹⁸.
    n_samples : int
        Images of 1024 pixels, 2 at least.
    seed : int

    Returns
    -------
    SimulatedResemblance

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.
    """
    k = whole_number("n_labels", n_labels, 1, _MOST_LABELS)
    c = real_number("cosine", cosine, -1.0, 1.0)
    sums = np.empty((whole_number("n_samples", n_samples, 2, _MOST_SAMPLES), _SUMS))
    _draw_images(sums, np.uint64(whole_number("seed", seed, 0, HIGHEST_SEED)), k, c, math.sqrt((1.0 - c) * (1.0 + c)))
    return SimulatedResemblance(k, c, _jackknife(sums, _signed), _jackknife(sums, _overlap), sums)


def _signed(sums: Float2D) -> Float1D:
    found: Float1D = sums[:, 0] / np.sqrt(sums[:, 4] * sums[:, 5])
    return found


def _overlap(sums: Float2D) -> Float1D:
    found: Float1D = sums[:, 6] / sums[:, 7]
    return found


def _jackknife(sums: Float2D, of: Callable[[Float2D], Float1D]) -> Measurement:
    """Return a function of the means over samples, with its standard error."""
    count, mean = len(sums), sums.mean(axis=0, keepdims=True)
    without_one = of((count * mean - sums) / (count - 1))
    return Measurement(float(of(mean)[0]), float(np.sqrt((count - 1) * without_one.var())))


@kernel
def _draw_images(sums: Float2D, seed: np.uint64, n_labels: int, cosine: float, sine: float) -> None:
    tiles = PIXELS // TILE
    normals = np.empty((2, tiles, TILE), dtype=np.float32)
    chosen, highest, lowest = np.empty((2, PIXELS)), np.empty((2, PIXELS)), np.empty((2, PIXELS))
    for sample in range(len(sums)):
        highest[:] = -np.inf
        lowest[:] = np.inf
        for label in range(n_labels):
            for part in range(2):
                draw_normals(normals[part], tiles, seed, np.uint64(sample), np.uint64(2 * label + part), 0)
            for i in range(PIXELS):
                first = np.float64(normals[0, i // TILE, i % TILE])
                second = cosine * first + sine * np.float64(normals[1, i // TILE, i % TILE])
                for network, gradient in ((0, first), (1, second)):
                    if label == 0:
                        chosen[network, i] = gradient
                    else:
                        highest[network, i] = max(highest[network, i], gradient)
                        lowest[network, i] = min(lowest[network, i], gradient)
        sums[sample] = 0.0
        for i in range(PIXELS):
            u = chosen[0, i] if wins(chosen[0, i], highest[0, i], lowest[0, i]) else 0.0
            v = chosen[1, i] if wins(chosen[1, i], highest[1, i], lowest[1, i]) else 0.0
            sums[sample, 0] += u * v
            sums[sample, 1] += abs(u * v)
            sums[sample, 2] += abs(u)
            sums[sample, 3] += abs(v)
            sums[sample, 4] += u * u
            sums[sample, 5] += v * v
            sums[sample, 6] += 1.0 if u != 0.0 and v != 0.0 else 0.0
            sums[sample, 7] += 1.0 if u != 0.0 or v != 0.0 else 0.0
        sums[sample] /= PIXELS
