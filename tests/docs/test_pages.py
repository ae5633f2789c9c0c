"""What README.md and the pages of docs say is so: programs, commands, links, pictures, and that nothing public is left out."""

import re
import subprocess
import sys

import pytest

import cgi_theory
from cgi_theory.cli import app
from figures.registry import FIGURES
from tests.forked import ROOT

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "paper_notes.md", *sorted(DOCS.rglob("*.md"))]
PAGES = [page for page in PAGES if not {"_build", "jupyter_execute"} & set(page.parts)]


SOURCES = [path for name in ("cgi_theory", "simulations", "figures", "tests") for path in (ROOT / name).rglob("*.py")]


def name_of(page):
    return str(page.relative_to(ROOT))


def blocks(page, language="python"):
    return re.findall(rf"```(?:{{code-block}} )?{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", ["README.md", "docs/library.md"])
def test_programs_print_what_they_say(name):
    for block in blocks(ROOT / name):
        done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, check=True)
        promised = re.findall(r"# → (.*)", block)
        assert promised
        assert done.stdout.splitlines() == promised


def test_the_first_page_is_the_readme_where_they_say_the_same():
    readme, start = (path.read_text(encoding="utf-8") for path in (ROOT / "README.md", DOCS / "index.md"))
    assert blocks(ROOT / "README.md") == blocks(DOCS / "index.md")
    commands = re.findall(r"^    python3 .*$", readme, re.MULTILINE)
    assert len(commands) == 2
    assert commands == re.findall(r"^    python3 .*$", start, re.MULTILINE)
    questions = re.findall(r"^- \[(.*\?)\]", readme, re.MULTILINE)
    assert len(questions) == 3
    assert questions == re.findall(r"^- \[(.*\?)\]", start, re.MULTILINE)


def test_the_readme_is_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 70


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if not link.startswith(("http", "#")):
            assert (page.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("page", [page for page in PAGES if "how_to_add" not in page.parts], ids=name_of)
def test_files_that_are_named_are_there(page):
    """By the end of their paths: the notes say theory/exact.py."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    named = re.findall(r"`([\w/]+\.py)`", text)
    missing = [name for name in named if not any(str(path).endswith(f"/{name}") for path in SOURCES)]
    assert [name for name in missing if name not in {"sweep_mpi.py"}] == []


def test_every_figure_has_a_small_picture():
    """Those that pages show stand in docs, the others are made small for the gallery."""
    for name in FIGURES:
        found = [path for folder in ("", "imagenet", "gallery") if (path := DOCS / folder / f"{name}.png").exists()]
        assert len(found) == 1, name
    assert {path.stem for path in (DOCS / "gallery").glob("*.png")} < FIGURES.keys()
    assert max(path.stat().st_size for path in (DOCS / "gallery").glob("*.png")) < 150_000


def test_the_api_has_every_public_part_and_name():
    """Parts' own modules are found by Sphinx."""
    listed = set(re.findall(r"^   ~?(cgi_theory[\w.]*)$", (DOCS / "api" / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    parts = {f"cgi_theory.{path.stem}" for path in (ROOT / "cgi_theory").iterdir() if path.is_dir() or path.suffix == ".py"}
    public = {name for name in parts if not name.startswith("cgi_theory._")} - {"cgi_theory.py"}
    names = {f"{getattr(cgi_theory, name).__module__}.{name}" for name in cgi_theory.__all__}
    assert listed == public | names


def test_every_command_is_on_its_page():
    page = (DOCS / "command_line.md").read_text(encoding="utf-8")
    names = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    assert names == set(re.findall(r"`cgi-theory (\w+)`", page))


def test_the_tree_has_every_folder():
    """Of the package and beside it."""
    tree = (DOCS / "tree.md").read_text(encoding="utf-8")
    for folder in (*ROOT.iterdir(), *(ROOT / "cgi_theory").iterdir()):
        if folder.is_dir() and (folder / "__init__.py").exists():
            assert re.search(rf"(^|\s){folder.name}/", tree), folder


def test_every_page_is_in_a_table_of_contents():
    trees = "\n".join(
        tree for page in PAGES for tree in re.findall(r"```{toctree}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    )
    known = set(re.findall(r"^([\w/]+)$", trees, re.MULTILINE))
    for page in PAGES[2:]:
        assert {page.stem, f"{page.parent.name}/{page.stem}"} & (known | {"index"}), page
