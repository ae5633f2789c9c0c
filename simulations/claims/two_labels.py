"""Claims of Section 3.1 about its own setting: two labels, dense gradients.

Each function computes what its row of the ledger says, with a standard error, and the verdict.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.sampling.averages import mean_of, single_map_sd_of
from cgi_theory.sampling.philox import standard_normals
from simulations.claims.verdicts import Computed, agrees, scaled, verdict

_N = 10_000
_PAPER = CompetitionModel(n=_N, delta=0.1)


def independent_product(n_samples: int, seed: int) -> Computed:
    """Standard deviation of the inner product of two independent draws from N(0, 1/n)ⁿ."""
    products = [
        math.fsum(standard_normals(_N, seed=seed, sample=i, stream=0) * standard_normals(_N, seed=seed, sample=i, stream=4)) / _N
        for i in range(n_samples)
    ]
    measured = single_map_sd_of(np.array(products))
    return f"{measured} at n = {_N}", verdict(agrees(measured, 1.0 / math.sqrt(_N), 0.01))


def shared_half(n_samples: int, seed: int) -> Computed:
    """(h₁, 0)·x in units of δ."""
    measured = scaled(simulate(_PAPER, n_samples, seed=seed).chosen_shared, 0.5)
    return f"{measured} of δ", verdict(agrees(measured, 0.5, 0.02))


def rival_quarter(n_samples: int, seed: int) -> Computed:
    """(h₂, 0)·x in units of δ."""
    measured = scaled(simulate(_PAPER, n_samples, seed=seed).rival_shared, 0.25)
    return f"{measured} of δ", verdict(agrees(measured, 0.25, 0.02))


def constant(name: str) -> Callable[[int, int], Computed]:
    """Return the check that c₁ or c₂, as ``name`` says, is a constant."""

    def check(n_samples: int, seed: int) -> Computed:
        """Compare c at δ = 0.01, 0.1 and 0.2; constant means within 2 % from 0.1 to 0.2 and down to 0.01."""
        low, first, last = (
            getattr(simulate(dataclasses.replace(_PAPER, delta=delta), n_samples, seed=seed, estimator="conditional"), name)
            for delta in (0.01, 0.1, 0.2)
        )
        on_real_range = agrees(first, last.mean, 0.02)
        everywhere = agrees(low, last.mean, 0.02)
        text = f"{first} at δ = 0.1, {last} at 0.2, {low} at 0.01"
        return text, verdict(on_real_range and everywhere, "qualified" if on_real_range else "refuted")

    return check


def contribution_remains(n_samples: int, seed: int) -> Computed:
    """Share of the whole logit that the map retains; "significant" is taken as more than half."""
    estimate = simulate(_PAPER, n_samples, seed=seed, estimator="conditional")
    total = mean_of(0.5 * (estimate.samples["c1"] + estimate.samples["c2"]))
    measured = scaled(total, 1.0 / exact(_PAPER).chosen_shared)
    return f"{measured} of the logit", verdict(measured.mean - 2.0 * measured.stderr > 0.5)


def whatever_the_correlation(n_samples: int, seed: int) -> Computed:
    """c₁ where the shared features are as alike as the paper assumes or more; it must stay above half."""
    values = [
        simulate(dataclasses.replace(_PAPER, shared_correlation=r), n_samples, seed=seed, estimator="conditional").c1
        for r in (0.5, 0.9, 0.999)
    ]
    half, alike, nearly_equal = values
    text = f"c1 is {half} at h1·h2 = 1/2, {alike} at 0.9, {nearly_equal} at 0.999"
    return text, verdict(all(c1.mean - 2.0 * c1.stderr > 0.5 for c1 in values))


def sufficiently_large(n_samples: int, seed: int) -> Computed:
    """Spread of a single map's c₁ over draws: a map makes sense if it is below half of c₁."""
    spreads = []
    for delta in (_PAPER.delta, 1.0 / math.sqrt(_N)):
        model = dataclasses.replace(_PAPER, delta=delta)
        estimate = simulate(model, n_samples, seed=seed, estimator="conditional")
        spreads.append(scaled(estimate.c1_sd, 1.0 / exact(model).c1))
    large, small = spreads
    makes_sense = large.mean < 0.5
    text = f"a map's c1 spreads by {large} of itself at δ = 0.1, by {small} at δ = 1/√n"
    return text, verdict(makes_sense and small.mean < 0.5, "qualified" if makes_sense else "refuted")


def rival_s_own_map(n_samples: int, seed: int) -> Computed:
    """Share of its own logit that a rival's map retains, at δ/4, δ/2 and δ; "makes sense" is taken as more than half."""
    shares = []
    for ratio in (0.25, 0.5, 1.0):
        model = dataclasses.replace(_PAPER, conditioning="exactly", rival_logit=ratio * _PAPER.delta)
        samples = simulate(model, n_samples, seed=seed).samples
        shares.append(scaled(mean_of(0.5 * (samples["rival_c1"] + samples["rival_c2"])), 1.0 / ratio))
    quarter, half, equal = shares
    enough = [share.mean - 2.0 * share.stderr > 0.5 for share in shares]
    text = f"a rival's map keeps {quarter} of its logit if that is δ/4, {half} if δ/2, {equal} if δ"
    return text, verdict(all(enough), "qualified" if any(enough) else "refuted")
