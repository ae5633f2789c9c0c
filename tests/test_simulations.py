import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cgi_theory import CompetitionModel, Measurement, exact
from cgi_theory.sweep.points import point_seed
from cgi_theory.sweep.tables import load
from simulations import claims, delta
from simulations.claims.verdicts import agrees
from simulations.points import simulated_point
from simulations.runner import EXPERIMENTS, RESULTS, current_table, results_folder, table_path
from tests.running import ENVIRONMENT, ROOT, module_command, run


@pytest.fixture(scope="module")
def quick(quick_table, quick_results):
    quick_table("delta")
    return quick_results


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


@pytest.mark.slow  # all claims at full size, and networks trained for them
def test_ledger_stands_in_the_notes(trained_networks, shared, tmp_path):
    """paper_notes.md holds what ``python -m simulations claims`` prints, to the letter; it is silent in a pipe."""
    done = run("simulations", "claims", "--out", tmp_path, cwd=shared)
    assert (done.returncode, done.stderr) == (0, "")
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- claims -->\n(.*?\n)<!-- /claims -->", notes, re.DOTALL)
    assert found is not None
    assert found.group(1) == done.stdout
    table = load(table_path(tmp_path, "claims"))
    assert f"{claims.ledger(table)}\n" == done.stdout
    assert table.attrs["sidecar"]["parameters"] == claims.parameters(quick=False)


def test_verdicts_depend_on_what_is_measured():
    """A claim of 1/k that were right, a quarter that were not."""
    assert agrees(Measurement(0.1001, 0.0001), 0.1, 0.02)
    assert not agrees(Measurement(0.1998, 0.0001), 0.1, 0.02)
    checks = {claim.id: claim.check for claim in claims.CLAIMS}
    for name, verdict in {"blank": "refuted", "c1": "qualified", "shared-half": "confirmed"}.items():
        assert checks[name](60, 5)[1] == verdict


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["simulations"], "name an experiment"),
        (["simulations", "nothing"], "no experiment 'nothing'"),
        (["simulations", "delta", "--seed", "-1"], "simulations: --seed must be from 0 to 18446744073709551615, not -1\n"),
        (["simulations", "delta", "--seed", 5000 * "9"], f"simulations: --seed must be from 0 to {2**64 - 1}, not {60 * '9'}…\n"),
        (["figures", "figure_11", "--seed", 400 * "9"], f"figures: --seed must be from 0 to {2**64 - 1}, not {60 * '9'}…\n"),
        (["figures", 400 * "9"], f"figures: no figure '{60 * '9'}'…; there are: "),
        (["simulations", "delta", "--seed", "x"], "--seed"),
        (["figures", "figure_99"], "no figure 'figure_99'"),
        (["figures", "--samples", "5"], "--samples"),
    ],
)
def test_a_user_s_mistake_gets_one_message(arguments, message):
    done = run(*arguments, cwd=ROOT)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for command in (["simulations", "claims"], ["figures"]):
        done = run(*command, "--quick", "--out", tmp_path / "file" / "below", cwd=tmp_path)
        assert not (tmp_path / RESULTS).exists(), "it is said before anything is made"
        assert done.returncode == 1
        assert "cannot write" in done.stderr
        assert "Traceback" not in done.stderr


def test_lists():
    assert run("simulations", "--list", cwd=ROOT).stdout.startswith("delta: ")
    assert "figure_11: Figure 11" in run("figures", "--list", cwd=ROOT).stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_progress_shows_on_a_terminal(tmp_path):
    master, terminal = os.openpty()
    command = module_command("simulations", "rival", "--quick", "--out", tmp_path)
    with subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        shown = b""
        try:
            while part := os.read(master, 65536):
                shown += part
        except OSError:  # the other end is closed
            pass
    os.close(master)
    assert process.returncode == 0
    assert b"simulating rival" in shown
