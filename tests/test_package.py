import re
import subprocess
import sys
import tomllib
from pathlib import Path

import cgi_theory

ROOT = Path(__file__).parents[1]


def test_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == cgi_theory.__version__
    assert f"version: {cgi_theory.__version__}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"## {cgi_theory.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_public_names_exist():
    for name in cgi_theory.__all__:
        assert getattr(cgi_theory, name).__doc__, name


def test_names_are_imported_when_they_are_used():
    """So that a command answers Ctrl-C before anything heavy is imported."""
    code = """
import sys
import cgi_theory
assert set(cgi_theory.__all__) < set(dir(cgi_theory))
import cgi_theory.__main__, simulations.__main__, figures.__main__, benchmarks.__main__
assert not {"numpy", "numba", "pandas", "typer"} & set(sys.modules)
from cgi_theory import *
assert compete([[1.0], [2.0]], 1) == 2.0
try:
    cgi_theory.nothing
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "module 'cgi_theory' has no attribute 'nothing'\n"


def test_importing_compiles_nothing():
    code = """
import numba.core.compiler as compiler
def refuse(*args, **kwargs):
    raise AssertionError("compiled on import")
compiler.compile_extra = refuse
import cgi_theory
cgi_theory.exact(cgi_theory.CompetitionModel(n=100, delta=0.1, n_labels=3, gradient_law="joint"))
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_modules_stay_small():
    for path in ROOT.glob("**/*.py"):
        if path.relative_to(ROOT).parts[0] in {"cgi_theory", "simulations", "figures"}:
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path


def test_imports_point_one_way():
    """figures → simulations → cgi_theory.gaussian → competition."""
    forbidden = {
        "cgi_theory": r"^\s*(from|import) (simulations|figures|tests)\b",
        "simulations": r"^\s*(from|import) (figures|tests)\b",
        "figures": r"^\s*(from|import) tests\b|\b(simulate|draw_samples)\(",
    }
    for folder, pattern in forbidden.items():
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE), path
    competition = (ROOT / "cgi_theory" / "competition.py").read_text(encoding="utf-8")
    assert not re.search(r"import.*gaussian|from.*gaussian", competition)


def test_oracles_import_nothing_of_ours():
    assert not re.search(r"^\s*(from|import) (cgi_theory|simulations|figures)", (ROOT / "tests/naive.py").read_text(), re.M)


def test_readme_example_runs_as_it_stands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=True)
        promised = re.findall(r"# → (.*)", block)
        assert promised
        assert done.stdout.splitlines() == promised
