"""Work spread over an executor, a bounded number of calls at a time; and pools of threads and of processes."""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from cgi_theory._interrupts import SIGNALS
from cgi_theory._worker import receive, send

Result = TypeVar("Result")
Arguments = TypeVar("Arguments", bound=tuple[Any, ...])

# A process of the pool has a processor to itself: threads of its matrix products would take the others' time.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
_SERVE = "import sys; sys.path[:] = sys.argv[1:]; from cgi_theory._worker import serve; serve()"


def available_processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def completed(
    executor: Executor, function: Callable[..., Result], calls: Iterable[Arguments], in_flight: int
) -> Generator[tuple[Arguments, Result], None, None]:
    """Yield (arguments, result) of every call as it finishes, with at most ``in_flight`` submitted at a time.

    Close the iterator to cancel what is waiting.
    """
    left = iter(calls)
    pending: dict[Future[Result], Arguments] = {}
    # Not concurrent.futures.wait: interrupted at the wrong moment, it keeps the locks of futures, and their threads hang.
    done: queue.SimpleQueue[Future[Result]] = queue.SimpleQueue()
    try:
        while True:
            while len(pending) < in_flight and (arguments := next(left, None)) is not None:
                future = executor.submit(function, *arguments)
                pending[future] = arguments
                future.add_done_callback(done.put)
            if not pending:
                return
            future = done.get()
            yield pending.pop(future), future.result()
    finally:
        for future in pending:
            future.cancel()


@contextmanager
def thread_pool(workers: int) -> Iterator[Executor]:
    """Yield a pool of threads. An error or an interruption does not wait for what they are at, which may take minutes."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


class ProcessPool(Executor):
    """A pool of processes that never import the caller's ``__main__``, leave signals to this process, and end when it does.

    Each is started, and spoken to, by a thread of its own. Functions and arguments must be found by import. Shutting the pool
    down ends its processes at once, whatever they are at.
    """

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers)
        self._own = threading.local()
        self._lock = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a process call ``function(*args)``; it takes no keywords."""
        return self._threads.submit(self._carry, function, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """End all processes."""
        with _held():
            self._threads.shutdown(wait=False, cancel_futures=True)
            with self._lock:
                self._closed = True
                for process in self._processes:
                    process.kill()
            for process in self._processes:
                process.wait()
            self._threads.shutdown()
            for process in self._processes:
                for stream in (process.stdin, process.stdout):
                    with suppress(OSError):  # what was written last cannot arrive any more
                        stream.close()  # type: ignore[union-attr]

    def _carry(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if not hasattr(self._own, "process"):
            self._own.process = self._start()
        process = self._own.process
        call = pickle.dumps((function, arguments), protocol=pickle.HIGHEST_PROTOCOL)
        try:
            send(process.stdin, call)
            reply = receive(process.stdout)
        except (EOFError, OSError):
            raise BrokenExecutor(f"a worker process ended, {_reason(process.wait())}") from None
        result, error = pickle.loads(reply)
        if error is not None:
            raise error
        return result

    def _start(self) -> subprocess.Popen[bytes]:
        """Start a process to which signals are blocked from its first instruction, as they are in this thread from now on."""
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        with self._lock:
            if self._closed:
                raise BrokenExecutor("the pool is shut down")
            command = [sys.executable, "-c", _SERVE, *sys.path]
            environment = os.environ | _ONE_THREAD
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
            self._processes.append(process)
        return process


def _reason(code: int) -> str:
    """Say why a process ended."""
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"with exit code {code}"


@contextmanager
def _held() -> Iterator[None]:
    """Let signals wait until the block is done: it must not be torn apart. Elsewhere than in the main thread they don't come."""
    arrived: list[int] = []
    answers = {number: answer for number in SIGNALS if callable(answer := signal.getsignal(number))}
    try:
        for number in answers:
            signal.signal(number, lambda number, frame: arrived.append(number))
    except ValueError:  # another thread
        answers = {}
    try:
        yield
    finally:
        for number, answer in answers.items():
            signal.signal(number, answer)
        if arrived:
            signal.raise_signal(arrived[0])
