"""The Numba options, in one place.

``error_model="numpy"`` drops Python's check for division by zero, which would keep LLVM from vectorising a loop;
``fastmath`` stays off, because it would let the compiler reorder sums and fuse products, and the bits of a
result would then depend on the processor it was compiled for.

Compiled kernels are cached on disk. Numba looks only at a kernel's own file to tell whether its cache is out of date, but
kernels take functions of other files into their loops; so the digest of all sources that a kernel's module reaches is made part
of its name, and a change in any of them compiles anew. So is Numba's version: an index of another one is replaced before the
compiled code that it names, and a process killed between the two would leave the new index naming the old code. Where nothing
can be written, kernels are compiled in every process.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import event

from cgi_theory._sources import source_digest

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile what Python calls: cached on disk, free of the interpreter lock."""
    if numba.config.DISABLE_JIT:
        return _as_compiled(function)
    function.__qualname__ += f"-{source_digest(function.__module__)}-{numba.__version__}"
    compile_it = functools.partial(numba.njit, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
    compiled: Any
    try:
        compiled = compile_it(cache=True)(function)
    except RuntimeError:  # no folder that a cache could be written to
        compiled = compile_it()(function)
    return cast("Function", compiled)


def part(function: Function) -> Function:
    """Compile what only kernels call, which takes half the time: without wrappers for Python, and without counted references.

    Its arrays are its caller's, who keeps them: it makes none.
    """
    if numba.config.DISABLE_JIT:
        return _as_compiled(function)
    compiled: Any = numba.njit(_nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return cast("Function", compiled)


def scalar(function: Function) -> Function:
    """Compile a function of numbers that kernels take into their loops, anew at every place."""
    if numba.config.DISABLE_JIT:
        return _as_compiled(function)
    compiled: Any = numba.njit(inline="always", error_model="numpy")(function)
    return cast("Function", compiled)


def _as_compiled(function: Function) -> Function:
    """Have a function that is not compiled say as little of overflows and divisions by zero as one that is."""

    @functools.wraps(function)
    def quiet(*args: Any, **kwargs: Any) -> Any:
        with np.errstate(all="ignore"):  # as a decorator it would share one saved state between threads before NumPy 2
            return function(*args, **kwargs)

    return cast("Function", quiet)


def announce_compiling(command: str) -> None:
    """Have a command say on a terminal that kernels are being compiled, if and when they are."""
    event.register("numba:compile", _Announcement(command))


class _Announcement(event.Listener):  # type: ignore[misc]
    def __init__(self, command: str) -> None:
        self._command = command

    def on_start(self, event: object) -> None:
        """Say it once."""
        if self._command and sys.stderr.isatty():
            print(f"{self._command}: compiling kernels, which takes some seconds the first time", file=sys.stderr, flush=True)
        self._command = ""

    def on_end(self, event: object) -> None:
        """Numba asks for it."""
