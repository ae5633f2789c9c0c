"""Where sparse labels meet, drawn and counted (Remark 1).

Every label has a gradient on a random ρ of the pixels. The paper takes ρ² for the share of pixels on which two labels
compete. That is of all pixels; of the pixels that a label has it is ρ, and those on which any of its k − 1 rivals has a
gradient too are 1 − (1 − ρ)^(k−1).
"""

import math

import numpy as np

from cgi_theory import Measurement
from cgi_theory._arrays import Bool1D
from cgi_theory.sampling.averages import mean_of
from cgi_theory.sampling.philox import random_words

PIXELS = 9984
FRACTIONS = ("meet", "contested_by_one", "contested")


def expected_fractions(n_labels: int, sparsity: float) -> dict[str, float]:
    """Return the exact values of what ``count_fractions`` estimates."""
    return {
        "meet": sparsity**2,
        "contested_by_one": sparsity,
        "contested": -np.expm1((n_labels - 1) * np.log1p(-sparsity)) if sparsity < 1.0 else 1.0,
    }


def count_fractions(n_labels: int, sparsity: float, n_samples: int, seed: int) -> dict[str, Measurement]:
    """Draw the supports of ``n_labels`` (at least 2) labels over 9 984 pixels and count where they meet.

    Returns
    -------
    dict of str to Measurement
        ``meet``, the fraction of all pixels on which the chosen label and one rival have a gradient;
        ``contested_by_one``, the same of the chosen label's own pixels; ``contested``, the fraction of its own pixels on which
        any rival has one.
    """
    last = np.uint32(math.ceil(sparsity * 2.0**32) - 1)  # of the words below ρ·2³²

    def support(sample: int, label: int) -> Bool1D:
        return random_words(PIXELS, seed=seed, sample=sample, stream=label) <= last

    samples = np.empty((n_samples, len(FRACTIONS)))
    for sample in range(n_samples):
        chosen = support(sample, 0)
        own = np.sum(chosen)
        contested = chosen & support(sample, 1)
        met = np.sum(contested)
        for label in range(2, n_labels):
            contested |= support(sample, label)
        samples[sample] = met / chosen.size, met / own, np.sum(chosen & contested) / own
    return {name: mean_of(values) for name, values in zip(FRACTIONS, samples.T.copy(), strict=True)}
