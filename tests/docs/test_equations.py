"""Numbered equations of paper_notes.md: in order, and cited by the modules that stand in their item, and by no others."""

import ast
import re

from tests.forked import ROOT

NOTES = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
NUMBERED = re.compile(r"^\$\$ .+ \$\$ \((\d+)\)$", re.MULTILINE)
CITED = re.compile(r"Equations? of paper_notes\.md: ((?:\(\d+\)(?:, )?)+)\.$", re.MULTILINE)


def cited(text):
    return [int(number) for found in CITED.findall(text) for number in re.findall(r"\d+", found)]


def items():
    """The modules that stand in each derivation, and the numbers of its equations."""
    derivations = NOTES.partition("## Derivations\n")[2].partition("\n## ")[0]
    for item in re.split(r"^(?=\*\*\d+\. )", derivations, flags=re.MULTILINE)[1:]:
        modules = re.findall(r"`((?:theory|sampling|networks)/[\w/]+\.py)`", item)
        yield modules, [int(number) for number in NUMBERED.findall(item)]


def citations():
    """The numbers that each module's docstring cites."""
    for path in (ROOT / "cgi_theory").rglob("*.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if numbers := cited(docstring):
            yield str(path.relative_to(ROOT / "cgi_theory")), numbers


def test_equations_are_numbered_in_order():
    """Then Sphinx, which counts, and GitHub, which shows what stands there, have the same numbers."""
    numbers = [int(number) for number in NUMBERED.findall(NOTES)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert NOTES.count("$$") == 2 * len(numbers)
    assert [number for _, found in items() for number in found] == numbers


def test_citations_lead_to_items_that_name_the_module():
    of_equation = {number: modules for modules, numbers in items() for number in numbers}
    for module, numbers in citations():
        for number in numbers:
            assert module in of_equation[number], f"{module} cites ({number})"


def test_every_equation_is_cited():
    assert {number for _, numbers in citations() for number in numbers} == {number for _, found in items() for number in found}


def test_what_a_citation_is():
    assert cited("Equations of paper_notes.md: (1), (12).\n") == [1, 12]
    assert cited("Equation of paper_notes.md: (3).") == [3]
    assert cited("as in (3) of paper_notes.md") == []


def test_no_citation_is_written_in_another_way():
    for path in (ROOT / "cgi_theory").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert len(re.findall(r"paper_notes", text)) == len(CITED.findall(text)), path
