"""Ranges of samples: which sample a draw without a direction is, and what is compiled for whom."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cgi_theory import CompetitionModel
from cgi_theory.sampling.samples import draw_samples

ROOT = Path(__file__).parents[2]


def drawn_alone(model, number, seed=3):
    try:
        return draw_samples(model, seed, "direct", number, number + 1)
    except ValueError:
        return None


@pytest.mark.parametrize("law", ["unit", "gaussian"])
def test_the_first_sample_without_a_direction_is_named(law):
    model = CompetitionModel(n=20, delta=0.3, sparsity=0.15, gradient_law=law)
    alone = [drawn_alone(model, number) for number in range(400)]
    failed = [number for number, results in enumerate(alone) if results is None]
    assert 1 < len(failed) < 400
    for start, stop in ((0, 400), (failed[0], 400), (failed[0] + 1, failed[1] + 1)):
        first = min(number for number in failed if number >= start)
        with pytest.raises(ValueError, match=rf"^sparsity=0.15 of n=20 coordinates left sample {first} with a gradient that"):
            draw_samples(model, 3, "direct", start, stop)
    before = draw_samples(model, 3, "direct", failed[0] + 1, failed[1])
    assert np.array_equal(before, np.concatenate(alone[failed[0] + 1 : failed[1]]), equal_nan=True)


def test_a_range_is_its_samples_one_by_one():
    model = CompetitionModel(n=3000, delta=0.1, n_labels=3)
    together = draw_samples(model, 5, "direct", 2**32 - 2, 2**32 + 2)
    alone = [draw_samples(model, 5, "direct", number, number + 1) for number in range(2**32 - 2, 2**32 + 2)]
    assert np.array_equal(together, np.concatenate(alone), equal_nan=True)
    assert len(np.unique(together[:, 0])) == 4
    assert draw_samples(model, 5, "direct", 7, 7).shape == (0, together.shape[1])


ALL_KINDS = """
from cgi_theory import CompetitionModel
from cgi_theory.sampling.sampler import sample_range
from cgi_theory.sampling.samples import compile_kernels, draw_samples
laws = [CompetitionModel(n=50, delta=0.2, gradient_law=law) for law in ("unit", "gaussian", "joint")]
both = CompetitionModel(n=50, delta=0.2, rival_logit=0.1)
for estimator, models in (("direct", [laws[0], both]), ("direct", laws), ("conditional", laws), ("collapsed", laws)):
    compile_kernels(models, estimator)
    compiled = list(sample_range.signatures)
    for model in models:
        draw_samples(model, 0, estimator, 0, 2)
    print(len(compiled), sample_range.signatures == compiled)
"""


def printed(code, **environment):
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()


def test_what_draws_is_compiled_before():
    """In the thread that asks for it, whatever the models: another thread could not be interrupted."""
    assert printed(ALL_KINDS) == ["2 True", "3 True", "3 True", "5 True"]


ONLY_WHAT_IS_NEEDED = """
from cgi_theory import CompetitionModel
from cgi_theory.sampling import collapsed, draws, philox, sampler, samples, segments
samples.compile_kernels([CompetitionModel(n=50, delta=0.2), CompetitionModel(n=70, delta=0.1, n_labels=4)], "direct")
once = [sampler.sample_range, philox.draw_words, philox.draw_normals]
once += [segments.draw_segment, segments.score_rival, segments.add_map]
never = [draws.radius_hat, draws.joint_radius, collapsed.decide_by_chance, segments.add_multiple, segments.add_rival_map]
print([len(function.signatures) for function in once], [len(function.signatures) for function in never])
"""


def test_nothing_is_compiled_twice_or_for_other_models(tmp_path):
    assert printed(ONLY_WHAT_IS_NEEDED, NUMBA_CACHE_DIR=str(tmp_path)) == ["[1, 1, 1, 1, 1, 1] [0, 0, 0, 0, 0]"]
