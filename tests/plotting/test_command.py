"""The command ``cgi-theory plot``: a file of the form that is asked for, and a line for whatever is off."""

import errno
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cgi_theory import CompetitionModel
from cgi_theory.cli import app
from cgi_theory.sweep import Sweep, run
from cgi_theory.sweep.progress import no_table
from cgi_theory.tables.files import write_table
from tests.sweep.commands import cgi


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    sweep = Sweep(base=CompetitionModel(n=1000, delta=0.1), axes={"delta": [0.05, 0.2], "n_labels": [2, 10]}, n_samples=10)
    run(sweep, folder / "x.csv", n_workers=1)
    return folder


def plot(folder, *arguments):
    done = cgi("plot", *arguments, cwd=folder)
    assert done.stderr.count("\n") <= 1, done.stderr
    return done


@pytest.mark.parametrize(("form", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_it_writes_each_form_and_replaces_its_own_only(folder, form, magic):
    place = folder / f"y.{form}"
    options = ("x.csv", "--x", "delta", "--hue", "n_labels", "--out", place.name)
    assert plot(folder, *options).stdout == f"y.{form}\n"
    content = place.read_bytes()
    assert content.startswith(magic)
    assert plot(folder, *options).returncode == 0
    assert place.read_bytes() == content
    place.write_bytes(b"mine")
    refused = plot(folder, *options)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"y.{form} is no figure of this command's: replace it with --force" in refused.stderr
    assert place.read_bytes() == b"mine"
    assert plot(folder, *options, "--force").returncode == 0
    assert place.read_bytes() == content


def test_by_default_a_png_lies_beside_the_table(folder):
    done = plot(folder, "x.csv", "--x", "delta", "--set", "n_labels=10", "--y", "c2", "--log", "x", "--level", "0.5")
    assert (done.returncode, done.stdout) == (0, "x.png\n")
    assert (folder / "x.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--x", "foo"], "--x must be an axis of the sweep, one of 'delta', 'n_labels', not 'foo'"),
        (["--x", "delta"], "n_labels vary, too: make them hue, col or row, or choose a value, --set n_labels=2"),
        (["--x", "delta", "--set", "n_labels=3"], "--set: n_labels = 3 is not on the sweep's axis: 2, 10"),
        (["--x", "delta", "--set", "n_labels"], "--set must be FIELD=VALUE, not 'n_labels'"),
        (["--x", "delta", "--hue", "n_labels", "--y", "c3"], "--y must be one of 'c1', 'c2',"),
        (["--x", "delta", "--hue", "n_labels", "--log", "z"], "--log must be one of 'none', 'x', 'y', 'both', not 'z'"),
        (["--x", "delta", "--hue", "n_labels", "--out", "x.txt"], "--out must end in .png, .pdf or .svg, not 'x.txt'"),
        (["--x", "delta", "--hue", "n_labels", "--out", "no/where.png"], "no/where.png: No such file or folder"),
    ],
)
def test_what_is_off_is_one_line(folder, options, message):
    done = plot(folder, "x.csv", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cgi-theory: {message}")


def test_another_table_is_no_sweep(tmp_path):
    write_table(tmp_path / "x.csv", [{"x": 1.0}], {"experiment": "claims"}, module="cgi_theory.sweep.run", command="")
    done = plot(tmp_path, "x.csv", "--x", "x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cgi-theory: frame must be a sweep's table, as load and run return it, not a DataFrame\n"
    done = plot(tmp_path, "nothing.csv", "--x", "x")
    assert done.stderr == "cgi-theory: nothing.csv: No such file or folder\n"


def test_what_lies_beside_a_table_is_told_from_it(folder):
    (folder / "x.toml").write_text("[model]\n")
    table = folder / "x.csv"
    for name in ("x", "x.txt", "x.svg"):
        assert no_table(folder / name) == f"{folder / name}: No such file: did you mean {table}?"
    for name in ("x.sqlite", "x.json"):
        assert no_table(folder / name) == f"{folder / name}: This is no table: did you mean {table}?"
    for name in ("x.csv", "y.csv", "y.toml", "y", "", ".."):
        assert no_table(folder / name) is None
    done = plot(folder, "x.toml", "--x", "delta")
    said = "x.toml is a specification, not a table: cgi-theory sweep runs it, and prints where its table lies"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"cgi-theory: {said}\n")


def test_other_commands_do_not_wait_for_what_draws(folder):
    code = "import sys, cgi_theory.cli; assert not {'seaborn', 'matplotlib.pyplot', 'xarray'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_disk_that_is_full_is_no_refusal(folder, monkeypatch):
    def full(path, write):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("cgi_theory.plotting.command.replace_file", full)
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["plot", "x.csv", "--x", "delta", "--hue", "n_labels", "--out", "z.png"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "z.png: No space left on the disk" in done.stderr
