"""One label for each input of a batch."""

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import real_array
from cgi_theory._arrays import Int1D


def label_array(labels: ArrayLike, batch: int, n_labels: int) -> Int1D:
    """Return labels as int64, (batch,), or raise a TypeError or ValueError that says what is off."""
    if isinstance(labels, list | tuple) and not labels:  # NumPy takes it for floats
        labels = np.empty(0, dtype=np.int64)
    found, highest = real_array("labels", labels), n_labels - 1
    if found.dtype.kind not in "iu" or found.ndim != 1:
        raise TypeError(f"labels must be whole numbers, one for each image, not {found.dtype} of shape {found.shape}")
    if found.size and not 0 <= found.min() <= found.max() <= highest:
        raise ValueError(f"labels must be from 0 to {highest}, not {found.min()} to {found.max()}")
    if len(found) != batch:
        raise ValueError(f"labels must have one entry for each image, {batch}, not {len(found)}")
    return found.astype(np.int64)
