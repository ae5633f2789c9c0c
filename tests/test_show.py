"""What ``show`` prints at a terminal, whatever the table, its path and the terminal's width."""

import io
import json
import math
import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from rich.cells import cell_len

from cgi_theory import CompetitionModel
from cgi_theory._console import print_rows
from cgi_theory._show import print_frame
from cgi_theory.sweep import Sweep, run
from cgi_theory.sweep.progress import no_table, unfinished
from cgi_theory.tables.files import write_table
from tests.sweep.commands import cgi

MODEL = {"n": 1000, "n_labels": 2, "sparsity": 1.0, "estimator": "direct"}
EMPTY = {"c2": math.nan, "c2_stderr": math.nan, "c2_z": math.nan}
SWEEP = [
    {**MODEL, "delta": delta, "c1_exact": 0.8 + delta, "c1_limit": 0.8, "c1": c1, "c1_stderr": 0.01, "c1_z": -delta}
    | {**EMPTY, "c2_exact": 1.0 - delta, "c2_limit": 0.9}
    for delta, c1 in ((0.1, 0.803), (0.2, math.nan))
]
AXES = {"delta": [0.1, 0.2]}


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """Return a function that prints a table on a terminal and returns the lines."""

    def show(rows, sidecar, width, title="x.csv", encoding="utf-8"):
        terminal = Terminal()
        terminal.encoding = encoding
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")
        frame = pd.DataFrame(rows)
        frame.attrs["sidecar"] = sidecar
        print_frame(frame, title, as_json=False)
        return re.sub(r"\x1b\[\d+m", "", terminal.getvalue()).splitlines()  # bold headings

    return show


@pytest.mark.parametrize("width", [200, 80, 60, 40, 20, 9, 1])
@pytest.mark.parametrize("axes", [AXES, None])
def test_what_fits_is_shown_whole_and_the_rest_is_named(shown, width, axes):
    lines = shown(SWEEP, {"axes": axes}, width)
    assert all(cell_len(line) <= width for line in lines[1:])
    rest = " ".join(lines[1:])
    columns = re.findall(r"[^│┃┏┳┡╇\s,]+", rest)
    assert ({"c1", "c2", "exact", "z"} if axes else set(SWEEP[0])) <= set(columns) or width < 20
    assert {"0.1", "0.2"} <= set(columns) or width < 20
    assert "…" not in rest
    assert ("noroomfor" in rest.replace(" ", "")) == (width <= (60 if axes else 40))


def test_columns_that_say_nothing_are_one_line(shown):
    lines = shown(SWEEP, {}, 200)
    assert lines[-2:] == [
        "in every row: n = 1000, n_labels = 2, sparsity = 1, estimator = direct, "
        "c1_limit = 0.8, c1_stderr = 0.01, c2_limit = 0.9",
        "empty: c2, c2_stderr, c2_z",
    ]
    assert [line.split()[1] for line in lines if line.startswith("┃")] == ["delta"]


def test_no_z_is_shown_of_samples_that_are_alike_but_for_rounding(shown):
    rows = [
        row | {"c1": 1.0, "c1_stderr": error, "c1_z": z} for row, error, z in zip(SWEEP, (1e-17, 0.5), (1e12, -2.0), strict=True)
    ]
    *_, first, second, _ = shown(rows, {"axes": AXES}, 200)
    assert [line.split("│")[4].strip() for line in (first, second)] == ["", "-2.0"]


def test_long_texts_wrap_between_words(shown):
    claims = [{"id": name, "claim": f"{name} labels compete " * 9, "verdict": "confirmed"} for name in ("one", "two")]
    lines = shown(claims, {}, 60)
    assert max(map(cell_len, lines)) <= 60
    words = set(re.findall(r"[a-z]+", " ".join(lines)))
    assert words <= {"x", "csv", "id", "in", "every", "row", "claim", "one", "two", "labels", "compete", "verdict", "confirmed"}
    assert {"one", "two", "labels", "compete"} <= words


HOSTILE = ["[/red]", "[bold]", ":smile:", "\x1b[2J", "\n\n", "日本語" * 50, "δ±", "\udcff", "=1+1", "x" * 5000, ""]


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_data_are_no_markup(shown, encoding):
    rows = [{"name": text, "[/b]" + text: 1.5 if text else None, "c1": text} for text in HOSTILE]
    rows = [{f"{i}{column}": row.get(column) for i, column in enumerate({key: 0 for row in rows for key in row})} for row in rows]
    lines = shown(rows, {"axes": {"0name": HOSTILE}}, 100, title="run[b]1[/red]:smile:\x1b.csv", encoding=encoding)
    assert lines[0] == "run[b]1[/red]:smile:\\x1b.csv"
    text = "\n".join(lines)
    assert "\x1b" not in text
    assert "[/b][bold]" in text
    text.encode(encoding)
    assert all(cell_len(line) <= 100 for line in lines)


ODD = ["delta", 5, [], ["delta"], [["delta"]], {"foo": [1]}, {"delta": 7, "foo": None}, None, {}, True, [{"a": 1}]]


@pytest.mark.parametrize("axes", ODD, ids=repr)
def test_odd_axes(shown, axes):
    for columns in (SWEEP, [{"delta": 0.1}], [{"delta": 0.1, "c1": "text", "c1_stderr": 1, "c1_exact": 1, "c1_z": 1}], []):
        lines = shown(columns, {"axes": axes}, 100)
        assert lines[0] == "x.csv"
        assert "0.1" in " ".join(lines) or not columns
        assert columns or lines[1:] == ["no rows"]


def test_rows_that_are_not_shown_are_counted(shown):
    lines = shown([{"n": n} for n in range(500)], {}, 80)
    assert lines[-1].startswith("and 300 more rows")
    assert len(lines) == 1 + 3 + 200 + 1 + 1


def test_other_tables_fit_too(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "20")
    print_rows([{"quantity": "kept_shared", "exact": 0.123456}])
    assert "kept_shared" in terminal.getvalue()
    assert "no room for: exact" in terminal.getvalue()


def test_failed_points_are_named(tmp_path):
    failed = [{"sparsity": i, "error": "ValueError: no\ndirection"} for i in range(25)]
    write_table(tmp_path / "x.csv", SWEEP, {"axes": AXES}, module="cgi_theory.sweep.run", command="", failed=failed)
    shown = cgi("show", "x.csv", cwd=tmp_path)
    assert shown.returncode == 0
    assert shown.stderr.count("\n") == 21
    assert shown.stderr.startswith("cgi-theory: the point sparsity = 0 failed: ValueError: no\\ndirection\n")
    assert shown.stderr.splitlines()[-1].startswith("cgi-theory: and 5 more points failed")


def test_a_sweep_without_a_table_says_how_far_it_is(tmp_path):
    table, said = tmp_path / "x.csv", []
    sweep = Sweep(base=CompetitionModel(n=100, delta=0.1), axes={"n_labels": [2, 3]}, n_samples=10)

    def stop_at_the_end(stored, wanted):
        said.append(unfinished(table))
        if stored == wanted:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as executor:
        assert unfinished(table) is None
        with pytest.raises(KeyboardInterrupt):
            run(sweep, table, executor=executor, progress=stop_at_the_end)
        assert said[0] == "its sweep is running, with 0 of 20 samples stored"
        shown = cgi("show", "x.csv", "--json", cwd=tmp_path)
        assert (shown.returncode, shown.stdout) == (2, "")
        assert shown.stderr == (
            "cgi-theory: x.csv is not written yet: its sweep has ended with 20 of 20 samples stored: run it again to go on\n"
        )
        assert f"{tmp_path / 'x'}: No such file; {table} is not written yet: its sweep has" in str(no_table(tmp_path / "x"))
        run(sweep, table, executor=executor)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".csv", ".json", ".sqlite", ".sqlite-shm", ".sqlite-wal"}
    assert json.loads((tmp_path / "x.json").read_text())["failed"] == []


def test_what_is_no_store_is_no_sweep(tmp_path):
    (tmp_path / "x.sqlite").write_text("not a database, but long enough to be taken for one" * 50)
    (tmp_path / "y.sqlite").mkdir()
    assert unfinished(tmp_path / "x.csv") is None
    assert unfinished(tmp_path / "y.csv") is None
