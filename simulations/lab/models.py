"""Points and curves of the random-vector model: a model's exact answers, alone or beside a simulation with a seed of its own."""

from collections.abc import Iterable, Sequence
from typing import Any

from cgi_theory import CompetitionModel, simulate
from cgi_theory.sampling.samples import Estimator
from cgi_theory.tables.rows import estimate_row, exact_columns, exact_row, point_seed
from simulations.experiment import Row, Setting, Task

# An ImageNet picture is 224 × 224 × 3 numbers. With g₁·x = δ exactly the retained shares do not depend on δ: what is seen is
# competition alone. The condition g₁·x ≥ δ would multiply every share by M(0.1·√n) = 1.0007.
IMAGENET = CompetitionModel(n=150_528, delta=0.1, conditioning="exactly")

_CURVE_POINTS = 200  # of a task; they take some tenths of a millisecond each, and up to some tens where a radius is random


def model_parameters(model: CompetitionModel) -> dict[str, Any]:
    """Return what an experiment's model has before anything varies, for its parameters."""
    return {"model": {name: value for name, value in vars(model).items() if value is not None}}


def points(models: Iterable[CompetitionModel], n_samples: int, estimator: Estimator) -> list[Task]:
    """Return a task for each of the models: its row, simulated and exact."""
    return [Task(simulated_point, (model, n_samples, estimator), kernels(model, estimator)) for model in models]


def curve(models: Sequence[CompetitionModel]) -> list[Task]:
    """Return tasks for rows of exact answers alone, in the models' order."""
    return [Task(exact_points, tuple(models[i : i + _CURVE_POINTS])) for i in range(0, len(models), _CURVE_POINTS)]


def kernels(model: CompetitionModel, estimator: Estimator) -> str:
    """Return the name of what must be compiled to draw a model."""
    return f"{estimator} {model.gradient_law}{'' if model.rival_logit is None else ' with two logits'}"


def simulated_point(setting: Setting, model: CompetitionModel, n_samples: int, estimator: Estimator) -> list[Row]:
    """Return the row of a model, with each quantity simulated and its z-score."""
    seed = point_seed(setting.seed, model, estimator)
    estimate = simulate(model, n_samples, seed=seed, estimator=estimator, n_workers=1)
    return [estimate_row(estimate, exact_columns(model))]


def exact_points(setting: Setting, *models: CompetitionModel) -> list[Row]:
    """Return the rows of models, without a simulation."""
    return [exact_row(model, exact_columns(model)) for model in models]
