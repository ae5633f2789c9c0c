"""c₁, c₂ and the pixels that labels compete for against ρ (Remark 1), for 2 to 1000 labels.

Shared features at r = 1/2, distinct ones at r = 0, at ImageNet's number of pixels. One uniform a pixel stands for all rivals
("collapsed"), so that a thousand labels cost what two do. The supports of all labels are drawn and counted apart from that.
"""

from dataclasses import replace
from itertools import product

import numpy as np

from cgi_theory import CompetitionModel
from cgi_theory.tables.rows import measured_columns, point_seed
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab.models import IMAGENET, exact_points, kernels, model_parameters, simulated_point
from simulations.lab.supports import PIXELS, count_fractions, expected_fractions


def parameters(quick: bool) -> Parameters:
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


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and one for each label number's curve."""
    found = [
        Task(_counted_point, (model,), kernels(model, "collapsed"))
        for model in _models(parameters, "sparsities", parameters["labels"])
    ]
    return found + [Task(_curve, tuple(_models(parameters, "curve_sparsities", [k]))) for k in parameters["labels"]]


def _models(parameters: Parameters, sparsities: str, labels: list[int]) -> list[CompetitionModel]:
    return [replace(IMAGENET, n_labels=k, sparsity=rho) for k, rho in product(labels, parameters[sparsities])]


def _counted_point(setting: Setting, model: CompetitionModel) -> list[Row]:
    """Return a model's row, simulated, with what was counted of its labels' supports."""
    (row,) = simulated_point(setting, model, setting.parameters["n_samples"], "collapsed")
    row |= _expected(model)
    seed = point_seed(setting.seed, model, "supports")
    counted = count_fractions(model.n_labels, model.sparsity, _draws(setting.parameters, model.n_labels), seed)
    for name, measured in counted.items():
        row |= measured_columns(name, measured, row[f"{name}_exact"])
    return [row]


def _curve(setting: Setting, *models: CompetitionModel) -> list[Row]:
    return [row | _expected(model) for model, row in zip(models, exact_points(setting, *models), strict=True)]


def _draws(parameters: Parameters, n_labels: int) -> int:
    """Return how often the supports are drawn: the fewer labels, the more often."""
    return max(int(parameters["n_supports"]), int(parameters["n_supports_times_labels"]) // n_labels)


def _expected(model: CompetitionModel) -> dict[str, float]:
    return {f"{name}_exact": value for name, value in expected_fractions(model.n_labels, model.sparsity).items()}


def _spaced(points: int) -> list[float]:
    spaced = {float(f"{rho:.4g}") for rho in np.geomspace(0.01, 1.0, points)}
    return sorted(spaced | {0.2})  # Remark 1's example


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
