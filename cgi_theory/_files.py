"""Files are replaced as a whole, and read as what a stranger may have written.

A file is written to a draft beside its target, whose name no other process has, flushed to the disk, and renamed: whoever reads
the target sees the old file or the new one, and two processes that write the same file both succeed, one after the other. A
target that is a symbolic link stays one; what it points to is replaced. A killed process may leave a draft,
``.cgi-theory-….part``.
"""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_CHUNK = 2**20
_WORDS = {
    errno.ENOENT: "No such file or folder",
    errno.ENOTDIR: "A part of this path is not a folder",
    errno.EISDIR: "This is a folder, not a file",
    errno.EEXIST: "Something else is here already, a file or a link to nothing",
    errno.EACCES: "Permission denied",
    errno.EPERM: "Permission denied",
    errno.EROFS: "The file system is read-only",
    errno.ENOSPC: "No space left on the disk",
    errno.EDQUOT: "No space left in the user's quota",
    errno.EFBIG: "The file would be larger than is allowed",
    errno.ELOOP: "Links lead in a circle",
    errno.ENAMETOOLONG: "The name is too long",
    errno.EIO: "The disk failed",
}


def in_words(error: OSError) -> str:
    """Return what an error of the operating system means, in one line: the path and plain words, without a number."""
    words = _WORDS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__
    text = words if error.filename is None or isinstance(error.filename, int) else f"{os.fsdecode(error.filename)}: {words}"
    return " ".join(text.split())


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replace a file, or make it, by what ``write`` writes to the file that it is given.

    Raises
    ------
    OSError
        Naming the path, if it cannot be written, or is something other than a file. The old file is then untouched, and no draft
        is left.
    """
    with _draft(path) as (file, target):
        write(file)
        file.flush()
        os.fsync(file.fileno())
        file.close()  # a system may refuse to rename an open file
        Path(file.name).replace(target)


def require_replaceable(path: Path) -> None:
    """Raise the OSError that ``replace_file`` would, as far as that can be told beforehand; nothing is changed."""
    with _draft(path):
        pass


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises
    ------
    OSError
        If it cannot be opened, or is a folder.
    ValueError
        If it is something else: a pipe and a device may never end.
    """
    # Opening a pipe that nobody writes to would wait for ever without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(kind):
            raise ValueError(f"{path} is not a regular file")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: Path, most_bytes: int) -> bytes:
    """Return what a regular file holds.

    Raises
    ------
    OSError
        Naming the path, if it cannot be read.
    ValueError
        If it is not a regular file, or holds more than ``most_bytes``.
    """
    content = bytearray()
    with open_file(path) as file:
        try:
            while len(content) <= most_bytes and (part := file.read(min(_CHUNK, most_bytes + 1 - len(content)))):
                content += part
        except OSError as error:
            error.filename = str(path)
            raise
    if len(content) > most_bytes:
        raise ValueError(f"{path} is larger than {most_bytes} bytes")
    return bytes(content)


@contextmanager
def _draft(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield an open draft beside what a path leads to, and where that lies; a draft that is left is removed."""
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".cgi-theory-{secrets.token_hex(8)}.part")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if os.path.lexists(target) and not target.is_file():  # a device, a pipe, links in a circle
            raise OSError(errno.EINVAL, "This is not a regular file")
        with draft.open("xb") as file:
            try:
                yield file, target
            finally:
                draft.unlink(missing_ok=True)
    except OSError as error:
        if error.filename in (None, str(draft)):  # it is the target that cannot be written
            raise OSError(error.errno, _WORDS.get(error.errno or 0, error.strerror), str(path)) from None
        raise
