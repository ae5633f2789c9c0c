"""Files are replaced as a whole, and read as what a stranger may have written.

A file is written to a draft beside its target, whose name no other process has, flushed to the disk, and renamed: whoever reads
the target sees the old file or the new one, and two processes that write the same file both succeed, one after the other. A
target that is a symbolic link stays one; what it points to is replaced. A killed process may leave a draft,
``.cgi-theory-….part``.
"""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replace a file, or make it, by what ``write`` writes to the file that it is given.

    Raises
    ------
    OSError
        If it cannot be written. The old file is then untouched, and no draft is left.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".cgi-theory-{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read_file(path: Path, most_bytes: int) -> bytes:
    """Return what a regular file holds.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is not a regular file (a pipe and a device may never end), or holds more than ``most_bytes``.
    """
    # Opening a pipe that nobody writes to would wait for ever without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError(f"{path} is not a regular file")
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{path} is larger than {most_bytes} bytes")
    return content
