r"""What the theory says that competition keeps, from scores and inputs.

A pixel's gradients :math:`g_j = s_j/x` are taken for a Gaussian vector whose second moments are the Gram matrix over lit
pixels, :math:`\Sigma_{ij} = \sum g_i g_j` (:mod:`cgi_theory.sampling.gram`). Who wins at a pixel depends on the direction of its
gradients alone, and not on x: x and −x give the same winner of the same gradients.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import HIGHEST_SEED, whole_number
from cgi_theory._arrays import Bool1D, Float1D, Float2D, Float3D, RealND
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory.competition import NOT_FINITE
from cgi_theory.maps._checks import checked, checked_scores, gradients, inputs_beside, scored
from cgi_theory.maps._measured import competing_labels
from cgi_theory.sampling.gram import predict_from_gram

if TYPE_CHECKING:
    import pandas as pd

# Numbers of a block in float64, 32 MB.
_BLOCK = 2**22


@own_error_state
def predicted(scores: ArrayLike, labels: ArrayLike, x: ArrayLike | None = None, seed: int = 0) -> "pd.DataFrame":
    r"""Predict what competition keeps of each image from the Gram matrix of its gradients.

    Parameters
    ----------
    scores, labels
        As for ``competitive``.
    x : array_like, (batch, \*features), optional
        The inputs. Gradients are scores/x on lit pixels, where x is not 0. Without inputs the scores stand for the gradients:
        pixels weigh by x², which changes nothing where x knows nothing of the gradients; and energy, which is the gradients', is
        not predicted.
    seed : int
        Of the quasi-random points, as for ``cgi_theory.predict_from_gram``.

    Returns
    -------
    pandas.DataFrame
        A row an image, with columns ``label``; ``kept`` and ``kept_error``, the fraction of lit pixels and four standard errors
        of its integration; ``effective_labels``; and with ``x`` ``energy`` and ``energy_error``, the share of Σ g² on kept
        pixels: the share of the logit too, where the input does not decide who wins. All are NaN for an image without lit pixels,
        as one without pixels is, and energy for a label without gradients.

    Raises
    ------
    TypeError, ValueError
        As for ``measured``.
    """
    import pandas as pd  # noqa: PLC0415  takes as long to import as all the rest

    array, chosen = checked(scores, labels)
    start = whole_number("seed", seed, 0, HIGHEST_SEED)
    inputs = None if x is None else inputs_beside(array, x)
    rows = np.full((len(array), 4), np.nan)
    for i, label in enumerate(chosen.tolist()):
        image, lit = _image(array, inputs, i)
        if lit.any():
            gram, _ = _gram(image, None if inputs is None else inputs[i], lit)
            found = predict_from_gram(gram, label, seed=start)
            rows[i] = found.kept, found.kept_error, found.energy, found.energy_error
    columns = {"label": chosen, "kept": rows[:, 0], "kept_error": rows[:, 1], "effective_labels": competing_labels(rows[:, 0])}
    if x is not None:
        columns |= {"energy": rows[:, 2], "energy_error": rows[:, 3]}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(array), name="image"))


@own_error_state
def gram_of(scores: ArrayLike, x: ArrayLike | None = None) -> Float3D:
    r"""Return all inner products of the labels' gradients over lit pixels, (batch, labels, labels), as ``predicted`` takes them.

    Parameters
    ----------
    scores : array_like, (batch, labels, \*features)
    x : array_like, (batch, \*features), optional
        As for ``predicted``.

    Raises
    ------
    TypeError, ValueError
        As there; or if an inner product overflows float64.
    """
    array = checked_scores(scores)
    inputs = None if x is None else inputs_beside(array, x)
    found = np.zeros((len(array), array.shape[1], array.shape[1]))
    for i in range(len(array)):
        image, lit = _image(array, inputs, i)
        gram, exponent = _gram(image, None if inputs is None else inputs[i], lit)
        found[i] = np.ldexp(gram, 2 * exponent)
    return finite("inner products", found)


def _image(scores: RealND, inputs: Float2D | None, i: int) -> tuple[RealND, Bool1D]:
    """Return an image's scores (labels, pixels), and which pixels are lit, or raise a ValueError if scores are not finite."""
    image = scores[i].reshape(scores.shape[1], np.prod(scores.shape[2:], dtype=int))
    if image.size and not np.isfinite([image.max(), image.min()]).all():
        raise ValueError(NOT_FINITE.format(dtype=image.dtype))
    lit: Bool1D = scored(image[None])[0] if inputs is None else inputs[i] != 0.0
    return image, lit


def _gram(scores: RealND, x: Float1D | None, lit: Bool1D) -> tuple[Float2D, int]:
    """Return the inner products of scores (labels, pixels) over x, of which two powers of two were taken; and the exponent."""
    places = np.flatnonzero(lit)
    _, largest = np.frexp(max(float(scores.max(initial=0.0)), -float(scores.min(initial=0.0))))
    divisor, exponents = unit_size(np.ones(lit.shape) if x is None else x)
    total, step = np.zeros((len(scores),) * 2), max(1, _BLOCK // len(scores))
    for first in range(0, len(places), step):
        part = places[first : first + step]
        found = gradients(np.ldexp(scores[:, part].astype(np.float64), -largest), divisor[part])
        total += found @ found.T
    return finite("inner products", total), int(largest) - int(exponents[0])
