"""Claims about saliency methods and the sanity checks: Sections 2 and 4, Figures 3 to 10, footnote 1.

Networks are trained by the machine's own matrix products, so numbers are rounded to what does not depend on them. "Almost blank"
is less than 5 % of the lit pixels, in a map that has more on the trained network.
"""

import pandas as pd

from simulations import identities, masking
from simulations.claims.verdicts import Computed, Tables, the_row, verdict
from simulations.lab import nets
from simulations.lab.maps import CGI, PLAIN
from simulations.sanity import ACCURACY

BLANK = 0.05
_EQUAL, _COMPLETE = 1e-9, 1e-10


def rules_are_gradients(tables: Tables) -> Computed:
    """Largest difference of LRP-z, LRP-ε and DeepLIFT from gradient ⊙ input without biases, relative to the largest score."""
    worst = max(_value(tables, name) for name in ("LRP-z", "LRP-ε", "DeepLIFT"))
    within = f"within {_EQUAL:g}" if worst < _EQUAL else f"{worst:.0e} only"
    text = f"LRP-z, LRP-ε at ε = {identities.EPSILON:g} and DeepLIFT are equal to {within} of the largest score"
    return text, verdict(worst < _EQUAL)


def integrated_gradients_complete(tables: Tables) -> Computed:
    """Largest error of Σ IG = S(x) − S(0) with biases, relative to the largest difference."""
    worst = _value(tables, identities.COMPLETE)
    within = f"within {_COMPLETE:g}" if worst < _COMPLETE else f"{worst:.0e} only"
    return f"complete to {within}, with biases", verdict(worst < _COMPLETE)


def comparable_quality(tables: Tables) -> Computed:
    """Share of the chosen logit that the pixels of a map keep by themselves, for equally many pixels.

    Comparable is within a tenth of gradient ⊙ input's own largest pixels; qualified, nearer to those than to random pixels.
    """
    shares = tables["masking"].query("kind == 'mask'").groupby("mask").own_logit.mean()
    cgi, top, random = (shares[name] for name in masking.MASKS[:3])
    text = f"CGI's pixels keep {cgi:.1f} of the logit; as many of gradient ⊙ input's largest {top:.1f}, random ones {random:.1f}"
    return text, verdict(cgi > 0.9 * top, "qualified" if cgi > 0.5 * (top + random) else "refuted")


def layer_wise_blanks(tables: Tables) -> Computed:
    """Any one layer re-initialised: CGI's pixels, and both methods' rank correlation with their maps of the trained network."""
    return _blanks(tables, tables["sanity"][tables["sanity"].network == "layer-wise"])


def cascade_blanks(tables: Tables) -> Computed:
    """The same for layers re-initialised from the logits down, of which the first is the logits' own."""
    table = tables["sanity"]
    logits = (table.network == "layer-wise") & (table.layer == table.layer.max())
    return _blanks(tables, table[(table.network == "cascading") | logits])


def memorised_labels(tables: Tables) -> Computed:
    """Networks trained on permuted labels: their accuracy on them, and their maps beside the trained network's."""
    rows = tables["sanity"][tables["sanity"].network == nets.MEMORISING]
    text, judged = _blanks(tables, rows)
    more = rows[rows.metric == ACCURACY]["mean"].iloc[0] > 0.98
    return f"{'more' if more else 'less'} than 98 % of the training labels; {text}", judged if more else "refuted"


def competitive_lrp(tables: Tables) -> Computed:
    """LRP (α = 2, β = 1), all layers re-initialised: pixels kept for the chosen label, and for the one that the net predicts."""
    table = tables["sanity"][(tables["sanity"].method == "LRP αβ") & (tables["sanity"].metric == "kept")]
    everything = table[(table.network == "cascading") & (table.layer == 0)]
    before = the_row(table, network="trained", competition="yes")["mean"]
    after, own = (the_row(everything, competition=name)["mean"] for name in ("yes", "own label"))
    text = f"CLRP keeps {before:.1f} of the pixels, {after:.1f} after randomisation, but {own:.1f} for the label then predicted"
    return text, verdict(after < BLANK < before and own < BLANK, "qualified" if after < 0.5 * before else "refuted")


def after_the_softmax(tables: Tables) -> Computed:
    """Sum of the scores after the softmax over the probability that they should explain, the median over digits."""
    share, complete = (_value(tables, name) for name in (identities.SUM_AFTER_SOFTMAX, identities.SUM_BEFORE_SOFTMAX))
    text = f"scores sum to {share:.1f} of a probability near 1, before the softmax to {complete:.1f} of the logit"
    return text, verdict(share < 0.5 < complete)


def _blanks(tables: Tables, rows: pd.DataFrame) -> Computed:
    """Compare CGI and gradient ⊙ input on the trained and on the randomised networks of some rows."""
    plain, competed = (_means(rows, name, "|spearman|") for name in (PLAIN, CGI))
    stays = _means(rows, CGI, "kept").max()
    trained = _means(tables["sanity"][tables["sanity"].network == "trained"], CGI, "kept").max()
    text = (
        f"CGI keeps {stays:.1f} of the pixels, {trained:.1f} on the trained net; "
        f"absolute values correlate by {plain.min():.1f} (gradient ⊙ input) and {competed.max():.1f} (CGI)"
    )
    shows, differs = plain.min() > 0.9, competed.max() < 0.5
    return text, verdict(shows and stays < BLANK < trained, "qualified" if shows and differs else "refuted")


def _means(rows: pd.DataFrame, name: tuple[str, str], metric: str) -> "pd.Series[float]":
    """Return a metric's means over networks and digits, one for each kind of randomisation."""
    return rows[(rows.method == name[0]) & (rows.competition == name[1]) & (rows.metric == metric)]["mean"]


def _value(tables: Tables, what: str) -> float:
    return float(the_row(tables["identities"], what=what)["value"])
