"""Claims about real networks: Sections 2 and 3, Figures 1 and 2.

Networks are trained by the machine's own matrix products, so numbers are rounded to what does not depend on them.
"""

from simulations.claims.verdicts import Computed, Tables, mean_over, surely_above, verdict
from simulations.lab import nets

ROUNDING = 1e-12


def lemma_1(tables: Tables) -> Computed:
    """Largest error of Σ xᵢ∂S/∂xᵢ = S without biases, trained and not, relative to Σ|xᵢ∂S/∂xᵢ|."""
    worst = float(tables["lemma_1"].lemma_1_error.max())
    return f"equal to {_bound(worst)} on trained and untrained nets without biases", verdict(worst < ROUNDING)


def homogeneous(tables: Tables) -> Computed:
    """Largest error of f(tx) = t f(x) without biases."""
    worst = float(tables["lemma_1"].homogeneity_error.max())
    return f"equal to {_bound(worst)} without biases", verdict(worst < ROUNDING)


def nearly_complete(tables: Tables) -> Computed:
    """Regression of the scores' sums on the logits with biases; a linear relation means R² above 0.95."""
    table = tables["completeness"]
    correlation = table.logit.corr(table.score_sum)
    slope = correlation * table.score_sum.std() / table.logit.std()
    return f"R² = {correlation**2:.2f}, slope {slope:.1f}", verdict(correlation**2 > 0.95)


def delta_on_real_data(tables: Tables) -> Computed:
    """Median of δ over digits, for the predicted label."""
    medians = tables["alignment"].groupby("network", sort=False).delta.median()
    inside = 0.1 <= round(medians[nets.TRAINED], 1) <= 0.2
    text = ", ".join(f"{median:.1g} ({kind})" for kind, median in medians.items())
    return f"median δ {text}", verdict(inside)


def logit_ratio(tables: Tables) -> Computed:
    """Median over digits of the predicted label's logit over the largest other one."""
    table = tables["alignment"]
    middle = table[table.network == nets.TRAINED].logit_ratio.median()
    return f"median {middle:.0f} times the second", verdict(2.0 <= middle <= 4.0)


def heat_in_several_maps(tables: Tables) -> Computed:
    """Of the predicted label's hot pixels, the fraction hot for at least five labels; "many" is more than half."""
    several = mean_over(tables["maps"].query("kind == 'hot for several'").fraction)
    return f"{several.mean:.1f} of its hot pixels are hot for five labels or more", verdict(surely_above(several, 0.5))


def energy_identity(tables: Tables) -> Computed:
    """Mean difference over digits of the shares of the logit and of gradient energy that a trained net's CGI map keeps."""
    rows = tables["alignment"][tables["alignment"].network == nets.TRAINED]
    close = abs((rows.retained - rows.energy_kept).mean()) < 0.05
    than = "less" if close else "more"
    text = f"{rows.energy_kept.mean():.1f} of the logit stays; the two shares differ by {than} than 0.05 on average"
    return text, verdict(close)


def _bound(error: float) -> str:
    return f"within {ROUNDING:g}" if error < ROUNDING else f"{error:.0e} only"
