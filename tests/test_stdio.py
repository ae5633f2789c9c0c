"""Commands whose standard streams are full, closed, without a reader, or of another encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sweep.commands import ENVIRONMENT, ROOT, command

EXACT = "cgi_theory exact --n 1000 --delta 0.1"
ENTRIES = [EXACT, "figures --list", "simulations --list", "benchmarks --help"]
REFUSED = "cgi_theory exact --n 1000 --delta -1"
# A module that prints much more than a pipe holds.
LONG = """
import sys
from cgi_theory._stdio import run_to_exit
run_to_exit(lambda: [sys.stdout.write("x" * 99 + "\\n") for _ in range(10_000)])
"""


def shell(arguments, streams="", environment=()):
    """Run a module in a shell that sets its streams up, and return its exit code, output and errors."""
    line = f'"{sys.executable}" -m {arguments} {streams}'
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, env=ENVIRONMENT | dict(environment), capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("entry", ENTRIES)
def test_output_that_cannot_be_written_is_told_in_one_line(entry):
    name = entry.split()[0].replace("_", "-")
    assert shell(entry, ">/dev/full") == (1, b"", f"{name}: cannot write to standard output: No space left on device\n")


def test_nobody_listens():
    assert shell(EXACT, ">&-") == (0, b"", "")
    assert shell("figures --list", "<&- >&- 2>&-")[0] == 0
    assert shell(REFUSED, ">&- 2>/dev/full")[0] == 2
    code, out, _ = shell(EXACT, "2>&-")
    assert code == 0
    assert out.startswith(b"quantity,exact,limit\nc1,0.87")


def test_a_reader_that_goes_away_hears_no_more():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", LONG], cwd=ROOT, env=ENVIRONMENT, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_pipe_that_does_not_block_gets_everything():
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen(
        [sys.executable, "-c", LONG], cwd=ROOT, env=ENVIRONMENT, stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        with os.fdopen(read, "rb") as reader:
            assert len(reader.read()) == 1_000_000
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_work_is_done_though_its_output_is_lost(tmp_path):
    sweep = f"cgi_theory sweep --set n=100 --axis delta=0.1,0.2 --samples 5 --jobs 1 --out {tmp_path}/x.csv"
    code, _, err = shell(sweep, ">/dev/full")
    assert code == 1
    assert err.count("\n") == 1
    assert (tmp_path / "x.csv").read_text().count("\n") == 3


ENCODINGS = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "latin-1:strict"},
    {"PYTHONIOENCODING": "utf-16"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("environment", ENCODINGS, ids=lambda environment: next(iter(environment.values())))
def test_every_encoding_has_help_and_lists(environment):
    encoding = environment.get("PYTHONIOENCODING", "ascii").partition(":")[0]
    code, out, err = shell("cgi_theory exact --help", environment=environment)
    assert (code, err) == (0, "")
    assert ("at_least (g1*x >= delta)" if encoding == "ascii" else "at_least (g") in out.decode(encoding)
    assert "\\" not in out.decode(encoding)


def test_lists_of_every_encoding():
    for name in ("figures", "simulations"):
        code, out, err = shell(f"{name} --list", environment={"PYTHONIOENCODING": "ascii"})
        assert (code, err) == (0, "")
        assert b"\ndelta: c1 and c2 against delta:" in b"\n" + out or b"\nfigure_12: Figure 12: delta against c2" in out
        assert b"\\" not in out


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes there")
def test_a_file_name_of_any_bytes_comes_out_as_it_went_in(tmp_path):
    out = os.fsencode(tmp_path) + b"/\xff\xce\xb4.csv"
    sweep = [
        sys.executable,
        "-m",
        "cgi_theory",
        "sweep",
        "--set",
        "n=100",
        "--axis",
        "delta=0.1",
        "--samples",
        "5",
        "--jobs",
        "1",
    ]
    in_c = ENVIRONMENT | ENCODINGS[-1]
    done = subprocess.run([*sweep, "--out", out], cwd=ROOT, env=in_c, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (out + b"\n", b"")
    done = subprocess.run([*command("show"), out + b"\n\x1b.csv"], cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.decode().endswith("No such file or folder\n")
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr
