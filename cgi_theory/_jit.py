"""The Numba options, in one place.

``error_model="numpy"`` drops Python's check for division by zero, which would keep LLVM from vectorising a loop;
``fastmath`` stays off, because it would let the compiler reorder sums and fuse products, and the bits of a
result would then depend on the processor it was compiled for.

Compiled kernels are cached on disk. Numba looks only at a kernel's own file to tell whether its cache is out of date, but
kernels take functions of other files into their loops; so a digest of all sources of the package is made part of every
kernel's name, and a change anywhere compiles anew. Where nothing can be written, kernels are compiled in every process.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def _source_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


_DIGEST = _source_digest()


def kernel(function: Function) -> Function:
    """Compile a loop over arrays: cached on disk, free of the interpreter lock."""
    function.__qualname__ += f"-{_DIGEST}"
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
