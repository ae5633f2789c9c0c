"""The command ``cgi-theory check``: what it prints and writes, and that hostile files are refused in one line."""

import io
import json
import os
import zipfile

import numpy as np
import pytest

from cgi_theory import Report, cli
from cgi_theory.sanity import command
from cgi_theory.tables.files import RefusedTableError
from tests.sweep.commands import cgi

FILES = ["report.csv", "report.json", "report.pdf", "report.png", "summary.txt"]


def refused(*arguments, cwd, code=2):
    """Run a command that must end in one line, and return that."""
    done = cgi("check", *arguments, cwd=cwd)
    assert (done.returncode, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("cgi-theory: ")
    return line


@pytest.fixture
def folder(tmp_path):
    """Files of two methods: one that sees what the networks share, and noise."""
    rng = np.random.default_rng(0)
    shared, x = rng.standard_normal((2, 10, 8, 9))
    x *= rng.random(x.shape) < 0.7

    def maps(own):
        return {"good": (shared * own + 0.4 * rng.standard_normal(x.shape)) * (x != 0.0), "noise": rng.standard_normal(x.shape)}

    np.savez(tmp_path / "before.npz", x=x, **maps(1.0))
    for number in range(3):
        np.savez_compressed(tmp_path / f"after{number}.npz", **maps(0.0))
        np.savez(tmp_path / f"other{number}.npz", x=x, **{name: values.astype("f4") for name, values in maps(1.0).items()})
    return tmp_path


AFTER, OTHERS = [f"after{number}.npz" for number in range(3)], [f"other{number}.npz" for number in range(3)]


def test_it_prints_the_summary_and_writes_the_report(folder):
    done = cgi("check", "before.npz", *AFTER, "--retrained", *OTHERS, "--out", "found", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    report = Report.load(folder / "found")
    assert done.stdout == report.summary()
    assert "good passes." in done.stdout.splitlines()
    assert report.passes["noise"] != "yes"
    assert sorted(path.name for path in (folder / "found").iterdir()) == FILES
    assert report.command == f"cgi-theory check before.npz {' '.join(AFTER)} --retrained {' '.join(OTHERS)} --seed 0 --out found"


def test_options_may_stand_between_and_be_repeated(folder):
    repeated = [word for other in OTHERS for word in ("--retrained", other)]
    one = cgi("check", "before.npz", *AFTER, *repeated, "--json", "--out", "one", cwd=folder)
    two = cgi("check", "--seed", 0, "before.npz", *AFTER, "--retrained", *OTHERS, "--out", "two", "--json", cwd=folder)
    found = json.loads(one.stdout)
    assert found["passes"]["good"] == "yes"
    assert found["verdicts"] == json.loads(two.stdout)["verdicts"]
    assert (folder / "one" / "report.csv").read_bytes() == (folder / "two" / "report.csv").read_bytes()


def test_what_was_interrupted_goes_on(folder):
    arguments = ("before.npz", *AFTER, "--retrained", *OTHERS)
    whole = folder / "other2.npz"
    content = whole.read_bytes()
    whole.write_bytes(content[:-100])
    assert "other2.npz" in refused(*arguments, "--out", "parts", cwd=folder)
    assert [path.name for path in (folder / "parts").glob("report.*")] == ["report.tasks"]
    whole.write_bytes(content)
    for place in ("parts", "whole"):
        assert cgi("check", *arguments, "--out", place, cwd=folder).returncode == 0
    for name in set(FILES) - {"report.json"}:
        assert (folder / "parts" / name).read_bytes() == (folder / "whole" / name).read_bytes()
    assert sorted(path.name for path in (folder / "parts").iterdir()) == FILES


def test_another_s_files_are_left(folder):
    (folder / "report").mkdir()
    (folder / "report" / "report.csv").write_text("mine")
    assert "report.csv" in refused("before.npz", *AFTER, cwd=folder)
    assert (folder / "report" / "report.csv").read_text() == "mine"
    assert cgi("check", "before.npz", *AFTER, "--force", cwd=folder).returncode == 0


@pytest.mark.parametrize("name", ["summary.txt", "report.pdf", "report.png"])
def test_another_s_files_without_a_report_are_left(folder, name):
    (folder / name).write_text("mine")
    (folder / "broken.npz").write_text("is not read")
    with pytest.raises(RefusedTableError, match=f"^{folder / name} lies there, and no report beside it: .*--force"):
        run_here(folder, ["before.npz"], ["broken.npz"], out=folder)
    assert (folder / name).read_text() == "mine"


def test_a_folder_that_is_none_is_refused(folder):
    assert "before.npz" in refused("before.npz", *AFTER, "--out", "before.npz", cwd=folder)


def archive(**members):
    """A .npz file of these bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, member in members.items():
            file.writestr(f"{name}.npy", member)
    return content.getvalue()


def array(values, **change):
    """The bytes of an array, with a header that says something else if asked for."""
    content = io.BytesIO()
    header = np.lib.format.header_data_from_array_1_0(np.asarray(values)) | change
    np.lib.format.write_array_header_1_0(content, header)
    return content.getvalue() + np.asarray(values).tobytes()


def saved(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


GOOD = np.random.default_rng(1).standard_normal((10, 8, 9))
HOSTILE = {
    "empty": (b"", "File is not a zip file"),
    "text": (b"maps", "File is not a zip file"),
    "no array": (archive(), "it does not hold 1 to 65 arrays"),
    "pickle": (
        saved(good=np.array([{}, None], dtype=object), noise=GOOD),
        "good.npy must hold real numbers of at most 8 bytes, not object",
    ),
    "complex": (saved(good=GOOD * 1j, noise=GOOD), "must hold real numbers of at most 8 bytes, not complex128"),
    "text in it": (saved(good=np.array(["a", "b"]), noise=GOOD), "must hold real numbers of at most 8 bytes, not <U1"),
    "bomb": (
        archive(good=array(GOOD, shape=(10**6, 10**6)), noise=array(GOOD)),
        "all arrays may hold 134,217,728 numbers together",
    ),
    "negative": (
        archive(good=array(GOOD, shape=(-10, 72)), noise=array(GOOD)),
        "good.npy has a negative axis, of shape (-10, 72)",
    ),
    "short": (archive(good=array(GOOD, shape=(11, 8, 9)), noise=array(GOOD)), "is not as long as its shape"),
    "long": (archive(good=array(GOOD, shape=(9, 8, 9)), noise=array(GOOD)), "is not as long as its shape"),
    "other member": (archive(good=array(GOOD), noise=array(GOOD)).replace(b"noise.npy", b"noise.txt"), "does not hold 1 to"),
    "NaN": (saved(good=np.where(np.arange(10)[:, None, None] == 7, np.nan, GOOD), noise=GOOD), "be finite, not nan at [7, 0, 0]"),
    "other shape": (saved(good=GOOD[:9], noise=GOOD), "maps of good must have the shape that they had before"),
    "flat": (saved(good=GOOD.reshape(10, -1), noise=GOOD), "maps of good must have the shape that they had before"),
    "no axes": (saved(good=1.0, noise=GOOD), "maps of good must have shape"),
    "other method": (saved(other=GOOD, noise=GOOD), "maps of good are missing"),
    "one more": (saved(good=GOOD, noise=GOOD, other=GOOD), "maps of other must not be there"),
    "other inputs": (saved(good=GOOD, noise=GOOD, x=GOOD), "x must be that of the first file"),
    "many": (saved(**{f"a{i}": np.zeros(1) for i in range(70)}), "it does not hold 1 to 65 arrays"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_line(name, folder):
    content, message = HOSTILE[name]
    (folder / "hostile.npz").write_bytes(content)
    with pytest.raises((TypeError, ValueError), match=r"^hostile\.npz: ") as refusal:
        run_here(folder, ["before.npz"], ["after0.npz", "hostile.npz"])
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (saved(**{"a" * 61: GOOD}), "a name in its arrays must be 1 to 60 printable characters"),
        (saved(**{"a\n": GOOD}), "a name in its arrays must be 1 to 60 printable characters"),
        (saved(**{"null: noise": GOOD}), "a name in its arrays must not be that of a null"),
        (saved(x=GOOD), "its arrays must be of one method at least"),
        (saved(good=GOOD, x=GOOD[:, :4]), "maps of good must have as many images and pixels as x"),
        (saved(good=GOOD, x=np.full_like(GOOD, np.inf)), "x must be finite"),
        (saved(good=GOOD[:0]), "maps must be of one image at least"),
        (saved(good=np.zeros((4, 8, 8, 3))), "must have their channels before height and width"),
    ],
)
def test_a_hostile_first_file_is_refused_in_one_line(content, message, folder):
    (folder / "first.npz").write_bytes(content)
    with pytest.raises((TypeError, ValueError), match=r"^first\.npz: ") as refusal:
        run_here(folder, ["first.npz"], ["after0.npz"])
    assert message in str(refusal.value)


def run_here(folder, before, after, out=None):
    """Run the command's body in the folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        paths = [[type(folder)(name) for name in names] for names in (before, after)]
        command.check_files(
            paths[0][0], paths[1], [], seed=0, out=out or folder / "report", force=False, progress=lambda done, total: None
        )


def test_files_that_are_none_or_given_twice_are_refused_before_anything(folder):
    os.mkfifo(folder / "pipe")
    (folder / "link.npz").symlink_to("after0.npz")
    for name, message in (
        ("nothing.npz", "nothing.npz: No such file or folder"),
        (".", ".: This is a folder, not a file"),
        ("pipe", "pipe: pipe is not a regular file"),
        ("after0.npz", "after0.npz is the same file as after0.npz"),
        ("link.npz", "link.npz is the same file as after0.npz"),
        ("before.npz", "before.npz is the same file as before.npz"),
    ):
        assert refused("before.npz", "after0.npz", name, cwd=folder) == f"cgi-theory: {message}"
    assert not (folder / "report").exists()


@pytest.mark.parametrize("options", [["--out", "q2"], ["--json"], []])
def test_an_option_without_files_is_refused(folder, options):
    """As of a pattern that matches none: the option after it is not its file."""
    done = cgi("check", "before.npz", "after0.npz", "--retrained", *options, cwd=folder)
    assert done.returncode == 2
    assert "--retrained needs a file, and none is given" in done.stderr
    assert not (folder / "report").exists()


def test_the_help_says_how_much_a_file_may_hold():
    said = " ".join(str(cli.check_command.__doc__).split())
    assert f"A file may hold {command._MOST_NUMBERS:,} numbers, a gigabyte of float64, of at most {command._MOST_METHODS}" in said


def test_no_file_is_refused(folder):
    done = cgi("check", "before.npz", cwd=folder)
    assert done.returncode == 2
    assert "AFTER.npz" in done.stderr
    assert cgi("check", "before.npz", "after0.npz", "--seed", "-1", cwd=folder).returncode == 2
