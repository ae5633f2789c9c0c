"""Files are replaced as a whole and read as what a stranger wrote; errors of the system in plain words."""

import errno
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cgi_theory._files import in_words, open_file, read_file, replace_file, require_replaceable
from cgi_theory.networks import MLP
from cgi_theory.networks.datasets import read_idx
from cgi_theory.sweep import Sweep, load

ROOT = Path(__file__).parents[1]


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def put(path, content):
    replace_file(path, lambda file: file.write(content))


def test_a_file_is_made_and_replaced(tmp_path):
    path = tmp_path / "x"
    for content in (b"one", b"another", b""):
        put(path, content)
        assert path.read_bytes() == content
        assert names(tmp_path) == ["x"]


def test_two_writers_at_once_both_succeed(tmp_path):
    """The second begins and ends while the first writes; a draft's name that both had would fail one of them."""
    path = tmp_path / "x"

    def write(file):
        file.write(b"outer, ")
        put(path, b"inner")
        assert path.read_bytes() == b"inner"
        file.write(b"whole")

    replace_file(path, write)
    assert path.read_bytes() == b"outer, whole"
    assert names(tmp_path) == ["x"]


@pytest.mark.parametrize("error", [ValueError("no"), OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_draft(tmp_path, error):
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"new")
        raise error

    with pytest.raises(type(error)) as raised:
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]
    if isinstance(error, OSError):
        assert raised.value.filename == str(path)


def test_a_link_stays_one_and_what_lies_beside_it_stays(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "target", tmp_path / "link"
    link.symlink_to(target)
    (tmp_path / "link.part").write_bytes(b"somebody's")
    (tmp_path / "there" / "target.part").symlink_to(tmp_path / "link.part")
    for content in (b"through a link to nothing", b"through a link"):
        put(link, content)
        assert link.is_symlink()
        assert target.read_bytes() == content
    assert (tmp_path / "link.part").read_bytes() == b"somebody's"


def test_a_name_as_long_as_names_may_be(tmp_path):
    put(tmp_path / ("x" * 255), b"long")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"long"


def unwritable(tmp_path):
    """Return paths at which no file can be written, by what is wrong."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for link, target in (("circle", "circle"), ("to a folder", "folder"), ("to no folder", "none/x"), ("to a pipe", "pipe")):
        (tmp_path / link).symlink_to(tmp_path / target)
    names = ("folder", "pipe", "circle", "to a folder", "to no folder", "to a pipe", "none/x", "file/x", "y" * 256)
    return [tmp_path / name for name in names]


def test_what_cannot_be_written_is_told_beforehand_and_left_alone(tmp_path):
    for path in unwritable(tmp_path):
        before = names(tmp_path)
        for attempt in (require_replaceable, lambda path: put(path, b"x")):
            with pytest.raises(OSError) as raised:
                attempt(path)
            assert raised.value.filename == str(path), path
            assert "Errno" not in in_words(raised.value)
            assert str(path) in in_words(raised.value)
        assert names(tmp_path) == before
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    for attempt in (require_replaceable, lambda path: put(path, b"x")):
        with pytest.raises(PermissionError) as raised:
            attempt(tmp_path / "x")
        assert in_words(raised.value) == f"{tmp_path / 'x'}: Permission denied"
    tmp_path.chmod(0o700)


def test_what_can_be_written_is_not_touched_beforehand(tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "new")
    for name in ("x", "new", "link"):
        require_replaceable(tmp_path / name)
    assert names(tmp_path) == ["link", "x"]
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_file_of_up_to_the_limit_is_read(tmp_path):
    path = tmp_path / "x"
    for size in (0, 1, 2**20, 2**20 + 3):
        path.write_bytes(b"a" * size)
        assert read_file(path, 2**20 + 3) == b"a" * size
        assert read_file(path, size) == b"a" * size
    with pytest.raises(ValueError, match=r"x is larger than 1048578 bytes"):
        read_file(path, 2**20 + 2)


def test_no_more_memory_than_the_limit_is_taken(tmp_path):
    """A file that says it has a terabyte, and a limit far above what it holds."""
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    (tmp_path / "small").write_bytes(b"a")
    code = "import runpy, sys; print(len(runpy.run_path(sys.argv[1])['read_file'](sys.argv[2], int(sys.argv[3]))))"

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))

    for name, most, expected in (("huge", 2**25, ""), ("small", 2**40, "1\n")):
        done = subprocess.run(
            [sys.executable, "-c", code, ROOT / "cgi_theory" / "_files.py", tmp_path / name, str(most)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=limit,
        )
        assert done.stdout == expected
        assert done.stderr == "" or "is larger than" in done.stderr


@pytest.mark.parametrize("name", ["pipe", "link to a pipe", "/dev/zero", "/dev/null", "socket"])
def test_what_may_never_end_is_not_read(tmp_path, name, monkeypatch):
    import socket  # noqa: PLC0415

    monkeypatch.chdir(tmp_path)  # a socket's path is short
    os.mkfifo("pipe")
    Path("link to a pipe").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        for read in (open_file, lambda path: read_file(path, 10)):
            with pytest.raises((ValueError, OSError), match=f"{name}"):
                read(Path(name))


def test_a_folder_is_not_read_and_no_descriptor_is_left(tmp_path):
    descriptors = Path("/proc/self/fd")
    before = names(descriptors) if descriptors.exists() else []
    for _ in range(3):
        with pytest.raises(IsADirectoryError) as raised:
            read_file(tmp_path, 10)
        assert in_words(raised.value) == f"{tmp_path}: This is a folder, not a file"
    assert (names(descriptors) if before else []) == before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "x", "a/b"), "a/b: No such file or folder"),
        (OSError(errno.ENOSPC, "x"), "No space left on the disk"),
        (OSError(errno.EXDEV, "Invalid cross-device link", "a", None, "b"), "a: Invalid cross-device link"),
        (OSError("only words,\n in two lines"), "only words, in two lines"),
        (OSError(), "OSError"),
        (OSError(errno.EISDIR, "x", 3), "This is a folder, not a file"),
        (PermissionError(errno.EACCES, "x", b"a"), "a: Permission denied"),
    ],
)
def test_errors_in_words(error, words):
    assert in_words(error) == words


READERS = [MLP.load, read_idx, Sweep.from_toml, load]


@pytest.mark.parametrize("read", READERS, ids=["network", "digits", "specification", "table"])
def test_every_reader_refuses_a_pipe_a_device_and_a_folder(tmp_path, read):
    """A reader that opened the pipe would wait for ever for somebody to write to it."""
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(ValueError, match="not a regular file"):
            read(path)
    with pytest.raises(IsADirectoryError) as raised:
        read(tmp_path)
    assert raised.value.filename == str(tmp_path)
