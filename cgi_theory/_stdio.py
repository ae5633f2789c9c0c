"""A command's standard output and error: whatever they are, they end no command in the middle of its work.

A full disk, a reader that went away or a closed descriptor is noted, and told at the end in one line. A character that an
encoding lacks is spelled. Both happen below everything that writes, other libraries too.
"""

import codecs
import errno
import io
import os
import select
import sys
import unicodedata
from collections.abc import Callable
from typing import NoReturn, TextIO

from cgi_theory._interrupts import command_name

_ERRORS = "cgi-theory-spelled"
_ASCII = "cgi-theory-ascii"
_SPELLED = {"±": "+-", "−": "-", "–": "-", "·": "*", "⊙": "*", "×": "x", "→": "->", "≤": "<=", "≥": ">=", "≈": "~", "∞": "inf"}
_SPELLED |= {"√": "sqrt ", "∂": "d", "’": "'"}


def run_to_exit(program: Callable[[], object]) -> NoReturn:
    """Run a command's program and exit: with the program's code, or 1 if its output could not be written."""
    out = _take_over()
    code: str | int | None = None
    try:
        program()
    except SystemExit as ending:
        code = ending.code
    sys.stdout.flush()
    if out is not None and out.failure is not None:
        code = code or 1
        if out.failure.errno != errno.EPIPE:  # who closes a pipe wants no more of it, not even a word
            print(f"{command_name()}: cannot write to standard output: {out.failure.strerror}", file=sys.stderr)
    sys.exit(code)


def spelled(text: str) -> str:
    """Return a text as standard output will show it."""
    encoding = sys.stdout.encoding
    return text.encode(encoding, _ERRORS).decode(encoding)


def visible(text: str) -> str:
    """Return a text on one line, with what no terminal should be sent, or cannot show, as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class _Descriptor(io.FileIO):
    """A standard stream's descriptor. After a failure it drops what is written to it."""

    failure: OSError | None = None

    def write(self, content: bytes) -> int:  # type: ignore[override]
        while self.failure is None:
            try:
                written = super().write(content)
            except OSError as error:
                self.failure = error
            else:
                if written is not None:
                    return written
                select.select([], [self], [])  # a pipe that another process made non-blocking, and full
        return len(content)


def _take_over() -> _Descriptor | None:
    """Replace the standard streams and return standard output's descriptor; None where a notebook has streams of its own."""
    if os.name != "posix" or sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return None
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed: a file that is opened would become a standard stream
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    out, error = _Descriptor(1, "w", closefd=False), _Descriptor(2, "w", closefd=False)
    sys.stdout, sys.stderr = _text(out, sys.stdout), _text(error, sys.stderr)
    return out


def _text(descriptor: _Descriptor, replaced: TextIO | None) -> TextIO:
    encoding = "utf-8" if replaced is None else replaced.encoding
    if codecs.lookup(encoding).name == "ascii":
        encoding = _ASCII
    lines = isinstance(replaced, io.TextIOWrapper) and (replaced.line_buffering or replaced.write_through)
    buffer = io.BufferedWriter(descriptor)  # type: ignore[type-var]
    return io.TextIOWrapper(buffer, encoding, _ERRORS, line_buffering=lines)


def _spell(error: UnicodeError) -> tuple[str | bytes, int]:
    """Spell the first character that an encoding lacks; a byte of a path that could not be decoded stays what it is."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost, end = error.object[error.start], error.start + 1
    if "\udc80" <= lost <= "\udcff" and len("a".encode(error.encoding)) == 1:
        return bytes([ord(lost) - 0xDC00]), end
    return "".join(map(_spelled, unicodedata.normalize("NFKD", lost))), end


def _spelled(character: str) -> str:
    """Spell δ as delta, ₁ (already decomposed) as 1, and what has no name as an escape."""
    if character.isascii():
        return character
    if unicodedata.combining(character):
        return ""
    if (name := unicodedata.name(character, "")).startswith("GREEK"):
        return name.split()[-1].lower()
    return _SPELLED.get(character) or character.encode("ascii", "backslashreplace").decode()


def _ascii_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII by another name: Click writes UTF-8 where a stream says that it is ASCII."""
    if name.replace("_", "-") != _ASCII:  # Python's versions write it differently
        return None
    found = codecs.lookup("ascii")
    return codecs.CodecInfo(
        *found, incrementalencoder=found.incrementalencoder, incrementaldecoder=found.incrementaldecoder, name=_ASCII
    )


codecs.register_error(_ERRORS, _spell)
codecs.register(_ascii_codec)
