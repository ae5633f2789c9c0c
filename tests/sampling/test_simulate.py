"""``simulate`` as a function: its arguments, its executors, and the object that it returns."""

import dataclasses
import math
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pytest

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory._executors import available_processors
from cgi_theory.quantities import NAMES, Quantities
from cgi_theory.sampling import estimate, summary

SMALL = CompetitionModel(n=300, delta=0.2)


def test_samples_are_the_raw_values():
    found = simulate(SMALL, 64, seed=9)
    assert set(found.samples) == set(NAMES) - {"c1_sd", "c2_sd"}
    for name, values in found.samples.items():
        assert values.shape == (64,)
        if name in {"rival_c1", "rival_c2"}:  # not measured
            assert np.isnan(values).all()
            continue
        measured = getattr(found, name)
        assert measured.mean == pytest.approx(values.mean(), rel=1e-14)
        assert measured.stderr == pytest.approx(values.std(ddof=1) / 8, rel=1e-12)
    assert "array" not in repr(found)


@pytest.mark.parametrize("estimator", ["direct", "conditional", "collapsed"])
@pytest.mark.parametrize("n_samples", [2, 49, 50, 51, 99, 101, 333])
def test_averages_alone_are_the_same_to_the_bit(monkeypatch, estimator, n_samples):
    """Chunks of 50 samples stand for those of 65 536; samples that are kept are averaged by the same chunks."""
    monkeypatch.setattr(summary, "CHUNK", 50)
    monkeypatch.setattr(estimate, "CHUNK", 50)
    kept = simulate(SMALL, n_samples, seed=9, estimator=estimator)
    averaged = simulate(SMALL, n_samples, seed=9, estimator=estimator, block_size=min(n_samples, 7), keep_samples=False)
    assert averaged.samples == {}
    for name in NAMES:
        ours, theirs = getattr(averaged, name), getattr(kept, name)
        assert np.array_equal([ours.mean, ours.stderr], [theirs.mean, theirs.stderr], equal_nan=True), name
    assert averaged.variance_reduction == kept.variance_reduction
    assert averaged.c1.mean == math.fsum(kept.samples["c1"]) / n_samples
    assert averaged.c1.stderr == pytest.approx(kept.samples["c1"].std(ddof=1) / math.sqrt(n_samples), rel=1e-12)


def test_chunks_cover_every_sample_and_leave_none_alone(monkeypatch):
    monkeypatch.setattr(summary, "CHUNK", 50)
    for n_samples in range(2, 160):
        cut = list(summary.chunks(n_samples))
        assert [start for start, _ in cut] == [0, *(stop for _, stop in cut[:-1])]
        assert cut[-1][1] == n_samples
        assert all(2 <= stop - start <= 51 for start, stop in cut)


def test_more_raw_values_than_memory_are_refused_at_once(monkeypatch):
    monkeypatch.setattr(estimate, "available_memory", lambda: 1e9)
    with pytest.raises(ValueError, match=r"n_samples=1000000000 raw values take 160.0 GB of memory, of which 1.0 GB are free"):
        simulate(SMALL, 10**9)


def test_fields_are_those_of_quantities():
    assert [field.name for field in dataclasses.fields(Quantities)] == list(NAMES)
    assert [field.name for field in dataclasses.fields(exact(SMALL))] == list(NAMES)


def test_the_issue_s_example():
    assert repr(simulate(CompetitionModel(n=10_000, delta=0.1), n_samples=100, seed=0).c1) == "0.81 ± 0.01"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be from 2"),
        ({"n_samples": 10.0}, TypeError, "n_samples must be a whole number, not 10.0"),
        ({"seed": -1}, ValueError, "seed must be from 0 to 18446744073709551615, not -1"),
        ({"seed": 2**64}, ValueError, "seed must be from 0"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"estimator": "exact"}, ValueError, "estimator must be one of 'direct', 'conditional', 'collapsed', not 'exact'"),
        ({"n_workers": 0}, ValueError, "n_workers must be from 1"),
        ({"block_size": 0}, ValueError, "block_size must be from 1"),
        ({"progress": 3}, TypeError, "progress must be callable, not 3"),
        ({"keep_samples": "no"}, TypeError, "keep_samples must be True or False, not 'no'"),
        ({"seed": 10**5000}, ValueError, "seed must be from 0 to 18446744073709551615, not 1000.*…$"),
        ({"n_samples": True}, TypeError, "n_samples must be a whole number, not True"),
        ({"estimator": "d" * 500}, ValueError, "estimator must be one of .*…$"),
        ({"executor": "threads"}, TypeError, "executor must be a concurrent.futures.Executor, not 'threads'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate(SMALL, **arguments)


def test_arguments_of_numpy_give_the_same_estimate():
    model = CompetitionModel(
        n=np.array(300), delta=Decimal("0.2"), conditioning=np.str_("at_least"), gradient_law=np.array("unit")
    )
    options = {"seed": np.uint64(3), "estimator": np.str_("conditional"), "n_workers": np.int8(1), "keep_samples": np.True_}
    found = simulate(model, np.array(10), block_size=np.int64(3), **options)
    assert found == simulate(SMALL, 10, seed=3, estimator="conditional")
    assert "np." not in repr(found) + repr(model)
    assert [type(value) for value in (found.n_samples, found.seed, found.estimator)] == [int, int, str]


@pytest.mark.parametrize("law", ["unit", "gaussian"])
def test_a_gradient_that_vanishes_is_refused_by_name(law):
    model = CompetitionModel(n=8, delta=0.1, sparsity=0.05, gradient_law=law)
    with pytest.raises(ValueError, match=r"sparsity=0.05 of n=8 coordinates left sample \d+"):
        simulate(model, 50, seed=1)


def test_progress_counts_every_sample():
    seen: list[int] = []
    simulate(SMALL, 100, seed=1, block_size=7, progress=seen.append)
    assert sum(seen) == 100
    assert len(seen) == 15


class FailingExecutor(Executor):
    """Runs what it is given at once, and fails at the third task."""

    def __init__(self):
        self.threads, self.submitted = ThreadPoolExecutor(1), 0

    def submit(self, function, /, *args, **kwargs):
        self.submitted += 1
        if self.submitted == 3:
            return self.threads.submit(int, "not a number")
        return self.threads.submit(function, *args, **kwargs)


def test_an_error_in_a_task_is_the_caller_s():
    executor = FailingExecutor()
    with executor.threads, pytest.raises(ValueError, match="not a number"):
        simulate(SMALL, 100, seed=1, block_size=10, executor=executor)


def test_processors():
    assert available_processors() >= 1


def test_a_process_pool_gives_the_same_bits():
    with ProcessPoolExecutor(2) as pool:
        ours = simulate(SMALL, 60, seed=3, executor=pool, block_size=13)
    assert ours == simulate(SMALL, 60, seed=3)
    assert np.array_equal(ours.samples["c1"], simulate(SMALL, 60, seed=3).samples["c1"])


def test_estimates_are_hashable():
    found = simulate(SMALL, 10, seed=1)
    assert hash(found) == hash(simulate(SMALL, 10, seed=1))
