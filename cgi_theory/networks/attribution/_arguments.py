"""What attribution methods are told beside a network and inputs: choices, limits, and a check of each, whose errors name it."""

import math
from typing import Literal, NamedTuple, TypedDict, TypeVar, cast, get_args

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import (
    LARGEST,
    SMALLEST,
    any_number,
    one_of,
    real_array,
    real_number,
    renamed,
    shown,
    whole_number,
)
from cgi_theory._arrays import RealND
from cgi_theory.networks.network import Network, inputs_of

Real = TypeVar("Real", bound=RealND)
Rule = Literal["z", "epsilon", "gamma", "z_plus", "alpha_beta"]
Method = Literal["exact", "gauss", "riemann"]
RULES: tuple[Rule, ...] = get_args(Rule)
METHODS: tuple[Method, ...] = get_args(Method)

# Nodes of Gauss and Legendre take the cube of their number, some minutes here.
_MOST_STEPS = 10_000


class LRPOptions(TypedDict, total=False):
    """The keywords of ``lrp``, for what passes them on."""

    rule: Rule
    epsilon: float
    gamma: float
    alpha: float
    beta: float


class LRPSettings(NamedTuple):
    """The keywords of ``lrp``, checked."""

    rule: Rule
    stabilizer: float
    """ε, or 0 for the rule that has none."""
    gamma: float
    alpha: float
    beta: float


def lrp_settings(rule: object, epsilon: object, gamma: object, alpha: object, beta: object) -> LRPSettings:
    """Return a rule and all that rules depend on, whether this one does or not."""
    chosen = one_of("rule", rule, RULES)
    stabilizer = real_number("epsilon", epsilon, SMALLEST, LARGEST)
    raised = real_number("gamma", gamma, 0.0, LARGEST)
    return LRPSettings(chosen, 0.0 if chosen == "z" else stabilizer, raised, *_alpha_beta(alpha, beta))


def _alpha_beta(alpha: object, beta: object) -> tuple[float, float]:
    """Return α and β, which differ by 1."""
    more, less = any_number("alpha", alpha), any_number("beta", beta)
    if not (less >= 0.0 and math.isclose(more - less, 1.0, rel_tol=0.0, abs_tol=1e-12)):
        raise ValueError(f"alpha and beta must be from 0 and differ by 1, not alpha={shown(alpha)}, beta={shown(beta)}")
    return more, less


def integration(method: object, n_steps: object) -> tuple[Method, int]:
    """Return how a path is integrated, and in how many steps."""
    return one_of("method", method, METHODS), whole_number("n_steps", n_steps, 1, _MOST_STEPS)


def baseline_of(net: Network, inputs: Real, baseline: ArrayLike | None) -> Real:
    """Return a baseline for each input, of the shape of ``inputs``: the given one or ones, or zeros."""
    if baseline is None:
        return np.zeros_like(inputs)
    array = real_array("baseline", baseline)
    with renamed({"x": "baseline"}):
        found = inputs_of(net, array[None] if array.ndim == inputs.ndim - 1 else array)
    if len(found) not in (1, len(inputs)) or found.shape[1:] != inputs.shape[1:]:
        raise ValueError(f"baseline must have shape {inputs.shape[1:]} or {inputs.shape}, not {array.shape}")
    return cast(Real, np.array(np.broadcast_to(found, inputs.shape)))
