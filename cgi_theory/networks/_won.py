"""How many pixels each label wins, all labels being the chosen one in turn, a bounded part of their maps at a time."""

from collections.abc import Iterator

import numpy as np

from cgi_theory._arrays import Bool2D, Int2D, RealND
from cgi_theory.competition import compete_all

# Numbers of all labels' maps that are held at a time.
_BLOCK = 2**22


def pixels_won(where: Bool2D, scores: RealND) -> Int2D:
    """Return how many of some pixels, a mask (batch, pixels), each label wins by scores (batch, k, pixels), (batch, k)."""
    won = np.zeros((len(scores), scores.shape[1]), dtype=np.int64)
    for images, pixels in _parts(*scores.shape):
        masks = compete_all(scores[images, :, pixels], label_axis=1) != 0.0
        won[images] += np.count_nonzero(masks & where[images, None, pixels], axis=2)
    return won


def _parts(batch: int, n_labels: int, pixels: int) -> Iterator[tuple[slice, slice]]:
    """Yield some images, or some pixels of one, at a time: all labels' maps of them are of a bounded size."""
    step = max(1, _BLOCK // max(1, n_labels * pixels))
    width = max(1, min(pixels, _BLOCK // n_labels))
    for first in range(0, batch, step):
        for start in range(0, max(1, pixels), width):
            yield slice(first, first + step), slice(start, start + width)
