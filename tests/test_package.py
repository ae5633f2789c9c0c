import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

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


# What each part of the program may import of the others. Modules that are not named are helpers of all and import none of these.
ARROWS = {
    "quantities": set(),
    "model": {"quantities"},
    "competition": set(),
    "theory": {"model", "quantities"},
    "sampling": {"model", "competition", "quantities"},
    "streaming": {"competition"},
    "networks": {"theory", "sampling", "model", "quantities", "competition", "streaming"},
    "maps": {"competition", "streaming", "theory", "sampling", "networks"},
    "tables": {"theory", "sampling", "model", "quantities"},  # a row has an exact answer and an estimate
    "sweep": {"tables", "sampling", "model"},
    "sanity": {"plotting", "sweep", "tables", "maps", "networks"},
    "simulations": {
        "sanity",
        "sweep",
        "tables",
        "maps",
        "networks",
        "theory",
        "sampling",
        "model",
        "quantities",
        "competition",
        "streaming",
        "_options",
    },
    "plotting": {"sweep", "tables", "theory", "model", "quantities"},
    "figures": {"simulations", "sanity", "plotting", "tables", "networks", "_options"},
    "cli": {"sanity", "sweep", "plotting", "theory", "sampling", "model", "quantities", "_options", "_show"},
    "_options": {"sweep", "model"},  # what commands have in common
    "_show": {"tables"},
}
HOME_OF_PUBLIC_NAMES = {
    alias.name: node.module
    for node in ast.walk(ast.parse((ROOT / "cgi_theory" / "__init__.py").read_text(encoding="utf-8")))
    if isinstance(node, ast.ImportFrom) and node.module
    for alias in node.names
}


def part(module):
    """The part of the program that a module belongs to."""
    names = module.split(".")
    return names[0] if names[0] != "cgi_theory" else ".".join(names[1:2])


def imported(tree):
    """The modules that a module's source imports, anywhere in it; a public name stands for the module that it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the whole name"
            assert node.module is not None
            yield node.module
            if "." not in node.module:
                homes = HOME_OF_PUBLIC_NAMES if node.module == "cgi_theory" else {}
                yield from (homes.get(alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def arrows_against(sources):
    """Of modules' sources by name, the imports that the arrows do not allow."""
    return [
        f"{name} imports {other}"
        for name, source in sources.items()
        for other in imported(ast.parse(source))
        if other.split(".")[0] in {"cgi_theory", "simulations", "figures", "tests", "benchmarks"}
        and part(other) not in {part(name), ""}
        and part(other) not in ARROWS.get(part(name), set())
        and (part(other) in ARROWS or other.split(".")[0] != "cgi_theory")
    ]


def test_imports_point_one_way():
    """figures → simulations → sweep → tables, simulations → networks → theory → model; sampling and theory are strangers."""
    sources = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
        for folder in ("cgi_theory", "simulations", "figures")
        for path in (ROOT / folder).rglob("*.py")
        if path != ROOT / "cgi_theory" / "__init__.py"
    }
    assert arrows_against(sources) == []
    assert {part(name) for name in sources} > ARROWS.keys() - {"figures"}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cgi_theory.theory.spread", "from cgi_theory.sampling.draws import tail_variance"),
        ("cgi_theory.theory.spread", "def late():\n    import cgi_theory.sampling.draws"),
        ("cgi_theory.theory.spread", "from cgi_theory import simulate"),
        ("cgi_theory.sampling.laws", "from cgi_theory.theory import truncated"),
        ("cgi_theory.tables.rows", "from cgi_theory.sweep.store import Store"),
        ("cgi_theory.sampling.gram", "from cgi_theory.networks import mlp"),
        ("cgi_theory._floating", "from cgi_theory.sampling.draws import log"),
        ("simulations.runner", "import figures.cli"),
        ("cgi_theory.model", "from simulations.runner import RESULTS"),
    ],
)
def test_an_arrow_against_the_others_is_seen(name, source):
    assert len(arrows_against({name: source})) == 1


def test_figures_draw_and_never_sample():
    for path in (ROOT / "figures").rglob("*.py"):
        assert not re.search(r"\b(simulate|draw_samples)\(", path.read_text(encoding="utf-8")), path


def test_closed_forms_need_no_compiler():
    code = """
import sys
import cgi_theory.theory.exact, cgi_theory.theory.resemblance
assert not [name for name in sys.modules if name.split(".")[0] in ("numba", "llvmlite") or name.startswith("cgi_theory.sampling")]
cgi_theory.theory.exact.exact(cgi_theory.CompetitionModel(n=100, delta=0.1, gradient_law="joint"))
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_oracles_import_nothing_of_ours():
    assert not re.search(r"^\s*(from|import) (cgi_theory|simulations|figures)", (ROOT / "tests/naive.py").read_text(), re.M)
