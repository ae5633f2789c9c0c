"""Is it merely sparse? Logits of inputs of which a map's pixels are kept, inserted or deleted.

Four ways to choose as many pixels as CGI keeps: CGI itself, the top of gradient ⊙ input, random lit pixels, and the CGI
map of the label with the second logit; and the same orders for insertion and deletion, pixel by pixel. Logits are of the
masked input x ⊙ mask, over the chosen label's own logit: complete is a mask that keeps it, sound one that raises no other
label's above it.
"""

import numpy as np

from cgi_theory import compete, maps
from cgi_theory._arrays import Float2D, FloatND, Int1D, Int2D
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import lit, of_chosen_label
from cgi_theory.networks.streams import Use, generator
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab import nets

MASKS = ("CGI", "top of gradient ⊙ input", "random", "CGI of the second label")


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return nets.described(nets.TRAINED, quick=quick) | {"images": 50 if quick else 300, "steps": 11 if quick else 26}


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each way to choose pixels."""
    return [Task(_rows, (name,)) for name in MASKS]


def _rows(setting: Setting, name: str) -> list[Row]:
    """Return a row for every image, and one for every step of the curves."""
    net = nets.network(setting, nets.TRAINED)
    x, _ = nets.test_images(setting, setting.parameters["images"])
    chosen, second = np.argsort(-net.logits(x), axis=1)[:, :2].T
    scores = _order(setting, name, net, x, chosen, second)
    size = np.sum(_cgi(net, x, chosen) != 0.0, axis=1)
    fractions = np.linspace(0.0, 1.0, setting.parameters["steps"]).tolist()
    order = _first_to_last(setting, x, scores)
    steps = [_step(net, x, chosen, order, fraction) | {"mask": name} for fraction in fractions]
    return _masked(name, net, x, chosen, scores, size) + steps


def _cgi(net: MLP, x: Float2D, labels: Int1D) -> FloatND:
    return compete(attribution.gradient_times_input(net, x), labels).astype(np.float64, copy=False)


def _order(setting: Setting, name: str, net: MLP, x: Float2D, chosen: Int1D, second: Int1D) -> Float2D:
    """Return the ranking of pixels, (images, d): the larger, the earlier."""
    if name == "random":
        drawn: Float2D = lit(x) * generator(setting.seed, Use.RANDOM_PIXELS, 0).random(x.shape)
        return drawn
    if name == "top of gradient ⊙ input":
        plain: Float2D = of_chosen_label(attribution.gradient_times_input(net, x), chosen)
        return plain
    return _cgi(net, x, chosen if name == "CGI" else second)


def _masked(name: str, net: MLP, x: Float2D, chosen: Int1D, scores: Float2D, size: Int1D) -> list[Row]:
    before, after = net.logits(x), net.logits(x * maps.highest(np.abs(scores), size))
    images, whole = np.arange(len(x)), of_chosen_label(before, chosen)
    others = after.copy()
    others[images, chosen] = -np.inf
    own, highest = of_chosen_label(after, chosen) / whole, others.max(axis=1) / whole
    return [
        {"kind": "mask", "mask": name, "image": int(i), "pixels": int(size[i]), "own_logit": own[i], "highest_other": highest[i]}
        for i in images
    ]


def _first_to_last(setting: Setting, x: Float2D, scores: Float2D) -> Int2D:
    """Return each pixel's place in the ranking, (images, d), the lit ones first; those of equal scores in random order."""
    ties = generator(setting.seed, Use.TIES).random(x.shape)
    return np.argsort(np.lexsort((ties, np.where(lit(x), -scores, np.inf)), axis=1), axis=1)


def _step(net: MLP, x: Float2D, chosen: Int1D, order: Int2D, fraction: float) -> Row:
    """Insert the first lit pixels of the ranking into a blank image, and delete them from the image."""
    first = order < np.round(fraction * np.sum(lit(x), axis=1))[:, None]
    own = of_chosen_label(net.logits(x), chosen)
    row: Row = {"kind": "curve", "fraction": fraction}
    for curve, mask in (("inserted", first), ("deleted", ~first)):
        share = of_chosen_label(net.logits(x * mask), chosen) / own
        row |= {curve: float(share.mean()), f"{curve}_stderr": float(share.std(ddof=1) / np.sqrt(len(x)))}
    return row


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
