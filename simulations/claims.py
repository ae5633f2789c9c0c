"""The ledger of the paper's claims: each becomes a number and a verdict, both computed.

confirmed: the number is what the paper says. qualified: it is so under a condition that the paper does not state.
refuted: it is not so. A verdict compares the measured number with the paper's within the error and margin stated in
the row's function.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cgi_theory import CompetitionModel, Measurement, exact, simulate
from cgi_theory.gaussian.measurement import mean_of, single_map_sd_of
from cgi_theory.gaussian.philox import TILE, draw_words, standard_normals

_N = 10_000
_PAPER = CompetitionModel(n=_N, delta=0.1)

Computed = tuple[str, str]  # what was computed, and the verdict


@dataclasses.dataclass(frozen=True)
class Claim:
    """One sentence of the paper and the function that checks it."""

    id: str
    claim: str
    paper: str
    check: Callable[[int, int], Computed]


def _verdict(confirmed: bool, otherwise: str = "refuted") -> str:
    return "confirmed" if confirmed else otherwise


def _agrees(measured: Measurement, value: float, margin: float) -> bool:
    """Whether a measurement lies within a relative margin of a value, give or take two standard errors."""
    return abs(measured.mean - value) <= margin * abs(value) + 2.0 * measured.stderr


def _scaled(measured: Measurement, factor: float) -> Measurement:
    return Measurement(measured.mean * factor, measured.stderr * abs(factor))


def independent_product(n_samples: int, seed: int) -> Computed:
    """Standard deviation of the inner product of two independent draws from N(0, 1/n)ⁿ."""
    products = [
        math.fsum(standard_normals(_N, seed=seed, sample=i, stream=0) * standard_normals(_N, seed=seed, sample=i, stream=4)) / _N
        for i in range(n_samples)
    ]
    measured, _ = single_map_sd_of(np.array(products), np.zeros(n_samples))
    return f"{measured} at n = {_N}", _verdict(_agrees(measured, 1.0 / math.sqrt(_N), 0.01))


def shared_half(n_samples: int, seed: int) -> Computed:
    """(h₁, 0)·x in units of δ."""
    measured = _scaled(simulate(_PAPER, n_samples, seed=seed).chosen_shared, 0.5)
    return f"{measured} of δ", _verdict(_agrees(measured, 0.5, 0.02))


def rival_quarter(n_samples: int, seed: int) -> Computed:
    """(h₂, 0)·x in units of δ."""
    measured = _scaled(simulate(_PAPER, n_samples, seed=seed).rival_shared, 0.25)
    return f"{measured} of δ", _verdict(_agrees(measured, 0.25, 0.02))


def _constant(name: str) -> Callable[[int, int], Computed]:
    def check(n_samples: int, seed: int) -> Computed:
        """Compare c at δ = 0.01, 0.1 and 0.2; constant means within 2 % from 0.1 to 0.2 and down to 0.01."""
        low, first, last = (
            getattr(simulate(dataclasses.replace(_PAPER, delta=delta), n_samples, seed=seed, estimator="conditional"), name)
            for delta in (0.01, 0.1, 0.2)
        )
        on_real_range = _agrees(first, last.mean, 0.02)
        everywhere = _agrees(low, last.mean, 0.02)
        text = f"{first} at δ = 0.1, {last} at 0.2, {low} at 0.01"
        return text, _verdict(on_real_range and everywhere, "qualified" if on_real_range else "refuted")

    return check


def contribution_remains(n_samples: int, seed: int) -> Computed:
    """Share of the whole logit that the map retains; "significant" is taken as more than half."""
    estimate = simulate(_PAPER, n_samples, seed=seed, estimator="conditional")
    total = mean_of(0.5 * (estimate.samples["c1"] + estimate.samples["c2"]))
    measured = _scaled(total, 1.0 / exact(_PAPER).chosen_shared)
    return f"{measured} of the logit", _verdict(measured.mean - 2.0 * measured.stderr > 0.5)


def zero_probability(n_samples: int, seed: int) -> Computed:
    """Fraction of pixels kept among ten independent labels, against the paper's 1/k."""
    labels = 10
    model = dataclasses.replace(_PAPER, n_labels=labels, shared_fraction=0.0)
    measured = simulate(model, n_samples, seed=seed).kept_distinct
    blank = Measurement(1.0 - measured.mean, measured.stderr)
    text = f"with probability {blank} at k = {labels}: kept is 2(1 − 2⁻ᵏ)/k"
    return text, _verdict(_agrees(measured, 1.0 / labels, 0.02))


def sparse_overlap(n_samples: int, seed: int) -> Computed:
    """Where two sparse labels meet, drawn and counted: of all pixels ρ², but of a label's own ρ."""
    sparsity, tiles = 0.2, _N // TILE
    words = np.empty((2, tiles, TILE), dtype=np.uint32)
    both, own = np.empty(n_samples), np.empty(n_samples)
    for sample in range(n_samples):
        for label in range(2):
            draw_words(words[label], tiles, np.uint64(seed), np.uint64(sample), np.uint64(label), 0)
        chosen, rival = words < sparsity * 2.0**32
        both[sample] = np.mean(chosen & rival)
        own[sample] = np.sum(chosen & rival) / np.sum(chosen)
    everywhere, of_own = mean_of(both), mean_of(own)
    as_claimed = _agrees(everywhere, sparsity**2, 0.02)
    text = f"{everywhere} of all pixels, {of_own} of the label's own at ρ = {sparsity}"
    everything = as_claimed and _agrees(of_own, sparsity**2, 0.02)
    return text, _verdict(everything, "qualified" if as_claimed else "refuted")


def sufficiently_large(n_samples: int, seed: int) -> Computed:
    """Spread of a single map's c₁ over draws: a map makes sense if it is below half of c₁."""
    spreads = []
    for delta in (_PAPER.delta, 1.0 / math.sqrt(_N)):
        model = dataclasses.replace(_PAPER, delta=delta)
        estimate = simulate(model, n_samples, seed=seed, estimator="conditional")
        spreads.append(_scaled(estimate.c1_sd, 1.0 / exact(model).c1))
    large, small = spreads
    makes_sense = large.mean < 0.5
    text = f"a map's c1 spreads by {large} of itself at δ = 0.1, by {small} at δ = 1/√n"
    return text, _verdict(makes_sense and small.mean < 0.5, "qualified" if makes_sense else "refuted")


CLAIMS = (
    Claim("independent", "independent draws have an inner product of 1/√n", "0.01 at n = 10000", independent_product),
    Claim("shared-half", "half of δ comes from the shared half: (h1, 0)·x", "≈ δ/2", shared_half),
    Claim("rival-quarter", "the rival's shared half gives (h2, 0)·x", "≈ δ/4", rival_quarter),
    Claim("c1", "c1 is a constant (Figure 11)", "constant", _constant("c1")),
    Claim("c2", "c2 is a constant (Figure 12)", "constant", _constant("c2")),
    Claim("contribution", "a significant contribution remains", "significant", contribution_remains),
    Claim("blank", "on random nets a pixel becomes zero", "with probability 1 − 1/k", zero_probability),
    Claim("overlap", "two labels compete only on ρ² of the pixels", "4 % at ρ = 0.2", sparse_overlap),
    Claim("remark-2", "a map makes sense for any sufficiently large logit", "sufficiently large", sufficiently_large),
)


def parameters(quick: bool) -> dict[str, Any]:
    """Return what the rows depend on beside the seed."""
    return {"claims": [claim.id for claim in CLAIMS], "n_samples": 100 if quick else 2000}


def steps(parameters: dict[str, Any]) -> int:
    """Return the number of claims."""
    return len(parameters["claims"])


def rows(parameters: dict[str, Any], seed: int, advance: Callable[[int], None]) -> list[dict[str, Any]]:
    """Check every claim."""
    table = []
    for claim in CLAIMS:
        computed, verdict = claim.check(parameters["n_samples"], seed)
        table.append({"id": claim.id, "claim": claim.claim, "paper": claim.paper, "computed": computed, "verdict": verdict})
        advance(1)
    return table


def ledger(table: pd.DataFrame) -> str:
    """Return the ledger as a Markdown table, as it stands in paper_notes.md."""
    lines = ["| " + " | ".join(table.columns) + " |", "| " + " | ".join("---" for _ in table.columns) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)
