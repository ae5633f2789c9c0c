"""Samples as a store holds them: float64 numbers, least significant byte first, sample by sample."""

import numpy as np

from cgi_theory._arrays import Float2D
from cgi_theory.sampling import columns
from cgi_theory.sweep.store import Entry, Store

SAMPLE_BYTES = 8 * len(columns.NAMES)


def entry_of(point: int, start: int, stop: int, samples: Float2D) -> Entry:
    """Return the entry of a point's samples ``start`` to ``stop`` − 1, shape (stop − start, columns)."""
    return Entry(point, start, stop, np.ascontiguousarray(samples, dtype="<f8").tobytes())


def samples_in(store: Store, point: int, wanted: int) -> Float2D:
    """Return a point's first ``wanted`` samples, shape (wanted, columns), all of which must be stored."""
    samples = np.empty((wanted, len(columns.NAMES)))
    for _, start, stop, content in store.entries(point, wanted):
        samples[start:stop] = np.frombuffer(content, dtype="<f8").reshape(-1, len(columns.NAMES))[: wanted - start]
    return samples
