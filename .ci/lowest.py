"""Print the lowest versions that pyproject.toml declares, one a line, as pip's constraints."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path(__file__).parents[1].joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
    found = re.fullmatch(r"([\w-]+)>=([\w.]+)", requirement)
    if found is None:
        raise SystemExit(f"{requirement!r} names no lowest version")
    print("{}=={}".format(*found.groups()))
# What those need, not as new as to warn of names that they use: warnings are errors in the tests.
print("click<8.5", "pyparsing<3.3", sep="\n")
