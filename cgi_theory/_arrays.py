"""Types of arrays: what they hold and how many axes they have. Docstrings say what the axes are.

NumPy's own shape types: ``Float2D`` is an array of float64 with two axes, ``FloatND`` one with any number of them. Type checkers
tell them apart where NumPy's functions keep count of axes, and take them for one another where those don't.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

RealND = NDArray[np.floating[Any]]
"""float64 or float32, as it was given."""
FloatND = NDArray[np.float64]
Float1D = np.ndarray[tuple[int], np.dtype[np.float64]]
Float2D = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Float3D = np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
SingleND = NDArray[np.float32]
Single1D = np.ndarray[tuple[int], np.dtype[np.float32]]
Single2D = np.ndarray[tuple[int, int], np.dtype[np.float32]]
Single3D = np.ndarray[tuple[int, int, int], np.dtype[np.float32]]
Single4D = np.ndarray[tuple[int, int, int, int], np.dtype[np.float32]]
ByteND = NDArray[np.uint8]
Word1D = np.ndarray[tuple[int], np.dtype[np.uint32]]
Word2D = np.ndarray[tuple[int, int], np.dtype[np.uint32]]
BoolND = NDArray[np.bool_]
Bool1D = np.ndarray[tuple[int], np.dtype[np.bool_]]
Bool2D = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
Bool3D = np.ndarray[tuple[int, int, int], np.dtype[np.bool_]]
IntND = NDArray[np.int64]
Int1D = np.ndarray[tuple[int], np.dtype[np.int64]]
Int2D = np.ndarray[tuple[int, int], np.dtype[np.int64]]
