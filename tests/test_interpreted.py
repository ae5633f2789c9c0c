"""NUMBA_DISABLE_JIT=1, as debuggers and coverage need it: the same bits, errors and silence as compiled."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgi_theory import CompetitionModel, compete, compete_all, exact, predict_from_gram, simulate, winners
from cgi_theory.sampling.philox import standard_normals
from cgi_theory.sampling.samples import draw_samples

ROOT = Path(__file__).parents[1]
CASES: list[dict[str, Any]] = [
    {},
    {"n": 1},
    {"n": 1023, "n_labels": 4, "shared_correlation": -0.2},
    {"n_labels": 1},
    {"shared_fraction": 0.0},
    {"shared_fraction": 1.0, "shared_correlation": 1.0},
    {"shared_correlation": -1.0},
    {"sparsity": 0.3},
    {"delta": 1e-9},
    {"delta": 40.0},
]


def digest(array):
    array = np.ascontiguousarray(array)
    return f"{array.dtype} {hashlib.sha256(array.tobytes()).hexdigest()[:16]}"


def drawn():
    """The bits of samples of every kind, or why there are none, by name."""
    found = {"normals": digest(standard_normals(700, seed=2**64 - 1, sample=2**40, stream=2**32 - 1))}
    for changes, law, conditioning in itertools.product(CASES, ("unit", "gaussian", "joint"), ("at_least", "exactly")):
        fields: dict[str, Any] = {"n": 300, "delta": 0.2, "gradient_law": law, "conditioning": conditioning} | changes
        try:
            model = CompetitionModel(**fields)
        except ValueError:
            continue
        for estimator in ("direct", "conditional", "collapsed"):
            found[f"{fields} {estimator}"] = digest(draw_samples(model, 2**64 - 5, estimator, 2**33, 2**33 + 2))
        found[f"{fields} exact"] = repr(exact(model))
    two_logits = CompetitionModel(n=300, delta=0.2, n_labels=3, rival_logit=0.1)
    found["two logits"] = digest(draw_samples(two_logits, 7, "direct", 0, 2))
    try:
        draw_samples(CompetitionModel(n=300, delta=0.2, sparsity=1e-4), 7, "direct", 0, 2)
    except ValueError as error:
        found["without direction"] = str(error)
    found["simulate"] = repr(simulate(CompetitionModel(n=100, delta=0.2), 4, n_workers=2))
    gradients = np.random.default_rng(2).standard_normal((6, 5))
    found["gram"] = repr(predict_from_gram(gradients @ gradients.T, 2, tolerance=0.05))
    scores = np.random.default_rng(1).integers(-3, 4, (2, 3, 40))
    for kind, label in itertools.product((np.float32, np.float64), range(3)):
        of_kind = scores.astype(kind)
        found[f"compete {kind} {label}"] = digest(compete(of_kind, [label, 0]))
        found[f"winners {kind} {label}"] = digest(winners(of_kind[0], label))
        found[f"all {kind}"] = digest(compete_all(of_kind, label_axis=1))
    return found


@pytest.fixture(scope="module")
def interpreted():
    """What ``drawn`` gives in a process that compiles nothing, and in which a warning is an error."""
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    code = "import json; from tests.test_interpreted import drawn; print(json.dumps(drawn()))"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_the_same_bits(interpreted):
    compiled = drawn()
    assert len(compiled) > 150
    assert interpreted == compiled


def test_commands_run(tmp_path):
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    sweep = ["sweep", "--set", "n=20", "--axis", "delta=0.5,1", "--samples", "3", "--out", "x.csv"]
    for arguments in (["simulate", "--n", "20", "--delta", "1", "--samples", "3"], sweep):
        command = [sys.executable, "-m", "cgi_theory", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
