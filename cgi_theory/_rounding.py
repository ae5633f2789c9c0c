"""Whole numbers that float64 does not hold, where all is computed in it: rounded, neighbours would tie, or the lower one win.

Floats of more bits than float64's are rounded: their type says that they are no exact numbers.
"""

from typing import Any

from numpy.typing import NDArray

_LARGEST = 2**53


def unrounded(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it is, or raise a ValueError that names it if it holds whole numbers that float64 may round."""
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        for number in (int(array.min()), int(array.max())):
            if abs(number) > _LARGEST:
                raise ValueError(f"{name} of type {array.dtype} must be from -2**53 to 2**53, which float64 holds, not {number}")
    return array
