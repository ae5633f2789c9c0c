r"""Competition and contrast of labels whose scores come in blocks, as they do of a network of a thousand labels.

Algorithms 1 and 2 ask of the rivals only which score of a pixel is the highest and which the lowest. These running extremes and
the chosen label's own scores are all that is held: three numbers a pixel, however many labels there are. The gradients of a
thousand labels of a photograph, 3 × 224 × 224 numbers each, are 602 MB in float32; their competition takes 2.

The rule and the compiled code are those of :func:`cgi_theory.compete`, and so are the bits of the maps, for any order of the
labels and any cut into blocks.

A *contrast* is the chosen label's score s less what its rivals have at that pixel: their mean, which takes a running sum, or the
highest of them, the strongest rival's, which takes a running maximum,

.. math:: s_y - \frac{1}{k - 1}\sum_{j \ne y} s_j \qquad\text{or}\qquad s_y - \max_{j \ne y} s_j .

Without rivals either is the score itself, as a competitive map is. Sums are taken in float64, so that their order moves the last
bit at most.
"""

import math
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from cgi_theory._arguments import one_of, shown, whole_array, whole_numbers
from cgi_theory._arrays import RealND
from cgi_theory._by_threads import Scores
from cgi_theory._floating import finite, own_error_state
from cgi_theory._scores import labels_of, numbers_of, real_type
from cgi_theory.competition import NOT_FINITE, extremes_of, keep_won

Rivals = Literal["mean", "strongest"]

_HIGHEST_LABEL = 2**31 - 1
_LARGEST_SIDE = 2**40


class LabelBlocks:
    """What ``Competition`` and ``Contrast`` have in common: scores are added in blocks of labels, and make a map."""

    def __init__(self, label: ArrayLike, shape: Sequence[int], dtype: DTypeLike = np.float64) -> None:
        labels = labels_of(label)
        self._shape = whole_numbers("shape", shape, 0, _LARGEST_SIDE)
        self._dtype = real_type(dtype)
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


class Competition(LabelBlocks):
    r"""The competition for one label, or for one label of each input of a batch, whose scores are added in blocks of labels.

    Scores are added, and the map is taken, as ``LabelBlocks`` says.

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
        super().__init__(label, shape, dtype)
        self._highest, self._lowest = np.full_like(self._own, -np.inf), np.full_like(self._own, np.inf)

    def winners(self) -> NDArray[np.bool_]:
        """Return where the chosen label wins: where ``map`` is not zero, with the same errors."""
        mask: NDArray[np.bool_] = self.map() != 0.0
        return mask

    def _take(self, block: Scores, own_places: Sequence[int | None]) -> None:
        highest, lowest = _extremes(block)
        np.maximum(self._highest, highest, out=self._highest)
        np.minimum(self._lowest, lowest, out=self._lowest)

    def _map(self) -> Scores:
        found = np.empty_like(self._own)
        for own, highest, lowest, kept in zip(self._own, self._highest, self._lowest, found, strict=True):
            keep_won(own, highest, lowest, kept)
        return found


class Contrast(LabelBlocks):
    r"""The contrast of one label, or of one label of each input of a batch, with rivals whose scores are added in blocks.

    Scores are added, and the map is taken, as ``LabelBlocks`` says.

    Parameters
    ----------
    label, shape, dtype
        As for ``Competition``.
    rivals : {"mean", "strongest"}
        What is taken from the chosen label's scores.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off.

    Examples
    --------
    >>> contrast = Contrast(label=0, shape=(2,), rivals="strongest")
    >>> contrast.add(range(3), [[3.0, -1.0], [1.0, -2.0], [0.0, 4.0]])
    >>> contrast.map()
    array([ 2., -5.])
    """

    def __init__(self, label: ArrayLike, shape: Sequence[int], dtype: DTypeLike = np.float64, *, rivals: Rivals = "mean") -> None:
        super().__init__(label, shape, dtype)
        self._rivals = one_of("rivals", rivals, get_args(Rivals))
        # Of all labels their sum; or of the rivals the highest score.
        self._all = np.zeros(self._own.shape) if self._rivals == "mean" else np.full_like(self._own, -np.inf)

    def _take(self, block: Scores, own_places: Sequence[int | None]) -> None:
        if self._rivals == "mean":
            _extremes(block)
            self._all += block.sum(axis=1, dtype=np.float64)
            return
        highest = [_highest_rival(*pair) for pair in zip(block, own_places, strict=True)]  # before anything changes
        np.maximum(self._all, np.reshape(highest, self._all.shape), out=self._all)

    @own_error_state
    def _map(self) -> Scores:
        if len(self._added) == 1:
            return self._own.copy()
        theirs = mean_of_rivals(self._all, self._own, len(self._added)) if self._rivals == "mean" else self._all
        return finite("contrasts", (self._own - theirs).astype(self._dtype, copy=False))


def mean_of_rivals(total: RealND, own: RealND, n_labels: int) -> RealND:
    """Return the mean of a label's rivals, of the sum over all labels and the label's own; 0 if there are none."""
    found: RealND = (total - own) / max(n_labels - 1, 1)
    return found


def _highest_rival(scores: Scores, place: int | None) -> Scores:
    """Return the highest score of each pixel, (1, pixels), of scores (labels, pixels) of which that at a place is no rival's."""
    if place is None:
        highest, _ = _extremes(scores[None])
        return highest
    _extremes(scores[None, place : place + 1])
    before, after = (_extremes(part)[0] for part in (scores[None, :place], scores[None, place + 1 :]))
    return np.maximum(before, after, out=before)


def _extremes(block: Scores) -> tuple[Scores, Scores]:
    """Return the highest and the lowest of scores over labels, or raise a ValueError if they are not finite."""
    highest, lowest, all_finite = extremes_of(block)
    if not all_finite:
        raise ValueError(NOT_FINITE.format(dtype=block.dtype))
    return highest, lowest
