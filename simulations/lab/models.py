"""What the experiments beyond the paper share: their scale, and a table of points over curves."""

from collections.abc import Callable, Iterable
from typing import Any

from cgi_theory import CompetitionModel, simulate
from cgi_theory.tables.rows import estimate_row, exact_columns, exact_row, point_seed

# An ImageNet picture is 224 × 224 × 3 numbers. With g₁·x = δ exactly the retained shares do not depend on δ: what is seen is
# competition alone. The condition g₁·x ≥ δ would multiply every share by M(0.1·√n) = 1.0007.
IMAGENET = CompetitionModel(n=150_528, delta=0.1, conditioning="exactly")


def model_parameters(model: CompetitionModel) -> dict[str, Any]:
    """Return what an experiment's model has before anything varies, for its parameters."""
    return {"model": {name: value for name, value in vars(model).items() if value is not None}}


def points_and_curves(
    points: Iterable[CompetitionModel],
    curves: Iterable[CompetitionModel],
    n_samples: int,
    seed: int,
    estimator: str,
    advance: Callable[[int], None],
) -> list[dict[str, Any]]:
    """Return a table's rows: each of ``points`` simulated, each of ``curves`` exact alone."""
    simulated = [simulated_point(model, n_samples, seed, estimator, advance) for model in points]
    return simulated + [exact_point(model) for model in curves]


def exact_point(model: CompetitionModel) -> dict[str, Any]:
    """Return a row without a simulation."""
    return exact_row(model, exact_columns(model))


def simulated_point(
    model: CompetitionModel, n_samples: int, seed: int, estimator: str, advance: Callable[[int], None]
) -> dict[str, Any]:
    """Return a row with each quantity simulated under the point's own seed, and its z-score."""
    estimate = simulate(model, n_samples, seed=point_seed(seed, model, estimator), estimator=estimator, progress=advance)
    return estimate_row(estimate, exact_columns(model))
