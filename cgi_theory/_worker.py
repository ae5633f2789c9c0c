"""A process that carries out calls: they come as pickles through standard input, results leave through standard output.

It ends at once when its input does, so with its parent, however that ended. It never imports the parent's ``__main__``: only
what the calls name. :class:`cgi_theory._executors.ProcessPool` is the other end.
"""

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO

_HEAD_BYTES = 8


def send(stream: BinaryIO, content: bytes) -> None:
    """Write a message."""
    stream.write(len(content).to_bytes(_HEAD_BYTES, "little"))
    stream.write(content)
    stream.flush()


def receive(stream: BinaryIO) -> bytes:
    """Read a message; an EOFError if the other end is gone."""
    head = stream.read(_HEAD_BYTES)
    size = int.from_bytes(head, "little")
    content = stream.read(size)
    if len(head) < _HEAD_BYTES or len(content) < size:
        raise EOFError
    return content


def serve() -> None:
    """Carry out calls until there is no parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent has blocked it already, except on Windows
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between replies
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(calls,), daemon=True).start()
    while True:
        reply = _carry_out(calls.get())
        try:
            send(replies, reply)
        except OSError:
            os._exit(0)


def _take(calls: "queue.SimpleQueue[bytes]") -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            calls.put(receive(sys.stdin.buffer))
    os._exit(0)


def _carry_out(call: bytes) -> bytes:
    """Return the pickle of (result, None), or of (None, error)."""
    result: Any = None
    try:
        function, arguments = pickle.loads(call)
        result = function(*arguments)
        return pickle.dumps((result, None), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # the caller's to handle, whatever it is
        error.add_note(f"In a worker process:\n{traceback.format_exc()}")
        try:
            return pickle.dumps((None, error))
        except Exception:
            return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}")))
