"""Commands in the environments of notebooks, other people's settings, and optimised Python."""

import os
import subprocess
import sys

import pytest

from tests.forked import ENVIRONMENT, ROOT, Commands, run


def lines_of(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def optimised():
    """Runs commands without docstrings and assertions."""
    commands = Commands(PYTHONOPTIMIZE="2")
    yield commands.run
    commands.close()


@pytest.mark.parametrize(
    ("back_end", "settings"), [("module://matplotlib_inline.backend_inline", "garbage"), ("no such back end", "pipe")]
)
def test_matplotlib_s_settings_are_not_even_read(tmp_path, back_end, settings):
    (tmp_path / "garbage").write_bytes(b"\xff\xfe\x00 no settings")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    command = [sys.executable, "-W", "error", "-m", "figures", "--list"]
    environment = ENVIRONMENT | {"MPLBACKEND": back_end, "MATPLOTLIBRC": str(tmp_path / settings)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "figure_11: Figure 11: δ against c1 for 100 averaged samples." in lines_of(done)


def test_importing_figures_changes_nothing():
    """Neither the environment nor matplotlib's settings, which are a notebook's own."""
    program = """
import os, matplotlib, seaborn
environment, settings = dict(os.environ), dict(matplotlib.rcParams)
import figures.__main__, figures.cli
print(os.environ == environment, matplotlib.rcParams == settings, matplotlib.get_backend())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env=ENVIRONMENT | {"MPLBACKEND": "svg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True True svg\n", "")


@pytest.mark.parametrize("command", ["figures", "simulations"])
def test_lists_without_docstrings_have_the_names(optimised, command):
    without, usual = (lines_of(runs(command, "--list", cwd=ROOT)) for runs in (optimised, run))
    assert without != usual, "it does run without docstrings"
    assert [line.partition(":")[0] for line in without] == [line.partition(":")[0] for line in usual]


def test_answers_are_the_same_without_docstrings_and_assertions(optimised):
    exact = ("cgi_theory", "exact", "--n", 1000, "--delta", 0.1, "--rival-logit", 0.05)
    assert lines_of(optimised(*exact, cwd=ROOT)) == lines_of(run(*exact, cwd=ROOT))
    assert any("--rival-logit" in line for line in lines_of(optimised("cgi_theory", "exact", "--help", cwd=ROOT)))
