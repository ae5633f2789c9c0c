"""Whether a map follows the function along paths of networks: three numbers over the steps of all paths.

On each step the networks' predictions agree with those of their references on a share of the digits, and their maps resemble
the references' more or less. A good map changes when the function does, and not before. *Rank correlation*: Spearman's over the
steps of the mean similarity with the mean agreement. *While predictions agree*: the mean similarity on steps where they do on
95 % of the digits at least; low if a map changes although the function doesn't. *When predictions differ*: the same where they
agree on a quarter of them at most, ten labels by chance on a tenth; high if a map stays although the function is gone. No one of
them is enough: the input alone has the best of the second, and noise the best of the third.

Networks and digits are crossed random effects (:mod:`cgi_theory.sanity.crossed`); which steps agree is not drawn again.
"""

from collections.abc import Sequence

import numpy as np

from cgi_theory._arrays import Bool1D, Float1D, Float2D, FloatND
from cgi_theory.networks.similarity import spearman
from cgi_theory.sanity.crossed import Interval, crossed_means, interval, smallest_sample, weights

RANKS, WHILE, AFTER = "rank correlation", "while predictions agree", "when predictions differ"
AGREEING, DIFFERING = 0.95, 0.25
_DECIMALS = 9  # similarities that differ by rounding alone tie


def followed(agreement: Sequence[FloatND], alike: Sequence[FloatND], *, seed: int) -> dict[str, Interval]:
    """Return the three numbers of a map, each with its interval; NaN where they are undefined.

    Parameters
    ----------
    agreement : sequence of ndarray, each (networks, digits)
        For every step whether predictions agree, 0 or 1.
    alike : sequence of ndarray, each (networks, other digits)
        For every step the similarity of maps; NaN where undefined.
    seed : int
        Those of one seed draw the same networks and digits.
    """
    networks = np.arange(len(alike[0]))
    sample = smallest_sample(networks, alike[0].shape[1])
    level, similarity = np.array([step.mean() for step in agreement]), np.array([_mean(step) for step in alike])
    levels, similarities = (_means(steps, seed) for steps in (agreement, alike))
    found = {
        RANKS: interval(_rank_correlation(similarity[None], level[None])[0], _rank_correlation(similarities, levels), sample)
    }
    for name, steps in ((WHILE, level >= AGREEING), (AFTER, level <= DIFFERING)):
        found[name] = interval(_over(similarity[None], steps)[0], _over(similarities, steps), sample)
    return found


def _mean(values: FloatND) -> float:
    return float(np.nanmean(values)) if np.any(~np.isnan(values)) else float("nan")


def _means(steps: Sequence[FloatND], seed: int) -> Float2D:
    """Return the mean of each draw on each step, (draws, steps)."""
    count, digits = steps[0].shape
    drawn = weights(seed, count, digits)
    return np.stack([crossed_means(values, np.arange(count), drawn) for values in steps], axis=1)


def _rank_correlation(similarities: Float2D, levels: Float2D) -> Float1D:
    """Return Spearman's correlation of each row, (rows,); NaN for rows with undefined similarities, or with constant ones."""
    known = ~np.isnan(similarities).any(axis=1)
    found: Float1D = np.full(len(similarities), np.nan)
    found[known] = spearman(np.round(similarities[known], _DECIMALS), levels[known])
    return found


def _over(similarities: Float2D, steps: Bool1D) -> Float1D:
    """Return the mean over some steps, (rows,); NaN if there are none."""
    found: Float1D = similarities[:, steps].mean(axis=1) if steps.any() else np.full(len(similarities), np.nan)
    return found
