"""What a rival's own map retains, as its logit grows: the table behind the figure on Remark 2.

The input is conditioned on g₁·x = δ and on g₂·x = δ₂, with δ₂ from δ/4, what a rival has by itself in the paper's setting, to δ.
Beside c₁ and c₂ of both labels there is the share that each map retains of its own label's logit.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.sampling.averages import mean_of
from cgi_theory.tables.rows import estimate_row, measured_columns, point_seed
from simulations.experiment import Experiment, Parameters, Row, Setting, Task
from simulations.lab.models import exact_points, kernels


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the seed."""
    return {
        "n": 10_000,
        "delta": 0.1,
        "n_labels": [2, 10],
        "n_samples": 50 if quick else 1000,
        "ratios": np.linspace(0.25, 1.0, 4 if quick else 13).tolist(),
        "curve_ratios": np.linspace(0.25, 1.0, 16 if quick else 61).tolist(),
    }


def tasks(parameters: Parameters) -> list[Task]:
    """Return one task for each simulated point, and one for each label number's curve on a finer grid."""
    found = []
    for n_labels in parameters["n_labels"]:
        found += [Task(_simulated_row, (model,), kernels(model, "direct")) for model in _models(parameters, n_labels, "ratios")]
        found += [Task(_exact_rows, tuple(_models(parameters, n_labels, "curve_ratios")))]
    return found


def _models(parameters: Parameters, n_labels: int, ratios: str) -> list[CompetitionModel]:
    n, delta = parameters["n"], parameters["delta"]
    model = CompetitionModel(n=n, delta=delta, n_labels=n_labels, conditioning="exactly", rival_logit=delta)
    return [replace(model, rival_logit=float(f"{ratio * delta:.6g}")) for ratio in parameters[ratios]]


def _shares(model: CompetitionModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Both labels' shares of their own logits that their maps retain; numbers or arrays."""
    share, own = model.n_shared / model.n, model.delta / (model.rival_logit or math.nan)
    return {
        "chosen_share": share * values["c1"] + (1.0 - share) * values["c2"],
        "rival_share": own * (share * values["rival_c1"] + (1.0 - share) * values["rival_c2"]),
    }


def _exact_rows(setting: Setting, *models: CompetitionModel) -> list[Row]:
    shares = [_shares(model, vars(exact(model))) for model in models]
    return [
        row | {f"{name}_exact": share for name, share in own.items()}
        for row, own in zip(exact_points(setting, *models), shares, strict=True)
    ]


def _simulated_row(setting: Setting, model: CompetitionModel) -> list[Row]:
    seed = point_seed(setting.seed, model, "direct")
    estimate = simulate(model, setting.parameters["n_samples"], seed=seed, n_workers=1)
    (row,) = _exact_rows(setting, model)
    row |= estimate_row(estimate, row)
    for name, values in _shares(model, estimate.samples).items():
        row |= measured_columns(name, mean_of(values), row[f"{name}_exact"])
    return [row]


EXPERIMENT = Experiment(parameters=parameters, tasks=tasks)
