"""The model and the estimator as numbers for kernels."""

import math

from cgi_theory.model import CompetitionModel, loss_slope
from cgi_theory.sampling.workspace import GAUSSIAN, JOINT, UNIT, Plan

# A slope a at which the chosen label wins wherever it has a gradient.
_STEEPEST = 1e12
_LAWS = {"unit": UNIT, "gaussian": GAUSSIAN, "joint": JOINT}


def plan_for(model: CompetitionModel, estimator: str) -> Plan:
    """Return what the kernels need to draw a model."""
    return Plan(
        n=model.n,
        n_shared=model.n_shared,
        drawn_rivals=0 if estimator == "collapsed" else model.n_labels - 1,
        correlation=model.shared_correlation,
        fresh=math.sqrt((1.0 - model.shared_correlation) * (1.0 + model.shared_correlation)),
        slope=min(loss_slope(model.shared_correlation), _STEEPEST),
        sparsity=model.sparsity,
        threshold=model.threshold,
        law=_LAWS[model.gradient_law],
        exactly=model.conditioning == "exactly",
        conditional=estimator == "conditional",
        collapsed=estimator == "collapsed",
        two_logits=model.rival_logit is not None,
        rival_cosine=model.rival_cosine,
        rival_height=(model.rival_logit or 0.0) * math.sqrt(model.n),
    )
