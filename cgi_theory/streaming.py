r"""Competition of labels whose scores come in blocks, as they do of a network of a thousand labels.

Algorithms 1 and 2 ask of the rivals only which score of a pixel is the highest and which the lowest. These running extremes and
the chosen label's own scores are all that is held: three numbers a pixel, however many labels there are. The gradients of a
thousand labels of a photograph, 3 × 224 × 224 numbers each, are 602 MB in float32; their competition takes 2.

The rule and the compiled code are those of :func:`cgi_theory.compete`, and so are the bits of the maps, for any order of the
labels and any cut into blocks.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cgi_theory._arguments import shown, whole_array, whole_numbers
from cgi_theory._by_threads import Scores
from cgi_theory._floating import own_error_state
from cgi_theory._scores import labels_of, numbers_of
from cgi_theory.competition import NOT_FINITE, extremes_of, keep_won

_HIGHEST_LABEL = 2**31 - 1
_LARGEST_SIDE = 2**40


class Competition:
    r"""The competition for one label, or for one label of each input of a batch, whose scores are added in blocks of labels.

    Parameters
    ----------
    label : int, or array_like of int with shape (batch,)
        The chosen label; an array says that there is a batch.
    shape : sequence of int
        The shape of one label's scores of one input, (\*features).
    dtype : float32 or float64
        Of the scores and the map.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.

    Examples
    --------
    >>> competition = Competition(label=2, shape=(2,))
    >>> competition.add(range(1, 3), [[3.0, -1.0], [4.0, -0.5]])
    >>> competition.add([0], [[5.0, 0.5]])
    >>> competition.map()
    array([0., 0.])
    """

    def __init__(self, label: ArrayLike, shape: Sequence[int], dtype: DTypeLike = np.float64) -> None:
        labels = labels_of(label)
        self._shape = whole_numbers("shape", shape, 0, _LARGEST_SIDE)
        self._dtype = _real_type(dtype)
        self._chosen = whole_array("label", labels, 0, _HIGHEST_LABEL)
        flat = (labels.size, math.prod(self._shape))
        self._own = np.zeros(flat, dtype=self._dtype)
        self._highest, self._lowest = np.full_like(self._own, -np.inf), np.full_like(self._own, np.inf)
        self._added: set[int] = set()

    def __repr__(self) -> str:
        return f"Competition(label={shown(self._chosen.tolist())}, shape={self._shape}, labels_added={len(self._added)})"

    @property
    def labels_added(self) -> frozenset[int]:
        """The labels that compete so far."""
        return frozenset(self._added)

    @own_error_state
    def add(self, labels: Sequence[int], scores: ArrayLike) -> None:
        r"""Let some labels compete with those that were added before.

        Parameters
        ----------
        labels : range or sequence of int
            Each label once.
        scores : array_like, (labels, \*features), or for a batch (batch, labels, \*features)
            Their scores; of the competition's dtype, or converted to it.

        Raises
        ------
        TypeError, ValueError
            If a label was added before, a shape does not fit, or a score is NaN or infinite in the competition's dtype. Then
            nothing was added.
        """
        members = whole_numbers("labels", labels, 0, _HIGHEST_LABEL)
        places = {label: place for place, label in enumerate(members)}
        again = [label for place, label in enumerate(members) if label in self._added or places[label] != place]
        if again:
            raise ValueError(f"labels must each be added once, not {again[0]} again")
        block = self._block(len(members), scores)
        if not members:
            return
        highest, lowest, finite = extremes_of(block)
        if not finite:
            raise ValueError(NOT_FINITE.format(dtype=self._dtype))
        np.maximum(self._highest, highest, out=self._highest)
        np.minimum(self._lowest, lowest, out=self._lowest)
        for own, chosen, of_input in zip(self._own, self._chosen.ravel().tolist(), block, strict=True):
            if chosen in places:
                own[:] = of_input[places[chosen]]
        self._added.update(members)

    def map(self) -> Scores:
        r"""Return the competitive saliency map, as ``compete`` does for all labels that were added.

        Returns
        -------
        ndarray, (\*features) or (batch, \*features)

        Raises
        ------
        ValueError
            If a chosen label was not added.
        """
        missing = sorted(set(self._chosen.ravel().tolist()) - self._added)
        if missing:
            raise ValueError(f"the scores of the chosen label {missing[0]} must be added before there is a map")
        found = np.empty_like(self._own)
        for own, highest, lowest, kept in zip(self._own, self._highest, self._lowest, found, strict=True):
            keep_won(own, highest, lowest, kept)
        return found.reshape(self._chosen.shape + self._shape)

    def winners(self) -> NDArray[np.bool_]:
        """Return where the chosen label wins: where ``map`` is not zero, with the same errors."""
        mask: NDArray[np.bool_] = self.map() != 0.0
        return mask

    def _block(self, n_labels: int, scores: ArrayLike) -> Scores:
        """Return scores as (batch, labels, pixels) of the competition's type, or raise an error that names their shape."""
        array = numbers_of(scores)
        expected = (*self._chosen.shape, n_labels, *self._shape)
        if array.shape != expected:
            raise ValueError(f"scores must have shape {expected}, of {n_labels} labels, not {array.shape}")
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused with the infinite
            block = np.asarray(array, dtype=self._dtype, order="C")
        return block.reshape(len(self._own), n_labels, self._own.shape[1])


def _real_type(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return float32 or float64, or raise a ValueError that names what it is not."""
    try:
        found = np.dtype(dtype)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, not {shown(dtype)}")
    return np.dtype(found)
