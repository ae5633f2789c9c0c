"""What a rival's own map retains, as its logit grows: the table behind the figure on Remark 2.

The input meets both g₁·x = δ and g₂·x = δ₂, with δ₂ from δ/4, what a rival has by itself in the paper's setting, to δ.
Beside c₁ and c₂ of both labels there is the share that each map retains of its own label's logit.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.gaussian.measurement import mean_of
from simulations.points import exact_point, point_seed


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
            point = _with_ratio(model, ratio)
            table.append(_exact_row(point) | _simulated(point, parameters["n_samples"], seed, advance))
        table += [_exact_row(_with_ratio(model, ratio)) for ratio in parameters["curve_ratios"]]
    return table


def _with_ratio(model: CompetitionModel, ratio: float) -> CompetitionModel:
    return dataclasses.replace(model, rival_logit=float(f"{ratio * model.delta:.6g}"))


def _maps(model: CompetitionModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Both labels' retained sums over sδ and (1 − s)δ, and their shares of their own logits; numbers or arrays."""
    share = model.n_shared / model.n
    maps = {name: values[name] for name in ("c1", "c2", "rival_c1", "rival_c2")}
    maps["chosen_share"] = share * maps["c1"] + (1.0 - share) * maps["c2"]
    own = model.delta / model.rival_logit
    maps["rival_share"] = own * (share * maps["rival_c1"] + (1.0 - share) * maps["rival_c2"])
    return maps


def _exact_row(model: CompetitionModel) -> dict[str, Any]:
    answers = _maps(model, dataclasses.asdict(exact(model)))
    return exact_point(model) | {f"{name}_exact": answer for name, answer in answers.items()}


def _simulated(model: CompetitionModel, n_samples: int, seed: int, advance: Callable[[int], None]) -> dict[str, Any]:
    """Return the columns that a simulation adds to an exact row."""
    own_seed = point_seed(seed, model, "direct")
    samples = simulate(model, n_samples, seed=own_seed, progress=advance).samples
    row: dict[str, Any] = {"estimator": "direct", "n_samples": n_samples, "point_seed": str(own_seed)}
    expected = _maps(model, dataclasses.asdict(exact(model)))
    for name, values in _maps(model, samples).items():
        measured = mean_of(values)
        z = (measured.mean - expected[name]) / measured.stderr
        row |= {name: measured.mean, f"{name}_stderr": measured.stderr, f"{name}_z": z}
    return row
