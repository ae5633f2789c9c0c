"""Random streams that no two uses share: a generator for each seed and key.

A key is mixed in after the seed's own words, so that no seed and key make the stream of another seed and key, and keys that
begin with different uses never meet.
"""

from enum import IntEnum

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, whole_number


class Use(IntEnum):
    """What a stream is for, the first part of its key."""

    INITIAL_WEIGHTS = 0
    ORDER_OF_IMAGES = 1
    RANDOMISED_LAYER = 2
    PERMUTED_LABELS = 3
    DRAWN_PIXELS = 4


def stream(seed: int, use: Use, *key: int) -> np.random.Generator:
    """Return the generator of a seed and a key, or raise an error that names the seed."""
    whole = whole_number("seed", seed, 0, HIGHEST_SEED)
    return np.random.default_rng(np.random.SeedSequence(whole, spawn_key=(use, *key)))
