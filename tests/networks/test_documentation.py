"""The page docs/networks.md says what is so."""

import re

import pytest

from tests.sweep.commands import ROOT

PAGE = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python ?(\w*)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("needs", "program"), PROGRAMS, ids=[needs or "numpy" for needs, _ in PROGRAMS])
def test_its_programs_print_what_it_says(needs, program, capsys):
    if needs:
        pytest.importorskip(needs)
    exec(compile(program, "docs/networks.md", "exec"), {"__name__": "page"})
    printed = capsys.readouterr().out.splitlines()
    for number, line in enumerate(line for line in program.splitlines() if line.startswith("print(")):
        if "# → " in line:
            assert printed[number] == line.split("# → ")[1]


def test_it_shows_all_ways():
    assert [needs for needs, _ in PROGRAMS] == ["torch", "captum", "", "jax"]
