import json
import math
import sqlite3
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from importlib import import_module
from itertools import count
from typing import Any

import numpy as np
import pytest

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.sampling.columns import NAMES
from cgi_theory.sampling.estimate import estimate_of
from cgi_theory.sweep import ExecutorError, RefusedStoreError, RefusedTableError, Sweep, load, run
from cgi_theory.sweep import batches as batches_module
from cgi_theory.sweep.batches import Batch, bundle, run_task, split
from cgi_theory.sweep.samples import samples_in
from cgi_theory.sweep.schedule import sources
from cgi_theory.sweep.store import Store
from cgi_theory.tables.files import write_table
from cgi_theory.tables.rows import QUANTITIES, exact_columns, point_seed

run_module = import_module("cgi_theory.sweep.run")  # of which the package has a function by the same name
BASE = CompetitionModel(n=1000, delta=0.1)
AXES = {"delta": [0.05, 0.2], "n_labels": [2, 3, 5]}


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2) as executor:
        yield executor


@pytest.fixture
def small_tasks(monkeypatch):
    """Tasks of a few samples, so that a small sweep has many."""
    monkeypatch.setattr(batches_module, "_TASK_COORDINATES", 20_000)


class Flaky(Executor):
    """Runs the first few tasks, then fails like an executor whose worker was killed, or whose user pressed Ctrl-C."""

    def __init__(self, tasks, error):
        self.left, self.error = tasks, error
        self.submitted: list[Any] = []
        """Functions with their arguments."""

    def submit(self, function, /, *arguments, **named):
        future: Future[Any] = Future()
        self.submitted.append((function, *arguments))
        self.left -= 1
        if self.left < 0:
            future.set_exception(self.error)
        else:
            future.set_result(function(*arguments, **named))
        return future


def test_a_row_is_a_simulation_beside_its_exact_answer(tmp_path, threads):
    sweep = Sweep(base=BASE, axes=AXES, n_samples=40, seed=3, estimator="conditional")
    frame = run(sweep, tmp_path / "x.csv", executor=threads)
    assert len(frame) == 6
    for row, model in zip(frame.to_dict("records"), sweep.points, strict=True):
        seed = point_seed(3, model, "conditional")
        assert row["point_seed"] == str(seed)
        estimate, answer = simulate(model, 40, seed=seed, estimator="conditional"), exact(model)
        for name in QUANTITIES:
            np.testing.assert_equal(row[name], getattr(estimate, name).mean)
            np.testing.assert_equal(row[f"{name}_stderr"], getattr(estimate, name).stderr)
            np.testing.assert_equal(row[f"{name}_exact"], getattr(answer, name))
            if row[f"{name}_stderr"] > 1e-9:
                assert row[f"{name}_z"] == pytest.approx((row[name] - row[f"{name}_exact"]) / row[f"{name}_stderr"])
        assert (row["delta"], row["n_labels"], row["n"]) == (model.delta, model.n_labels, 1000)


def test_every_executor_makes_the_same_bytes(tmp_path, threads, small_tasks):
    sweep = Sweep(base=BASE, axes=AXES, n_samples=50)
    run(sweep, tmp_path / "threads.csv", executor=threads)
    run(sweep, tmp_path / "one.csv", executor=Flaky(10**9, None), n_workers=1)
    run(sweep, tmp_path / "processes.csv", n_workers=2)
    reference = (tmp_path / "threads.csv").read_bytes()
    assert (tmp_path / "one.csv").read_bytes() == reference
    assert (tmp_path / "processes.csv").read_bytes() == reference


@pytest.mark.parametrize(("error", "raised"), [(OSError("gone"), ExecutorError), (KeyboardInterrupt(), KeyboardInterrupt)])
def test_what_was_finished_is_not_drawn_again(tmp_path, small_tasks, error, raised):
    sweep = Sweep(base=BASE, axes=AXES, n_samples=50)
    run(sweep, tmp_path / "whole.csv", executor=Flaky(10**9, None))
    tasks = len(list(bundle(split(Batch(0, BASE, "direct", 0, 0, 50)))))
    assert tasks > 3
    for _ in range(4):
        with pytest.raises(raised):
            run(sweep, tmp_path / "x.csv", executor=Flaky(2, error), n_workers=1)
        assert not (tmp_path / "x.csv").exists()
    executor = Flaky(10**9, None)
    run(sweep, tmp_path / "x.csv", executor=executor)
    total = sum(batch.stop - batch.start for _, task in executor.submitted for batch in task)
    assert 0 < total < 6 * 50
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_more_samples_extend_what_is_there(tmp_path, threads):
    axes = {"delta": [0.1]}
    run(Sweep(base=BASE, axes=axes, n_samples=30), tmp_path / "x.csv", executor=threads)
    seen = []
    extended = Sweep(base=BASE, axes=axes, n_samples=70)
    run(extended, tmp_path / "x.csv", executor=threads, progress=lambda done, wanted: seen.append((done, wanted)))
    assert seen == [(30, 70), (70, 70)]
    run(extended, tmp_path / "fresh.csv", executor=threads)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()
    fewer = Sweep(base=BASE, axes=axes, n_samples=30)
    run(fewer, tmp_path / "fewer.csv", executor=threads)
    run(fewer, tmp_path / "x.csv", executor=Flaky(0, OSError()))  # draws nothing
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "fewer.csv").read_bytes()


def test_a_target_is_reached_and_no_more(tmp_path, threads):
    axes = {"delta": [0.05, 0.2], "n_labels": [2, 50]}
    sweep = Sweep(base=BASE, axes=axes, target_stderr=0.02, estimator="collapsed")
    frame = run(sweep, tmp_path / "x.csv", executor=threads)
    errors = frame[["c1_stderr", "c2_stderr"]].max(axis=1)
    assert (errors <= 0.02).all()
    assert frame.n_samples.nunique() > 1
    assert frame.n_samples.min() >= 100
    for row, model in zip(frame.to_dict("records"), sweep.points, strict=True):
        if row["n_samples"] > 100:  # one look earlier it was not reached
            before = max(look for look in looks(10**6) if look < row["n_samples"])
            estimate = simulate(model, before, seed=int(row["point_seed"]), estimator="collapsed")
            assert max(estimate.c1.stderr, estimate.c2.stderr) > 0.02
    lower = Sweep(base=BASE, axes=axes, target_stderr=0.01, estimator="collapsed")
    run(lower, tmp_path / "x.csv", executor=threads)
    run(lower, tmp_path / "fresh.csv", executor=threads)
    assert (tmp_path / "x.csv").read_bytes() == (tmp_path / "fresh.csv").read_bytes()


def looks(most):
    look = 100
    while look < most:
        yield look
        look = math.ceil(1.25 * look)


def test_a_target_out_of_reach_ends_at_the_most_samples(tmp_path, threads):
    sweep = Sweep(base=BASE, axes={"delta": [0.1]}, target_stderr=1e-9, max_samples=150)
    assert run(sweep, tmp_path / "x.csv", executor=threads).n_samples.tolist() == [150]


def test_a_point_that_fails_is_reported_and_the_others_finish(tmp_path, threads):
    base = CompetitionModel(n=200, delta=1.0)
    sweep = Sweep(base=base, axes={"sparsity": [1.0, 1e-3, 0.5]}, n_samples=20)
    frame = run(sweep, tmp_path / "x.csv", executor=threads)
    assert frame.sparsity.tolist() == [1.0, 0.5]
    (failed,) = frame.attrs["sidecar"]["failed"]
    assert failed["sparsity"] == 1e-3
    assert "no direction to scale" in failed["error"]
    again = run(sweep, tmp_path / "x.csv", executor=threads)  # tried again, not forgotten
    assert again.attrs["sidecar"]["failed"] == [failed]


def test_a_sweep_of_which_all_points_fail(tmp_path, threads):
    sweep = Sweep(base=CompetitionModel(n=200, delta=1.0), axes={"sparsity": [1e-3]}, n_samples=20)
    frame = run(sweep, tmp_path / "x.csv", executor=threads)
    assert len(frame) == 0
    assert len(load(tmp_path / "x.csv").attrs["sidecar"]["failed"]) == 1


def test_the_sidecar_says_how_the_table_was_made(tmp_path, threads):
    sweep = Sweep(base=BASE, axes=AXES, n_samples=10, seed=2**64 - 1)
    frame = run(sweep, tmp_path / "x.csv", executor=threads)
    sidecar = json.loads((tmp_path / "x.json").read_text())
    assert sidecar == frame.attrs["sidecar"]
    assert sidecar["axes"] == AXES
    assert sidecar["model"]["n"] == 1000
    assert "delta" not in sidecar["model"]
    assert (sidecar["samples"], sidecar["seed"], sidecar["estimator"]) == (10, 2**64 - 1, "direct")
    assert sidecar["command"]
    assert set(sidecar["versions"]) >= {"python", "numpy", "numba"}


def test_a_changed_version_never_mixes(tmp_path, threads, monkeypatch):
    sweep = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=10)
    run(sweep, tmp_path / "x.csv", executor=threads)
    monkeypatch.setattr("cgi_theory.__version__", "0.0.9")
    with pytest.raises(RefusedStoreError, match=r"version: 0\.1\.0, now 0\.0\.9"):
        run(sweep, tmp_path / "x.csv", executor=threads)
    run(sweep, tmp_path / "x.csv", executor=threads, force=True)
    assert load(tmp_path / "x.csv").attrs["sidecar"]["version"] == "0.0.9"


def test_a_broken_store_gives_no_numbers(tmp_path, threads):
    sweep = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=10)
    run(sweep, tmp_path / "x.csv", executor=threads)
    content = bytearray((tmp_path / "x.sqlite").read_bytes())
    grid = sweep.grid() | {"version": "0.1.0", "sources": sources(), "columns": NAMES}
    with Store(tmp_path / "x.sqlite", grid) as store:
        number = samples_in(store, 0, 10)[3, 0].tobytes()
    place = content.index(number)
    content[place] ^= 1
    (tmp_path / "x.sqlite").write_bytes(content)
    with pytest.raises(RefusedStoreError, match="damaged"):
        run(sweep, tmp_path / "x.csv", executor=threads)


def test_samples_of_other_code_never_mix(tmp_path, threads, monkeypatch):
    """The version stays the same from one commit to the next; what draws the samples may not."""
    sweep = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=10)
    run(sweep, tmp_path / "x.csv", executor=threads)
    monkeypatch.setattr(run_module, "sources", lambda: "another")
    with pytest.raises(RefusedStoreError, match=r"another state of the package's code.*--force"):
        run(sweep, tmp_path / "x.csv", executor=threads)
    run(sweep, tmp_path / "x.csv", executor=threads, force=True)
    assert load(tmp_path / "x.csv").attrs["sidecar"]["sources"] == "another"


@pytest.mark.parametrize("place", ["csv", "json", "folder", "link to nothing", "link to somebody's", "experiment"])
def test_what_is_no_sweep_s_table_is_refused_before_anything_is_drawn(tmp_path, place):
    sweep, out = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=10), tmp_path / "x.csv"
    if place in ("csv", "json"):
        (tmp_path / f"x.{place}").write_text("mine")
    elif place == "folder":
        out.mkdir()
    elif place == "experiment":
        write_table(out, [{"a": 1}], {"experiment": "delta"}, module="cgi_theory", command="")
    else:
        (tmp_path / "somebody.csv").write_text("theirs") if place == "link to somebody's" else None
        out.symlink_to(tmp_path / "somebody.csv")
    before = {path.name: path.read_bytes() if path.is_file() else None for path in tmp_path.iterdir()}
    with pytest.raises(RefusedTableError, match="x"):
        run(sweep, out, executor=Flaky(0, OSError("drawn")))
    assert {path.name: path.read_bytes() if path.is_file() else None for path in tmp_path.iterdir()} == before
    if place != "folder":
        assert run(sweep, out, executor=Flaky(10**9, None), force=True).delta.tolist() == [0.1]
        assert out.is_symlink() == place.startswith("link")


def test_a_table_that_was_deleted_is_made_again_from_the_store(tmp_path):
    sweep, out = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=10), tmp_path / "x.csv"
    run(sweep, out, executor=Flaky(10**9, None))
    content = out.read_bytes()
    out.unlink()
    run(sweep, out, executor=Flaky(0, OSError("drawn")))
    assert out.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"out": "x.txt"}, r"out must end in \.csv"),
        ({"executor": 3}, "executor must be"),
        ({"progress": 3}, "progress must be callable, not 3"),
        ({"force": "yes"}, "force must be True or False, not 'yes'"),
        ({"n_workers": 0}, "n_workers must be from 1"),
    ],
)
def test_bad_arguments(tmp_path, arguments, message):
    out = tmp_path / arguments.pop("out", "x.csv")
    with pytest.raises((TypeError, ValueError), match=message):
        run(Sweep(base=BASE, axes={"delta": [0.1]}), out, **arguments)
    assert not list(tmp_path.iterdir())


def test_exact_answers_are_computed_not_stored(tmp_path, threads, monkeypatch):
    """Here or by the executor, with the same bytes; a number in the store would be one that somebody can change."""
    sweep = Sweep(base=BASE, axes=AXES, n_samples=10)
    run(sweep, tmp_path / "x.csv", executor=threads)
    here = (tmp_path / "x.csv").read_bytes()
    connection = sqlite3.connect(tmp_path / "x.sqlite")
    assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall() == [
        ("entries",),
        ("grid",),
    ]
    connection.close()
    monkeypatch.setattr(run_module, "_POINTS_IN_A_TASK", 1)
    executor = Flaky(10**9, None)
    run(sweep, tmp_path / "x.csv", executor=executor)
    assert [function.__name__ for function, _ in executor.submitted] == ["exact_answers"] * 6
    assert (tmp_path / "x.csv").read_bytes() == here
    with pytest.raises(ExecutorError, match="gone"):
        run(sweep, tmp_path / "x.csv", executor=Flaky(2, OSError("gone")))


def test_a_point_without_an_exact_answer_is_reported(tmp_path, threads, monkeypatch):
    def failing(model):
        if model.n_labels == 3:
            raise ArithmeticError("no answer")
        return exact_columns(model)

    monkeypatch.setattr(batches_module, "exact_columns", failing)
    frame = run(Sweep(base=BASE, axes={"n_labels": [2, 3, 5]}, n_samples=4), tmp_path / "x.csv", executor=threads)
    assert frame.n_labels.tolist() == [2, 5]
    assert frame.attrs["sidecar"]["failed"] == [{"n_labels": 3, "error": "ArithmeticError: no answer"}]


def test_tasks_carry_every_sample_once():
    large = Batch(0, CompetitionModel(n=1_000_000, delta=0.1), "direct", 0, 3, 100)
    small = [Batch(i, BASE, "direct", i, 0, 10) for i in range(1, 5)]
    tasks = list(bundle([*split(large), *small]))
    assert len(tasks) > 3
    carried = [batch for task in tasks for batch in task]
    assert [batch.start for batch in carried if batch.point == 0][1:] == [b.stop for b in carried if b.point == 0][:-1]
    assert (carried[0].start, carried[-5].stop) == (3, 100)
    assert carried[-4:] == small
    assert tasks[-1] == (*tasks[-1][:-4], *small)


def test_a_batch_is_part_of_its_point():
    whole = simulate(BASE, 30, seed=9)
    outcomes = run_task(tuple(Batch(0, BASE, "direct", 9, start, start + 10) for start in (0, 10, 20)))
    parts = [outcome.samples for outcome in outcomes if outcome.samples is not None]
    together = estimate_of(np.concatenate(parts), BASE, 9, "direct")
    assert together == whole


def test_an_error_of_any_kind_stays_with_its_point(monkeypatch):
    calls = count()

    def failing(*arguments):
        if next(calls) == 0:
            raise MemoryError("too large")
        return np.ones((2, 8))

    monkeypatch.setattr(batches_module, "draw_samples", failing)
    first, second = run_task((Batch(0, BASE, "direct", 0, 0, 2), Batch(1, BASE, "direct", 0, 0, 2)))
    assert first.error == "MemoryError: too large"
    assert second.error is None


def test_samples_with_other_columns_are_another_sweep_s(tmp_path, monkeypatch):
    sweep = Sweep(base=BASE, axes={"delta": [0.1]}, n_samples=4)
    run(sweep, tmp_path / "x.csv", n_workers=1)
    monkeypatch.setattr(run_module, "NAMES", NAMES[::-1])
    with pytest.raises(RefusedStoreError, match=r"columns: .'map_shared', 'map_distinct'.* now .'rival_map_distinct'"):
        run(sweep, tmp_path / "x.csv", n_workers=1)


def test_axes_in_another_order_are_another_sweep(tmp_path):
    """The order numbers the points: their samples must not be taken for those of other points."""
    axes = {"delta": [0.1, 0.2], "n_labels": [2, 3]}
    run(Sweep(base=BASE, axes=axes, n_samples=4), tmp_path / "x.csv", n_workers=1)
    swapped = Sweep(base=BASE, axes=dict(reversed(axes.items())), n_samples=4)
    with pytest.raises(RefusedStoreError, match="axes in another order"):
        run(swapped, tmp_path / "x.csv", n_workers=1)
