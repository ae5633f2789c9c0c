r"""The collapsed estimator's rule: one uniform a coordinate stands for all k − 1 rivals.

Given the chosen label's coordinate u the rivals are independent and all lose with probability
:math:`[1 - \rho + \rho\Phi(x)]^{k-1}` at :math:`x = a|u|`, u on the scale of N(0, 1). It is read off a table in x with 8192
cells from 0 to 8.5, linearly: off by at most 2e-6, and by 3e-6 of what is kept.

Equation of paper_notes.md: (10).
"""

from functools import lru_cache

import numpy as np

from cgi_theory._arrays import Float1D, Word2D
from cgi_theory._jit import kernel, part
from cgi_theory.sampling.elementary import LOWEST_EXPONENT, exp, log, upper_tail
from cgi_theory.sampling.philox import TILE
from cgi_theory.sampling.segments import Contest

# From here on the normal distribution's tail is below 1e-16, and all rivals lose.
_FAR = 8.5
_CELLS = 8192


@lru_cache(maxsize=16)
def survival_table(rivals: int, sparsity: float) -> Float1D:
    """[1 − ρ + ρΦ(x)]^(k−1), the probability that all rivals lose, at 8193 points x from 0 to 8.5 (and one more).

    Remembered, and therefore read-only: a simulation asks for the same table with every range of samples.
    """
    table = np.ones(_CELLS + 2)
    _fill(table, rivals, sparsity)
    table.flags.writeable = False
    return table


@kernel
def _fill(table: Float1D, rivals: int, sparsity: float) -> None:
    for i in range(_CELLS):
        each_loses = 1.0 - sparsity * upper_tail(i * (_FAR / _CELLS))
        table[i] = exp(max(float(rivals) * log(each_loses), LOWEST_EXPONENT))


@part
def decide_by_chance(contest: Contest, words: Word2D, scale: float, table: Float1D) -> None:
    """Stand in for all rivals: put their scores out of reach with the probability that they win, else to nothing.

    All rivals lose with the probability of ``table`` at x = ``scale``·|ζ₁| = a|u|. The word's uniform has 32 bits.
    """
    zeta, highest, lowest = contest.zeta, contest.highest, contest.lowest
    to_cells = scale * (_CELLS / _FAR)
    places, probabilities = highest, lowest  # until they are filled
    for tile in range(contest.tiles):
        # The compiler does not vectorise a look-up: in a loop by itself it holds up nothing else.
        for i in range(TILE):
            places[tile, i] = min(to_cells * abs(np.float64(zeta[tile, i])), float(_CELLS))
        for i in range(TILE):
            place = places[tile, i]
            whole = np.int32(place)
            cell = np.uint64(np.uint32(whole))
            left, right = table[cell], table[cell + np.uint64(1)]
            probabilities[tile, i] = left + (place - float(whole)) * (right - left)
        for i in range(TILE):
            survives = (float(words[tile, i]) + 0.5) * 2.0**-32 < probabilities[tile, i]
            highest[tile, i] = -np.inf if survives else np.inf
            lowest[tile, i] = np.inf if survives else -np.inf
