"""The ledger: verdicts follow the tables, in both directions; and the ledger in the notes is the one that was measured."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from cgi_theory import Measurement, exact
from simulations import claims
from simulations.claims.verdicts import agrees, mean_over, measured, scaled, surely_above, surely_below, the_row
from simulations.lab.models import IMAGENET
from tests.forked import ROOT, run

CHECKS = {claim.id: claim for claim in claims.CLAIMS}
VERDICTS = {"confirmed", "qualified", "refuted"}
# Where few digits, epochs or labels give another verdict than all do.
QUICK_DIFFERS = {"permuted", "logit-ratio"}


@pytest.fixture(scope="module")
def tables(quick_table):
    quick_table("claims")
    return {name: quick_table(name) for name in claims.EXPERIMENT.reads}


def verdict(tables, claim, change=None):
    """What a claim's function says of its table, changed by a function."""
    name = CHECKS[claim].reads
    table = tables[name].copy()
    if change is not None:
        table = change(table)
    return CHECKS[claim].check({name: table})[1]


def times(factor, *columns):
    """A change: columns are multiplied."""
    return lambda table: table.assign(**{column: table[column] * factor for column in columns})


def where(condition, factor, *columns):
    """A change: columns are multiplied in the rows of a query."""

    def change(table):
        rows = table.query(condition).index
        assert len(rows)
        table.loc[rows, list(columns)] *= factor
        return table

    return change


def test_every_claim_has_a_verdict_and_reads_one_table(quick_table, tables):
    table = quick_table("claims")
    assert list(table.id) == list(CHECKS)
    assert set(table.verdict) <= VERDICTS
    assert table.attrs["sidecar"]["tables"] == {name: frame.attrs["sidecar"]["sha256"] for name, frame in tables.items()}
    for row in table.itertuples():
        assert CHECKS[row.id].check({CHECKS[row.id].reads: tables[CHECKS[row.id].reads]}) == (row.computed, row.verdict)


def kept(competition, networks, factor):
    return where(f"metric == 'kept' and competition == '{competition}' and network in {networks}", factor, "mean")


# claim: the verdict as measured, a world in which it is another, and that one
WORLDS = {
    "independent": ("confirmed", times(1.2, "product_sd"), "refuted"),
    "shared-half": ("confirmed", times(1.2, "chosen_shared"), "refuted"),
    "rival-quarter": ("confirmed", times(1.3, "rival_shared"), "refuted"),
    "c1": ("qualified", where("delta < 0.05", 0.662, "c1"), "confirmed"),
    "c2": ("qualified", where("delta == 0.2", 0.9, "c2"), "refuted"),
    "contribution": ("confirmed", times(0.5, "retained"), "refuted"),
    "correlation": ("confirmed", where("shared_correlation == 0.999", 0.9, "c1"), "refuted"),
    "downplay": ("qualified", where("n_labels == 2 and estimator == 'collapsed'", 2.0, "c1"), "refuted"),
    "blank": ("refuted", times(0.5, "kept_distinct"), "confirmed"),
    "almost-blank": ("qualified", times(0.2, "kept_distinct"), "confirmed"),
    "overlap": ("qualified", times(2.0, "meet"), "refuted"),
    "remark-1": ("qualified", where("n_labels == 1000", 20.0, "retained"), "confirmed"),
    "remark-2": ("qualified", times(0.5, "c1_sd"), "confirmed"),
    "rival-map": ("qualified", times(0.1, "rival_share"), "refuted"),
    "lemma-1": ("confirmed", times(1e4, "lemma_1_error"), "refuted"),
    "homogeneous": ("confirmed", times(1e4, "homogeneity_error"), "refuted"),
    "completeness": ("confirmed", lambda table: table.assign(score_sum=table.score_sum.to_numpy()[::-1]), "refuted"),
    "delta": ("confirmed", times(0.1, "delta"), "refuted"),
    "logit-ratio": ("refuted", times(1.5, "logit_ratio"), "confirmed"),
    "heat": ("confirmed", times(0.4, "fraction"), "refuted"),
    "energy": ("confirmed", times(0.5, "retained"), "refuted"),
    "rules": ("confirmed", times(1e8, "value"), "refuted"),
    "ig": ("confirmed", times(1e8, "value"), "refuted"),
    "quality": ("qualified", where("mask == 'CGI'", 0.3, "own_logit"), "refuted"),
    "layer-wise": ("qualified", kept("yes", ["layer-wise"], 0.1), "confirmed"),
    "cascade": ("qualified", where("metric == '|spearman|' and competition == 'yes'", 4.0, "mean"), "refuted"),
    "clrp": ("qualified", kept("yes", ["cascading"], 5.0), "refuted"),
    "permuted": ("refuted", where("metric == 'training accuracy'", 2.0, "mean"), "qualified"),
    "softmax": ("confirmed", times(5.0, "value"), "refuted"),
}


@pytest.mark.parametrize("claim", CHECKS)
def test_another_world_gets_another_verdict(tables, claim):
    found, change, other = WORLDS[claim]
    assert verdict(tables, claim) == found
    assert verdict(tables, claim, change) == other


def test_a_row_that_is_not_there_is_no_verdict(tables):
    with pytest.raises(LookupError, match="0 rows"):
        verdict(tables, "shared-half", lambda table: table[table.estimator != "direct"])
    with pytest.raises(LookupError, match="2 rows"):
        verdict(tables, "shared-half", lambda table: pd.concat([table, table]))


def test_the_sparsity_that_is_said_to_be_needed(quick_table):
    text = quick_table("claims").set_index("id").computed["remark-1"]
    answer = exact(replace(IMAGENET, n_labels=1000, sparsity=float(text.rsplit(" ", 1)[1])))
    assert 0.5 * (answer.c1 + answer.c2) == pytest.approx(0.5, abs=0.005)


def test_measurements_and_margins():
    """A claim of 1/k that were right, a quarter that were not."""
    assert agrees(Measurement(0.1001, 0.0001), 0.1, 0.02)
    assert not agrees(Measurement(0.1998, 0.0001), 0.1, 0.02)
    assert surely_above(Measurement(1.0, 0.1), 0.79)
    assert not surely_above(Measurement(1.0, 0.1), 0.81)
    assert surely_below(Measurement(1.0, 0.1), 1.21)
    assert not surely_below(Measurement(1.0, 0.1), 1.19)
    assert scaled(Measurement(2.0, 0.5), -2.0) == Measurement(-4.0, 1.0)
    assert mean_over(pd.Series([1.0, 2.0, 6.0])).mean == 3.0
    assert mean_over(pd.Series([1.0, 2.0, 6.0])).stderr == pytest.approx((7.0 / 3.0) ** 0.5)
    row = the_row(pd.DataFrame({"k": [2, 2], "r": [0.1, 0.2], "x": [5.0, 6.0], "x_stderr": [0.5, 0.6]}), k=2, r=0.2)
    assert measured(row, "x") == Measurement(6.0, 0.6)


def test_the_ledger_is_printed_from_the_tables(tables, quick_table, shared_folder):
    """Nothing is made anew for it, and it is silent in a pipe."""
    done = run("simulations", "claims", "--quick", cwd=shared_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == claims.ledger(quick_table("claims")) + "\n"


def test_the_ledger_in_the_notes_judges_as_the_quick_tables_do(quick_table):
    """Its numbers are those of all samples and digits."""
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"<!-- claims -->\n(.*?\n)<!-- /claims -->", notes, re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in found.splitlines()]
    noted = {row[0]: row for row in rows[2:]}
    quick = quick_table("claims").set_index("id")
    assert list(noted) == list(quick.index)
    for name, row in noted.items():
        assert row[1:3] == list(quick.loc[name, ["claim", "paper"]])
        assert (row[4] == quick.verdict[name]) != (name in QUICK_DIFFERS)
