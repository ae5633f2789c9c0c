import json

import pytest

from cgi_theory.sweep import load
from cgi_theory.sweep.tables import commit, is_current, write_table

MADE_WITH = {"experiment": "claims", "seed": 0}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "tables" / "x.csv"
    write_table(path, [{"x": 0.1 + 0.2, "y": 1e-300, "point_seed": str(2**64 - 1)}, {"x": 1.0, "y": None}], MADE_WITH, failed=[])
    return path


def test_numbers_survive_the_file(table):
    frame = load(table)
    assert frame.x.tolist() == [0.1 + 0.2, 1.0]
    assert frame.y[0] == 1e-300
    assert frame.point_seed[0] == str(2**64 - 1)
    assert frame.attrs["sidecar"]["failed"] == []
    assert frame.attrs["sidecar"]["commit"] == commit()


@pytest.mark.parametrize("spoil", ["csv", "json", "missing", "not a dict", "nested", "no text"])
def test_a_spoiled_table_is_not_current_and_not_loaded(table, spoil):
    assert is_current(table, MADE_WITH)
    sidecar = table.with_suffix(".json")
    if spoil == "csv":
        table.write_text("x\n2.5\n")
    elif spoil == "missing":
        sidecar.unlink()
    else:
        sidecar.write_bytes({"json": b"{", "not a dict": b"[1]", "nested": b"[" * 100_000, "no text": b"\xff"}[spoil])
    assert not is_current(table, MADE_WITH)
    with pytest.raises((OSError, ValueError), match=r"x\.(csv|json)"):
        load(table)


@pytest.mark.parametrize("made_with", [MADE_WITH | {"seed": 1}, MADE_WITH | {"experiment": "delta"}, MADE_WITH | {"more": 1}])
def test_other_parameters_are_not_current(table, made_with):
    assert not is_current(table, made_with)


def test_a_file_too_large_for_a_table_is_not_read(table):
    with table.with_suffix(".json").open("r+b") as file:
        file.truncate(2**29)
    with pytest.raises(ValueError, match="larger than"):
        load(table)


def test_the_sidecar_is_plain_json(table):
    sidecar = json.loads(table.with_suffix(".json").read_text())
    assert set(sidecar) == {"experiment", "seed", "failed", "sha256", "versions", "commit", "command"}
