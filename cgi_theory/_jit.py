"""The Numba options, in one place.

``error_model="numpy"`` drops Python's check for division by zero, which would keep LLVM from vectorising a loop;
``fastmath`` stays off, because it would let the compiler reorder sums and fuse products, and the bits of a
result would then depend on the processor it was compiled for.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a loop over arrays: cached on disk, free of the interpreter lock."""
    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast("Function", compiled)


def scalar(function: Function) -> Function:
    """Compile a function of numbers that kernels take into their loops."""
    compiled: Any = numba.njit(inline="always", error_model="numpy")(function)
    return cast("Function", compiled)
