import json
import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cgi_theory.gaussian.workspace import COLUMNS
from cgi_theory.sweep.store import RefusedStoreError, Store, StoredBlock, StoreError

ROOT = Path(__file__).parents[2]
GRID = {"seed": 0, "axes": {"delta": [0.1, 0.2]}}


def samples(start, stop):
    return np.arange(start * COLUMNS, stop * COLUMNS, dtype=np.float64).reshape(-1, COLUMNS) / 7.0


def block(point, start, stop):
    return StoredBlock(point, start, stop, samples(start, stop))


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
    with Store(path, GRID) as store:
        store.add([block(0, 0, 10), block(0, 20, 25), block(1, 0, 5)], {0: {"c1_exact": 0.1, "c1_limit": np.nan}, 1: {}})
    return path


def test_what_is_stored_comes_back(filled):
    with Store(filled, GRID) as store:
        assert store.gaps(0, 30) == [(10, 20), (25, 30)]
        assert store.gaps(0, 22) == [(10, 20)]
        assert store.gaps(0, 10) == []
        assert store.gaps(2, 3) == [(0, 3)]
        store.add([block(0, 10, 20)], {})
        assert store.gaps(0, 25) == []
        for wanted in (1, 10, 13, 25):
            assert np.array_equal(store.results(0, wanted), samples(0, wanted))
        answers = store.answers(0)
        assert answers["c1_exact"] == 0.1
        assert np.isnan(answers["c1_limit"])


def test_a_commit_is_whole_or_nothing(filled):
    with Store(filled, GRID) as store:
        with pytest.raises(StoreError, match="intact"):
            store.add([block(0, 10, 20), block(1, 0, 5)], {})  # the second is there already
        assert store.gaps(0, 20) == [(10, 20)]


def test_one_store_one_writer(filled):
    with Store(filled, GRID), pytest.raises(RefusedStoreError, match="in use by another process"):
        Store(filled, GRID)
    with Store(filled, GRID) as store:
        assert store.gaps(1, 5) == []


@pytest.mark.parametrize("grid", [GRID | {"seed": 1}, GRID | {"axes": {"delta": [0.1]}}, GRID | {"version": "0.2"}])
def test_another_grid_never_mixes(filled, grid):
    with pytest.raises(RefusedStoreError, match=r"another sweep's samples.*--force"):
        Store(filled, grid)
    with Store(filled, GRID) as store:  # the refusal left it as it was
        assert store.gaps(1, 5) == []
    with Store(filled, grid, force=True) as store:
        assert store.gaps(1, 5) == [(0, 5)]
    with pytest.raises(RefusedStoreError, match="another sweep"):
        Store(filled, GRID)


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
    with pytest.raises(RefusedStoreError, match="not a store of sweeps"):
        Store(path, GRID, force=True)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_store(tmp_path):
    path = tmp_path / "x.sqlite"
    path.touch()
    with Store(path, GRID) as store:
        store.add([block(0, 0, 1)], {0: {}})
        assert store.gaps(0, 1) == []


def test_broken_pages_are_refused(filled):
    content = bytearray(filled.read_bytes())
    content[4096 : 3 * 4096] = os.urandom(2 * 4096)
    filled.write_bytes(content)
    with pytest.raises(RefusedStoreError, match="damaged"):
        Store(filled, GRID)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE blocks SET results = ? WHERE point = 1", samples(0, 5).tobytes()[:-8] + b"\x00" * 8),
        ("UPDATE blocks SET results = ? WHERE point = 1", b"short"),
        ("UPDATE blocks SET results = ? WHERE point = 1", "text"),
        ("UPDATE blocks SET digest = ? WHERE point = 1", b""),
        ("UPDATE blocks SET start = ? WHERE point = 1", -5),
        ("UPDATE blocks SET stop = ? WHERE point = 1", 2**60),
        ("UPDATE blocks SET stop = ? WHERE point = 1", "many"),
        ("UPDATE blocks SET start = ? WHERE point = 1", 5),
    ],
)
def test_a_changed_block_is_refused(filled, statement, value):
    alter(filled, statement, value)

    def read():
        with Store(filled, GRID) as store:
            store.results(1, 5)

    with pytest.raises(RefusedStoreError, match="damaged"):
        read()


@pytest.mark.parametrize("columns", ["{", "[1]", '{"c1_exact": "x"}', "3", b"\xff"])
def test_changed_answers_are_refused(filled, columns):
    alter(filled, "UPDATE answers SET columns = ?", columns)
    with Store(filled, GRID) as store, pytest.raises(RefusedStoreError, match="damaged"):
        store.answers(0)


@pytest.mark.parametrize("description", ["{", "3", "[]", json.dumps({"seed": 3})])
def test_a_changed_description_is_refused(filled, description):
    alter(filled, "UPDATE grid SET description = ?", description)
    with pytest.raises(RefusedStoreError, match="another sweep"):
        Store(filled, GRID)


def test_a_store_without_its_tables_is_refused(filled):
    alter(filled, "DROP TABLE grid")
    with pytest.raises(StoreError, match="no such table"):
        Store(filled, GRID)


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
from tests.sweep.test_store import GRID, block
from cgi_theory.sweep.store import Store, StoreError
store = Store(Path(sys.argv[1]), GRID)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
stored = 0
try:
    for start in range(0, 100_000, 1000):
        store.add([block(3, start, start + 1000)], {})
        stored = start + 1000
except StoreError as error:
    print(stored, error)
"""


def test_a_full_disk_keeps_what_was_stored(filled):
    code = subprocess.run(
        [sys.executable, "-c", FILL, str(filled), "1000000"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    stored, _, message = code.stdout.partition(" ")
    assert "cannot write" in message
    assert "intact" in message
    assert 0 < int(stored) < 100_000
    with Store(filled, GRID) as store:
        assert store.gaps(3, int(stored)) == []
        assert np.array_equal(store.results(3, int(stored)), samples(0, int(stored)))
        assert store.gaps(1, 5) == []


def test_the_limit_is_what_fills_the_disk(path):
    unlimited = str(resource.RLIM_INFINITY)
    code = subprocess.run(
        [sys.executable, "-c", FILL, str(path), unlimited], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    assert code.stdout == ""
