"""Claims of Section 3.1 about more labels than two and about sparse gradients (Remark 1).

Each function reads what its row of the ledger says, with a standard error, and gives the verdict. Many labels are at ImageNet's
scale, one uniform a pixel standing for all rivals; random nets have independent gradients.
"""

import pandas as pd

from cgi_theory import Measurement
from simulations.claims.verdicts import Computed, Tables, agrees, measured, surely_above, surely_below, the_row, verdict
from simulations.section_3_1 import HALF_RETAINED, LABELS, SPARSITY


def zero_probability(tables: Tables) -> Computed:
    """Fraction of pixels kept among ten independent labels, against the paper's 1/k."""
    labels = 10
    kept = _random_net(tables, labels)
    blank = Measurement(1.0 - kept.mean, kept.stderr)
    text = f"with probability {blank} at k = {labels}: kept is 2(1 − 2⁻ᵏ)/k, the mean over labels of any net"
    return text, verdict(agrees(kept, 1.0 / labels, 0.02))


def sparse_overlap(tables: Tables) -> Computed:
    """Where sparse labels meet, drawn and counted: of all pixels ρ², but of a label's own ρ, and more with every rival."""
    labels = 10
    drawn = tables["sparsity"].query("estimator != 'exact'")
    row = the_row(drawn, n_labels=labels, sparsity=SPARSITY)
    everywhere, of_own, by_any = (measured(row, name) for name in ("meet", "contested_by_one", "contested"))
    as_claimed = agrees(everywhere, SPARSITY**2, 0.02)
    text = (
        f"{everywhere} of all pixels, {of_own} of the label's own at ρ = {SPARSITY}; {by_any} of them against {labels - 1} rivals"
    )
    everything = as_claimed and agrees(of_own, SPARSITY**2, 0.02)
    return text, verdict(everything, "qualified" if as_claimed else "refuted")


def not_too_aggressive(tables: Tables) -> Computed:
    """Share of the whole logit that is retained at ρ = 0.2; "not too aggressive" is taken as more than half."""
    two, thousand = (measured(_imagenet(tables, k, SPARSITY), "retained") for k in (2, 1000))
    enough = [surely_above(share, 0.5) for share in (two, thousand)]
    needed = the_row(tables["section_3_1"], estimator=HALF_RETAINED).sparsity
    text = f"{two} of the logit stays at k = 2, {thousand} at k = 1000, where half of it needs ρ = {needed:.4f}"
    return text, verdict(all(enough), "qualified" if any(enough) else "refuted")


def shared_downplayed(tables: Tables) -> Computed:
    """c₁ and c₂ for 2, 10 and 1000 dense labels; "not completely eliminated" is taken as more than 5 %."""
    rows = {labels: _imagenet(tables, labels, 1.0) for labels in LABELS}
    found = {labels: (measured(row, "c1"), measured(row, "c2")) for labels, row in rows.items()}
    downplayed = all(surely_below(c1, c2.mean - 2.0 * c2.stderr) for c1, c2 in found.values())
    left = [surely_above(c1, 0.05) for c1, _ in found.values()]
    text = "c1 and c2 are " + ", ".join(f"{c1} and {c2} at k = {labels}" for labels, (c1, c2) in found.items())
    return text, verdict(downplayed and all(left), "qualified" if downplayed and any(left) else "refuted")


def _random_net(tables: Tables, labels: int) -> Measurement:
    """Return the fraction of pixels kept by one of so many labels of a random net."""
    return measured(the_row(tables["blankness"].query("estimator != 'exact'"), n_labels=labels), "kept_distinct")


def _imagenet(tables: Tables, labels: int, sparsity: float) -> pd.Series:
    return the_row(tables["section_3_1"], estimator="collapsed", n_labels=labels, sparsity=sparsity)
