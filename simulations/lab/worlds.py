"""Worlds: what is measured, and what stands in its place where a claim on networks must not hold.

A world has networks and, of each, the scores of every label on the same digits. ``MEASURED`` is a trained network and its
gradient ⊙ input. In a null world one thing is exchanged: the network for one that never learned (``UNTRAINED``) or that does not
look at the image (``GAUSSIAN``: one layer of normal weights, whose gradients are these numbers, whatever the digit); the scores
for noise on the lit pixels (``NOISE``) or for those of another digit (``OTHER_DIGIT``).
"""

from collections.abc import Callable
from typing import cast

import numpy as np

from cgi_theory._arrays import Float1D, Float2D, RealND
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import lit
from cgi_theory.networks.network import LayeredNetwork
from cgi_theory.networks.streams import Use, derived_seed, generator
from simulations.experiment import Setting
from simulations.lab import nets

Statistic = Callable[[Setting, str, int], Float1D]
"""What a claim speaks of: from a world and a network's number to a value for each digit, NaN where it is undefined."""

MEASURED = "measured"
NOISE, OTHER_DIGIT = "noise maps", "another digit"
UNTRAINED, GAUSSIAN = "untrained network", "Gaussian gradients"


def network_in(setting: Setting, world: str, kind: str, number: int) -> MLP:
    """Return the MLP of a world, in experiments that know no other networks."""
    return cast(MLP, any_network_in(setting, world, kind, number))


def any_network_in(setting: Setting, world: str, kind: str, number: int) -> nets.DigitNetwork:
    """Return a network of a world: of a kind of the parameters', if the world exchanges no networks."""
    if world == UNTRAINED:
        return nets.any_network(setting, nets.UNTRAINED, number)
    if world == GAUSSIAN:
        pixels = nets.digits(setting.home).test_x.shape[1]
        return MLP.random((pixels, nets.LABELS), seed=derived_seed(setting.seed, Use.GAUSSIAN_WORLD, number))
    return nets.any_network(setting, kind, number)


def scores_in(setting: Setting, world: str, net: LayeredNetwork, x: Float2D, *key: int) -> RealND:
    """Return gradient ⊙ input of every label as it is in a world, (images, k, d)."""
    scores: RealND = attribution.gradient_times_input(net, x)
    return exchanged(setting, world, scores, x, *key)


def exchanged(setting: Setting, world: str, scores: RealND, x: Float2D, *key: int) -> RealND:
    """Return scores (images, k, d), or what a world has in their place; noise is that of a key."""
    if world == NOISE:
        drawn = generator(setting.seed, Use.NOISE_WORLD, *key).standard_normal(scores.shape)
        noise: RealND = drawn * lit(x)[:, None, :]
        return noise
    return np.roll(scores, 1, axis=0) if world == OTHER_DIGIT else scores
