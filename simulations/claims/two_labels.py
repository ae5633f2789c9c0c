"""Claims of Section 3.1 about its own setting: two labels, dense gradients.

Each function reads what its row of the ledger says, with a standard error, and gives the verdict.
"""

import math
from collections.abc import Callable

import pandas as pd

from simulations.claims.verdicts import Computed, Tables, agrees, measured, scaled, surely_above, the_row, verdict
from simulations.section_3_1 import CORRELATIONS, DELTAS, INDEPENDENT, PAPER


def independent_product(tables: Tables) -> Computed:
    """Standard deviation of the inner product of two independent draws from N(0, 1/n)ⁿ."""
    row = the_row(tables["section_3_1"], estimator=INDEPENDENT)
    spread = measured(row, "product_sd")
    return f"{spread} at n = {row.n}", verdict(agrees(spread, 1.0 / math.sqrt(row.n), 0.01))


def shared_half(tables: Tables) -> Computed:
    """(h₁, 0)·x in units of δ."""
    found = scaled(measured(_drawn(tables), "chosen_shared"), 0.5)
    return f"{found} of δ", verdict(agrees(found, 0.5, 0.02))


def rival_quarter(tables: Tables) -> Computed:
    """(h₂, 0)·x in units of δ."""
    found = scaled(measured(_drawn(tables), "rival_shared"), 0.25)
    return f"{found} of δ", verdict(agrees(found, 0.25, 0.02))


def constant(name: str) -> Callable[[Tables], Computed]:
    """Return the check that c₁ or c₂, as ``name`` says, is a constant."""

    def check(tables: Tables) -> Computed:
        """Compare c at δ = 0.01, 0.1 and 0.2; constant means within 2 % from 0.1 to 0.2 and down to 0.01."""
        low, first, last = (measured(_averaged(tables, delta=delta), name) for delta in DELTAS)
        on_real_range = agrees(first, last.mean, 0.02)
        everywhere = agrees(low, last.mean, 0.02)
        text = f"{first} at δ = 0.1, {last} at 0.2, {low} at 0.01"
        return text, verdict(on_real_range and everywhere, "qualified" if on_real_range else "refuted")

    return check


def contribution_remains(tables: Tables) -> Computed:
    """Share of the whole logit that the map retains; "significant" is taken as more than half."""
    row = _averaged(tables)
    found = scaled(measured(row, "retained"), 1.0 / row.chosen_shared_exact)
    return f"{found} of the logit", verdict(surely_above(found, 0.5))


def whatever_the_correlation(tables: Tables) -> Computed:
    """c₁ where the shared features are as alike as the paper assumes or more; it must stay above half."""
    values = [measured(_averaged(tables, shared_correlation=r), "c1") for r in CORRELATIONS]
    half, alike, nearly_equal = values
    text = f"c1 is {half} at h1·h2 = 1/2, {alike} at 0.9, {nearly_equal} at 0.999"
    return text, verdict(all(surely_above(c1, 0.5) for c1 in values))


def sufficiently_large(tables: Tables) -> Computed:
    """Spread of a single map's c₁ over draws: a map makes sense if it is below half of c₁."""
    rows = [_averaged(tables, delta=delta) for delta in (PAPER.delta, 1.0 / math.sqrt(PAPER.n))]
    large, small = (scaled(measured(row, "c1_sd"), 1.0 / row.c1_exact) for row in rows)
    makes_sense = large.mean < 0.5
    text = f"a map's c1 spreads by {large} of itself at δ = 0.1, by {small} at δ = 1/√n"
    return text, verdict(makes_sense and small.mean < 0.5, "qualified" if makes_sense else "refuted")


def rival_s_own_map(tables: Tables) -> Computed:
    """Share of its own logit that a rival's map retains, at δ/4, δ/2 and δ; "makes sense" is taken as more than half."""
    drawn = tables["rival"][(tables["rival"].estimator != "exact") & (tables["rival"].n_labels == 2)]
    shares = [measured(the_row(drawn, rival_logit=ratio * PAPER.delta), "rival_share") for ratio in (0.25, 0.5, 1.0)]
    quarter, half, equal = shares
    enough = [surely_above(share, 0.5) for share in shares]
    text = f"a rival's map keeps {quarter} of its logit if that is δ/4, {half} if δ/2, {equal} if δ"
    return text, verdict(all(enough), "qualified" if any(enough) else "refuted")


def _drawn(tables: Tables) -> pd.Series:
    """Return the row of the paper's setting, drawn directly."""
    return the_row(tables["section_3_1"], estimator="direct")


def _averaged(tables: Tables, **changes: float) -> pd.Series:
    """Return the row of the paper's setting, or of a changed one, with the input averaged out."""
    setting = {"delta": PAPER.delta, "shared_correlation": PAPER.shared_correlation} | changes
    return the_row(tables["section_3_1"], estimator="conditional", **setting)
