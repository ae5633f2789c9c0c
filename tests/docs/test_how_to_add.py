"""The pages of docs/how_to_add, followed literally in a copy of the repository."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.forked import ENVIRONMENT, ROOT

PAGES = ROOT / "docs" / "how_to_add"
STEPS = re.compile(
    r"^`(?P<new>[\w/.]+)`:\n\n```python\n(?P<program>.*?)^```$"
    r"|^In `(?P<old>[\w/.]+)`:\n\n```diff\n (?P<line>[^\n]*)\n(?P<added>(?:\+[^\n]*\n)+)^```$"
    r"|^    (?P<command>\S[^\n]*)$"
    r"|^```text\n(?P<printed>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def copy_of_the_repository(folder, *changed):
    """A folder with all of it; what a page does not change is a link, so that compiled code is found, and kept."""
    for name in ("cgi_theory", "simulations", "figures", "tests", "docs", "pyproject.toml"):
        copied = name in changed
        if not copied:
            (folder / name).symlink_to(ROOT / name)
        else:
            ignored = shutil.ignore_patterns("_build", "jupyter_execute", "generated", ".pytest_cache")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    return folder


def follow(page, folder):
    """Do what a page says, in its order. Returns how many steps that were."""
    steps, printed = list(STEPS.finditer((PAGES / page).read_text(encoding="utf-8"))), ""
    for step in steps:
        if step["new"]:
            assert not (folder / step["new"]).exists()
            (folder / step["new"]).write_text(step["program"], encoding="utf-8")
        elif step["old"]:
            text = (folder / step["old"]).read_text(encoding="utf-8")
            line = f"{step['line']}\n"
            assert f"\n{text}".count(f"\n{line}") == 1, line
            added = re.sub(r"^\+", "", step["added"], flags=re.MULTILINE)
            (folder / step["old"]).write_text(text.replace(line, line + added), encoding="utf-8")
        elif step["command"]:
            words = [sys.executable if word == "python" else word for word in shlex.split(step["command"])]
            environment = ENVIRONMENT | {"PYTHONPATH": str(folder)}
            done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
            printed = done.stdout
            assert done.returncode == 0, done.stdout + done.stderr
        else:
            assert printed == step["printed"]
    return len(steps)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """What has the experiment, when its test has run."""
    return copy_of_the_repository(tmp_path_factory.mktemp("copy"), "simulations", "figures", "tests", "docs")


def test_an_experiment_and_its_figure(copy):
    assert follow("experiment.md", copy) == 5
    assert (copy / "results/quick/tables/shared.csv").exists()
    assert follow("figure.md", copy) == 7
    assert (copy / "results/quick/figures/shared.pdf").stat().st_size > 0
    assert (copy / "docs/gallery/shared.png").stat().st_size > 0


def test_a_similarity(tmp_path):
    folder = copy_of_the_repository(tmp_path, "cgi_theory", "tests")
    assert follow("similarity.md", folder) == 6
    assert len((folder / "cgi_theory/networks/similarity.py").read_text(encoding="utf-8").splitlines()) <= 250


def test_a_network(tmp_path):
    assert follow("network.md", copy_of_the_repository(tmp_path)) == 3
