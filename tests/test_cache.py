"""The compiled kernels on disk: never older than any source, and not needed."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paused import Paused, interrupted

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
    # With what is compiled already, which an unchanged copy may use; but for files that others are writing.
    shutil.copytree(ROOT / "cgi_theory", tmp_path / "cgi_theory", ignore=shutil.ignore_patterns("*.pyc*", "*.tmp*"))
    rule = tmp_path / "cgi_theory" / "competition.py"
    original = rule.read_text(encoding="utf-8")
    assert kept(tmp_path) == 1.0
    rule.write_text(original.replace(">= highest", "> highest").replace("<= lowest", "< lowest"), encoding="utf-8")
    assert kept(tmp_path) == 0.0


def test_without_a_place_for_a_cache_kernels_are_compiled_in_memory(tmp_path):
    """As in a read-only installation: here Numba is told of no way to find a place."""
    code = "import numba.core.caching as c; c.CacheImpl._locator_classes = [];" + CODE
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) == 1.0


COMPETE = ("-c", "from cgi_theory import compete; print(compete([[3, -2, 1], [1, -3, 1]], 0))")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs the process groups of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interruption_leaves_a_sound_cache(tmp_path, number):
    """Between the index of a kernel's cache and the compiled code that it names."""
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)}
    moment = "call numba.core.caching IndexDataCacheFile._save_data 1"
    assert interrupted(COMPETE, moment, cwd=tmp_path, number=number, **environment)[0] == -number
    for _ in range(2):  # compiled anew, and taken from the cache
        with Paused(COMPETE, cwd=tmp_path, **environment) as again:
            assert again.ended() == (0, "[3. 0. 1.]\n", "")


def test_every_version_of_numba_has_a_cache_of_its_own(tmp_path):
    """An index that another version made is overwritten before the code that it names: torn apart, it would name the old code."""
    names: list[set[str]] = []
    for version in ("", "import numba; numba.__version__ = '0.0.0';"):
        command = [sys.executable, "-c", version + COMPETE[1]]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}, check=True, capture_output=True)
        names.append({path.name for path in tmp_path.rglob("*.nbi")} - set().union(*names))
    assert names[0]
    assert len(names[0]) == len(names[1])


ANNOUNCED = """
import sys
from cgi_theory._jit import announce_compiling
sys.stderr.isatty = lambda: {terminal}
announce_compiling("cgi-theory")
from cgi_theory import compete, winners
compete([[3, -2, 1], [1, -3, 1]], 0), winners([[3, -2, 1], [1, -3, 1]], 0)
"""


def test_compiling_is_announced_on_a_terminal_when_it_happens(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    line = "cgi-theory: compiling kernels, which takes some seconds the first time\n"
    for terminal, said in ((True, line), (True, ""), (False, "")):  # compiled, then cached, then compiled in a pipe
        if not terminal:
            shutil.rmtree(tmp_path / "cache")
        command = [sys.executable, "-c", ANNOUNCED.format(terminal=terminal)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr == said
