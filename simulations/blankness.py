"""The kept fraction of random nets against k: how blank competition makes the map of a network that has learnt nothing.

The gradients of all labels are drawn alike and independently from N(0, 1/n)ⁿ (r = 0 everywhere), so that 2(1 − 2^−k)/k is
exact at every n; every rival is drawn. The paper expects 1/k.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cgi_theory import CompetitionModel
from simulations.lab.models import model_parameters, points_and_curves

_MODEL = CompetitionModel(n=10_000, delta=0.1, shared_fraction=0.0, conditioning="exactly", gradient_law="gaussian")


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return model_parameters(_MODEL) | {
        "n_samples": 100,
        "labels": [1, 2, 3, 5, 10, 20, 50] if quick else [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000],
        "curve_labels": [*range(1, 21), *range(25, 101, 5), *range(150, 1001, 50)],
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return int(parameters["n_samples"]) * len(parameters["labels"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the curve."""
    points, curve = ([replace(_MODEL, n_labels=k) for k in parameters[name]] for name in ("labels", "curve_labels"))
    return points_and_curves(points, curve, parameters["n_samples"], seed, "conditional", advance)
