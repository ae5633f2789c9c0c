"""The page docs/networks.md says what is so."""

import re

import pytest

from tests.forked import ROOT

PAGE = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python ?(\w*)\n(.*?)```", PAGE, re.DOTALL)


def check(program, capsys):
    """Run a program of the page, and see that it prints what stands beside."""
    exec(compile(program, "docs/networks.md", "exec"), {"__name__": "page"})
    printed = capsys.readouterr().out.splitlines()
    for number, line in enumerate(line for line in program.splitlines() if line.startswith("print(")):
        if "# → " in line:
            assert printed[number] == line.split("# → ")[1]


@pytest.mark.parametrize(
    ("needs", "program"),
    [program for program in PROGRAMS if program[0] != "quantus"],  # tests/networks/torch/test_quantus.py
    ids=lambda value: value.partition("\n")[0],
)
def test_its_programs_print_what_it_says(needs, program, capsys):
    if needs:
        pytest.importorskip(needs)
    check(program, capsys)


def test_it_shows_all_ways():
    assert [needs for needs, _ in PROGRAMS] == ["torch", "captum", "captum", "captum", "quantus", "", "jax"]
