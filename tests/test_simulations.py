import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cgi_theory import CompetitionModel, Measurement, exact
from cgi_theory.sweep.points import point_seed
from simulations import claims, delta
from simulations.claims.verdicts import agrees
from simulations.points import simulated_point
from simulations.runner import EXPERIMENTS, current_table, results_folder

ROOT = Path(__file__).parents[1]


def run(*arguments, cwd=ROOT):
    command = [sys.executable, "-W", "error", "-m", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    current_table("delta", folder, quick=True, seed=0)
    return folder


def test_every_experiment_says_what_it_is():
    for module in EXPERIMENTS.values():
        assert module.__doc__
        assert module.steps(module.parameters(quick=True)) > 0


def test_delta_agrees_with_theory(quick):
    table = current_table("delta", quick, quick=True, seed=0)
    simulated = table[table.estimator != "exact"]
    assert len(simulated) == 7 * 6
    for name in ("c1", "c2", "kept_shared", "kept_distinct"):
        assert simulated[f"{name}_z"].abs().max() < 4.5
        recomputed = (simulated[name] - simulated[f"{name}_exact"]) / simulated[f"{name}_stderr"]
        assert recomputed.to_numpy() == pytest.approx(simulated[f"{name}_z"].to_numpy(), rel=1e-9)
    paper = simulated[(simulated.estimator == "direct")]
    for row in paper.itertuples():
        assert row.c1_exact == exact(CompetitionModel(n=row.n, delta=row.delta)).c1


def test_sidecar_says_how_the_table_was_made(quick):
    sidecar = json.loads((quick / "tables" / "delta.json").read_text())
    assert sidecar["experiment"] == "delta"
    assert sidecar["parameters"] == delta.parameters(quick=True)
    assert sidecar["seed"] == 0
    assert set(sidecar["versions"]) >= {"python", "numpy", "numba", "scipy"}
    described = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    expected = described.stdout.strip() if described.returncode == 0 else None
    assert (sidecar["commit"] or "").removesuffix("+changes") == (expected or "")


def test_a_current_table_is_not_made_again(quick):
    path = quick / "tables" / "delta.csv"
    before = path.stat().st_mtime_ns
    current_table("delta", quick, quick=True, seed=0)
    assert path.stat().st_mtime_ns == before


def test_points_have_their_own_seeds():
    one, other = CompetitionModel(n=100, delta=0.1), CompetitionModel(n=100, delta=0.2)
    seeds = {point_seed(s, m, e) for s in (0, 1) for m in (one, other) for e in ("direct", "conditional")}
    assert len(seeds) == 8
    row = simulated_point(one, 10, 0, "direct", lambda done: None)
    np.testing.assert_equal(row, simulated_point(one, 10, 0, "direct", lambda done: None))


def test_quick_results_lie_apart():
    for out in (None, Path("x")):
        assert results_folder(out, quick=True) == results_folder(out, quick=False) / "quick"


def test_ledger_stands_in_the_notes():
    """paper_notes.md holds what ``python -m simulations claims`` prints, to the letter."""
    rows = claims.rows(claims.parameters(quick=False), 0, lambda done: None)
    printed = claims.ledger(pd.DataFrame(rows))
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- claims -->\n(.*?)\n<!-- /claims -->", notes, re.DOTALL)
    assert found is not None
    assert found.group(1) == printed


def test_verdicts_depend_on_what_is_measured():
    """A claim of 1/k that were right, a quarter that were not."""
    assert agrees(Measurement(0.1001, 0.0001), 0.1, 0.02)
    assert not agrees(Measurement(0.1998, 0.0001), 0.1, 0.02)
    verdicts = {row["id"]: row["verdict"] for row in claims.rows({"n_samples": 60}, 5, lambda done: None)}
    assert verdicts["blank"] == "refuted"
    assert verdicts["c1"] == "qualified"
    assert verdicts["shared-half"] == "confirmed"


def test_claims_print_in_a_pipe(tmp_path):
    done = run("simulations", "claims", "--quick", "--out", tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("| id | claim |")
    assert done.stderr == ""
    assert (tmp_path / "quick" / "tables" / "claims.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulations"], "name an experiment"),
        (["simulations", "nothing"], "no experiment 'nothing'"),
        (["simulations", "delta", "--seed", "-1"], "--seed"),
        (["simulations", "delta", "--seed", "x"], "--seed"),
        (["figures", "figure_99"], "no figure 'figure_99'"),
        (["figures", "--samples", "5"], "--samples"),
    ],
)
def test_a_user_s_mistake_gets_one_message(arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for command in (["simulations", "claims"], ["figures"]):
        done = run(*command, "--quick", "--out", tmp_path / "file" / "below")
        assert done.returncode == 1
        assert "cannot write" in done.stderr
        assert "Traceback" not in done.stderr


def test_lists():
    assert run("simulations", "--list").stdout.startswith("delta: ")
    assert "figure_11: Figure 11" in run("figures", "--list").stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_progress_shows_on_a_terminal(tmp_path):
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "simulations", "claims", "--quick", "--out", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(master, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
    os.close(master)
    assert process.returncode == 0
    assert b"simulating claims" in shown
