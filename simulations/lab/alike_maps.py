"""How alike two maps of a photograph are, by correlations of scores and of ranks, signed and absolute, over all pixels."""

from collections.abc import Iterator, Mapping

import numpy as np

from cgi_theory._arrays import Float2D
from cgi_theory.networks.similarity import CORRELATIONS, PreparedMaps
from simulations.experiment import Row
from simulations.lab.image_maps import resampled

OWN_GRID = "pixels"


def similarities(one: Mapping[str, Float2D], other: Mapping[str, Float2D], side: int, about: Row) -> Iterator[Row]:
    """Yield a row for each method and grid: maps of one size over their own pixels, and all over a grid of this side."""
    for method, scores in one.items():
        pair = scores, other[method]
        if len({values.shape for values in pair}) == 1:
            yield {"kind": "similarity", **about, "method": method, "grid": OWN_GRID} | _correlations(*pair)
        small = (resampled(values, side) for values in pair)
        yield {"kind": "similarity", **about, "method": method, "grid": f"{side} × {side}"} | _correlations(*small)


def _correlations(one: Float2D, other: Float2D) -> Row:
    """Return each correlation; none of a blank map."""
    a, b = (PreparedMaps(values.reshape(1, -1)) for values in (one, other))
    found = {name: float(correlation(a, b)[0]) for name, correlation in CORRELATIONS.items()}
    return {name: None if np.isnan(value) else round(value, 5) for name, value in found.items()}
