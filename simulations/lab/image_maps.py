r"""Maps of a photograph: which there are, how they are kept in a task's rows, and how they are made as small as a picture.

A pixel's score is the sum of its channels'. Maps of other sizes are compared on a common grid: a cell's score is the mean of the
map over it, pixels that it cuts counted by the part that lies inside.
"""

import numpy as np

from cgi_theory._arrays import Float2D, FloatND, RealND, Single1D
from cgi_theory.maps import highest
from cgi_theory.networks.streams import Use, generator
from simulations.experiment import Row
from simulations.lab.all_labels import AllLabels

PLAIN, CGI, CONTRAST = "gradient ⊙ input", "CGI", "contrast with the rivals' mean"
RANDOM, LARGEST = "random inputs", "largest inputs"  # of gradient ⊙ input, as many as CGI keeps
METHODS = (PLAIN, CGI, CONTRAST, RANDOM, LARGEST)
NOISE = "noise"
LABEL_MAP = "label "  # begins the method of another label's gradient ⊙ input
KEPT = "kept map"  # the kind of a task's row
_STEPS = 10**6  # of a kept map's largest score


def maps_of(found: AllLabels, label: int, seed: int, *key: int) -> dict[str, Single1D]:
    """Return the maps (d,) of a label by method, the random inputs being those of a seed and a key."""
    plain, cgi = found.scores(label), found.cgi(label)
    size = int(np.count_nonzero(cgi))
    drawn = np.where(found.lit, generator(seed, Use.RANDOM_INPUTS, *key).random(plain.size), -1.0)
    masks = (highest(values[None], [size])[0] for values in (drawn, np.abs(plain)))
    maps = (plain, cgi, found.contrast(label), *(np.where(mask, plain, np.float32(0.0)) for mask in masks))
    return dict(zip(METHODS, maps, strict=True))


def kept_map(about: Row, scores: RealND) -> Row:
    """Return a task's row of a map (channels, height, width): its pixels, in millionths of the largest score."""
    pixels = scores.sum(axis=0, dtype=np.float64)
    unit = float(np.abs(pixels).max()) / _STEPS or 1.0
    values = np.rint(pixels / unit).astype(np.int64)
    return {"kind": KEPT, **about, "unit": unit, "lines": len(pixels), "scores": values.ravel().tolist()}


def map_of(row: Row) -> Float2D:
    """Return the map (height, width) that a task's row holds."""
    scores: Float2D = (np.asarray(row["scores"], dtype=np.float64) * row["unit"]).reshape(row["lines"], -1)
    return scores


def resampled(scores: Float2D, side: int) -> Float2D:
    """Return the means of a map (height, width) over the cells of a grid (side, side)."""
    rows, columns = (_shares(pixels, side) for pixels in scores.shape)
    found: Float2D = rows @ scores @ columns.T
    return found


def noise(shape: tuple[int, ...], seed: int, *key: int) -> FloatND:
    """Return a map of noise, of a seed and a key."""
    return generator(seed, Use.NOISE_OF_PHOTOGRAPH, *key).standard_normal(shape)


def _shares(pixels: int, side: int) -> Float2D:
    """Return which share of a cell each pixel of a line is, (side, pixels)."""
    cells, places = np.arange(side)[:, None] * pixels / side, np.arange(pixels)
    overlap = np.minimum(cells + pixels / side, places + 1) - np.maximum(cells, places)
    shares: Float2D = np.clip(overlap, 0.0, None) * side / pixels
    return shares
