"""What the pages need of Sphinx beside what it has: docstrings as they are read, and mathematics in docutils' words."""

import importlib
import sys

import pytest

from tests.forked import ROOT

pytest.importorskip("sphinx")


@pytest.fixture(scope="module")
def extension():
    """A function from the name of one of docs/_extensions to the module."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(ROOT / "docs"))
        yield lambda name: importlib.import_module(f"_extensions.{name}")
        for name in [name for name in sys.modules if name.partition(".")[0] == "_extensions"]:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("read", "escaped"),
    [
        ("where |u| reaches", r"where \|u\| reaches"),
        (r"escaped before: \|u\|", r"escaped before: \|u\|"),
        ("scores (batch, labels, *features), of *one* label", r"scores (batch, labels, \*features), of *one* label"),
        ("``a | b``, :math:`|g|`, `*x`", "``a | b``, :math:`|g|`, `*x`"),
        (".. math:: |g|\n   = |h|\n\n|u|", ".. math:: |g|\n   = |h|\n\n\\|u\\|"),
        (">>> a | b\n|u|", ">>> a | b\n\\|u\\|"),
    ],
)
def test_bars_and_stars_stand_for_themselves(extension, read, escaped):
    assert extension("docstrings").escaped(read) == escaped


def test_citations_become_links(extension):
    lines = ["In (1) it is said.", "", "Equations of paper_notes.md: (1), (12)."]
    extension("docstrings").escape(None, "module", "name", None, None, lines)
    assert lines == ["In (1) it is said.", "", "Equations of paper_notes.md: :eq:`1`, :eq:`12`."]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"\tfrac12 + x", r"\tfrac{1}{2} + x"),
        (r"\Big[x\big]", r"\Bigl[x\bigl]"),
        (r"y_0, \dots", r"y_0, \ldots"),
        (r"a\,b", r"a\,b"),
    ],
)
def test_mathematics_in_docutils_words(extension, written, read):
    nodes = pytest.importorskip("docutils.nodes")
    mathml = extension("mathml")
    assert mathml._mathml(nodes.math("", written)) == mathml.tex2mathml(read, as_block=False) != ""
