"""Pixels of maps: the table behind Figures 1 and 3.

Of the first held-out digit of each class that the network gets right: the image, gradient ⊙ input of every label, and the
CGI map of the predicted one. And over many digits, how many labels each hot pixel is hot for: a label's hot pixels are
the fewest that hold nine tenths of its Σ|score|.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import attribution
from cgi_theory.networks.measures import HOT_SHARE, hot_pixels, of_chosen_label
from simulations.lab import nets


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return nets.described("trained", quick=quick) | {"images": 100 if quick else 500, "quick": quick, "hot_share": HOT_SHARE}


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of networks."""
    return 1


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Return a row for every pixel of every digit shown, and one for every number of labels."""
    net = nets.network("trained", seed=seed, quick=parameters["quick"])
    x, labels = nets.test_images(len(nets.data().test_x))
    predicted = net.predicted_labels(x)
    right = np.flatnonzero(predicted == labels)
    shown = [int(right[labels[right] == digit][0]) for digit in range(nets.LABELS) if np.any(labels[right] == digit)]
    table = []
    for image in shown:
        scores = attribution.gradient_times_input(net, x[image : image + 1])
        maps = {f"score_{label}": scores[0, label] for label in range(nets.LABELS)}
        maps |= {"input": x[image], "cgi": compete(scores, predicted[image : image + 1])[0]}
        for pixel in range(x.shape[1]):
            values = {name: float(values[pixel]) for name, values in maps.items()}
            table.append({"kind": "pixel", "digit": int(labels[image]), "image": image, "pixel": pixel} | values)
    advance(1)
    return table + _hot(net, x[: parameters["images"]])


def _hot(net: nets.MLP, x: np.ndarray) -> list[dict[str, Any]]:
    """Count, of the pixels hot for the predicted label, for how many labels in all they are hot."""
    hot = hot_pixels(attribution.gradient_times_input(net, x))
    own = of_chosen_label(hot, net.predicted_labels(x))
    counts = hot.sum(axis=1)[own]
    return [
        {"kind": "hot", "labels": number, "fraction": float(np.mean(counts == number))} for number in range(1, nets.LABELS + 1)
    ]
