"""What a rival's own map retains, as its logit grows: the table behind the figure on Remark 2.

The input meets both g₁·x = δ and g₂·x = δ₂, with δ₂ from δ/4, what a rival has by itself in the paper's setting, to δ.
Beside c₁ and c₂ of both labels there is the share that each map retains of its own label's logit.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.sampling.averages import mean_of
from cgi_theory.tables.rows import estimate_row, measured_columns, point_seed
from simulations.lab.models import exact_point


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return {
        "n": 10_000,
        "delta": 0.1,
        "n_labels": [2, 10],
        "n_samples": 50 if quick else 1000,
        "ratios": np.linspace(0.25, 1.0, 4 if quick else 13).tolist(),
        "curve_ratios": np.linspace(0.25, 1.0, 16 if quick else 61).tolist(),
    }


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of samples."""
    return len(parameters["n_labels"]) * len(parameters["ratios"]) * int(parameters["n_samples"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Simulate every point, and compute the curves on a finer grid."""
    n, delta, table = parameters["n"], parameters["delta"], []
    for n_labels in parameters["n_labels"]:
        model = CompetitionModel(n=n, delta=delta, n_labels=n_labels, conditioning="exactly", rival_logit=delta)
        for ratio in parameters["ratios"]:
            table.append(_simulated_row(_with_ratio(model, ratio), parameters["n_samples"], seed, advance))
        table += [_exact_row(_with_ratio(model, ratio)) for ratio in parameters["curve_ratios"]]
    return table


def _with_ratio(model: CompetitionModel, ratio: float) -> CompetitionModel:
    return dataclasses.replace(model, rival_logit=float(f"{ratio * model.delta:.6g}"))


def _shares(model: CompetitionModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Both labels' shares of their own logits that their maps retain; numbers or arrays."""
    share, own = model.n_shared / model.n, model.delta / (model.rival_logit or math.nan)
    return {
        "chosen_share": share * values["c1"] + (1.0 - share) * values["c2"],
        "rival_share": own * (share * values["rival_c1"] + (1.0 - share) * values["rival_c2"]),
    }


def _exact_row(model: CompetitionModel) -> dict[str, Any]:
    shares = _shares(model, vars(exact(model)))
    return exact_point(model) | {f"{name}_exact": share for name, share in shares.items()}


def _simulated_row(model: CompetitionModel, n_samples: int, seed: int, advance: Callable[[int], None]) -> dict[str, Any]:
    estimate = simulate(model, n_samples, seed=point_seed(seed, model, "direct"), progress=advance)
    row = _exact_row(model)
    row |= estimate_row(estimate, row)
    for name, values in _shares(model, estimate.samples).items():
        row |= measured_columns(name, mean_of(values), row[f"{name}_exact"])
    return row
