"""What the experiments beyond the paper share: their scale, and a table of points over curves."""

from collections.abc import Callable, Iterable
from typing import Any

from cgi_theory import CompetitionModel
from simulations.points import exact_point, simulated_point

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
