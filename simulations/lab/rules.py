"""Rules that choose pixels, on networks: the masks of :mod:`cgi_theory.theory.rules` of real gradients.

A rule sees the gradients of all labels on a digit's lit pixels, turned to the chosen label's side: its own |u| and the rivals'
sign(u) v. Those that choose by the size of something choose as many pixels as CGI keeps of the same digit; the temperature of
softmax is in units of the gradients' root mean square over labels and lit pixels.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cgi_theory._arrays import Bool2D, BoolND, Float1D, Float2D, Float3D, Int1D
from cgi_theory.maps import highest
from cgi_theory.networks.measures import of_chosen_label

CGI, RANDOM, LARGEST = "CGI", "random pixels", "largest pixels"
MEAN, STRONGEST = "contrast with the mean rival", "contrast with the strongest rival"
BEST, SOFTMAX = "among the {} best labels", "softmax, T = {:g}"
COUNTS, TEMPERATURES = (2, 3), (0.5, 1.0)
EVERYTHING = "all pixels"
MEASURES = ("pixels", "logit", "energy", "mean_rival", "strongest_rival", "highest_logit")
OF_GRADIENTS = ("pixels", "energy", "mean_rival", "strongest_rival")
RULE, BY_PIXELS, BY_PRICE = "rule", "by pixels", "by price"


class Place(NamedTuple):
    """Where a mask stands: a rule by itself, or on a frontier."""

    curve: str
    rule: str
    bound: float
    """The price, or the fraction of pixels."""


class Sides(NamedTuple):
    """Gradients on the chosen label's side, of lit pixels; on the others everything is 0."""

    lit: Bool2D
    """(images, d)."""
    own: Float2D
    """|u|, (images, d)."""
    rivals: Float3D
    """sign(u) v, (images, k − 1, d)."""

    @property
    def mean(self) -> Float2D:
        """The mean rival's, (images, d)."""
        found: Float2D = self.rivals.mean(axis=1)
        return found

    @property
    def strongest(self) -> Float2D:
        """M, (images, d)."""
        found: Float2D = self.rivals.max(axis=1)
        return found


def sides(gradients: Float3D, x: Float2D, labels: Int1D) -> Sides:
    """Return the gradients (images, k, d) of digits on the side of the chosen labels (images,)."""
    own = of_chosen_label(gradients, labels) * (x != 0.0)
    others = np.arange(gradients.shape[1]) != labels[:, None]
    rivals = gradients[others].reshape(len(x), -1, x.shape[1]) * np.sign(own)[:, None, :]
    return Sides(x != 0.0, np.abs(own), rivals)


def weights_of(found: Sides, rng: np.random.Generator) -> dict[str, Float2D]:
    """Return every rule's mask (images, d), from 0 to 1 and 0 where a digit is blank; a random one is the generator's."""
    own, rivals, strongest = found.own, found.rivals, found.strongest
    won = found.lit & (own > 0.0) & (own >= strongest)
    size = np.count_nonzero(won, axis=1)
    masks = {
        EVERYTHING: found.lit,
        CGI: won,
        RANDOM: _highest(found, rng.random(own.shape), size),
        LARGEST: _highest(found, own, size),
        MEAN: _highest(found, own * (own - found.mean), size),
        STRONGEST: _highest(found, own * (own - strongest), size // 2),
    }
    above = np.count_nonzero(rivals > own[:, None, :], axis=1)
    masks |= {BEST.format(count): found.lit & (own > 0.0) & (above < count) for count in COUNTS}
    soft = {SOFTMAX.format(temperature): _softmax(found, temperature) for temperature in TEMPERATURES}
    return {name: mask.astype(np.float64) for name, mask in masks.items()} | soft


def frontiers(found: Sides, prices: Sequence[float], pixels: Sequence[float]) -> Iterator[tuple[Place, Float2D]]:
    """Yield the masks (images, d) that keep most of each digit's gradient energy.

    That is at prices of what is kept of the mean and of the strongest rival, and of fractions of the lit pixels.
    """
    for name, rival in ((MEAN, found.mean), (STRONGEST, found.strongest)):
        for price in prices:
            yield Place(BY_PRICE, name, price), (found.lit & (found.own * (found.own - price * rival) >= 0.0)).astype(np.float64)
    lit = np.count_nonzero(found.lit, axis=1)
    for fraction in pixels:
        size = np.round(fraction * lit).astype(np.int64)
        yield Place(BY_PIXELS, LARGEST, fraction), _highest(found, found.own, size).astype(np.float64)


def _highest(found: Sides, values: Float2D, size: Int1D) -> BoolND:
    """Return the masks of the lit pixels of the highest values, as many as ``size`` says."""
    return highest(np.where(found.lit, values, -np.inf), size)


def _softmax(found: Sides, temperature: float) -> Float2D:
    squares = found.own**2 + np.sum(found.rivals**2, axis=1)
    lit = np.count_nonzero(found.lit, axis=1)
    scale = np.sqrt(squares.sum(axis=1) / (lit * (1 + found.rivals.shape[1])))[:, None] * temperature
    weight: Float2D = found.lit / (1.0 + np.sum(np.exp((found.rivals - found.own[:, None, :]) / scale[:, None]), axis=1))
    return weight


def shares(found: Sides, mask: Float2D, gradients: Float3D, x: Float2D, labels: Int1D) -> dict[str, Float1D]:
    """Return what a mask keeps of each digit, (images,) each, by the names of ``MEASURES``.

    Of the lit pixels; of the logit, the sum of the label's scores; of its gradient energy, Σu²; in units of that energy, of the
    mean rival, Σ u v̄ m, and of the strongest at each pixel, Σ |u| M m; and the highest logit of a rival, its scores summed over
    the mask, over the label's own over all pixels.
    """
    kept = np.einsum("ikd,id->ik", gradients, mask * x)
    own, logit = of_chosen_label(kept, labels), np.sum(of_chosen_label(gradients, labels) * x, axis=1)
    kept[np.arange(len(x)), labels] = -np.inf
    weight, energy = found.own * mask, np.sum(found.own**2, axis=1)
    of_energy = (np.einsum("id,id->i", weight, part) / energy for part in (found.own, found.mean, found.strongest))
    values = (mask.sum(axis=1) / np.count_nonzero(found.lit, axis=1), own / logit, *of_energy, kept.max(axis=1) / logit)
    return dict(zip(MEASURES, values, strict=True))
