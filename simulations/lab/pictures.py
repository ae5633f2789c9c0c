"""Maps of photographs as rows of pixels, small enough for a table: what the figures show.

A picture has half the side of what the network is given. A map's numbers are hundredths of a scale, the 99.5th percentile of the
absolute scores of gradient ⊙ input of the same network, at the picture's size; those of the photograph itself, the mean over its
channels, of 255.
"""

from collections.abc import Iterator

import numpy as np

from cgi_theory._arrays import Float2D
from simulations.experiment import Row
from simulations.lab.image_maps import resampled

INPUT = "input"
_LEVELS = 100


def scale_of(plain: Float2D) -> float:
    """Return the scale of a network's maps, from its gradient ⊙ input (height, width)."""
    return float(np.quantile(np.abs(_small(plain)), 0.995)) or 1.0


def picture_rows(scores: Float2D, scale: float, about: Row) -> Iterator[Row]:
    """Yield a row of the table for each row of a map (height, width), with what it is about."""
    values = np.rint(_small(scores) * (_LEVELS / scale)).astype(np.int64)
    for number, line in enumerate(values.tolist()):
        yield {"kind": "map", **about, "scale": float(f"{scale:.4g}"), "row": number, "scores": " ".join(map(str, line))}


def _small(scores: Float2D) -> Float2D:
    return resampled(scores, len(scores) // 2)
