"""Scores that come in blocks of labels: each label once, and the chosen label's own kept."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cgi_theory._arguments import shown, whole_array, whole_numbers
from cgi_theory._by_threads import Scores
from cgi_theory._floating import own_error_state
from cgi_theory._scores import labels_of, numbers_of

_HIGHEST_LABEL = 2**31 - 1
_LARGEST_SIDE = 2**40


class LabelBlocks:
    """Scores of labels that are added in blocks: the chosen label's own are kept, and what a subclass makes of them all."""

    def __init__(self, label: ArrayLike, shape: Sequence[int], dtype: DTypeLike = np.float64) -> None:
        labels = labels_of(label)
        self._shape = whole_numbers("shape", shape, 0, _LARGEST_SIDE)
        self._dtype = _real_type(dtype)
        self._chosen = whole_array("label", labels, 0, _HIGHEST_LABEL)
        self._own = np.zeros((labels.size, math.prod(self._shape)), dtype=self._dtype)
        self._added: set[int] = set()

    def __repr__(self) -> str:
        chosen = shown(self._chosen.tolist())
        return f"{type(self).__name__}(label={chosen}, shape={self._shape}, labels_added={len(self._added)})"

    @property
    def labels_added(self) -> frozenset[int]:
        """The labels that are compared so far."""
        return frozenset(self._added)

    @own_error_state
    def add(self, labels: Sequence[int], scores: ArrayLike) -> None:
        r"""Let some labels join those that were added before.

        Parameters
        ----------
        labels : range or sequence of int
            Each label once.
        scores : array_like, (labels, \*features), or for a batch (batch, labels, \*features)
            Their scores; of the map's dtype, or converted to it.

        Raises
        ------
        TypeError, ValueError
            If a label was added before, a shape does not fit, or a score is NaN or infinite in the map's dtype. Then nothing was
            added.
        """
        members = whole_numbers("labels", labels, 0, _HIGHEST_LABEL)
        places = {label: place for place, label in enumerate(members)}
        again = [label for place, label in enumerate(members) if label in self._added or places[label] != place]
        if again:
            raise ValueError(f"labels must each be added once, not {again[0]} again")
        block = self._block(len(members), scores)
        if not members:
            return
        own_places = [places.get(chosen) for chosen in self._chosen.ravel().tolist()]
        self._take(block, own_places)
        for own, place, of_input in zip(self._own, own_places, block, strict=True):
            if place is not None:
                own[:] = of_input[place]
        self._added.update(members)

    def map(self) -> Scores:
        r"""Return the map of the chosen labels among all labels that were added.

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
        return self._map().reshape(self._chosen.shape + self._shape)

    def _take(self, block: Scores, own_places: Sequence[int | None]) -> None:
        """Take in scores (batch, labels, pixels), among which an input's chosen label has a place or none, or raise an error."""
        raise NotImplementedError

    def _map(self) -> Scores:
        """Return the maps, (batch, pixels)."""
        raise NotImplementedError

    def _block(self, n_labels: int, scores: ArrayLike) -> Scores:
        """Return scores as (batch, labels, pixels) of the map's type, or raise an error that names their shape."""
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
