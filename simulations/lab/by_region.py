r"""Why the Gram matrix is off: a photograph's gradients are not the same law everywhere.

The prediction supposes that an input's gradients have one covariance up to a scale, and many inputs. Both can be looked at. With
the Gram matrix of each region of a photograph, predictions add up to another for the whole: where it is right and that of all
inputs is not, labels are alike in other ways from place to place. And few regions hold most of the energy, so that the share that
is kept would be another on another photograph: with regions as the units that are drawn, a share :math:`\sum a_r / \sum b_r` has
the standard error of a ratio,

.. math:: \sqrt{\tfrac{m}{m-1} \sum_r (a_r - q b_r)^2} \Big/ \sum_r b_r, \qquad q = \sum a_r / \sum b_r.

The kurtosis of the label's gradient, 0 of a Gaussian one, is given as it is, and with each input's divided by the root mean
square of all labels' there: what is left of it is not a scale that labels share.
"""

import numpy as np
from scipy import stats

from cgi_theory import predict_from_gram
from cgi_theory._arrays import FloatND, Int1D
from simulations.experiment import Row
from simulations.lab.all_labels import AllLabels

_UNITS = 8  # a side, that are drawn


def measured_by_region(found: AllLabels, label: int, *, side: int, seed: int, tolerance: float) -> Row:
    """Return what (side · side) regions' Gram matrices predict of a label, standard errors, and kurtoses."""
    lit = found.lit
    energy: FloatND = np.where(lit, found.gradients[label].astype(np.float64) ** 2, 0.0)
    if not energy.any():  # a network without gradients
        return {}
    won: FloatND = (found.cgi(label) != 0.0).astype(np.float64)
    regions, units = _regions(found.shape, side), _regions(found.shape, _UNITS)
    kept = of_energy = 0.0
    for region in np.unique(regions[lit]):
        where = lit & (regions == region)
        predicted = predict_from_gram(found.gram_over(where), label, seed=seed, tolerance=tolerance)
        kept += predicted.kept * np.count_nonzero(where)
        of_energy += np.nan_to_num(predicted.energy) * energy[where].sum()
    scale = np.sqrt(np.mean(np.square(found.gradients), axis=0, dtype=np.float64))
    own = found.gradients[label, lit & (scale > 0.0)].astype(np.float64)
    return {
        "kept_by_region": float(kept / np.count_nonzero(lit)),
        "energy_by_region": float(of_energy / energy.sum()),
        "kept_stderr": _stderr(units, won, lit.astype(np.float64)),
        "energy_stderr": _stderr(units, won * energy, energy),
        "kurtosis": float(stats.kurtosis(own)),
        "kurtosis_over_scale": float(stats.kurtosis(own / scale[lit & (scale > 0.0)])),
    }


def _regions(shape: tuple[int, ...], side: int) -> Int1D:
    """Return the region of each input of a photograph (channels, height, width), (d,)."""
    _, height, width = shape
    rows, columns = np.arange(height) * side // height, np.arange(width) * side // width
    found: Int1D = np.broadcast_to(rows[:, None] * side + columns, shape).ravel()
    return found


def _stderr(units: Int1D, part: FloatND, whole: FloatND) -> float:
    """Return the standard error of Σ part / Σ whole, if units were drawn."""
    parts, wholes = np.bincount(units, part), np.bincount(units, whole)
    rest = parts - parts.sum() / wholes.sum() * wholes
    return float(np.sqrt(np.sum(rest**2) * len(rest) / (len(rest) - 1)) / wholes.sum())
