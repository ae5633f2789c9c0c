"""How large networks may be, and the sequences that describe their layers."""

import itertools
from collections.abc import Sequence

from numpy.typing import ArrayLike

from cgi_theory._arguments import shown, whole_numbers

# Numbers that a network's file may hold: a hundred million, 800 MB.
MOST_NUMBERS = 100_000_000
MOST_LAYERS = 1000


def layer_sizes(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the units of the input, of each hidden layer, and labels, or raise a TypeError or ValueError that names them."""
    units = whole_numbers("sizes", sizes, 1, MOST_NUMBERS)
    if not 2 <= len(units) <= MOST_LAYERS + 1:
        raise ValueError(f"sizes must have the units of the input and the labels at least, not {shown(units)}")
    if (numbers := sum(a * b for a, b in itertools.pairwise(units))) > MOST_NUMBERS:
        raise ValueError(f"sizes must make at most {MOST_NUMBERS} weights, not {numbers}")
    return units


def layers_of(name: str, arrays: Sequence[ArrayLike]) -> Sequence[ArrayLike]:
    """Return a sequence of arrays, or an array of them, as a tuple."""
    try:
        return tuple(arrays)
    except TypeError:
        raise TypeError(f"{name} must be a sequence of arrays, one for each layer, not {shown(arrays)}") from None
