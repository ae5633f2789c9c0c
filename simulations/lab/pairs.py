"""Networks that should agree, and networks that should not: of one recipe from other seeds, and each with itself randomised.

The digits are the first held out; the label of each is the one that most of the networks predict, the first of several.
"""

from functools import lru_cache
from itertools import combinations

import numpy as np

from cgi_theory._arrays import Float2D, Int1D, Int2D
from cgi_theory.networks import MLP
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.randomization import cascading
from cgi_theory.networks.streams import Use, derived_seed
from simulations.experiment import Setting
from simulations.lab import nets
from simulations.lab.worlds import MEASURED, network_in


class Pairs:
    """The networks of a world, each with itself randomised, the digits, and the label of each.

    The parameters say how many retrained networks there are, how many ``"untrained"`` in the world that has these in their
    place, and how many ``"images"``.
    """

    def __init__(self, setting: Setting, world: str) -> None:
        self.x, _ = nets.test_images(setting, setting.parameters["images"])
        count = setting.parameters["networks"][nets.RETRAINED]["count"] if world == MEASURED else setting.parameters["untrained"]
        self.nets = [network_in(setting, world, nets.RETRAINED, number) for number in range(count)]
        self.randomised = [_randomised(setting, net, number) for number, net in enumerate(self.nets)]
        predicted = np.stack([net.predicted_labels(self.x) for net in self.nets])
        self.labels: Int1D = np.array([np.bincount(votes).argmax() for votes in predicted.T])
        self.pairs: Int2D = np.array(list(combinations(range(count), 2)))

    def cosines(self) -> tuple[Float2D, Float2D]:
        """Return the cosine of the label's gradients over lit pixels, of retrained and of randomised pairs, (pairs, images)."""
        before, after = ([self._gradient(net) for net in side] for side in (self.nets, self.randomised))
        retrained = np.stack([np.einsum("id,id->i", before[i], before[j]) for i, j in self.pairs])
        return retrained, np.stack([np.einsum("id,id->i", *pair) for pair in zip(before, after, strict=True)])

    def _gradient(self, net: MLP) -> Float2D:
        gradient: Float2D = of_chosen_label(net.input_gradients(self.x), self.labels) * (self.x != 0.0)
        gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
        return gradient


@lru_cache(maxsize=2)
def pairs_in(setting: Setting, world: str) -> Pairs:
    """Return the networks of a world, made once in a process."""
    return Pairs(setting, world)


def _randomised(setting: Setting, net: MLP, number: int) -> MLP:
    return cascading(net, len(net.weights), seed=derived_seed(setting.seed, Use.RANDOMISATION, number))
