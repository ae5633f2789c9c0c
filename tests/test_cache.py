"""The compiled kernels on disk: never older than any source, and not needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CODE = """
from cgi_theory import CompetitionModel, simulate
model = CompetitionModel(n=300, delta=0.2, shared_correlation=1.0)
print(simulate(model, 2, seed=1).kept_shared.mean)
"""


def kept(folder, **environment):
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def test_a_change_of_the_rule_reaches_the_sampler(tmp_path):
    """Ties go to the chosen label by ≥; with > they would not, and a cache of the old rule must not be used."""
    shutil.copytree(ROOT / "cgi_theory", tmp_path / "cgi_theory", ignore=shutil.ignore_patterns("__pycache__"))
    rule = tmp_path / "cgi_theory" / "competition.py"
    original = rule.read_text(encoding="utf-8")
    assert kept(tmp_path) == 1.0
    rule.write_text(original.replace(">= highest", "> highest").replace("<= lowest", "< lowest"), encoding="utf-8")
    assert kept(tmp_path) == 0.0
    rule.write_text(original, encoding="utf-8")
    assert kept(tmp_path) == 1.0


def test_without_a_place_for_a_cache_kernels_are_compiled_in_memory(tmp_path):
    """As in a read-only installation: here Numba is told of no way to find a place."""
    code = "import numba.core.caching as c; c.CacheImpl._locator_classes = [];" + CODE
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) == 1.0
