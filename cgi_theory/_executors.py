"""Work spread over an executor, a bounded number of calls at a time; and a pool of processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from typing import Any, TypeVar

Result = TypeVar("Result")
Arguments = TypeVar("Arguments", bound=tuple[Any, ...])


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
    try:
        while True:
            while len(pending) < in_flight and (arguments := next(left, None)) is not None:
                pending[executor.submit(function, *arguments)] = arguments
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), future.result()
    finally:
        for future in pending:
            future.cancel()


def process_pool(workers: int) -> ProcessPoolExecutor:
    """Return a pool of processes that leave Ctrl-C to this one, and end when it does, even if it is killed."""
    context = multiprocessing.get_context("spawn")  # forking a process that has threads is not safe
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_parent)


def _follow_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
