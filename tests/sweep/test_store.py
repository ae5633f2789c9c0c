import json
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cgi_theory.sampling.columns import NAMES
from cgi_theory.sweep.samples import SAMPLE_BYTES, entry_of, samples_in
from cgi_theory.sweep.store import RefusedStoreError, Store, StoreError

ROOT = Path(__file__).parents[2]
GRID = {"seed": 0, "axes": {"delta": [0.1, 0.2]}, "version": "0.1"}


def samples(start, stop):
    columns = len(NAMES)
    return np.arange(start * columns, stop * columns, dtype=np.float64).reshape(-1, columns) / 7.0


def entry(point, start, stop):
    return entry_of(point, start, stop, samples(start, stop))


def alter(path, statement, *values):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement, values)
    connection.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "x.sqlite"


@pytest.fixture
def filled(path):
    with Store(path, GRID, sample_bytes=SAMPLE_BYTES) as store:
        store.add([entry(0, 0, 10), entry(0, 20, 25), entry(1, 0, 5)])
    return path


def test_what_is_stored_comes_back(filled):
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(0, 30) == [(10, 20), (25, 30)]
        assert store.gaps(0, 22) == [(10, 20)]
        assert store.gaps(0, 10) == []
        assert store.gaps(2, 3) == [(0, 3)]
        store.add([entry(0, 10, 20)])
        assert store.gaps(0, 25) == []
        for wanted in (1, 10, 13, 25):
            assert np.array_equal(samples_in(store, 0, wanted), samples(0, wanted))


def test_a_commit_is_whole_or_nothing(filled):
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        with pytest.raises(StoreError, match="intact"):
            store.add([entry(0, 10, 20), entry(1, 0, 5)])  # the second is there already
        assert store.gaps(0, 20) == [(10, 20)]


def test_one_store_one_writer(filled):
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES), pytest.raises(RefusedStoreError, match="in use by another process"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(1, 5) == []


@pytest.mark.parametrize("grid", [GRID | {"seed": 1}, GRID | {"axes": {"delta": [0.1]}}, GRID | {"version": "0.2"}])
def test_another_grid_never_mixes(filled, grid):
    with pytest.raises(RefusedStoreError, match=r"what another run stored.*--force"):
        Store(filled, grid)
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:  # the refusal left it as it was
        assert store.gaps(1, 5) == []
    with Store(filled, grid, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]
    with pytest.raises(RefusedStoreError, match="another run"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)


def test_force_keeps_what_the_same_sweep_stored(filled):
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(1, 5) == []


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"x" * 200, b"\x00" * 5000])
def test_a_foreign_file_is_left_as_it_is(tmp_path, content):
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    for force in (False, True):
        with pytest.raises(RefusedStoreError, match="left as it is"):
            Store(path, GRID, force=force)
        assert path.read_bytes() == content


def test_a_foreign_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "x.sqlite"
    alter(path, "CREATE TABLE songs (name TEXT)")
    content = path.read_bytes()
    with pytest.raises(RefusedStoreError, match="not a store of samples"):
        Store(path, GRID, force=True)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "x.sqlite"
    path.touch()
    with Store(path, GRID, sample_bytes=SAMPLE_BYTES) as store:
        store.add([entry(0, 0, 1)])
        assert store.gaps(0, 1) == []


def test_broken_pages_are_refused(filled):
    content = bytearray(filled.read_bytes())
    content[4096 : 3 * 4096] = os.urandom(2 * 4096)
    filled.write_bytes(content)
    with pytest.raises(RefusedStoreError, match="damaged"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)


DAMAGES = {
    "a sample changed": ("UPDATE entries SET content = ? WHERE point = 1", samples(0, 5).tobytes()[:-8] + b"\x00" * 8),
    "an entry cut short": ("UPDATE entries SET content = ? WHERE point = 1", b"short"),
    "text for samples": ("UPDATE entries SET content = ? WHERE point = 1", "text"),
    "no digest": ("UPDATE entries SET digest = ? WHERE point = 1", b""),
    "another point's entry": ("UPDATE entries SET point = ? WHERE point = 1", 2),
    "a point's number is a text": ("UPDATE entries SET point = ? WHERE point = 1", "one"),
    "a point's number is below 0": ("UPDATE entries SET point = ? WHERE point = 1", -1),
    "a start below 0": ("UPDATE entries SET start = ? WHERE point = 1", -5),
    "a start at the stop": ("UPDATE entries SET start = ? WHERE point = 1", 5),
    "a stop far off": ("UPDATE entries SET stop = ? WHERE point = 1", 2**60),
    "a stop of 400 digits": ("UPDATE entries SET stop = ? WHERE point = 1", "9" * 400),
    "no grid": ("DELETE FROM grid",),
    "two grids": ("INSERT INTO grid SELECT * FROM grid",),
    "nothing in it": ("DELETE FROM grid", "DELETE FROM entries"),
    "no table of grids": ("DROP TABLE grid",),
    "no table of entries": ("DROP TABLE entries",),
    "no table at all": ("DROP TABLE entries", "DROP TABLE grid"),
    "another column": ("ALTER TABLE entries ADD COLUMN more TEXT",),
    "the tables of an earlier version": ("CREATE TABLE answers (point INTEGER PRIMARY KEY, columns TEXT NOT NULL)",),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM entries; END",),
    "a view": ("CREATE VIEW v AS SELECT * FROM entries",),
}


def damage(path, *statements):
    connection = sqlite3.connect(path)
    values = () if isinstance(statements[-1], str) and "?" not in statements[0] else statements[1:]
    with connection:
        for statement in statements if not values else statements[:1]:
            connection.execute(statement, values)
    connection.close()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_store_names_itself_and_is_discarded_by_force_alone(filled, name):
    damage(filled, *DAMAGES[name])
    content = filled.read_bytes()
    with pytest.raises(RefusedStoreError, match=rf"^{filled} is damaged.*delete it.*--force") as refused:
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)
    assert "\n" not in str(refused.value)
    assert filled.read_bytes() == content
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]
        store.add([entry(1, 0, 5)])
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(1, 5) == []
    filled.write_bytes(content)
    filled.unlink()
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:  # and so does deleting it
        assert store.gaps(1, 5) == [(0, 5)]


def test_entries_over_each_other_are_damage(filled):
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        store.add([entry(0, 5, 15)])
    with pytest.raises(RefusedStoreError, match="damaged"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)


@pytest.mark.parametrize("point", [0, 1])
def test_samples_that_were_deleted_are_drawn_again(filled, point):
    damage(filled, "DELETE FROM entries WHERE point = ?", point)
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(point, 5) == [(0, 5)]
        assert store.gaps(1 - point, 5) == []
        store.add([entry(point, 0, 5)])
        assert np.array_equal(samples_in(store, point, 5), samples(0, 5))


@pytest.mark.parametrize("size", [100, 512, 1000, 4096, 5000, 8192, 9000])
def test_a_store_cut_short(filled, size):
    content = filled.read_bytes()[:size]
    assert len(content) == size
    filled.write_bytes(content)
    with pytest.raises(RefusedStoreError, match=r"is damaged.*delete it"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]


@pytest.mark.parametrize("place", [16, 18, 21, 100, 101, 110, 4096, 8192])
def test_any_page_of_a_store_may_be_broken(filled, place):
    """Even its header, beyond what says whose file it is; nothing else may come of it than a refusal."""
    content = bytearray(filled.read_bytes())
    content[place : place + 40] = b"\xff" * 40
    if place < 72:
        content[68:72] = filled.read_bytes()[68:72]
    filled.write_bytes(content)
    with pytest.raises(RefusedStoreError, match=r"is damaged.*delete it"):
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]


def test_what_is_left_of_a_discarded_store_does_not_come_back(filled):
    """The write-ahead log of a killed process belongs to the store that is discarded."""
    kept = filled.with_name("kept")
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        store.add([entry(3, 0, 5)])
        log = filled.with_name(filled.name + "-wal")
        assert log.stat().st_size > 0
        kept.write_bytes(log.read_bytes())
    damage(filled, "DELETE FROM grid")
    kept.replace(log)
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(3, 5) == [(0, 5)]
    assert not log.exists()


def test_force_through_a_link_discards_what_it_leads_to(filled, tmp_path):
    link = tmp_path / "link.sqlite"
    link.symlink_to(filled)
    damage(filled, "DROP TABLE grid")
    with Store(link, GRID, force=True) as store:
        store.add([entry(1, 0, 5)])
    assert link.is_symlink()
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(1, 5) == []


def test_force_discards_no_store_that_is_in_use(filled):
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        with pytest.raises(RefusedStoreError, match="in use"):
            Store(filled, GRID | {"seed": 1}, force=True)
        store.add([entry(5, 0, 5)])
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(5, 5) == []


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link to a pipe"])
def test_what_is_no_file_is_left_as_it_is(tmp_path, kind, force):
    """A pipe would never answer."""
    path = tmp_path / "x.sqlite"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(tmp_path / "pipe" if kind == "link to a pipe" else path)
    if kind == "link to a pipe":
        path.symlink_to(tmp_path / "pipe")
    with pytest.raises(RefusedStoreError, match="left as it is"):
        Store(path, GRID, force=force)
    assert path.exists()


def test_a_store_bears_its_mark_before_anything_is_in_it(path):
    """A process that is killed leaves a file whose header says whose it is, whatever became of the rest."""
    with Store(path, GRID, sample_bytes=SAMPLE_BYTES):
        assert path.read_bytes()[68:72] == b"CGIT"


DESCRIPTIONS = [
    "{",
    "3",
    "[]",
    json.dumps({"seed": 3}),
    "[" * 100_000,
    '{"seed": ' + "9" * 5000 + "}",
    b"\xff",
    '{"seed": "a\nb"}',
]


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=range(len(DESCRIPTIONS)))
def test_a_changed_description_is_refused(filled, description):
    alter(filled, "UPDATE grid SET description = ?", description)
    with pytest.raises(
        RefusedStoreError, match=r"is damaged, or of another version: delete it, or discard it with --force"
    ) as refused:
        Store(filled, GRID, sample_bytes=SAMPLE_BYTES)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 1000
    with Store(filled, GRID, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot open"):
        Store(tmp_path / "file" / "x.sqlite", GRID)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot open"):
        Store(tmp_path / "x.sqlite", GRID)
    tmp_path.chmod(0o700)


FILL = """
import resource, sys
from pathlib import Path
from tests.sweep.test_store import GRID, entry
from cgi_theory.sweep.store import Store, StoreError
store = Store(Path(sys.argv[1]), GRID)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
stored = 0
try:
    for start in range(0, 100_000, 1000):
        store.add([entry(3, start, start + 1000)])
        stored = start + 1000
except StoreError as error:
    print(stored, error)
"""


def test_a_full_disk_keeps_what_was_stored(filled):
    code = subprocess.run(
        [sys.executable, "-c", FILL, str(filled), "1000000"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    stored, _, message = code.stdout.partition(" ")
    assert "cannot write" in message
    assert "intact" in message
    assert 0 < int(stored) < 100_000
    with Store(filled, GRID, sample_bytes=SAMPLE_BYTES) as store:
        assert store.gaps(3, int(stored)) == []
        assert np.array_equal(samples_in(store, 3, int(stored)), samples(0, int(stored)))
        assert store.gaps(1, 5) == []


def test_the_limit_is_what_fills_the_disk(path):
    unlimited = str(resource.RLIM_INFINITY)
    code = subprocess.run(
        [sys.executable, "-c", FILL, str(path), unlimited], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert code.stdout == ""
