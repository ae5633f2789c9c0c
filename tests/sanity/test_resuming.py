"""A check that is interrupted goes on, loses nothing, and ends in the same bytes; whoever runs it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cgi_theory import Report, sanity_check, sanity_check_maps
from cgi_theory._executors import ProcessPool
from cgi_theory.sweep import RefusedStoreError, RefusedTableError
from tests.sanity import methods

FILES = ("report.csv", "report.json", "report.png", "report.pdf", "summary.txt")


class StoppedError(Exception):
    pass


# What a check says of a method that raises one.
STOPPED = "CGI, called as method.net, x, labels., raised StoppedError"


class Counting:
    """Counts the networks that a method sees, and stops after some."""

    def __init__(self, most=10**9):
        self.calls, self.most = 0, most

    def __call__(self, net, x, labels):
        if self.calls == self.most:
            raise StoppedError
        self.calls += 1
        return methods.cgi(net, x, labels)


def content(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture
def check(trained, x):
    def run(method=methods.cgi, **options):
        return sanity_check(
            {"CGI": method}, trained[0], x, retrained=trained[1:3], n_random=2, layers=["2"], metrics=["pearson"], **options
        )

    return run


def test_interrupted_and_called_again_it_goes_on(check, tmp_path):
    whole, again = Counting(), Counting()
    check(whole, out=tmp_path / "whole")
    with pytest.raises(RuntimeError, match=STOPPED):
        check(Counting(4), out=tmp_path / "parts")
    assert not (tmp_path / "parts" / "report.csv").exists()
    check(again, out=tmp_path / "parts")
    assert (whole.calls, again.calls) == (9, 6)  # 3 of the 4 before were stored, and the network's own maps are made again
    assert content(tmp_path / "whole") == content(tmp_path / "parts")
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == sorted(FILES)


def test_a_finished_check_is_read_and_another_replaces_it_by_force_alone(check, tmp_path):
    first = check(out=tmp_path)
    counting = Counting()
    assert check(counting, out=tmp_path).frame.equals(first.frame)
    assert counting.calls == 1
    with pytest.raises(RefusedTableError, match=r"another check \(seed: 0, now 1\): replace it with --force \(force=True\)"):
        check(out=tmp_path, seed=1)
    assert Report.load(tmp_path).frame.equals(first.frame)
    other = check(out=tmp_path, seed=1, force=True)
    assert not other.frame.equals(first.frame)
    assert Report.load(tmp_path).made_with["seed"] == 1


def test_the_report_of_other_maps_is_replaced_by_force_alone(check, tmp_path):
    first = check(out=tmp_path)
    with pytest.raises(RefusedTableError, match=r"is the report of another check \(of other maps\): replace it with --force"):
        check(methods.plain, out=tmp_path)
    with pytest.raises(RefusedTableError, match="is the report of another check"):
        sanity_check_maps([[1.0, 2.0]], [[[2.0, 1.0]]], out=tmp_path)
    assert Report.load(tmp_path).frame.equals(first.frame)
    other = check(methods.plain, out=tmp_path, force=True)
    assert Report.load(tmp_path).frame.equals(other.frame)


def test_what_was_stored_for_another_check_is_refused(check, tmp_path):
    with pytest.raises(RuntimeError, match=STOPPED):
        check(Counting(4), out=tmp_path)
    with pytest.raises(RefusedStoreError, match="seed: 0, now 1"):
        check(out=tmp_path, seed=1)
    with pytest.raises(RefusedStoreError, match="digest"):
        check(methods.plain, out=tmp_path)
    check(out=tmp_path, seed=1, force=True)


def test_other_files_are_left_as_they_are(check, tmp_path):
    (tmp_path / "report.csv").write_text("mine")
    with pytest.raises(RefusedTableError):
        check(out=tmp_path)
    assert (tmp_path / "report.csv").read_text() == "mine"


@pytest.mark.parametrize("name", ["summary.txt", "report.png", "report.pdf"])
def test_another_s_files_without_a_report_are_left_before_anything_is_computed(check, tmp_path, name):
    (tmp_path / name).write_text("mine")
    counting = Counting()
    with pytest.raises(RefusedTableError, match=f"{name} lies there, and no report beside it: replace it with --force"):
        check(counting, out=tmp_path)
    assert (counting.calls, (tmp_path / name).read_text()) == (0, "mine")


def test_a_report_of_other_code_is_replaced(check, tmp_path, monkeypatch):
    check(out=tmp_path)
    monkeypatch.setattr("cgi_theory.__version__", "0.0")
    check(out=tmp_path)
    assert Report.load(tmp_path).made_with["version"] == "0.0"


@pytest.mark.parametrize(
    ("randomised", "retrained", "message"), [([0, 1], 1, "networks"), ([0], 2, "networks"), ([0, 4], 2, "of other networks")]
)
def test_given_maps_of_other_networks_are_another_check(tmp_path, randomised, retrained, message):
    before, *others = np.random.default_rng(0).standard_normal((6, 3, 9))
    first = sanity_check_maps(before, others[:2], others[2:4], out=tmp_path)
    assert sanity_check_maps(before, iter(others[:2]), others[2:4], out=tmp_path).frame.equals(first.frame)
    chosen = [others[number] for number in randomised]
    for _ in range(2):
        with pytest.raises(RefusedTableError, match=rf"another check \({message}"):
            sanity_check_maps(before, iter(chosen), others[2 : 2 + retrained], out=tmp_path)
    assert Report.load(tmp_path).frame.equals(first.frame)
    other = sanity_check_maps(before, chosen, others[2 : 2 + retrained], out=tmp_path, force=True)
    assert Report.load(tmp_path).frame.equals(other.frame)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)


def test_workers_and_executors_change_no_bit(check, tmp_path):
    frames = [check(n_workers=1).frame, check(n_workers=2).frame]
    with ThreadPoolExecutor(2) as threads, ProcessPool(2) as processes:
        frames += [check(executor=executor, n_workers=2).frame for executor in (threads, processes)]
    assert all(frame.equals(frames[0]) for frame in frames)


def test_a_method_that_no_process_can_be_sent_is_refused(check):
    with ProcessPool(1) as processes, pytest.raises(TypeError, match="executor must have threads"):
        check(lambda net, x, labels: x, executor=processes)


def test_an_error_of_a_method_names_it_and_the_network(check):
    with pytest.raises(RuntimeError, match=f"^layer-wise 2, draw 1: {STOPPED}") as stopped:
        check(Counting(2), n_workers=1)
    assert isinstance(stopped.value.__cause__, StoppedError)
    with pytest.raises(RuntimeError, match=STOPPED):
        check(Counting(2), n_workers=2)


def test_progress_counts_networks(check, tmp_path):
    seen = []
    check(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 8) for done in range(9)]


def test_given_maps_that_are_interrupted_go_on(trained, x, tmp_path):
    labels = trained[0].predicted_labels(x)
    maps = [methods.cgi(net, x, labels) for net in trained[:4]]

    def some(most):
        for number, found in enumerate(maps[1:3]):
            if number == most:
                raise StoppedError
            yield found

    whole = sanity_check_maps(maps[0], some(9), maps[3:], x=x, out=tmp_path / "whole")
    with pytest.raises(StoppedError):
        sanity_check_maps(maps[0], some(1), maps[3:], x=x, out=tmp_path / "parts")
    parts = sanity_check_maps(maps[0], some(9), maps[3:], x=x, out=tmp_path / "parts")
    assert parts.frame.equals(whole.frame)
    assert content(tmp_path / "whole") == content(tmp_path / "parts")
