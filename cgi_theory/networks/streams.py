"""Random streams that no two uses share: the one place that names them.

A stream is named by a seed, what it is for, and a key of further numbers, such as a layer or the number of a network. Its
generator is :func:`generator`; a function that takes a seed of its own (``MLP.random``, ``Recipe``, ``cascading``) is given
:func:`derived_seed`. Seeds are never added to: seed 1 of network 0 would be seed 0 of network 1.

The words of a key are mixed in after those of the seed (NumPy's ``SeedSequence``), one for each number, so that no seed and key
make the words of another seed and key.
"""

from enum import IntEnum, unique

import numpy as np

from cgi_theory._arguments import HIGHEST_SEED, whole_number

# What one word of a key holds: a larger number would take two, which are the key of two numbers.
_HIGHEST_KEY = 2**32 - 1


@unique
class Use(IntEnum):
    """What a stream is for, the first part of its key."""

    INITIAL_WEIGHTS = 0
    ORDER_OF_IMAGES = 1
    RANDOMISED_LAYER = 2
    PERMUTED_LABELS = 3
    DRAWN_PIXELS = 4
    # Of the experiments, with the number of the network, randomisation or map for a key.
    RANDOMISATION = 5
    UNTRAINED_NETWORK = 6
    MEMORISING_NETWORK = 7
    RANDOM_PIXELS = 8
    NOISE_MAP = 9
    TIES = 10
    RETRAINED_NETWORK = 11
    NOISE_WORLD = 12
    GAUSSIAN_WORLD = 13
    BOOTSTRAP = 14
    MODEL_GRADIENTS = 20
    NOISY_INPUT = 30
    MODULE = 40
    # Of photographs, with the number of the photograph or stage.
    RANDOM_STAGES = 45
    RANDOM_INPUTS = 46
    NOISE_OF_PHOTOGRAPH = 47
    # Of maps from arrays.
    CONTROL_PIXELS = 50
    # Of sanity checks of a user's methods, with the number of the draw, or of the network and the method.
    CHECKED_RANDOMISATION = 55
    CHECKED_NOISE = 56
    CHECKED_MASK = 57


def generator(seed: int, use: Use, *key: int) -> np.random.Generator:
    """Return the generator of a stream.

    Parameters
    ----------
    seed : int
        0 to 2⁶⁴ − 1.
    use : Use
    *key : int
        Each from 0 to 2³² − 1; keys of other lengths are other keys.

    Raises
    ------
    TypeError, ValueError
        Naming what is off.
    """
    return np.random.default_rng(_words(seed, use, key))


def derived_seed(seed: int, use: Use, *key: int) -> int:
    """Return a seed of its own, 0 to 2⁶⁴ − 1, for a function that takes one; arguments and errors are those of ``generator``."""
    return int(_words(seed, use, key).generate_state(1, np.uint64)[0])


def _words(seed: int, use: Use, key: tuple[int, ...]) -> np.random.SeedSequence:
    whole = whole_number("seed", seed, 0, HIGHEST_SEED)
    numbers = (whole_number(f"key[{i}]", number, 0, _HIGHEST_KEY) for i, number in enumerate(key))
    return np.random.SeedSequence(whole, spawn_key=(Use(use), *numbers))
