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


def commands(beginning):
    """Return the page's commands that begin so, each as its words."""
    return [shlex.split(line) for line in re.findall(rf"^    cgi-theory ({beginning}.*)$", PAGE, re.MULTILINE)]


def run_python(block, folder):
    done = subprocess.run([sys.executable, "-c", block], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return done.stdout


def test_its_three_ways_make_one_table(tmp_path):
    (tmp_path / "sweep.toml").write_text(blocks("toml")[0], encoding="utf-8")
    python, threads = blocks("python")[0], blocks("python")[-1]
    (bar,) = (block for block in blocks("python") if "progress_bar" in block)
    (tmp_path / "run.py").write_text(python, encoding="utf-8")
    printed = subprocess.run(
        [sys.executable, "run.py"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert "c1_exact" in printed.stdout
    in_python = (tmp_path / "sweep.csv").read_bytes()
    assert cgi("sweep", "sweep.toml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "results/sweeps/sweep.csv").read_bytes() == in_python
    flags, *_ = commands("sweep --set")
    again = cgi(*flags, "--force", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "sweep.csv").read_bytes() == in_python
    run_python(threads + bar, tmp_path)
    assert (tmp_path / "sweep.csv").read_bytes() == in_python
    assert isinstance(load(tmp_path / "sweep.csv"), pd.DataFrame)
    assert len(Sweep.from_toml(tmp_path / "sweep.toml").points) == 12


def test_what_it_draws(tmp_path):
    flags, half, _ = commands("sweep --set")
    assert cgi(*flags, cwd=tmp_path).returncode == 0
    quicker = [word.replace(":13:", ":7:") for word in half]
    assert cgi(*quicker, "--samples", 10, cwd=tmp_path).returncode == 0
    drawn = [cgi(*words, cwd=tmp_path) for words in commands("plot")]
    assert [(done.returncode, done.stdout, done.stderr) for done in drawn] == [
        (0, f"{name}\n", "") for name in ("sweep.png", "c2.pdf", "half.png")
    ]
    programs = [block for block in blocks("python") if re.search("savefig|to_xarray|groupby", block)]
    assert len(programs) == 3
    grid, *table = run_python("\n".join(programs), tmp_path).splitlines()
    assert (tmp_path / "c2.png").stat().st_size > 5000
    assert re.fullmatch(r"0\.0\d+ 10000 \[\]", grid)
    largest = {int(k): float(rho) for k, rho in re.findall(r"^(\d+) +([\d.]+)$", "\n".join(table), re.MULTILINE)}
    assert largest[2] == largest[10] == 1.0
    assert (largest[100], largest[1000]) == (0.1, 0.01)  # the page's 0.11 and 0.011, on a grid of half decades


def test_too_few_events_make_too_small_an_error(tmp_path):
    *_, rare = commands("sweep --set")
    assert cgi(*rare, cwd=tmp_path).returncode == 0
    first, second = load(tmp_path / "rare.csv").to_dict("records")
    numbers = f"c2 is {first['c2']:.6f} ± {first['c2_stderr']:.6f}, {first['c2_z']:.0f} standard errors above the exact"
    assert f"{numbers} {first['c2_exact']:.6f};" in PAGE
    assert second["c2_stderr"] < 1e-15
    assert second["c2_exact"] < second["c2"] - 1e-5


def test_its_other_programs_are_python():
    for program in blocks("python"):
        compile(program, "docs/sweeps.md", "exec")
