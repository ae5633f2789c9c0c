"""How fast this machine can do the operations that the sampler's stages consist of, measured in the same run.

The arithmetic loops make their turns over 1 KB of values that stay in vector registers, more chains of operations than it
takes to hide the latency of each: what is measured is throughput, not how long one operation waits for the one before.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import times

Array = NDArray[np.float64]
Singles = NDArray[np.float32]

_TURNS = 20_000
_STEPS = 4

Function = TypeVar("Function", bound=Callable[..., Any])
Scalar = TypeVar("Scalar", bound=np.generic)
jit: Callable[[Function], Function] = numba.njit(error_model="numpy")

_MULTIPLIER, _KEY, _OTHER_KEY = np.uint64(0xD2511F53), np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_WORD = np.uint64(32)


@jit
def _philox_steps(values: NDArray[np.uint64]) -> None:
    for _ in range(_TURNS):
        for i in range(128):
            value = values[i]
            for _ in range(_STEPS):
                value = ((value * _MULTIPLIER) >> _WORD) ^ _KEY ^ _OTHER_KEY
            values[i] = value


@jit
def _single(values: Singles, factor: np.float32) -> None:
    for _ in range(_TURNS):
        for i in range(256):
            value = values[i]
            for _ in range(_STEPS):
                value = value * factor + factor
            values[i] = value


@jit
def _double(values: Array, factor: float) -> None:
    for _ in range(_TURNS):
        for i in range(128):
            value = values[i]
            for _ in range(_STEPS):
                value = value * factor + factor
            values[i] = value


@jit
def _divide_and_root(values: Singles, numerator: np.float32) -> None:
    for _ in range(_TURNS):
        for i in range(256):
            values[i] = np.float32(np.sqrt(numerator / values[i]))


@jit
def _widen(values: Singles, sums: Array) -> None:
    for _ in range(_TURNS):
        for i in range(64):
            first = np.float64(values[i]) * np.float64(values[64 + i])
            second = np.float64(values[128 + i]) * np.float64(values[192 + i])
            sums[i] += first + second


@jit
def _load(values: Array, sums: Array) -> None:
    for _ in range(_TURNS):
        for i in range(64):
            total = sums[i]
            for turn in range(8):
                total += values[turn * 64 + i]
            sums[i] = total


@jit
def _look_up(table: Array, places: NDArray[np.uint64], out: Array) -> None:
    for _ in range(_TURNS):
        for i in range(256):
            out[i] = table[places[i]]


class Operations(NamedTuple):
    """What a stage does with a coordinate; or, measured, the nanoseconds that one of each takes."""

    philox: float = 0.0
    """Half rounds of Philox: multiply, shift, two exclusive ors."""
    single: float = 0.0
    """Operations on float32 or 32-bit words, but for divisions and roots."""
    double: float = 0.0
    """Operations on float64, comparisons and selections among them."""
    divide_and_root: float = 0.0
    """A float32 division and a root."""
    widen: float = 0.0
    """Conversions from float32 to float64."""
    load: float = 0.0
    """Bytes read from the first-level cache."""
    look_up: float = 0.0
    """Look-ups in a table of 64 kB."""


def _ones(size: int, dtype: type[Scalar]) -> NDArray[Scalar]:
    """Ones that begin where a cache line does: reads across two lines take twice as long."""
    width = np.dtype(dtype).itemsize
    memory = np.ones(size + 64 // width, dtype=dtype)
    skipped = -memory.ctypes.data % 64 // width
    return memory[skipped : skipped + size]


def measure_peaks(rounds: int) -> Operations:
    """Nanoseconds of one of each operation, done in bulk."""
    rng = np.random.default_rng(1)
    singles, doubles, sums = _ones(256, np.float32), _ones(512, np.float64), _ones(64, np.float64)
    table, places = np.ones(8194), rng.integers(0, 8192, 256, dtype=np.uint64)

    def nanoseconds(work: Callable[[], object], operations: int) -> float:
        return 1e9 * times(work, rounds).median / (_TURNS * operations)

    return Operations(
        philox=nanoseconds(lambda: _philox_steps(_ones(128, np.uint64)), 128 * _STEPS),
        single=nanoseconds(lambda: _single(singles, np.float32(0.5)), 256 * 2 * _STEPS),
        double=nanoseconds(lambda: _double(doubles, 0.5), 128 * 2 * _STEPS),
        divide_and_root=nanoseconds(lambda: _divide_and_root(singles, np.float32(1.0)), 256),
        widen=nanoseconds(lambda: _widen(singles, sums), 256),
        load=nanoseconds(lambda: _load(doubles, sums), 512 * 8),
        look_up=nanoseconds(lambda: _look_up(table, places, _ones(256, np.float64)), 256),
    )


def limit(stage: Operations, peaks: Operations) -> float:
    """Nanoseconds that a stage takes at the least: different units of the processor can work at the same time."""
    spent = Operations(*(count * peak for count, peak in zip(stage, peaks, strict=True)))
    arithmetic = spent.philox + spent.single + spent.double
    return max(arithmetic, spent.divide_and_root, spent.widen, spent.load, spent.look_up)
