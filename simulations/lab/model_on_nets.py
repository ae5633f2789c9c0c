"""Statistics of what Section 3.1 takes networks to be like: δ, the ratio of logits, heat in several maps, the shares that stay.

A value for each digit, of the label that the network predicts.
"""

import numpy as np

from cgi_theory import compete
from cgi_theory._arrays import Float1D, Float2D, Int1D, RealND
from cgi_theory.maps import highest
from cgi_theory.networks import attribution
from cgi_theory.networks.alignment import measure
from cgi_theory.networks.measures import hot_pixels, kept, lit, of_chosen_label
from cgi_theory.networks.network import LayeredNetwork, predicted_labels
from cgi_theory.networks.streams import Use, generator
from simulations.experiment import Setting
from simulations.lab import nets
from simulations.lab.worlds import MEASURED, UNTRAINED, any_network_in, scores_in

LARGEST, RANDOM = "largest pixels", "random pixels"
SEVERAL = 5
RATIO = (2.0, 4.0)


def delta(setting: Setting, world: str, number: int) -> Float1D:
    """δ, the cosine of the gradient and the input."""
    net, x = _subject(setting, world, number)
    return measure(net, x).delta


def ratio_is_said(setting: Setting, world: str, number: int) -> Float1D:
    """1 if the logit is 2 to 4 times the largest other one, else 0."""
    net, x = _subject(setting, world, number)
    ratio = np.nan_to_num(measure(net, x).logit_ratio, nan=np.inf)  # where no other logit is positive
    return ((RATIO[0] <= ratio) & (ratio <= RATIO[1])).astype(np.float64)


def heat_in_several_maps(setting: Setting, world: str, number: int) -> Float1D:
    """The fraction of the label's hot pixels that are hot for five labels or more, its own included."""
    net, x = _subject(setting, world, number)
    hot = hot_pixels(scores_in(setting, world, net, x, number))
    own = of_chosen_label(hot, predicted_labels(net, x))
    found: Float1D = np.sum(own & (hot.sum(axis=1) >= SEVERAL), axis=1) / own.sum(axis=1)
    return found


def logit_beyond_energy(setting: Setting, world: str, number: int) -> Float1D:
    """The share of the logit that the map retains less that of gradient energy on its pixels; 0 if the input does not decide."""
    net, x = _subject(setting, world, number)
    if world != LARGEST:
        found = measure(net, x)
        return found.retained - found.energy_kept
    labels = predicted_labels(net, x)
    scores = of_chosen_label(scores_in(setting, world, net, x, number), labels)
    square = (of_chosen_label(net.input_gradients(x), labels) * lit(x)) ** 2
    mask = highest(np.abs(scores), _size(net, x, labels))
    difference: Float1D = (scores * mask).sum(axis=1) / scores.sum(axis=1) - (square * mask).sum(axis=1) / square.sum(axis=1)
    return difference


def logit_of_its_pixels(setting: Setting, world: str, number: int) -> Float1D:
    """The logit of the input with nothing but the map's pixels, over that of the input.

    All maps are as sparse as the network's CGI map, and judged by the trained network, also those of an untrained one.
    """
    net, x = _subject(setting, MEASURED, number)
    labels = predicted_labels(net, x)
    size = _size(net, x, labels)
    if world == RANDOM:
        ranked: Float2D = lit(x) * (1.0 + generator(setting.seed, Use.RANDOM_PIXELS, number).random(x.shape))
    else:
        seen = any_network_in(setting, world, nets.RETRAINED, number) if world == UNTRAINED else net
        scores = scores_in(setting, world, seen, x, number)
        ranked = np.abs(of_chosen_label(scores, labels) if world == LARGEST else _competed(scores, labels))
    masked = of_chosen_label(net.logits(x * highest(ranked, size)), labels)
    found: Float1D = masked / of_chosen_label(net.logits(x), labels)
    return found


def votes_for_any_label(setting: Setting, world: str, number: int) -> Float1D:
    """The fraction of lit pixels that a label's map keeps, the mean over all labels."""
    net, x = _subject(setting, world, number)
    scores = scores_in(setting, world, net, x, number)
    found: Float1D = np.mean([kept(x, _competed(scores, np.full(len(x), label))) for label in range(scores.shape[1])], axis=0)
    return found


def votes_for_the_predicted_label(setting: Setting, world: str, number: int) -> Float1D:
    """The fraction of lit pixels that the predicted label's map keeps."""
    net, x = _subject(setting, world, number)
    return kept(x, _competed(scores_in(setting, world, net, x, number), predicted_labels(net, x)))


def _subject(setting: Setting, world: str, number: int) -> tuple[LayeredNetwork, Float2D]:
    x, _ = nets.test_images(setting, setting.parameters["images"])
    return any_network_in(setting, world, nets.RETRAINED, number), x


def _competed(scores: RealND, labels: Int1D) -> Float2D:
    maps: Float2D = compete(scores, labels).astype(np.float64, copy=False)
    return maps


def _size(net: LayeredNetwork, x: Float2D, labels: Int1D) -> Int1D:
    """Return how many pixels each CGI map keeps."""
    size: Int1D = np.count_nonzero(_competed(attribution.gradient_times_input(net, x), labels), axis=1)
    return size
