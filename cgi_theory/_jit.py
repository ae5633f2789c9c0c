"""The Numba options, in one place.

``error_model="numpy"`` drops Python's check for division by zero, which would keep LLVM from vectorising a loop;
``fastmath`` stays off, because it would let the compiler reorder sums and fuse products, and the bits of a
result would then depend on the processor it was compiled for.

Compiled kernels are cached on disk. Numba looks only at a kernel's own file to tell whether its cache is out of date, but
kernels take functions of other files into their loops; so the digest of all sources that a kernel's module reaches is made part
of its name, and a change in any of them compiles anew. Where nothing can be written, kernels are compiled in every process.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

from cgi_theory._sources import source_digest

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a loop over arrays: cached on disk, free of the interpreter lock."""
    function.__qualname__ += f"-{source_digest(function.__module__)}"
    compiled: Any
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no folder that a cache could be written to
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("Function", compiled)


def scalar(function: Function) -> Function:
    """Compile a function of numbers that kernels take into their loops."""
    compiled: Any = numba.njit(inline="always", error_model="numpy")(function)
    return cast("Function", compiled)
