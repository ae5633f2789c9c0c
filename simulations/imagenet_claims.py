"""The paper's claims on a network trained on ImageNet, each with the same number in worlds in which it must not hold.

The network is EfficientNet-Lite0; what stands for the paper's birds are photographs. A number is the mean over photographs, or
over the stages of one of them, with its standard error; a second network is Lite1. Verdicts are those of
:mod:`simulations.claims`: a number that is not apart from a null world's by the margin and two standard errors is uninformative.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cgi_theory import Measurement
from simulations.claims.networks import BLANK
from simulations.claims.verdicts import UNINFORMATIVE, are_apart, surely_above, surely_below, verdict
from simulations.experiment import Experiment, Made, Parameters, Row
from simulations.lab.image_maps import CGI, NOISE
from simulations.lab.photograph_rows import OTHER_NETWORK, OTHER_PHOTOGRAPH, RANDOMISED
from simulations.lab.photographed import LAST_LAYER, TRAINED, State

_NAMES = {"efficientnet-lite0": "EfficientNet-Lite0"}
READS = ("imagenet_kept", "imagenet_parts", "imagenet_similarity")
LEMMA_1_HOLDS = "without biases, ReLU for ReLU6"
_LINEAR, _PREDICTED = 0.5, 0.1
# What is measured of a map, by what is predicted.
_MEASURED = {"kept": "kept", "energy": "energy_kept"}


class _Ledger(NamedTuple):
    """A row of the ledger but for its network."""

    id: str
    claim: str
    paper: str
    computed: str
    null_worlds: str
    verdict: str


def parameters(quick: bool) -> Parameters:
    """Return what the rows depend on beside the tables."""
    return {"blank": BLANK, "linear": _LINEAR, "predicted": _PREDICTED}


def rows(made: Made) -> list[Row]:
    """Return one row for each claim."""
    kept, parts, similarity = (made.tables[name] for name in READS)
    if kept.photograph.nunique() < 2:
        raise ValueError("a ledger needs two photographs or more: from one there is no standard error")
    network = kept.network.iloc[0]
    own = kept[kept.network == network]
    found = [_completeness(own, parts), _zero(own), _votes(own), *_blanking(own), _predicted(own), _control(similarity)]
    return [{"id": row.id, "network": _NAMES.get(network, network)} | row._asdict() for row in found]


def _completeness(kept: pd.DataFrame, parts: pd.DataFrame) -> _Ledger:
    trained, last = (mean_of(_in(kept, state).completeness ** 2) for state in (TRAINED, LAST_LAYER))
    share, holds = (
        mean_of(parts[(parts.randomised == "none") & (parts.part == "input") & (parts.network == changed)].share)
        for changed in ("as it is", LEMMA_1_HOLDS)
    )
    return _Ledger(
        "completeness",
        "sums of scores vary linearly with the logit (Figure 2)",
        "fairly linearly",
        f"over the labels of a photograph R² is {trained}; the input has {share} of the logits' variance",
        f"R² {last} (last layer random); the input has {holds} {LEMMA_1_HOLDS}",
        verdict(surely_above(trained, _LINEAR), "refuted" if surely_below(trained, _LINEAR) else "qualified"),
    )


def _zero(kept: pd.DataFrame) -> _Ledger:
    trained, random = (mean_of(_in(kept, state).votes) for state in (TRAINED, _every_stage(kept)))
    return _Ledger(
        "blank",
        "on random nets a pixel becomes zero",
        "with probability 1 − 1/k",
        f"with all layers random the fractions that labels keep sum to {random:.3f}: votes are conserved",
        f"{trained:.3f} (trained); margin 0.01",
        "refuted" if are_apart(random, trained, 0.01) else UNINFORMATIVE,
    )


def _votes(kept: pd.DataFrame) -> _Ledger:
    trained, last, random = (mean_of(_in(kept, state).share_of_votes) for state in (TRAINED, LAST_LAYER, _every_stage(kept)))
    own = mean_of(_in(kept, LAST_LAYER).kept_by_own_label / _in(kept, LAST_LAYER).votes)
    apart = all(are_apart(trained, null, 0.001) for null in (last, own, random))
    return _Ledger(
        "votes",
        "training gives the chosen label more than its share of the pixels",
        "not said",
        f"it has {trained} of all labels' votes, where a label's share is 1/k",
        f"{last} (last layer random), {own} (last layer random, for the label then predicted), {random} (all layers random); "
        "margin 0.001",
        verdict(surely_above(trained, 0.001)) if apart else UNINFORMATIVE,
    )


def _blanking(kept: pd.DataFrame) -> Iterator[_Ledger]:
    """Yield the claims of Figures 4 and 5, on the photograph whose stages are randomised one by one."""
    counts = kept[kept.randomised == "cascading"].groupby("photograph").size()
    rows = kept[kept.photograph == counts.idxmax()]
    before = float(_in(rows, TRAINED).kept.iloc[0])
    for name, words in (
        ("layer-wise", "any stage re-initialised blanks CGI only (Figures 4, 8, 10)"),
        ("cascading", "and so do stages in cascade (Figure 5)"),
    ):
        stages = rows[rows.randomised == name]
        alive = stages[stages.votes > 0.0]  # of others gradient ⊙ input is blank, too
        ratios, own = alive.kept / before, alive.kept_by_own_label / before
        dead = f", and {len(stages) - len(alive)} more without any gradient" if len(alive) < len(stages) else ""
        yield _Ledger(
            name,
            words,
            "almost blank",
            f"of what it kept, CGI keeps {ratios.max():.2f} at most and {ratios.mean():.2f} on average over {len(alive)} stages"
            f"{dead}; for the label then predicted {own.max():.2f} and {own.mean():.2f}",
            "1 (unrandomised network); margin 0.05",
            verdict(ratios.max() < BLANK, "qualified" if ratios.mean() < BLANK else "refuted"),
        )


def _predicted(kept: pd.DataFrame) -> _Ledger:
    trained = _in(kept, TRAINED)
    measured = {name: trained[column].to_numpy() for name, column in _MEASURED.items()}
    predicted = {name: trained[f"{name}_gram_matrix"].to_numpy() for name in _MEASURED}
    off = {name: float(np.abs(predicted[name] / measured[name] - 1.0).max()) for name in _MEASURED}
    exchanged = float(np.abs(np.roll(predicted["kept"], 1) / measured["kept"] - 1.0).max())
    return _Ledger(
        "gram-matrix",
        "the inner products of gradients say what competition keeps",
        "implied by Section 3.1",
        f"the fraction is off by {off['kept']:.0%} at most, the share of gradient energy by {off['energy']:.0%}",
        f"the fraction by {exchanged:.0%} (another photograph's)",
        verdict(max(off.values()) < _PREDICTED, "qualified" if off["kept"] < _PREDICTED else "refuted")
        if off["kept"] < 0.5 * exchanged
        else UNINFORMATIVE,
    )


def _control(similarity: pd.DataFrame) -> _Ledger:
    rows = similarity[(similarity.method == CGI) & (similarity.grid != "pixels")]
    agree = mean_of(rows[rows.compared == OTHER_NETWORK].pearson)
    nulls = {name: mean_of(rows[rows.compared == name].pearson) for name in (OTHER_PHOTOGRAPH, NOISE, RANDOMISED)}
    apart = all(are_apart(agree, null, 0.01) for null in nulls.values())
    return _Ledger(
        "positive-control",
        "maps of two networks that were trained on the same data agree",
        "not asked",
        f"CGI's signed correlation is {agree} between Lite0 and Lite1, over cells of a grid",
        ", ".join(f"{null} ({name})" for name, null in nulls.items()) + "; margin 0.01",
        verdict(surely_above(agree, 0.0)) if apart else UNINFORMATIVE,
    )


def mean_of(values: pd.Series) -> Measurement:
    """Return the mean of a column and its standard error."""
    numbers = values.dropna().astype(float)
    return Measurement(float(numbers.mean()), float(numbers.std(ddof=1) / np.sqrt(len(numbers))))


def _in(kept: pd.DataFrame, state: State) -> pd.DataFrame:
    """Return the rows of a state."""
    return kept[(kept.randomised == state.randomised) & (kept.stage.fillna("") == state.stage)]


def _every_stage(kept: pd.DataFrame) -> State:
    """Return the state with all layers randomised: the only cascade of photographs whose stages are not randomised one by one."""
    stages = kept[kept.randomised == "cascading"].groupby("stage").photograph.nunique()
    return State("cascading", str(stages.idxmax()))


EXPERIMENT = Experiment(parameters=parameters, rows=rows, reads=READS)
