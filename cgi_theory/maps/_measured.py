"""What is measured on the competitive maps of a batch, a row an image."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arrays import BoolND, Float1D, FloatND
from cgi_theory._floating import own_error_state, unit_size
from cgi_theory.competition import compete
from cgi_theory.maps._checks import checked, gradients, inputs_beside, scored
from cgi_theory.networks.measures import energy_kept, kept, of_chosen_label, retained, selectivity, share_of_votes
from cgi_theory.theory.effective_labels import effective_labels

if TYPE_CHECKING:
    import pandas as pd


@own_error_state
def measured(scores: ArrayLike, labels: ArrayLike, x: ArrayLike | None = None) -> "pd.DataFrame":
    r"""Measure the competitive maps of the chosen labels.

    Parameters
    ----------
    scores, labels
        As for ``competitive``.
    x : array_like, (batch, \*features), optional
        The inputs. Pixels where they are 0 are blank, the others lit; without inputs those are lit on which any label has a score
        that is not 0.

    Returns
    -------
    pandas.DataFrame
        A row an image, with columns

        * ``label``, the chosen one;
        * ``kept``, the fraction of lit pixels that the map keeps; NaN for an image without any, as one without pixels is;
        * ``retained``, the map's sum over that of the label's scores; NaN where that is 0;
        * ``selectivity``, retained over kept, 1 on average for as many pixels at random; NaN where either is, and for a blank
          map;
        * ``share_of_votes``, the label's kept pixels over those that all labels would keep, each by itself, 1/k on average; NaN
          where nobody wins;
        * ``effective_labels``, k_eff: against so many independent labels a label keeps as much; infinite for a blank map, NaN
          where ``kept`` is;
        * ``energy``, with ``x``: the share of Σ g² that is on kept pixels, of the gradients g = score/x over lit pixels; NaN
          where all are 0. Of gradient ⊙ input they are the gradients, of another method what would be the gradients.

    Raises
    ------
    TypeError, ValueError
        As for ``competitive``; or if ``x`` is not finite and of the shape of a map, or, with the largest of both brought to 1,
        score/x overflows.

    Examples
    --------
    >>> table = measured([[[3.0, -1.0, 2.0], [1.0, -2.0, 4.0]]], [0])
    >>> [round(float(table.loc[0, name]), 3) for name in ("kept", "retained", "selectivity")]
    [0.333, 0.75, 2.25]
    """
    import pandas as pd  # noqa: PLC0415  takes as long to import as all the rest

    array, chosen = checked(scores, labels)
    inputs = None if x is None else inputs_beside(array, x)
    array = array.reshape(*array.shape[:2], np.prod(array.shape[2:], dtype=int))
    lit = scored(array) if inputs is None else inputs != 0.0
    plain, maps = of_chosen_label(array, chosen), compete(array, chosen, label_axis=1)
    fractions = kept(lit, maps)
    columns: dict[str, FloatND | Float1D | object] = {
        "label": chosen,
        "kept": fractions,
        "retained": retained(plain, maps),
        "selectivity": selectivity(lit, plain, maps),
        "share_of_votes": share_of_votes(lit, array, chosen),
        "effective_labels": competing_labels(fractions),
    }
    if inputs is not None:
        columns["energy"] = energy_kept(gradients_of(plain, inputs, lit), maps)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(array), name="image"))


def competing_labels(fractions: Float1D) -> FloatND:
    """Return k_eff of kept fractions, NaN where they are."""
    found = np.full(fractions.shape, np.nan)
    defined = ~np.isnan(fractions)
    found[defined] = effective_labels(fractions[defined])
    return found


def gradients_of(scores: FloatND, inputs: FloatND, lit: BoolND) -> FloatND:
    """Return scores over inputs on lit pixels, 0 elsewhere, (batch, pixels), up to a factor of each image."""
    numerators, divisors = (unit_size(values.astype(np.float64), axis=1)[0] for values in (scores, inputs))
    found = np.zeros(inputs.shape)
    found[lit] = gradients(numerators[lit], divisors[lit])
    return found
