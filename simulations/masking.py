"""Is it merely sparse? Logits of inputs of which a map's pixels are kept, inserted or deleted.

Four ways to choose as many pixels as CGI keeps: CGI itself, the top of gradient ⊙ input, random lit pixels, and the CGI
map of the label with the second logit; and the same orders for insertion and deletion, pixel by pixel. Logits are of the
masked input x ⊙ mask, over the chosen label's own logit: complete is a mask that keeps it, sound one that raises no other
label's above it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import lit, of_chosen_label
from simulations.lab import nets

MASKS = ("CGI", "top of gradient ⊙ input", "random", "CGI of the second label")
_TIES_SEED = 0


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    own = {"images": 50 if quick else 300, "steps": 11 if quick else 26, "ties_seed": _TIES_SEED, "quick": quick}
    return nets.described("trained", quick=quick) | own


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of curves."""
    return len(MASKS)


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Return a row for every image and mask of equal sparsity, and one for every step of every curve."""
    net = nets.network("trained", seed=seed, quick=parameters["quick"])
    x, _ = nets.test_images(parameters["images"])
    logits = net.logits(x)
    chosen, second = np.argsort(-logits, axis=1)[:, :2].T
    table = []
    for name in MASKS:
        scores = _order(name, net, x, chosen, second, seed)
        size = np.sum(_cgi(net, x, chosen) != 0.0, axis=1)
        table += _masked(name, net, x, chosen, scores, size)
        for fraction in np.linspace(0.0, 1.0, parameters["steps"]):
            table.append(_step(name, net, x, chosen, scores, float(fraction)))
        advance(1)
    return table


def _cgi(net: MLP, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return compete(attribution.gradient_times_input(net, x), labels)


def _order(name: str, net: MLP, x: np.ndarray, chosen: np.ndarray, second: np.ndarray, seed: int) -> np.ndarray:
    """Return the ranking of pixels, (images, d): the larger, the earlier."""
    if name == "random":
        return lit(x) * np.random.default_rng(seed).random(x.shape)
    if name == "top of gradient ⊙ input":
        return of_chosen_label(attribution.gradient_times_input(net, x), chosen)
    return _cgi(net, x, chosen if name == "CGI" else second)


def _top(scores: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return masks of the ``size`` highest pixels of each map by absolute value, (images, d)."""
    order = np.argsort(-np.abs(scores), axis=1, kind="stable")
    ranks = np.argsort(order, axis=1)
    return ranks < size[:, None]


def _masked(name: str, net: MLP, x: np.ndarray, chosen: np.ndarray, scores: np.ndarray, size: np.ndarray) -> list[dict[str, Any]]:
    before, after = net.logits(x), net.logits(x * _top(scores, size))
    images, whole = np.arange(len(x)), of_chosen_label(before, chosen)
    others = after.copy()
    others[images, chosen] = -np.inf
    own, highest = of_chosen_label(after, chosen) / whole, others.max(axis=1) / whole
    return [
        {"kind": "mask", "mask": name, "image": int(i), "pixels": int(size[i]), "own_logit": own[i], "highest_other": highest[i]}
        for i in images
    ]


def _step(name: str, net: MLP, x: np.ndarray, chosen: np.ndarray, scores: np.ndarray, fraction: float) -> dict[str, Any]:
    """Insert the first lit pixels of the ranking into a blank image, and delete them from the image."""
    ties = np.random.default_rng(_TIES_SEED).random(x.shape)  # so that pixels of equal scores come in no order of place
    order = np.argsort(np.lexsort((ties, np.where(lit(x), -scores, np.inf)), axis=1), axis=1)
    first = order < np.round(fraction * np.sum(lit(x), axis=1))[:, None]
    own = of_chosen_label(net.logits(x), chosen)
    row: dict[str, Any] = {"kind": "curve", "mask": name, "fraction": fraction}
    for curve, mask in (("inserted", first), ("deleted", ~first)):
        share = of_chosen_label(net.logits(x * mask), chosen) / own
        row |= {curve: float(share.mean()), f"{curve}_stderr": float(share.std(ddof=1) / np.sqrt(len(x)))}
    return row
