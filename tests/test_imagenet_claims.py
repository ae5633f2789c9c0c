"""The ledger on photographs: tables of worlds in which claims hold, and in which they must not."""

import numpy as np
import pandas as pd
import pytest

from simulations import imagenet_claims
from simulations.experiment import Made

PHOTOGRAPHS = ("cat", "coffee", "rocket", "flower")
STAGES = ("stem", "body", "logits")


def kept_table(**changed):
    """What networks keep: a trained one that knows labels, randomised ones that don't."""
    numbers = {"trained": 0.05, "randomised": 0.004, "votes": 2.0, "share": 0.02, "random_share": 0.001, "completeness": 0.02}
    numbers |= {"own": 0.005, "kept_off": 1.02, "energy_off": 1.3} | changed
    rows = []
    for i, photograph in enumerate(PHOTOGRAPHS):
        states = [("none", ""), ("layer-wise", "logits"), ("cascading", "stem")]
        if photograph == "cat":
            states = [("none", ""), *(("layer-wise", s) for s in STAGES), *(("cascading", s) for s in STAGES[:-1])]
        for randomised, stage in states:
            trained = randomised == "none"
            kept = (1.0 + 0.1 * i) * numbers["trained" if trained else "randomised"]
            rows.append(
                {"photograph": photograph, "network": "lite0", "randomised": randomised, "stage": stage, "kept": kept}
                | {"energy_kept": 2.0 * kept, "kept_gram_matrix": numbers["kept_off"] * kept}
                | {"energy_gram_matrix": 2.0 * numbers["energy_off"] * kept, "votes": numbers["votes"] + 1e-4 * i}
                | {"share_of_votes": numbers["share" if trained else "random_share"] * (1.0 + 0.02 * i)}
                | {
                    "completeness": numbers["completeness"] * (1.0 + 0.01 * i),
                    "kept_by_own_label": numbers["own"] * (1.0 + 0.02 * i),
                }
            )
        rows.append({**rows[-1], "network": "lite1", "randomised": "none", "stage": "", "kept": 0.5})
    return pd.DataFrame(rows)


def parts_table():
    common = {"randomised": "none", "part": "input", "correlation": 0.1}
    return pd.DataFrame(
        [
            {**common, "photograph": photograph, "network": network, "share": share + 0.001 * i}
            for i, photograph in enumerate(PHOTOGRAPHS)
            for network, share in (("as it is", 0.01), ("without biases, ReLU for ReLU6", 0.999))
        ]
    )


def similarity_table(agree=0.1, others=0.0):
    values = {"other network": agree, "another photograph": others, "noise": 0.001, "randomised network": 0.002}
    return pd.DataFrame(
        [
            {"photograph": photograph, "method": "CGI", "grid": "56 × 56", "compared": compared, "pearson": value + 1e-3 * i}
            for i, photograph in enumerate(PHOTOGRAPHS)
            for compared, value in values.items()
        ]
    )


def verdicts(kept=None, similarity=None):
    tables = {
        "imagenet_kept": kept_table() if kept is None else kept,
        "imagenet_parts": parts_table(),
        "imagenet_similarity": similarity_table() if similarity is None else similarity,
    }
    rows = imagenet_claims.rows(Made(imagenet_claims.parameters(False), [], tables))
    return {row["id"]: row["verdict"] for row in rows}


def test_verdicts_of_a_network_that_knows_labels():
    assert verdicts() == {
        "completeness": "refuted",
        "blank": "uninformative",
        "votes": "confirmed",
        "layer-wise": "confirmed",
        "cascading": "confirmed",
        "gram-matrix": "qualified",
        "positive-control": "confirmed",
    }


@pytest.mark.parametrize(
    ("changed", "claim", "verdict"),
    [
        ({"completeness": 0.99}, "completeness", "confirmed"),
        ({"completeness": 0.7001}, "completeness", "qualified"),
        ({"completeness": 0.65}, "completeness", "refuted"),
        ({"share": 0.001}, "votes", "uninformative"),
        ({"randomised": 0.04}, "layer-wise", "refuted"),
        ({"randomised": 0.04}, "cascading", "refuted"),
        ({"kept_off": 1.12}, "gram-matrix", "refuted"),
        ({"kept_off": 1.5}, "gram-matrix", "uninformative"),
        ({"own": 0.04}, "votes", "uninformative"),
        ({"energy_off": 1.05}, "gram-matrix", "confirmed"),
    ],
)
def test_other_worlds_have_other_verdicts(changed, claim, verdict):
    assert verdicts(kept=kept_table(**changed))[claim] == verdict


def test_a_stage_that_leaves_no_gradients_says_nothing():
    kept = kept_table()
    dead = (kept.randomised == "layer-wise") & (kept.stage == "body")
    kept.loc[dead, ["kept", "votes"]] = 0.0
    tables = {"imagenet_kept": kept, "imagenet_parts": parts_table(), "imagenet_similarity": similarity_table()}
    rows = imagenet_claims.rows(Made(imagenet_claims.parameters(False), [], tables))
    (said,) = (row["computed"] for row in rows if row["id"] == "layer-wise")
    assert "over 2 stages, and 1 more without any gradient" in said
    assert {row["network"] for row in rows} == {"lite0"}


def test_one_photograph_is_no_evidence():
    with pytest.raises(ValueError, match="a ledger needs two photographs or more"):
        verdicts(kept=kept_table().query("photograph == 'cat'"))


def test_one_stage_that_keeps_much_qualifies():
    kept = kept_table()
    kept.loc[(kept.randomised == "layer-wise") & (kept.stage == "stem") & (kept.photograph == "cat"), "kept"] = 0.02
    assert verdicts(kept=kept)["layer-wise"] == "qualified"


@pytest.mark.parametrize("similarity", [similarity_table(agree=0.0), similarity_table(others=0.1)])
def test_agreement_that_nulls_have_too_says_nothing(similarity):
    assert verdicts(similarity=similarity)["positive-control"] == "uninformative"


def test_means_have_standard_errors():
    mean = imagenet_claims.mean_of(pd.Series([1.0, 2.0, np.nan, 6.0]))
    assert mean.mean == pytest.approx(3.0)
    assert mean.stderr == pytest.approx(np.std([1, 2, 6], ddof=1) / np.sqrt(3))
