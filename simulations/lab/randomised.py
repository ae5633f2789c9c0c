"""Statistics of the sanity checks: what a map keeps after the network was randomised, over what it kept before.

One value for each digit: the fraction of lit pixels that the chosen label's map keeps, of the randomised network, over the mean
fraction of the network itself; 1 on average where randomisation does nothing, and near 0 where it blanks the map. The label is
the one that the network predicts, before it was randomised if nothing else is said.
"""

from collections.abc import Callable, Iterator

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Float1D
from cgi_theory.networks.measures import kept
from cgi_theory.networks.network import LayeredNetwork, predicted_labels
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed
from simulations.experiment import Setting
from simulations.lab import nets
from simulations.lab.maps import METHODS
from simulations.lab.worlds import UNTRAINED, Statistic, any_network_in, exchanged

UNRANDOMISED = "unrandomised network"
Networks = Callable[[Setting, LayeredNetwork, int], Iterator[LayeredNetwork]]


def layers_one_by_one(setting: Setting, net: LayeredNetwork, number: int) -> Iterator[LayeredNetwork]:
    """Yield a network with each of its layers re-initialised."""
    seed = derived_seed(setting.seed, Use.RANDOMISATION, number)
    return (layer_wise(net, layer, seed=seed) for layer in range(len(net.layer_names)))


def layers_in_cascade(setting: Setting, net: LayeredNetwork, number: int) -> Iterator[LayeredNetwork]:
    """Yield a network with its layers re-initialised from the logits down, from one to all."""
    seed = derived_seed(setting.seed, Use.RANDOMISATION, number)
    return (cascading(net, depth, seed=seed) for depth in range(1, len(net.layer_names) + 1))


def every_layer(setting: Setting, net: LayeredNetwork, number: int) -> Iterator[LayeredNetwork]:
    """Yield a network with all layers re-initialised."""
    yield cascading(net, len(net.layer_names), seed=derived_seed(setting.seed, Use.RANDOMISATION, number))


def permuted_labels(setting: Setting, net: LayeredNetwork, number: int) -> Iterator[LayeredNetwork]:
    """Yield the network that memorised permuted labels."""
    yield nets.any_network(setting, nets.MEMORISING, number)


def permuted_labels_learned(setting: Setting, world: str, number: int) -> Float1D:
    """Whether each of the permuted labels is what the network predicts, 1 or 0."""
    net = any_network_in(setting, world, nets.MEMORISING, number)
    predicted = predicted_labels(net, nets.digits(setting.home).train_x)
    learned: Float1D = (predicted == nets.permuted_labels(setting.home, setting.seed, number)).astype(np.float64)
    return learned


def kept_after(networks: Networks, method: str = "gradient ⊙ input", *, own_label: bool = False) -> Statistic:
    """Return the statistic of a kind of randomisation and a method, for the label that each network predicts if ``own_label``."""

    def statistic(setting: Setting, world: str, number: int) -> Float1D:
        x, _ = nets.test_images(setting, setting.parameters["images"])
        net = any_network_in(setting, world, nets.RETRAINED, number)
        labels = predicted_labels(net, x)

        def kept_by(network: LayeredNetwork, drawn: int) -> Float1D:
            scores = exchanged(setting, world, METHODS[method](network, x), x, number, drawn)
            return kept(x, compete(scores, predicted_labels(network, x) if own_label else labels))

        others = _others(setting, world, networks, net, number)
        before, after = kept_by(net, 0), [kept_by(other, 1 + drawn) for drawn, other in enumerate(others)]
        ratio: Float1D = np.mean(after, axis=0) / before.mean()
        return ratio

    return statistic


def _others(setting: Setting, world: str, networks: Networks, net: LayeredNetwork, number: int) -> Iterator[LayeredNetwork]:
    """Yield the networks that a world has after randomisation."""
    if world == UNRANDOMISED:
        return iter((net,))
    if world == UNTRAINED and networks is permuted_labels:  # it has learned none that could be permuted
        return every_layer(setting, net, number)
    return networks(setting, net, number)
