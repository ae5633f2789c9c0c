"""The page docs/sweeps.md says what is so."""

import re
import shlex
import subprocess
import sys

import pandas as pd

from cgi_theory.sweep import Sweep, load
from tests.sweep.commands import ENVIRONMENT, ROOT, cgi

PAGE = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_its_three_ways_make_one_table(tmp_path):
    (tmp_path / "sweep.toml").write_text(blocks("toml")[0], encoding="utf-8")
    python, threads = blocks("python")[0], blocks("python")[-1]
    (tmp_path / "run.py").write_text(python, encoding="utf-8")
    printed = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert "c1_exact" in printed.stdout
    in_python = (tmp_path / "sweep.csv").read_bytes()
    assert cgi("sweep", "sweep.toml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "results/sweeps/sweep.csv").read_bytes() == in_python
    (flags,) = re.findall(r"^    cgi-theory (sweep --set .*)$", PAGE, re.MULTILINE)
    again = cgi(*shlex.split(flags), "--force", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "sweep.csv").read_bytes() == in_python
    subprocess.run([sys.executable, "-c", threads], cwd=tmp_path, env=ENVIRONMENT, check=True)
    assert (tmp_path / "sweep.csv").read_bytes() == in_python
    assert isinstance(load(tmp_path / "sweep.csv"), pd.DataFrame)
    assert len(Sweep.from_toml(tmp_path / "sweep.toml").points) == 12


def test_its_other_programs_are_python():
    for program in blocks("python"):
        compile(program, "docs/sweeps.md", "exec")
