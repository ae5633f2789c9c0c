import csv
import dataclasses
import hashlib
import io
import json
import os
import pty
import subprocess

import numpy as np
import pytest

from cgi_theory import CompetitionModel, __version__, exact, simulate
from cgi_theory.cli import app
from cgi_theory.quantities import NAMES
from tests.sweep.commands import ENVIRONMENT, cgi, command

MODEL = ("--n", "1000", "--delta", "0.1")
SWEEP = """
[model]
n = 1000
[axes]
delta = [0.1, 0.2]
[sampling]
samples = 20
"""


def on_a_terminal(*arguments, cwd):
    """Run with standard output on a terminal and return what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(*arguments), cwd=cwd, env=ENVIRONMENT, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the terminal closes with the process
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return shown.decode()


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def number(text):
    """Read a number of a CSV file, in which NaN is an empty cell."""
    return float(text or "nan")


def test_exact(tmp_path):
    model = CompetitionModel(n=1000, delta=0.1, n_labels=3, sparsity=0.5, shared_correlation=-0.25, conditioning="exactly")
    options = ("--n-labels", 3, "--sparsity", 0.5, "--shared-correlation", -0.25, "--conditioning", "exactly")
    shown = cgi("exact", *MODEL, *options, cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert [row["quantity"] for row in rows(shown.stdout)] == list(NAMES)
    for row in rows(shown.stdout):
        np.testing.assert_equal(number(row["exact"]), getattr(exact(model), row["quantity"]))
    as_json = json.loads(cgi("exact", *MODEL, *options, "--rival-logit", 0.03, "--json", cwd=tmp_path).stdout)
    answer = exact(dataclasses.replace(model, rival_logit=0.03))
    assert {row["quantity"]: row["exact"] for row in as_json} == {name: getattr(answer, name) for name in NAMES}


def test_what_is_not_a_number_is_null(tmp_path):
    shown = json.loads(cgi("exact", *MODEL, "--json", cwd=tmp_path).stdout)
    assert {row["quantity"] for row in shown if row["exact"] is None} == {"rival_c1", "rival_c2"}


def test_simulate(tmp_path):
    options = ("--gradient-law", "gaussian", "--shared-fraction", 0.25)
    model = CompetitionModel(n=1000, delta=0.1, gradient_law="gaussian", shared_fraction=0.25)
    shown = cgi(
        "simulate", *MODEL, *options, "--samples", 30, "--seed", 5, "--estimator", "conditional", "--jobs", 1, cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    estimate = simulate(model, 30, seed=5, estimator="conditional")
    for row in rows(shown.stdout):
        measured = getattr(estimate, row["quantity"])
        np.testing.assert_equal((number(row["mean"]), number(row["stderr"])), (measured.mean, measured.stderr))
        np.testing.assert_equal(number(row["exact"]), getattr(exact(model), row["quantity"]))


def test_sweep_and_show(tmp_path):
    (tmp_path / "grid.toml").write_text(SWEEP)
    ran = cgi("sweep", "grid.toml", cwd=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "results/sweeps/grid.csv\n", "")
    shown = cgi("show", "results/sweeps/grid.csv", cwd=tmp_path)
    assert [float(row["delta"]) for row in rows(shown.stdout)] == [0.1, 0.2]
    as_json = json.loads(cgi("show", "results/sweeps/grid.csv", "--json", cwd=tmp_path).stdout)
    assert [row["n_samples"] for row in as_json] == [20, 20]
    again = json.loads(cgi("sweep", "grid.toml", "--samples", 30, "--json", cwd=tmp_path).stdout)
    assert again == {"table": "results/sweeps/grid.csv", "points": 2, "failed": []}
    target = cgi("sweep", "grid.toml", "--target-stderr", 0.05, cwd=tmp_path)
    assert target.returncode == 0, target.stderr
    as_json = json.loads(cgi("show", "results/sweeps/grid.csv", "--json", cwd=tmp_path).stdout)
    assert max(row["c1_stderr"] for row in as_json) <= 0.05


def test_a_sweep_from_flags_is_that_of_a_file(tmp_path):
    (tmp_path / "grid.toml").write_text(SWEEP)
    flags = ("--set", "n=1000", "--axis", "delta=0.1,0.2", "--samples", 20, "--out", "flags.csv", "--jobs", 1)
    assert cgi("sweep", *flags, cwd=tmp_path).stdout == "flags.csv\n"
    cgi("sweep", "grid.toml", "--out", "file.csv", "--jobs", 1, "--resume", cwd=tmp_path)
    assert (tmp_path / "flags.csv").read_bytes() == (tmp_path / "file.csv").read_bytes()


def test_a_sweep_of_words(tmp_path):
    flags = ("--set", "n=1000", "--set", "delta=0.2", "--axis", "gradient_law=unit,gaussian", "--axis", "n_labels=2:9:3:log")
    ran = cgi("sweep", *flags, "--samples", 5, "--seed", 3, "--estimator", "collapsed", "--jobs", 1, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "results/sweeps/sweep.csv\n"), ran.stderr
    shown = rows(cgi("show", "results/sweeps/sweep.csv", cwd=tmp_path).stdout)
    assert [(row["gradient_law"], row["n_labels"]) for row in shown] == [
        (law, labels) for law in ("unit", "gaussian") for labels in ("2", "4", "9")
    ]


def test_a_changed_sweep_asks_for_force(tmp_path):
    flags = ("--set", "n=1000", "--samples", 5, "--out", "x.csv", "--jobs", 1)
    assert cgi("sweep", *flags, "--axis", "delta=0.1", cwd=tmp_path).returncode == 0
    refused = cgi("sweep", *flags, "--axis", "delta=0.2", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert cgi("sweep", *flags, "--axis", "delta=0.2", "--force", cwd=tmp_path).returncode == 0


def test_a_failing_point(tmp_path):
    flags = ("--set", "n=200", "--set", "delta=1", "--axis", "sparsity=1,0.001", "--samples", 10, "--jobs", 1)
    ran = cgi("sweep", *flags, "--out", "x.csv", cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == "x.csv\n"
    assert ran.stderr.startswith("cgi-theory: the point sparsity = 0.001 failed: ValueError: ")
    assert ran.stderr.count("\n") == 1
    assert len(rows(cgi("show", "x.csv", cwd=tmp_path).stdout)) == 1


def test_on_a_terminal_there_are_tables(tmp_path):
    assert "━" in on_a_terminal("exact", *MODEL, cwd=tmp_path)
    (tmp_path / "grid.toml").write_text(SWEEP)
    assert "grid.csv" in on_a_terminal("sweep", "grid.toml", "--jobs", 1, cwd=tmp_path)
    shown = on_a_terminal("show", "results/sweeps/grid.csv", cwd=tmp_path)
    assert "━" in shown
    assert "c1 exact" in shown
    assert "±" in shown
    json.loads(on_a_terminal("show", "results/sweeps/grid.csv", "--json", cwd=tmp_path))


def test_version_and_help(tmp_path):
    assert cgi("--version", cwd=tmp_path).stdout.strip() == __version__
    for name in ("exact", "simulate", "sweep", "show"):
        shown = cgi(name, "--help", cwd=tmp_path)
        assert shown.returncode == 0
        assert "Usage" in shown.stdout


MISTAKES = [
    (("exact", "--n", "1000", "--delta", "-1"), "delta must be from 1e-12 to 1e+12, not -1.0"),
    (("exact", "--n", "1000", "--delta", "nan"), "delta must be from"),
    (("exact", *MODEL, "--conditioning", "almost"), "conditioning must be one of 'at_least', 'exactly', not 'almost'"),
    (("simulate", *MODEL, "--samples", "1"), "cgi-theory: --samples must be from 2"),
    (("simulate", *MODEL, "--seed", "-1"), "seed must be from 0 to 18446744073709551615, not -1"),
    (("simulate", *MODEL, "--jobs", "0"), "--jobs must be from 1 to 4096, not 0"),
    (("exact", "--n", "1.5", "--delta", "1"), "n must be a whole number, not 1.5"),
    (("exact", "--n", "1000", "--delta", "1e400"), "delta must be from 1e-12 to 1e+12, not 1E+400"),
    (("exact", "--n", "1000", "--delta", "inf"), "delta must be from 1e-12 to 1e+12, not inf"),
    (("simulate", *MODEL, "--estimator", "best"), "estimator must be one of"),
    (("simulate", "--n", "100", "--delta", "1", "--sparsity", "0.001"), "no direction to scale"),
    (("sweep",), "give a specification file, or --set and --axis"),
    (("sweep", "none.toml"), "No such file"),
    (("sweep", "grid.toml", "--axis", "delta=1,2"), "not both"),
    (("sweep", "grid.toml", "--out", "x.txt"), "--out must end in .csv"),
    (("sweep", "grid.toml", "--samples", "1"), "cgi-theory: --samples must be from 2"),
    (("sweep", "grid.toml", "--target-stderr", "0"), "cgi-theory: --target-stderr must be from 1e-12"),
    (("sweep", "grid.toml", "--samples", "9", "--target-stderr", "1"), "--samples and --target-stderr exclude each other"),
    (("sweep", "empty.toml"), "empty.toml is empty: a specification has tables [model] and [axes]"),
    (("sweep", "few.toml"), "cgi-theory: sampling.samples must be from 2 to 10000000, not 1"),
    (("sweep", "--set", "n=1000", "--axis", "delta=0.1,"), "--axis delta has an empty entry: '0.1,'"),
    (("sweep", "--set", "n=1000", "--axis", "delta=0.1,,0.2"), "--axis delta has an empty entry: '0.1,,0.2'"),
    (("sweep", "--set", "delta=1", "--axis", "gradient_law= ,unit"), "--axis gradient_law has an empty entry: ',unit'"),
    (("sweep", "--set", "n=1000", "--axis", "delta="), "--axis must be FIELD=VALUE, not 'delta='"),
    (("sweep", "--set", "n= ", "--axis", "delta=1"), "--set must be FIELD=VALUE, not 'n= '"),
    (("sweep", "--set", "n=1000", "--axis", "delta=1,1.0"), "axes.delta repeats 1.0"),
    (("sweep", "grid.toml", "--dask", "tcp://127.0.0.1:1"), "no Dask scheduler answers"),
    (("sweep", "grid.toml", "--resume", "--force"), "--resume and --force exclude each other"),
    (("sweep", "--set", "n", "--axis", "delta=1"), "--set must be FIELD=VALUE, not 'n'"),
    (("sweep", "--set", "n=5", "--set", "n=6", "--axis", "delta=1"), "--set n is given twice"),
    (("sweep", "--set", "n=1000", "--axis", "delta=0.1:0.2"), "axes.delta must be a list"),
    (("sweep", "--set", "n=1000", "--axis", "detla=0.1"), "unknown key axes.detla"),
    (
        ("sweep", "grid.toml", "--out", "mine.csv"),
        "mine.csv is no table of ours (mine.json: No such file or folder); it was left",
    ),
    (("sweep", "grid.toml", "--out", "broken.csv"), "broken.json is not the sidecar of a table"),
    (("sweep", "grid.toml", "--out", "folder.csv"), "folder.csv"),
    (("sweep", "grid.toml", "--out", "dangling.csv"), "dangling.csv"),
    (("show", "folder.csv"), "folder.csv: This is a folder, not a file"),
    (("show", "pipe.csv"), "pipe.csv is not a regular file"),
    (("show", "/dev/zero"), "/dev/zero is not a regular file"),
    (("sweep", "pipe.csv"), "pipe.csv is not a regular file"),
    (("show", "odd.csv"), "odd.csv is not a table: the sidecar's axes"),
    (("show", "none.csv"), "none.csv: No such file"),
    (("show", "grid.toml"), "grid.toml is a specification, not a table"),
    (("show", "broken.csv"), "is not the sidecar of a table"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=[" ".join(arguments) for arguments, _ in MISTAKES])
def test_a_mistake_gets_one_clear_line(tmp_path, arguments, message):
    (tmp_path / "grid.toml").write_text(SWEEP)
    (tmp_path / "empty.toml").write_text("# nothing\n")
    (tmp_path / "few.toml").write_text(SWEEP.replace("20", "1"))
    (tmp_path / "broken.csv").write_text("a\n1\n")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "mine.csv").write_text("my,own\n1,2\n")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "dangling.csv").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "odd.csv").write_text("a\n1\n")
    digest = hashlib.sha256(b"a\n1\n").hexdigest()
    (tmp_path / "odd.json").write_text(json.dumps({"axes": "delta", "sha256": digest}))
    shown = cgi(*arguments, cwd=tmp_path)
    assert shown.returncode == 2, shown.stderr
    assert shown.stdout == ""
    assert message in shown.stderr
    assert shown.stderr.startswith("cgi-theory: ")
    assert shown.stderr.count("\n") == 1
    assert "Errno" not in shown.stderr
    assert (tmp_path / "mine.csv").read_text() == "my,own\n1,2\n"
    assert not list(tmp_path.glob("*.sqlite"))


NINES = "9" * 400
LONG = [
    ("exact", "--n", "1000", "--delta", NINES),
    ("exact", "--n", NINES, "--delta", "1"),
    ("exact", "--n", 20 * NINES, "--delta", "1"),
    ("exact", *MODEL, "--rival-logit", f"-{NINES}"),
    ("exact", *MODEL, "--conditioning", NINES),
    ("simulate", *MODEL, "--samples", NINES),
    ("simulate", *MODEL, "--seed", 20 * NINES),
    ("simulate", *MODEL, "--jobs", NINES),
    ("simulate", *MODEL, "--estimator", NINES),
    ("sweep", "--set", "n=1000", "--axis", f"delta=0.1,{NINES}"),
    ("sweep", "--set", f"n={20 * NINES}", "--axis", "delta=0.1"),
    ("sweep", "--set", "n=1000", "--axis", f"delta=0.1:{NINES}:3"),
    ("sweep", "--set", "n=1000", "--axis", f"delta=0.1:0.2:{NINES}"),
    ("sweep", "--set", "n=1000", "--axis", f"delta=0.1:0.2:{20 * NINES}"),
    ("sweep", "--set", "n=1000", "--axis", f"{NINES}=1"),
    ("sweep", "--set", NINES, "--axis", "delta=1"),
    ("sweep", "--set", "n=1000", "--axis", "delta=0.1", "--samples", NINES),
    ("sweep", "--set", "n=1000", "--axis", "delta=0.1", "--target-stderr", NINES),
    ("sweep", "--set", "n=1000", "--axis", "delta=0.1", "--seed", 20 * NINES),
]


def test_a_number_of_many_digits_gets_one_short_line(capsys):
    """In this process: what the command prints is what its function writes."""
    for arguments in LONG:
        with pytest.raises(SystemExit) as ended:
            app(arguments)
        shown = capsys.readouterr()
        assert (ended.value.code, shown.out) == (2, ""), arguments
        assert shown.err.startswith("cgi-theory: ")
        assert shown.err.count("\n") == 1
        assert "inf" not in shown.err
        assert len(shown.err) < 300
        assert "99999" in shown.err


@pytest.mark.parametrize(
    "arguments", [("exact", "--n", "1000"), ("exact", *MODEL, "--labels", "3"), ("exact", "--n", "x"), ("go",)]
)
def test_what_the_parser_refuses(tmp_path, arguments):
    shown = cgi(*arguments, cwd=tmp_path)
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr
    assert "Error" in shown.stderr


def test_a_table_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    ran = cgi("sweep", "--set", "n=1000", "--axis", "delta=0.1", "--out", "file/x.csv", cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr == "cgi-theory: file/x.csv: A part of this path is not a folder\n"
