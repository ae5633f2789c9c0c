"""Experiments: the same table whoever runs the tasks, and nothing lost when a run is interrupted or killed."""

import json
import shutil
import signal
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from cgi_theory import _files
from cgi_theory._executors import ProcessPool
from cgi_theory.networks import MLP
from cgi_theory.plotting.files import save
from cgi_theory.sweep import RefusedStoreError, StoreError
from cgi_theory.sweep.store import Store
from cgi_theory.tables.files import load
from figures import cli
from simulations import masking, sanity
from simulations import runner as runner_module
from simulations.experiment import Experiment, Home, Made, Setting, Task, one_after_the_other
from simulations.lab import nets
from simulations.lab.maps import GROUPS, maps_of
from simulations.lab.nets import described, wanted
from simulations.registry import EXPERIMENTS, experiment_of
from simulations.runner import Runner
from tests.paused import Paused, interrupted

NAME = "blankness"
DRAW = ("-m", "figures", "blankness", "sparsity", "--quick", "--out", "results")


@pytest.fixture(scope="module")
def whole(quick_runner, quick_table):
    """The bytes of the table, of an undisturbed run."""
    quick_table(NAME)
    return quick_runner.path_of(NAME).read_bytes()


def rows_done(path):
    """The places of an unfinished table's tasks that are stored."""
    connection = sqlite3.connect(path)
    stored = {point for (point,) in connection.execute("SELECT point FROM entries")}
    connection.close()
    return stored


class Failing(ThreadPoolExecutor):
    """Runs some calls and loses all that follow."""

    def __init__(self, calls):
        super().__init__(1)
        self.left = calls

    def submit(self, function, /, *args, **kwargs):
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("lost")
        return super().submit(function, *args, **kwargs)


def test_every_executor_makes_the_same_bytes(tmp_path, whole):
    for number, pool in enumerate((ThreadPoolExecutor(3), ProcessPool(2))):
        with pool, Runner(tmp_path / str(number), quick=True, executor=pool) as made:
            made.table(NAME)
            assert made.path_of(NAME).read_bytes() == whole
            assert {path.name for path in made.path_of(NAME).parent.iterdir()} == {f"{NAME}.csv", f"{NAME}.json"}


def test_what_is_finished_is_not_done_again(tmp_path, threads, whole, monkeypatch):
    lost = Runner(tmp_path, quick=True, executor=Failing(6))
    with pytest.raises(RuntimeError, match="lost"):
        lost.table(NAME)
    stored = rows_done(tmp_path / "quick" / "tables" / f"{NAME}.tasks")
    assert stored
    done, run = [], runner_module._run

    def counted(number, *rest):
        done.append(number)
        return run(number, *rest)

    monkeypatch.setattr(runner_module, "_run", counted)
    again = Runner(tmp_path, quick=True, executor=threads)
    again.table(NAME, anew=True)
    assert again.path_of(NAME).read_bytes() == whole
    assert sorted(done) == sorted(set(range(len(experiment_of(NAME).tasks(again.parameters_of(NAME))))) - stored)
    assert len(done) < 8


def test_what_another_seed_or_other_code_finished_is_done_again(tmp_path, threads, whole, monkeypatch):
    for seed, sources in ((1, None), (0, "other")):
        with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="lost"):
            if sources:
                patch.setattr(runner_module, "source_digest", lambda module: "other")
            Runner(tmp_path, quick=True, seed=seed, executor=Failing(6)).table(NAME)
        assert (tmp_path / "quick" / "tables" / f"{NAME}.tasks").exists()
    made = Runner(tmp_path, quick=True, executor=threads)
    made.table(NAME)
    assert made.path_of(NAME).read_bytes() == whole


@pytest.mark.parametrize("content", ["[1]", "{}", '{"a": 1}', "no JSON", "[[1]]", "null", 10_000 * "["])
def test_stored_rows_are_hostile_until_parsed(tmp_path, threads, monkeypatch, content):
    """Even with a digest that fits."""
    monkeypatch.setattr(runner_module, "_run", lambda *_: content)
    with pytest.raises(StoreError, match=r"blankness\.tasks is damaged: delete it"):
        Runner(tmp_path, quick=True, executor=threads).table(NAME)


def test_a_store_that_was_left_goes_with_the_next_look(tmp_path, threads, whole):
    """Of a process that was killed when the table was written and the store not deleted yet; nobody else's file goes."""
    made = Runner(tmp_path, quick=True, executor=threads)
    made.table(NAME)
    left = made.path_of(NAME).with_suffix(".tasks")
    with Store(left, {"experiment": NAME}):
        pass
    made.table(NAME)
    assert not left.exists()
    left.write_bytes(b"my own tasks")
    made.table(NAME)
    assert left.read_bytes() == b"my own tasks"
    assert made.path_of(NAME).read_bytes() == whole


def test_no_file_of_the_user_s_is_taken_for_a_store(tmp_path, threads):
    path = tmp_path / "quick" / "tables" / f"{NAME}.tasks"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"my own tasks")
    with pytest.raises(RefusedStoreError, match="left as it is"):
        Runner(tmp_path, quick=True, executor=threads).table(NAME)
    assert path.read_bytes() == b"my own tasks"


STOP = "call cgi_theory.sweep.store Store.add 3"


def test_a_killed_command_goes_on(tmp_path, whole):
    """``kill -9`` in the middle of a table, with one table before it."""
    with Paused(DRAW, "call cgi_theory.sweep.store Store.add 10", cwd=tmp_path) as paused:
        paused.reaches_moment()
        paused.signal(signal.SIGKILL)
        paused.ended()
    tables = tmp_path / "results" / "quick" / "tables"
    before = (tables / f"{NAME}.csv").stat().st_mtime_ns
    stored = rows_done(tables / "sparsity.tasks")
    assert stored
    missing = set(range(len(experiment_of("sparsity").tasks(experiment_of("sparsity").parameters(True))))) - stored
    assert missing
    for count, comes in ((len(missing), True), (len(missing) + 1, False)):  # it does what is missing, and no more
        copy = shutil.copytree(tmp_path, tmp_path.with_name(f"{tmp_path.name}-{count}"))
        with Paused(DRAW, f"call cgi_theory.sweep.store Store.add {count}", cwd=copy) as paused:
            paused.goes_on()  # at once, if it comes there
            code, out, _ = paused.ended()
            assert paused.reached_moment() == comes
        tables = copy / "results" / "quick" / "tables"
        assert (code, len(out.splitlines())) == (0, 4)
        assert (tables / f"{NAME}.csv").stat().st_mtime_ns == before
        assert (tables / f"{NAME}.csv").read_bytes() == whole
        assert not (tables / "sparsity.tasks").exists()


def test_an_interrupted_experiment_says_how_to_go_on(tmp_path, whole):
    command = ("-m", "simulations", NAME, "--quick", "--out", "results")
    code, _, err = interrupted(command, STOP, cwd=tmp_path)
    assert (code, err) == (130, "simulations: interrupted; run the same command again to go on from here\n")
    assert len(rows_done(tmp_path / "results" / "quick" / "tables" / f"{NAME}.tasks")) == 2
    with Paused(command, cwd=tmp_path) as paused:
        assert paused.ended()[0] == 0
    assert (tmp_path / "results" / "quick" / "tables" / f"{NAME}.csv").read_bytes() == whole


def test_a_setting_is_what_the_sidecar_says():
    setting = Setting('{"images": 3, "labels": [1, 2]}', 5, Home(None, Path("nets")))
    assert setting.parameters == {"images": 3, "labels": [1, 2]}
    assert hash(setting) == hash(Setting('{"images": 3, "labels": [1, 2]}', 5, Home(None, Path("nets"))))


def test_rows_are_those_of_the_tasks_in_their_order():
    made = Made({}, [[{"a": 1}, {"a": 2}], [], [{"b": 3}]], {})
    assert one_after_the_other(made) == [{"a": 1}, {"a": 2}, {"b": 3}]
    assert Experiment(parameters=lambda quick: {}).tasks({}) == ()
    assert Task(len).place == ()


def test_networks_that_are_wanted():
    found = list(wanted(described("re-initialised", "trained", "permuted labels", quick=True, memorising=3)))
    assert [(about["permuted_labels"], number) for about, number in found] == [(False, 0), (True, 0), (True, 1), (True, 2)]


def test_all_networks_are_trained_once_and_before_the_tasks(tmp_path, monkeypatch):
    """Of all experiments that are expected, when the first of them needs one."""
    calls = []

    def carried(nets, about, seed, number):
        calls.append((json.dumps({key: value for key, value in about.items() if key != "count"}), number))

    monkeypatch.setattr(nets, "newly_trained", carried)

    def done(number, task, setting):
        calls.append(number)
        return "[]"

    monkeypatch.setattr(runner_module, "_run", done)
    with ThreadPoolExecutor(1) as executor, Runner(tmp_path, quick=True, executor=executor) as made:
        made.expect(["maps", "alignment", "sanity"])
        made.table("maps")
    networks = [call for call in calls if isinstance(call, tuple)]
    of_alignment = (
        2 * 2 * 3
    )  # retrained ones and ones that memorise, of two depths; sanity's are among them but for the trained one
    assert len(networks) == len(set(networks)) == of_alignment + 1
    assert calls[: len(networks)] == networks


class Guarded(ThreadPoolExecutor):
    """Knows which threads are its own."""

    def __init__(self):
        super().__init__(1)
        self.thread = self.submit(threading.get_ident).result()


def test_a_process_that_may_be_killed_writes_no_file(tmp_path, monkeypatch):
    """It would leave a draft: networks and figures are written where the command is."""
    draft = _files._draft
    with Guarded() as executor, Runner(tmp_path, quick=True, executor=executor) as made:

        def guarded(path):
            assert threading.get_ident() != executor.thread, path
            written.append(path.suffix)
            return draft(path)

        written: list[str] = []
        monkeypatch.setattr(_files, "_draft", guarded)
        made.table("completeness")
        contents = executor.submit(cli._draw_from, "figure_2", made.path_of("completeness")).result()
        save(contents, tmp_path, "figure_2")
        with pytest.raises(AssertionError, match=r"figure_2\.png"):
            executor.submit(save, contents, tmp_path, "figure_2").result()
    assert set(written) == {".npz", ".csv", ".json", ".png", ".pdf"}


def test_experiments_are_independent_of_where_they_are_made(quick_runner, quick_table, tmp_path, threads):
    """Nothing but parameters and seed decides a table with networks: another folder, other processes, the same rows."""
    other = Runner(tmp_path, quick=True, executor=threads)
    assert quick_table("completeness").equals(other.table("completeness"))
    assert load(other.path_of("completeness")).equals(load(quick_runner.path_of("completeness")))
    seeded = Runner(tmp_path / "seeded", quick=True, seed=1, executor=threads)
    assert not quick_table("completeness").equals(seeded.table("completeness"))


def test_the_seed_reaches_every_random_thing():
    """With one and the same trained network: randomised layers, control pixels, noise, and the order of random pixels."""
    net, x = MLP.random((784, 20, 10), seed=1), np.random.default_rng(0).random((3, 784))
    settings = [Setting(json.dumps({"networks": {}}), seed, Home(None, Path("nets"))) for seed in (0, 1)]
    for place in (("layer-wise", 0, 1), ("cascading", 0, 2)):
        drawn = [sanity._randomised(setting, net, *place, number) for setting in settings for number in (0, 1)]
        assert len({network.weights[0].tobytes() for network in drawn}) == 4
    maps = [maps_of(net, x, net.predicted_labels(x), GROUPS[-1:], seed, number) for seed in (0, 1) for number in (0, 1)]
    for name in (("random pixels", "control"), ("one random pixel", "control"), ("noise", "control")):
        assert len({found[name].tobytes() for found in maps}) == 4
    orders = [masking._order(setting, "random", net, x, *np.zeros((2, 3), dtype=int)) for setting in settings]
    assert not np.array_equal(*orders)


def test_one_task_compiles_what_others_need_before_they_run(tmp_path, threads):
    made = Runner(tmp_path, executor=threads)
    tasks = [Task(len, (number,), kernels) for number, kernels in enumerate(("", "a", "a", "b", "a", "b"))]
    assert made._in_turn(tasks, [0, 2, 3, 4, 5]) == ([2, 3], [0, 4, 5])
    assert made._in_turn(tasks, [1, 3]) == ([], [1, 3]), "they are compiled"
    delta = experiment_of("delta")
    needed = {task.kernels for task in delta.tasks(delta.parameters(True)) if task.kernels}
    assert needed == {"direct unit", "conditional unit", "conditional gaussian", "conditional joint"}


def test_the_registry_names_each_once():
    assert len(set(EXPERIMENTS)) == len(EXPERIMENTS)
