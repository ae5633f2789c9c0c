"""Competition of labels that come in blocks: running extremes are all that Algorithms 1 and 2 need."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cgi_theory.competition import _keep_won


class Competition:
    """The competition for one label, or for one of each input of a batch, of scores that are added in blocks."""

    def __init__(self, label: ArrayLike, shape: Sequence[int], dtype: DTypeLike = np.float64) -> None:
        self._label, self._shape = np.asarray(label), tuple(shape)
        flat = (self._label.size, math.prod(self._shape))
        self._highest, self._lowest = np.full(flat, -np.inf, dtype), np.full(flat, np.inf, dtype)
        self._own = np.zeros(flat, dtype)

    def add(self, labels: Sequence[int], scores: ArrayLike) -> None:
        r"""Add the scores of some labels, (labels, \*shape) or (batch, labels, \*shape)."""
        block: NDArray[Any] = np.ascontiguousarray(scores, self._own.dtype).reshape(
            len(self._own), len(labels), self._own.shape[1]
        )
        for b, label in enumerate(self._label.ravel()):
            high, low = block[b].max(axis=0), block[b].min(axis=0)
            np.maximum(self._highest[b], high, out=self._highest[b])
            np.minimum(self._lowest[b], low, out=self._lowest[b])
            if label in labels:
                self._own[b] = block[b, list(labels).index(label)]

    def map(self) -> NDArray[Any]:
        """Return the map."""
        found = np.empty_like(self._own)
        for b in range(len(found)):
            _keep_won(self._own[b], self._highest[b], self._lowest[b], found[b])
        return found.reshape(self._label.shape + self._shape)

    def winners(self) -> NDArray[np.bool_]:
        """Return where the label wins."""
        won: NDArray[np.bool_] = self.map() != 0.0
        return won
