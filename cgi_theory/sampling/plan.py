"""The model and the estimator as numbers for kernels."""

import math
from typing import NamedTuple, get_args

from cgi_theory.model import CompetitionModel, GradientLaw, loss_slope

_LAWS = get_args(GradientLaw)
UNIT = _LAWS.index("unit")

# A slope a at which the chosen label wins wherever it has a gradient.
_STEEPEST = 1e12


class Plan(NamedTuple):
    """What all samples of a model have in common."""

    n: int
    sizes: tuple[int, int]
    """Coordinates of the shared and of the distinct block."""
    drawn_labels: int
    """k, or 1 for the collapsed estimator."""
    correlation: float
    """r."""
    fresh: float
    """√(1 − r²)."""
    slope: float
    """a = √((1 − r)/(1 + r)), capped where it is as good as infinite."""
    sparsity: float
    """ρ."""
    threshold: float
    """δ√n."""
    law: int
    exactly: bool
    conditional: bool


class RivalLogit(NamedTuple):
    """A logit of the first rival's own: the input is conditioned on g₂·x = δ₂ too."""

    kappa: float
    """κ = g₁·g₂."""
    threshold: float
    """δ₂√n."""


def plan_for(model: CompetitionModel, estimator: str) -> Plan:
    """Return what the kernels need to draw a model."""
    return Plan(
        n=model.n,
        sizes=(model.n_shared, model.n_distinct),
        drawn_labels=1 if estimator == "collapsed" else model.n_labels,
        correlation=model.shared_correlation,
        fresh=math.sqrt((1.0 - model.shared_correlation) * (1.0 + model.shared_correlation)),
        slope=min(loss_slope(model.shared_correlation), _STEEPEST),
        sparsity=model.sparsity,
        threshold=model.threshold,
        law=_LAWS.index(model.gradient_law),
        exactly=model.conditioning == "exactly",
        conditional=estimator == "conditional",
    )
