"""The ledger of the paper's claims: each becomes a number and a verdict, both read from the tables of experiments.

confirmed: the number is what the paper says. qualified: it is so under a condition that the paper does not state.
refuted: it is not so. A verdict compares the measured number with the paper's within the error and margin stated in
the row's function.
"""

import pandas as pd

from simulations.claims import networks, sanity_checks
from simulations.claims.many_labels import almost_blank, not_too_aggressive, shared_downplayed, sparse_overlap, zero_probability
from simulations.claims.networks import (
    delta_on_real_data,
    energy_identity,
    heat_in_several_maps,
    homogeneous,
    lemma_1,
    logit_ratio,
    nearly_complete,
)
from simulations.claims.sanity_checks import (
    after_the_softmax,
    cascade_blanks,
    comparable_quality,
    competitive_lrp,
    integrated_gradients_complete,
    layer_wise_blanks,
    memorised_labels,
    rules_are_gradients,
)
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
from simulations.claims.verdicts import Claim
from simulations.experiment import Experiment, Made, Parameters, Row

CLAIMS = (
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
    Claim("almost-blank", "on random nets the map becomes almost blank", "almost blank", "blankness", almost_blank),
    Claim("overlap", "two labels compete only on ρ² of the pixels", "4 % at ρ = 0.2", "sparsity", sparse_overlap),
    Claim(
        "remark-1", "sparsity ensures that competition is not too aggressive", "e.g. ρ = 0.2", "section_3_1", not_too_aggressive
    ),
    Claim(
        "remark-2", "a map makes sense for any sufficiently large logit", "sufficiently large", "section_3_1", sufficiently_large
    ),
    Claim("rival-map", "and so does the map of a label that is not chosen", "sufficiently large", "rival", rival_s_own_map),
    Claim("lemma-1", "scores sum to the logit without biases (Lemma 1)", "equal", "lemma_1", lemma_1),
    Claim("homogeneous", "f(tx) = t f(x) without biases", "equal", "lemma_1", homogeneous),
    Claim(
        "completeness",
        "sums of scores vary linearly with the logit (Figure 2)",
        "fairly linearly",
        "completeness",
        nearly_complete,
    ),
    Claim("delta", "δ on real data, for the chosen label", "0.1 to 0.2", "alignment", delta_on_real_data),
    Claim("logit-ratio", "the chosen logit is larger than the others", "2 to 4 times", "alignment", logit_ratio),
    Claim("heat", "many pixels have heat in several labels' maps (Figure 1)", "many", "maps", heat_in_several_maps),
    Claim("energy", "the model's key fact, on a trained net", "implied by Section 3.1", "alignment", energy_identity),
    Claim(
        "rules", "without biases LRP and DeepLIFT are gradient ⊙ input (Section 2)", "equal", "identities", rules_are_gradients
    ),
    Claim("ig", "integrated gradients are complete", "equal", "identities", integrated_gradients_complete),
    Claim("quality", "CGI maps are of comparable quality (Figure 3)", "comparable", "masking", comparable_quality),
    Claim(
        "layer-wise", "any layer re-initialised blanks CGI only (Figures 4, 8, 10)", "almost blank", "sanity", layer_wise_blanks
    ),
    Claim("cascade", "and so do layers in cascade (Figure 5)", "almost blank", "sanity", cascade_blanks),
    Claim("clrp", "CLRP eliminates much that LRP shows (Figures 6, 9)", "eliminates", "sanity", competitive_lrp),
    Claim(
        "permuted", "CGI removes the input from a net fitted to permuted labels (Figure 7)", "> 98 %", "sanity", memorised_labels
    ),
    Claim(
        "softmax",
        "gradients after the softmax did not yield good methods (footnote 1)",
        "not good",
        "identities",
        after_the_softmax,
    ),
)


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the tables."""
    return {"claims": [claim.id for claim in CLAIMS], "almost_blank": sanity_checks.BLANK, "rounding": networks.ROUNDING}


def rows(made: Made) -> list[Row]:
    """Return one row for each claim."""
    found = []
    for claim in CLAIMS:
        computed, verdict = claim.check(made.tables)
        found.append({"id": claim.id, "claim": claim.claim, "paper": claim.paper, "computed": computed, "verdict": verdict})
    return found


def ledger(table: pd.DataFrame) -> str:
    """Return the ledger as a Markdown table, as it stands in paper_notes.md."""
    lines = ["| " + " | ".join(table.columns) + " |", "| " + " | ".join("---" for _ in table.columns) + " |"]
    lines += ["| " + " | ".join(row) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines)


EXPERIMENT = Experiment(parameters=parameters, rows=rows, reads=tuple(dict.fromkeys(claim.reads for claim in CLAIMS)))
