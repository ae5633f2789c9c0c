"""c₁, c₂ and the pixels that labels compete for against ρ (Remark 1), for 2 to 1000 labels.

Shared features at r = 1/2, distinct ones at r = 0, at ImageNet's number of pixels. One uniform a pixel stands for all rivals
("collapsed"), so that a thousand labels cost what two do. The supports of all labels are drawn and counted apart from that.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel
from cgi_theory.tables.rows import measured_columns, point_seed
from simulations.lab.models import IMAGENET, exact_point, model_parameters, simulated_point
from simulations.lab.supports import PIXELS, count_fractions, expected_fractions


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return model_parameters(IMAGENET) | {
        "n_samples": 40 if quick else 300,
        "support_pixels": PIXELS,
        "n_supports": 5 if quick else 20,
        "n_supports_times_labels": 500 if quick else 4_000,
        "labels": [2, 10, 100, 1000],
        "sparsities": _spaced(5 if quick else 13),
        "curve_sparsities": _spaced(25 if quick else 97),
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return int(parameters["n_samples"]) * len(parameters["labels"]) * len(parameters["sparsities"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the curves on a finer grid."""
    table = []
    for model in _models(parameters, "sparsities"):
        point = simulated_point(model, parameters["n_samples"], seed, "collapsed", advance)
        table.append(point | _counted(model, _draws(parameters, model.n_labels), seed))
    for model in _models(parameters, "curve_sparsities"):
        table.append(exact_point(model) | _expected(model))
    return table


def _models(parameters: dict[str, Any], sparsities: str) -> list[CompetitionModel]:
    return [replace(IMAGENET, n_labels=k, sparsity=rho) for k, rho in product(parameters["labels"], parameters[sparsities])]


def _draws(parameters: dict[str, Any], n_labels: int) -> int:
    """Return how often the supports are drawn: the fewer labels, the more often."""
    return max(int(parameters["n_supports"]), int(parameters["n_supports_times_labels"]) // n_labels)


def _expected(model: CompetitionModel) -> dict[str, float]:
    return {f"{name}_exact": value for name, value in expected_fractions(model.n_labels, model.sparsity).items()}


def _counted(model: CompetitionModel, n_samples: int, seed: int) -> dict[str, float]:
    columns = _expected(model)
    counted = count_fractions(model.n_labels, model.sparsity, n_samples, point_seed(seed, model, "supports"))
    for name, measured in counted.items():
        columns |= measured_columns(name, measured, columns[f"{name}_exact"])
    return columns


def _spaced(points: int) -> list[float]:
    return [float(f"{rho:.4g}") for rho in np.geomspace(0.01, 1.0, points)]
