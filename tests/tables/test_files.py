import errno
import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from cgi_theory import CompetitionModel
from cgi_theory._files import replace_file
from cgi_theory.sweep import RefusedTableError, Sweep, load, run
from cgi_theory.sweep.command import sweep_command
from cgi_theory.tables import files as tables_module
from cgi_theory.tables.files import SWEEP, current, require_place, write_table
from cgi_theory.tables.provenance import commit, versions
from tests.sweep.commands import cgi

MADE_WITH = {"experiment": "claims", "seed": 0}
KIND = "the experiment claims"
HOW = {"module": "cgi_theory.sweep.run", "command": "python -m simulations claims"}
ROWS = [{"x": 0.1 + 0.2, "y": 1e-300, "point_seed": str(2**64 - 1)}, {"x": 1.0, "y": None}]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "tables" / "x.csv"
    write_table(path, ROWS, MADE_WITH, **HOW, failed=[])
    return path


def put(path, content, made):
    """Write a table whose sidecar fits, whatever it says."""
    path.write_bytes(content)
    path.with_suffix(".json").write_text(json.dumps(made | {"sha256": hashlib.sha256(content).hexdigest()}))


def test_numbers_survive_the_file(table):
    frame = load(table)
    assert frame.x.tolist() == [0.1 + 0.2, 1.0]
    assert frame.y[0] == 1e-300
    assert frame.point_seed[0] == str(2**64 - 1)
    assert frame.attrs["sidecar"]["failed"] == []
    assert frame.attrs["sidecar"]["commit"] == commit()


def test_every_float_is_read_as_it_was_written(tmp_path):
    """Random bits, which a parser that rounds twice gets wrong every other time, and what lies at the ends of the range."""
    bits = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    near = np.random.default_rng(1).random(20_000)
    ends = [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0, 0.1, 1 / 3, 9007199254740993.0, np.inf, -np.inf]
    values = np.concatenate([bits[np.isfinite(bits)], near, ends])
    path = tmp_path / "x.csv"
    write_table(path, [{"x": value} for value in values.tolist()], MADE_WITH, **HOW)
    assert load(path).x.to_numpy().tobytes() == values.tobytes()


def test_what_is_written_is_returned_as_it_is_loaded(tmp_path):
    path = tmp_path / "x.csv"
    written = write_table(path, ROWS, MADE_WITH | {"axis": (1, 2)}, **HOW)
    pd.testing.assert_frame_equal(written, load(path))
    assert written.attrs == load(path).attrs
    assert list(write_table(path, [], MADE_WITH, **HOW).columns) == list(load(path).columns) == []


@pytest.mark.parametrize("spoil", ["csv", "json", "missing", "not a dict", "nested", "deep", "no text"])
def test_a_spoiled_table_is_not_current_not_loaded_and_not_replaced(table, spoil):
    assert current(table, MADE_WITH) is not None
    sidecar = table.with_suffix(".json")
    if spoil == "csv":
        table.write_text("x\n2.5\n")
    elif spoil == "missing":
        sidecar.unlink()
    elif spoil == "deep":
        sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"more": json.loads("[" * 400 + "]" * 400)}))
    else:
        sidecar.write_bytes({"json": b"{", "not a dict": b"[1]", "nested": b"[" * 100_000, "no text": b"\xff"}[spoil])
    assert current(table, MADE_WITH) is None
    with pytest.raises((OSError, ValueError), match=r"x\.(csv|json)"):
        load(table)
    with pytest.raises(RefusedTableError, match=r"x\.(csv|json).*left as it is"):
        require_place(table, KIND)
    require_place(table, KIND, force=True)


@pytest.mark.parametrize("made_with", [MADE_WITH | {"seed": 1}, MADE_WITH | {"experiment": "delta"}, MADE_WITH | {"more": 1}])
def test_other_parameters_are_not_current(table, made_with):
    assert current(table, made_with) is None


def test_sequences_of_parameters_are_current_as_json_has_them(tmp_path):
    made_with = MADE_WITH | {"parameters": {"sizes": (1, 2)}}
    write_table(tmp_path / "x.csv", ROWS, made_with, **HOW)
    assert current(tmp_path / "x.csv", made_with) is not None


def test_a_file_too_large_for_a_table_is_not_read(table):
    with table.with_suffix(".json").open("r+b") as file:
        file.truncate(2**29)
    with pytest.raises(ValueError, match="larger than"):
        load(table)


def test_the_sidecar_is_plain_json(table):
    sidecar = json.loads(table.with_suffix(".json").read_text())
    assert set(sidecar) == {"experiment", "seed", "failed", "sha256", "versions", "commit", "command"}
    assert sidecar["command"] == HOW["command"]


class Killed(BaseException):
    """What no code catches."""


@pytest.mark.parametrize("first", [True, False], ids=["no table before", "a table before"])
@pytest.mark.parametrize("writes", [0, 1, 2])
def test_wherever_a_process_is_killed_the_next_one_goes_on(table, monkeypatch, writes, first):
    """Between the writes of the two files as well; the table that was there can be read until the new one is there."""
    if first:
        for file in (table, table.with_suffix(".json")):
            file.unlink()
    left = iter(range(writes))

    def until_killed(path, write):
        if next(left, None) is None:
            raise Killed
        replace_file(path, write)

    monkeypatch.setattr(tables_module, "replace_file", until_killed)
    with pytest.raises(Killed):
        write_table(table, [{"x": 7.0}], MADE_WITH, **HOW)
    monkeypatch.undo()
    if writes < 2 and not first:
        assert load(table).x.tolist() == [0.1 + 0.2, 1.0]
    require_place(table, KIND)
    write_table(table, [{"x": 7.0}], MADE_WITH, **HOW)
    assert load(table).x.tolist() == [7.0]
    assert "sha256_next" not in load(table).attrs["sidecar"]


def test_a_full_disk_leaves_the_old_table(table, monkeypatch):

    def full(path, write):
        if path == table:
            raise OSError(errno.ENOSPC, "full")
        replace_file(path, write)

    monkeypatch.setattr(tables_module, "replace_file", full)
    with pytest.raises(OSError, match="full"):
        write_table(table, [{"x": 7.0}], MADE_WITH, **HOW)
    assert load(table).x.tolist() == [0.1 + 0.2, 1.0]


def foreign(tmp_path):
    """Return places at which no table of an experiment may be written, by what lies there."""
    places = {}
    for name in ("csv alone", "json alone", "both", "odd digest", "a sweep", "another experiment", "no kind", "odd kind"):
        places[name] = tmp_path / f"{name}.csv"
    places["csv alone"].write_text("my,own\n1,2\n")
    places["json alone"].with_suffix(".json").write_text('{"mine": 1}')
    places["both"].write_text("my,own\n1,2\n")
    places["both"].with_suffix(".json").write_text('{"mine": 1}')
    places["odd digest"].write_text("my,own\n1,2\n")
    places["odd digest"].with_suffix(".json").write_text('{"experiment": "claims", "sha256": [1]}')
    write_table(places["a sweep"], [], {"axes": {}}, **HOW)
    write_table(places["another experiment"], ROWS, {"experiment": "delta"}, **HOW)
    put(places["no kind"], b"a\n1\n", {})
    put(places["odd kind"], b"a\n1\n", {"experiment": ["claims"]})
    places["link to somebody's"] = tmp_path / "link.csv"
    places["link to somebody's"].symlink_to(places["csv alone"])
    places["link to nothing"] = tmp_path / "dangling.csv"
    places["link to nothing"].symlink_to(tmp_path / "nothing")
    places["sidecar's link to nothing"] = tmp_path / "sidecar.csv"
    places["sidecar's link to nothing"].with_suffix(".json").symlink_to(tmp_path / "nothing")
    return places


def unusable(tmp_path):
    """Return places at which nothing can be written, with force neither."""
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "sidecar.json").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "circle.csv").symlink_to(tmp_path / "circle.csv")
    (tmp_path / "far.csv").symlink_to(tmp_path / "none" / "far.csv")
    return [tmp_path / f"{name}.csv" for name in ("folder", "sidecar", "pipe", "circle", "far")]


def state(folder):
    return {path.name: path.read_bytes() if path.is_file() else None for path in folder.iterdir()}


def test_what_is_no_table_of_the_kind_is_refused_and_left(tmp_path):
    for name, path in foreign(tmp_path).items():
        before = state(tmp_path)
        with pytest.raises(RefusedTableError, match="left as it is") as refused:
            require_place(path, KIND)
        assert "\n" not in str(refused.value), name
        assert path.stem in str(refused.value), name
        require_place(path, KIND, force=True)
        assert state(tmp_path) == before


def test_where_nothing_can_be_written_force_does_not_help(tmp_path):
    for path in unusable(tmp_path):
        before = state(tmp_path)
        for force in (False, True):
            with pytest.raises(RefusedTableError, match=path.stem):
                require_place(path, KIND, force=force)
        assert state(tmp_path) == before


def test_a_table_of_the_kind_may_be_replaced_also_through_a_link_and_after_its_csv_was_deleted(table, tmp_path):
    for name in ("link.csv", "link.json"):
        (tmp_path / name).symlink_to(table.with_suffix(f".{name[-4:].strip('.')}"))
    require_place(tmp_path / "link.csv", KIND)
    write_table(tmp_path / "link.csv", [{"x": 7.0}], MADE_WITH, **HOW)
    assert (tmp_path / "link.csv").is_symlink()
    assert load(table).x.tolist() == [7.0]
    table.unlink()
    require_place(table, KIND)
    require_place(tmp_path / "new.csv", KIND)
    require_place(tmp_path / "no" / "folder" / "yet.csv", KIND)


def test_sweeps_and_experiments_refuse_each_other(tmp_path):
    write_table(tmp_path / "sweep.csv", [], {"axes": {}}, **HOW)
    write_table(tmp_path / "claims.csv", ROWS, MADE_WITH, **HOW)
    require_place(tmp_path / "sweep.csv", SWEEP)
    require_place(tmp_path / "claims.csv", KIND)
    with pytest.raises(RefusedTableError, match=r"the table of the experiment claims, not of a sweep.*--force"):
        require_place(tmp_path / "claims.csv", SWEEP)
    with pytest.raises(RefusedTableError, match=r"the table of a sweep, not of the experiment claims.*move it away"):
        require_place(tmp_path / "sweep.csv", KIND)


COLUMNS = [f"{name}{ending}" for name in ("c1", "c2") for ending in ("", "_exact", "_stderr", "_z")]
GOOD = {"delta": 0.1} | dict.fromkeys(COLUMNS, 0.5)
ODD = {
    "axes a word": (GOOD, {"axes": "delta"}),
    "axes a number": (GOOD, {"axes": 5}),
    "axes nothing": (GOOD, {"axes": None}),
    "axes a list": (GOOD, {"axes": [["delta"]]}),
    "an axis that is no column": (GOOD, {"axes": {"foo": [1]}}),
    "an axis that is no list": (GOOD, {"axes": {"delta": 1}}),
    "no c1": ({name: value for name, value in GOOD.items() if name != "c1"}, {"axes": {"delta": [0.1]}}),
    "no z of c2": ({name: value for name, value in GOOD.items() if name != "c2_z"}, {"axes": {"delta": [0.1]}}),
    "text in c1": (GOOD | {"c1": "much"}, {"axes": {"delta": [0.1]}}),
    "text in an error": (GOOD | {"c2_stderr": "much"}, {"axes": {"delta": [0.1]}}),
    "samples a word": (GOOD, {"axes": {"delta": [0.1]}, "samples": "20"}),
    "seed a truth": (GOOD, {"axes": {"delta": [0.1]}, "seed": True}),
    "seed a list": (GOOD, {"axes": {"delta": [0.1]}, "seed": [0]}),
    "estimator a number": (GOOD, {"axes": {"delta": [0.1]}, "estimator": 5}),
    "failed a number": (GOOD, {"axes": {"delta": [0.1]}, "failed": 3}),
    "failed without errors": (GOOD, {"axes": {"delta": [0.1]}, "failed": [{}, 3]}),
}


@pytest.mark.parametrize("name", ODD)
def test_a_sweep_that_lacks_what_its_readers_take_is_refused(tmp_path, name):
    row, made = ODD[name]
    path = tmp_path / "x.csv"
    put(path, pd.DataFrame([row]).to_csv(index=False).encode(), made)
    with pytest.raises(ValueError, match=rf"^{path} is not a table: "):
        load(path)
    put(path, pd.DataFrame([GOOD]).to_csv(index=False).encode(), {"axes": {"delta": [0.1]}, "failed": []})
    assert load(path).c1.tolist() == [0.5]


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2,3\n4,5,6,7\n", b'a\n"open\n', b"\xff\xfe\xfa\n1\n", b"a,b\n" + b"1,2\n" * 9 + b"1,2,3\n"]
)
def test_what_is_no_csv_file_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "x.csv"
    put(path, content, {"experiment": "claims"})
    with pytest.raises(ValueError, match=rf"^{path} is not a table: ") as refused:
        load(path)
    assert "\n" not in str(refused.value)


def test_a_column_of_numbers_and_words_gives_no_warning(tmp_path):
    """Pandas guesses a column's type part by part unless it is told not to, and warns where parts differ."""
    path = tmp_path / "x.csv"
    put(path, b"a,b\n" + b"1,0.123456789\n" * 200_000 + b"x,1\n", {"experiment": "claims"})
    assert load(path).a.iloc[0] == "1"


def test_versions_name_what_a_module_uses_and_no_more(monkeypatch):
    assert set(versions("cgi_theory.sweep.run")) >= {"python", "numpy", "scipy", "numba", "pandas"}
    assert set(versions("cgi_theory.networks.similarity")) == {"python", "numpy"}
    assert "mlxtend" in versions("cgi_theory.networks.datasets")
    assert set(versions("cgi_theory.competition")) & {"mlxtend", "matplotlib", "seaborn"} == set()
    monkeypatch.setattr("cgi_theory.tables.provenance.libraries", lambda module: ["numpy", "no_such_library"])
    assert set(versions("cgi_theory.competition")) == {"python", "numpy"}


BASE = CompetitionModel(n=200, delta=1.0)
SWEEPS = {
    "lists": Sweep(base=BASE, axes={"delta": [0.1, 1e-5, 3], "n_labels": [2, 7]}, n_samples=2, seed=2**64 - 1),
    "ranges": Sweep(base=BASE, axes={"delta": "0.05:0.2:4", "n": "100:1000:3:log"}, n_samples=2),
    "words": Sweep(base=BASE, axes={"gradient_law": ["unit", "gaussian"], "conditioning": ["exactly"]}, n_samples=3),
    "target": Sweep(base=BASE, axes={"shared_correlation": [-0.5, 0]}, target_stderr=0.5, max_samples=101, estimator="collapsed"),
    "fields": Sweep(
        base=CompetitionModel(n=200, delta=0.1, sparsity=0.5, conditioning="exactly", rival_logit=0.05),
        axes={"n_labels": [2]},
        n_samples=2,
    ),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_s_command_makes_its_table_again(tmp_path, name, monkeypatch):
    """Typed at a shell, in a folder whose name a shell would take apart."""
    folder = tmp_path / "it's $HOME"
    folder.mkdir()
    monkeypatch.setattr(sys, "argv", ["ipykernel_launcher.py", "-f", "kernel.json"])
    frame = tables_module.load(made_by_run(SWEEPS[name], folder / "x.csv"))
    command = frame.attrs["sidecar"]["command"]
    assert command == sweep_command(SWEEPS[name], folder / "x.csv")
    assert command.startswith("cgi-theory sweep ")
    content = (folder / "x.csv").read_bytes()
    for file in folder.iterdir():
        file.unlink()
    typed = subprocess.run(["sh", "-c", f"printf '%s\\0' {command}"], cwd=tmp_path, check=True, capture_output=True, text=True)
    _, *arguments, _ = typed.stdout.split("\0")
    assert cgi(*arguments, "--jobs", 1, cwd=tmp_path).returncode == 0
    assert (folder / "x.csv").read_bytes() == content
    again = load(folder / "x.csv").attrs["sidecar"]
    assert again == frame.attrs["sidecar"]


def made_by_run(sweep, path):
    with ThreadPoolExecutor(1) as executor:
        run(sweep, path, executor=executor)
    return path


def test_a_range_is_written_as_one_and_a_long_axis_fits_a_command_line():
    sweep = Sweep(base=BASE, axes={"delta": "0.01:0.5:20000:log"}, n_samples=2)
    assert "--axis delta=0.01:0.5:20000:log " in sweep_command(sweep, "x.csv")
