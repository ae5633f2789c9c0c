import shutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
from typer.testing import CliRunner

from cgi_theory.plotting.files import printed, save
from cgi_theory.plotting.style import use_style
from figures import cli
from figures.registry import FIGURES
from tests.forked import run


@pytest.fixture(scope="module")
def table(quick_table, style):
    return quick_table("delta")


@pytest.mark.parametrize(("figure", "name"), [("figure_11", "c1"), ("figure_12", "c2")])
def test_theory_lies_over_simulation_with_error_bars(table, figure, name):
    figure = FIGURES[figure].draw(table)
    paper, readings = figure.axes
    direct = table[table.estimator == "direct"]
    points = paper.containers[0].lines[0]
    (curve,) = (line for line in paper.get_lines() if str(line.get_label()).startswith("exact"))
    assert np.array_equal(points.get_ydata(), direct[name])
    exact = table[(table.estimator == "exact") & (table.gradient_law == "unit") & (table.conditioning == "at_least")]
    assert np.array_equal(curve.get_ydata(), exact[f"{name}_exact"])
    (limit,) = (line for line in paper.get_lines() if "infty" in str(line.get_label()))
    assert set(limit.get_ydata()) == {direct[f"{name}_limit"].iloc[0]}
    assert len(paper.containers) == 1
    assert paper.containers[0].has_yerr
    assert_readings(readings, table, name)
    for axes in (paper, readings):
        assert r"\delta" in axes.get_xlabel()
        assert f"$c_{name[1]}$" in axes.get_ylabel()
    plt.close(figure)


def assert_readings(axes, table, name):
    """Each law and conditioning has its curve and its points, in the legend's order."""
    curves = [line for line in axes.get_lines() if "delta" in str(line.get_label())]
    assert len(curves) == len(axes.containers) == 6
    readings = [(law, conditioning) for law in ("unit", "gaussian", "joint") for conditioning in ("at_least", "exactly")]
    for (law, conditioning), curve, points in zip(readings, curves, axes.containers, strict=True):
        rows = table[(table.gradient_law == law) & (table.conditioning == conditioning)]
        assert np.array_equal(curve.get_ydata(), rows[rows.estimator == "exact"][f"{name}_exact"])
        assert np.array_equal(points.lines[0].get_ydata(), rows[rows.estimator == "conditional"][name])
        assert points.has_yerr


def test_bytes_are_the_same_from_run_to_run(table, tmp_path):
    """Whatever the user's own settings are."""
    for folder in ("one", "two"):
        use_style()
        save(printed(FIGURES["figure_11"].draw(table)), tmp_path / folder, "figure_11")
        plt.rcParams |= {"savefig.bbox": "tight", "savefig.transparent": True, "lines.linewidth": 7.0}
    use_style()
    for suffix in ("png", "pdf"):
        one, two = ((tmp_path / folder / f"figure_11.{suffix}").read_bytes() for folder in ("one", "two"))
        assert one == two
        assert len(one) > 10_000


FAMILIES = ("figure_11", "rival_map", "lemma_1", "figure_5", "sanity")


@pytest.mark.slow  # five figures, one of each kind, in two formats
def test_the_command_draws_and_is_silent_in_a_pipe(quick_table, quick_runner, shared_folder, tmp_path):
    """From the run's tables, but for two that it has to make."""
    tables, lacking = tmp_path / "quick" / "tables", {"rival", "lemma_1"}
    tables.mkdir(parents=True)
    for name in sorted({FIGURES[name].table for name in FAMILIES} - lacking):
        quick_table(name)
        for path in quick_runner.path_of(name).parent.glob(f"{name}.*"):
            shutil.copy(path, tables)
    done = run("figures", *FAMILIES, "--quick", "--out", tmp_path, cwd=shared_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert all((tables / f"{name}.csv").exists() for name in lacking)
    folder = tmp_path / "quick" / "figures"
    assert done.stdout.split() == [str(folder / f"{name}.{form}") for name in FAMILIES for form in ("png", "pdf")]
    assert all(path.stat().st_size > 5000 for path in folder.iterdir())


@pytest.mark.parametrize("options", [[], ["--all"]])
def test_without_names_it_draws_all_and_makes_the_ledger(quick_table, shared_folder, monkeypatch, options):
    """Here all are two, whose tables are there, and one that takes long."""
    for name in ("claims", "delta", "graded"):
        quick_table(name)
    known = {name: FIGURES[name] for name in ("figure_11", "figure_12")} | {"graded": FIGURES["graded"]}
    monkeypatch.setattr(cli, "FIGURES", known)
    monkeypatch.setattr(cli, "save", lambda figure, folder, name: [folder / name])
    monkeypatch.chdir(shared_folder)
    done = CliRunner().invoke(cli.app, ["--quick", *options])
    assert done.exit_code == 0
    names = [line.rsplit("/", 1)[1] for line in done.output.split()]
    assert names == ["figure_11", "figure_12", *(["graded"] if options else []), "claims.csv"]


@pytest.mark.parametrize("names", [["rival_map", "lemma_1"], []])
def test_a_place_that_cannot_be_written_is_noticed_before_any_table_is_made(tmp_path, names):
    """Even the last figure's."""
    last = [*(name for name, figure in FIGURES.items() if not (figure.takes_long or figure.by_name)), *names][-1]
    place = tmp_path / "quick" / "figures" / f"{last}.pdf"
    place.mkdir(parents=True)
    done = run("figures", *names, "--quick", "--out", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"figures: cannot write {last}: {place}: This is a folder, not a file\n"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_figures_caption_themselves():
    for name, figure in FIGURES.items():
        assert figure.name == name
        first, _, rest = figure.caption.partition("\n\n")
        assert first.startswith(f"{name.replace('_', ' ').capitalize()}: ")
        assert first.endswith(".")
        assert "\n" not in first
        assert rest
        assert not {"{", "}"} & set(figure.caption)
