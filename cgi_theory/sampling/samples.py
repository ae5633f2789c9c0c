"""Ranges of samples: what draws them, what that takes, and which models an estimator draws."""

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

import numpy as np

from cgi_theory._arguments import one_of
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory._floating import own_error_state
from cgi_theory.model import CompetitionModel
from cgi_theory.sampling import columns
from cgi_theory.sampling.collapsed import survival_table
from cgi_theory.sampling.draws import RadiusHat, radius_hat
from cgi_theory.sampling.plan import RivalLogit, plan_for
from cgi_theory.sampling.sampler import sample_range
from cgi_theory.sampling.workspace import Sample, make_workspace

Estimator = Literal["direct", "conditional", "collapsed"]

# Labels whose running sums fit into 400 MB a thread.
_MOST_DRAWN_LABELS = 2**18


def require_drawable(model: CompetitionModel, estimator: str) -> Estimator:
    """Return the estimator, or raise a ValueError unless it is one, and can draw the model."""
    found: Estimator = one_of("estimator", estimator, get_args(Estimator))
    if found != "collapsed" and model.n_labels > _MOST_DRAWN_LABELS:
        raise ValueError(
            f"n_labels must be at most {_MOST_DRAWN_LABELS} for estimator={found!r}, which draws every label, "
            f"not {model.n_labels}; estimator='collapsed' draws none of the rivals"
        )
    if model.rival_logit is not None and found != "direct":
        raise ValueError(f"estimator must be 'direct' for a model with a rival_logit, not {found!r}")
    return found


def coordinates_drawn(model: CompetitionModel, estimator: Estimator) -> int:
    """Coordinates of labels that a sample draws: what its time is proportional to."""
    return model.n * (1 if estimator == "collapsed" else model.n_labels)


@own_error_state
def draw_samples(model: CompetitionModel, seed: int, estimator: Estimator, start: int, stop: int) -> Float2D:
    """Return the raw results of samples ``start`` to ``stop`` − 1, shape (stop − start, columns).

    The unit of work that executors carry: a function of its arguments alone.

    Raises
    ------
    ValueError
        If a sample has a gradient without a direction to scale.
    """
    plan = plan_for(model, estimator)
    results = np.empty((stop - start, len(columns.NAMES)))
    sample = Sample(np.uint64(seed), np.uint64(start))
    drawn = sample_range(results, sample, plan, make_workspace(plan), *special_needs(model, estimator))
    if drawn < len(results):
        raise ValueError(
            f"sparsity={model.sparsity!r} of n={model.n} coordinates left sample {start + drawn} with a "
            f"gradient that has no direction to scale: choose sparsity or n such that every block keeps many"
        )
    return results


class SpecialNeeds(NamedTuple):
    """What the kernel needs for some models and estimators, None for the others: what it lacks decides what is compiled."""

    hat: RadiusHat | None
    survival: Float1D | None
    rival: RivalLogit | None


def special_needs(model: CompetitionModel, estimator: Estimator) -> SpecialNeeds:
    """Return what the kernel needs besides a plan."""
    exactly = model.conditioning == "exactly"
    root_n = math.sqrt(model.n)
    return SpecialNeeds(
        hat=radius_hat(model.n, model.threshold * root_n, exactly) if model.gradient_law == "joint" else None,
        survival=survival_table(model.n_labels - 1, model.sparsity) if estimator == "collapsed" else None,
        rival=None if model.rival_logit is None else RivalLogit(model.rival_cosine, model.rival_logit * root_n),
    )


def compile_kernels(models: Iterable[CompetitionModel], estimator: Estimator) -> None:
    """Compile what draws these models, or load it, in this thread: Ctrl-C ends it, which it could not do in another."""
    kinds = {(model.gradient_law, model.rival_logit is None): model for model in models}
    for model in kinds.values():
        draw_samples(model, 0, estimator, 0, 0)
