r"""All labels of one input, or many of them: their gradients, taken once, and what is measured on them.

The gradients of a thousand labels of a photograph are 602 MB in float32. All else is made of them in parts, in float64: the Gram
matrix :math:`G_{jk} = \sum_i g_{ji} g_{ki}`, the sums :math:`\sum_i x_i g_{ji}`, and each label's votes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cgi_theory import Competition
from cgi_theory._arrays import Bool1D, Float1D, Float2D, Int1D, Single1D, Single2D, SingleND
from cgi_theory.networks.measures import votes
from cgi_theory.networks.network import Network
from cgi_theory.streaming import mean_of_rivals

_LABELS, _INPUTS = 50, 4096  # taken at a time


@dataclass(frozen=True)
class AllLabels:
    """The gradients of the labels that compete for one input.

    Attributes
    ----------
    labels : sequence of int
        Which labels those of the network are that others call 0 to k − 1.
    shape : tuple of int
        Of the input, that of a photograph being (channels, height, width).
    x : ndarray, (d,)
    logits : ndarray, (k,)
    gradients : ndarray, (k, d)
    """

    labels: Sequence[int]
    shape: tuple[int, ...]
    x: Single1D
    logits: Float1D
    gradients: Single2D

    @classmethod
    def of(cls, net: Network, x: SingleND, labels: Sequence[int]) -> "AllLabels":
        """Take the gradients of these labels of a network at one input, of the network's shape."""
        logits = net.logits(x[None])[0, list(labels)].astype(np.float64)
        gradients = net.input_gradients(x[None], labels)[0].astype(np.float32, copy=False)
        return cls(labels, x.shape, x.ravel(), logits, gradients.reshape(len(labels), x.size))

    def scores(self, label: int) -> Single1D:
        """Return gradient ⊙ input of a label."""
        found: Single1D = self.gradients[label] * self.x
        return found

    def cgi(self, label: int) -> Single1D:
        """Return the map of a label that competes with all others."""
        competition = Competition(label=label, shape=self.x.shape, dtype=np.float32)
        for first in range(0, len(self.gradients), _LABELS):
            block = self.gradients[first : first + _LABELS]
            competition.add(range(first, first + len(block)), block * self.x)
        found: Single1D = competition.map()
        return found

    def contrast(self, label: int) -> Single1D:
        """Return gradient ⊙ input of a label less the mean of its rivals'."""
        own = self.gradients[label]
        rivals = mean_of_rivals(self.gradients.sum(axis=0), own, len(self.gradients))
        found: Single1D = (own - rivals) * self.x
        return found

    @cached_property
    def lit(self) -> Bool1D:
        """Where the input is not zero, so that labels compete."""
        found: Bool1D = self.x != 0.0
        return found

    @cached_property
    def votes(self) -> Float1D:
        """Each label's votes, the fraction of lit inputs that its own map would keep, (k,)."""
        won = np.zeros(len(self.gradients))
        for part in self._parts():
            lit = self.x[None, part]
            won += votes(lit, self.gradients[None, :, part] * lit)[0] * lit.size
        return won / np.count_nonzero(self.lit)

    @cached_property
    def signs(self) -> float:
        """The fraction of lit inputs where some score is positive, and that where some is negative, added."""
        of_both = 0
        for part in self._parts():
            scores = self.gradients[:, part] * self.x[part]
            of_both += int(np.count_nonzero(scores.max(axis=0) > 0.0)) + int(np.count_nonzero(scores.min(axis=0) < 0.0))
        return of_both / int(np.count_nonzero(self.lit))

    @cached_property
    def sums(self) -> Float1D:
        """Each label's sum of gradient ⊙ input, (k,)."""
        sums = np.zeros(len(self.gradients))
        for part in self._parts():
            sums += self.gradients[:, part].astype(np.float64) @ self.x[part].astype(np.float64)
        return sums

    @cached_property
    def gram(self) -> Float2D:
        """All inner products of the gradients over lit inputs, (k, k)."""
        return self.gram_over(self.lit)

    def gram_over(self, where: Bool1D) -> Float2D:
        """Return all inner products of the gradients over some inputs, (k, k)."""
        gram = np.zeros((len(self.gradients),) * 2)
        for part in _in_parts(where):
            gradients = self.gradients[:, part].astype(np.float64)
            gram += gradients @ gradients.T
        return gram

    def _parts(self) -> Iterator[Int1D]:
        return _in_parts(self.lit)


def _in_parts(where: Bool1D) -> Iterator[Int1D]:
    """Yield the places of some inputs, so many at a time."""
    places = np.flatnonzero(where)
    yield from np.split(places, range(_INPUTS, len(places), _INPUTS))
