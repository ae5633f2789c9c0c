"""The ledger of the paper's claims: each becomes a number and a verdict, both read from the tables of experiments.

confirmed: the number is what the paper says. qualified: it is so under a condition that the paper does not state.
refuted: it is not so. uninformative: the number is the same in a world in which the claim must not hold. A verdict compares the
measured number with the paper's within the error and margin stated in the row's function.
"""

import pandas as pd

from simulations import evidence
from simulations.claims.many_labels import not_too_aggressive, shared_downplayed, sparse_overlap, zero_probability
from simulations.claims.networks import CLAIMS_ON_NETWORKS
from simulations.claims.two_labels import (
    constant,
    contribution_remains,
    independent_product,
    rival_quarter,
    rival_s_own_map,
    shared_half,
    sufficiently_large,
    whatever_the_correlation,
)
from simulations.claims.verdicts import Claim, NetworkClaim
from simulations.experiment import ALEXNET, ARCHITECTURES, MLPS, VGG, Experiment, Made, Parameters, Row

NETWORKS = {MLPS: "MLP", ALEXNET: "AlexNet", VGG: "VGG-19"}
CLAIMS: tuple[Claim | NetworkClaim, ...] = (
    Claim(
        "independent", "independent draws have an inner product of 1/√n", "0.01 at n = 10000", "section_3_1", independent_product
    ),
    Claim("shared-half", "half of δ comes from the shared half: (h1, 0)·x", "≈ δ/2", "section_3_1", shared_half),
    Claim("rival-quarter", "the rival's shared half gives (h2, 0)·x", "≈ δ/4", "section_3_1", rival_quarter),
    Claim("c1", "c1 is a constant (Figure 11)", "constant", "section_3_1", constant("c1")),
    Claim("c2", "c2 is a constant (Figure 12)", "constant", "section_3_1", constant("c2")),
    Claim("contribution", "a significant contribution remains", "significant", "section_3_1", contribution_remains),
    Claim("correlation", "a contribution c1 remains if h1·h2 ≥ 1/2", "at least c1δ/2", "section_3_1", whatever_the_correlation),
    Claim("downplay", "shared pixels are downplayed, but not eliminated", "not completely", "section_3_1", shared_downplayed),
    Claim("blank", "on random nets a pixel becomes zero", "with probability 1 − 1/k", "blankness", zero_probability),
    Claim("overlap", "two labels compete only on ρ² of the pixels", "4 % at ρ = 0.2", "sparsity", sparse_overlap),
    Claim(
        "remark-1", "sparsity ensures that competition is not too aggressive", "e.g. ρ = 0.2", "section_3_1", not_too_aggressive
    ),
    Claim(
        "remark-2", "a map makes sense for any sufficiently large logit", "sufficiently large", "section_3_1", sufficiently_large
    ),
    Claim("rival-map", "and so does the map of a label that is not chosen", "sufficiently large", "rival", rival_s_own_map),
    *CLAIMS_ON_NETWORKS,
)


def parameters(quick: bool, architecture: str = MLPS) -> Parameters:
    """Return what the rows depend on beside the tables: of other architectures than MLPs fewer claims speak."""
    on_networks = evidence.parameters(quick, architecture)["claims"]
    known = [claim.id for claim in CLAIMS if claim.id in on_networks or (claim.reads != "evidence" and architecture == MLPS)]
    return {"claims": known, "architecture": architecture}


def rows(made: Made) -> list[Row]:
    """Return one row for each claim."""
    found = []
    for claim in CLAIMS:
        if claim.id not in made.parameters["claims"]:
            continue
        judged = claim.judged(made.tables)
        found.append(
            {"id": claim.id, "network": _network_of(claim, made), "claim": claim.claim, "paper": claim.paper} | judged._asdict()
        )
    return found


def _network_of(claim: Claim | NetworkClaim, made: Made) -> str:
    """Return which network a claim is judged on, if on any."""
    return NETWORKS[made.parameters["architecture"]] if isinstance(claim, NetworkClaim) else "–"


def ledger(table: pd.DataFrame) -> str:
    """Return the ledger as a Markdown table, as it stands in paper_notes.md."""
    lines = ["| " + " | ".join(table.columns) + " |", "| " + " | ".join("---" for _ in table.columns) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


EXPERIMENT = Experiment(
    parameters=parameters, rows=rows, reads=tuple(dict.fromkeys(claim.reads for claim in CLAIMS)), architectures=ARCHITECTURES
)
