"""The ledger: verdicts follow the tables, both ways, and null worlds change them; and the notes have what was measured."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cgi_theory import Measurement, exact
from cgi_theory.networks import attribution
from cgi_theory.networks.measures import lit
from simulations import claims
from simulations.claims.networks import CLAIMS_ON_NETWORKS
from simulations.claims.verdicts import (
    UNINFORMATIVE,
    agrees,
    are_apart,
    measured,
    scaled,
    surely_above,
    surely_below,
    the_row,
    worlds_of,
)
from simulations.evidence import BESIDE, NULL
from simulations.lab import nets
from simulations.lab.maps import METHODS
from simulations.lab.models import IMAGENET
from simulations.lab.worlds import MEASURED
from simulations.runner import Runner
from tests.forked import ROOT, run

CHECKS = {claim.id: claim for claim in claims.CLAIMS}
ON_NETWORKS = [claim.id for claim in CLAIMS_ON_NETWORKS]
VERDICTS = {"confirmed", "qualified", "refuted", UNINFORMATIVE}
# Where few digits, networks and epochs give another verdict than all do.
QUICK_DIFFERS = {"votes", "logit-ratio", "energy", "layer-wise", "cascade", "own-label", "permuted", "memorised"}


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
    return CHECKS[claim].judged({name: table}).verdict


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
        judged = CHECKS[row.id].judged({CHECKS[row.id].reads: tables[CHECKS[row.id].reads]})
        assert judged == (row.computed, row.null_worlds, row.verdict)


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
    "overlap": ("qualified", times(2.0, "meet"), "refuted"),
    "remark-1": ("qualified", where("n_labels == 1000", 20.0, "retained"), "confirmed"),
    "remark-2": ("qualified", times(0.5, "c1_sd"), "confirmed"),
    "rival-map": ("qualified", times(0.1, "rival_share"), "refuted"),
}


@pytest.mark.parametrize("claim", WORLDS)
def test_another_world_gets_another_verdict(tables, claim):
    found, change, other = WORLDS[claim]
    assert verdict(tables, claim) == found
    assert verdict(tables, claim, change) == other


def evidence(measured_mean, null_mean=0.5, stderr=0.001, others=0.4):
    """A table of one claim: its measured number, one null world's, and those of the worlds that it may ask for."""

    def change(table):
        name = table.claim.iloc[0]
        rows = [(MEASURED, MEASURED, measured_mean), ("null", NULL, null_mean)]
        rows += [(world, BESIDE, others) for world in table.world.unique() if world not in (MEASURED, "null")]
        return pd.DataFrame(
            [{"claim": name, "world": world, "role": role, "mean": mean, "stderr": stderr} for world, role, mean in rows]
        )

    return change


# claim: the number (a null world's is 0.5), and the verdict
NUMBERS = {
    "almost-blank": [(0.01, "confirmed"), (0.2, "refuted")],
    "votes": [(0.26, "confirmed"), (0.15, "refuted")],
    "lemma-1": [(1e-15, "confirmed"), (1e-3, "refuted")],
    "homogeneous": [(1e-15, "confirmed"), (1e-3, "refuted")],
    "completeness": [(1.2, "confirmed"), (-0.2, "refuted")],
    "delta": [(0.15, "confirmed"), (0.199, "qualified"), (0.101, "qualified"), (0.21, "refuted"), (0.05, "refuted")],
    "logit-ratio": [(0.7, "confirmed"), (0.4, "refuted")],
    "heat": [(0.7, "confirmed"), (0.4, "refuted")],
    "energy": [(0.01, "confirmed"), (-0.01, "confirmed"), (0.1, "refuted"), (-0.1, "refuted")],
    "rules": [(1e-15, "confirmed"), (1e-3, "refuted")],
    "ig": [(1e-15, "confirmed"), (1e-3, "refuted")],
    "layer-wise": [(0.1, "confirmed"), (0.3, "qualified"), (0.8, "refuted")],
    "cascade": [(0.1, "confirmed"), (0.3, "qualified"), (0.8, "refuted")],
    "clrp": [(0.1, "confirmed"), (0.3, "qualified"), (0.8, "refuted")],
    "permuted": [(0.1, "confirmed"), (0.3, "qualified"), (0.8, "refuted")],
    "softmax": [(0.1, "confirmed"), (0.8, "refuted")],
}


@pytest.mark.parametrize("claim", NUMBERS)
def test_numbers_decide(tables, claim):
    one = {"evidence": tables["evidence"][tables["evidence"].claim == claim]}
    for number, expected in NUMBERS[claim]:
        assert verdict(one, claim, evidence(number)) == expected
        assert verdict(one, claim, evidence(number, null_mean=number)) == UNINFORMATIVE
        assert verdict(one, claim, evidence(number, stderr=0.6)) == UNINFORMATIVE


def test_the_quality_is_between_random_and_largest_pixels(tables):
    rows = tables["evidence"][tables["evidence"].claim == "quality"]
    for number, expected in ((0.55, "confirmed"), (0.45, "qualified"), (0.35, "refuted")):
        means = {MEASURED: number, "largest pixels": 0.6, "random pixels": 0.2}
        table = rows.assign(mean=[means.get(world, 0.1) for world in rows.world], stderr=0.001)
        assert CHECKS["quality"].judged({"evidence": table}).verdict == expected


@pytest.mark.parametrize("claim", ON_NETWORKS)
def test_the_number_of_a_null_world_says_nothing(tables, claim):
    """Whichever it is: put in the place of the measured one."""
    rows = tables["evidence"][tables["evidence"].claim == claim]
    nulls = rows[rows.role == NULL]
    assert len(nulls)
    for null in nulls.itertuples():
        changed = rows.assign(mean=rows["mean"].where(rows.role != MEASURED, null.mean))
        assert CHECKS[claim].judged({"evidence": changed}).verdict == UNINFORMATIVE


def exchanged_evidence(tmp_path, threads):
    """The ledger of evidence that is made anew here, of few digits and networks."""
    made = Runner(tmp_path, quick=True, executor=threads)
    table = made.table("evidence")
    return {claim.id: claim.judged({"evidence": table}).verdict for claim in CLAIMS_ON_NETWORKS}


# The claims on maps. Of the others, on logits and gradients, no number depends on maps; those on randomised maps are told from
# null worlds by a hundred digits, and by few ones mostly not.
OF_MAPS = ["lemma-1", "completeness", "rules", "ig", "quality"]


def test_noise_in_place_of_maps_changes_every_verdict_on_maps(tables, tmp_path, threads, monkeypatch):
    """Drawn anew at every call, on the lit pixels."""
    rng = np.random.default_rng(0)

    def noise(net, x, *args, **kwargs):
        return rng.standard_normal((len(x), net.sizes[-1], x.shape[1])) * lit(x)[:, None, :]

    before = {claim: verdict(tables, claim) for claim in ON_NETWORKS}
    for name in ("gradient_times_input", "integrated_gradients"):
        monkeypatch.setattr(attribution, name, noise)
    for method in METHODS:
        monkeypatch.setitem(METHODS, method, noise)
    after = exchanged_evidence(tmp_path, threads)
    assert all(before[claim] in ("confirmed", "qualified") for claim in OF_MAPS)
    assert all(after[claim] in (UNINFORMATIVE, "refuted") for claim in OF_MAPS), after
    for claim in ("layer-wise", "cascade", "permuted", "clrp", "heat", "votes", "almost-blank"):
        assert after[claim] == UNINFORMATIVE


def test_untrained_networks_in_place_of_trained_ones_change_verdicts(tables, tmp_path, threads, monkeypatch):
    """Of all that speaks of training; what holds on any network, and says so, stays."""
    real = nets.network

    def untrained(setting, kind, number=0):
        return real(setting, nets.UNTRAINED, number)

    monkeypatch.setattr(nets, "network", untrained)
    after = exchanged_evidence(tmp_path, threads)
    assert verdict(tables, "delta") in ("confirmed", "qualified")
    assert verdict(tables, "quality") in ("confirmed", "qualified")
    for claim in ("delta", "logit-ratio", "heat", "quality", "layer-wise", "cascade", "permuted", "clrp"):
        assert after[claim] == UNINFORMATIVE, claim


def test_worlds_are_read_by_their_roles(tables):
    worlds = worlds_of(tables["evidence"], "lemma-1")
    assert list(worlds.nulls) == ["network with biases", "noise maps", "another digit"]
    assert list(worlds.others) == ["untrained network"]
    assert worlds.measured.mean < 1e-12 < min(null.mean for null in worlds.nulls.values())
    with pytest.raises(LookupError, match="nothing has 0 measured numbers, and 0 of null worlds"):
        worlds_of(tables["evidence"], "nothing")
    assert are_apart(Measurement(1.0, 0.1), Measurement(0.0, 0.0), 0.79)
    assert not are_apart(Measurement(1.0, 0.1), Measurement(0.0, 0.0), 0.81)
    assert not are_apart(Measurement(1.0, 0.0), Measurement(0.0, 0.1), 0.81)


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
        assert row[1:4] == list(quick.loc[name, ["network", "claim", "paper"]])
        assert (row[6] == quick.verdict[name]) != (name in QUICK_DIFFERS)
