"""Oracles for what competition keeps with any Gram matrix, importing nothing of ours: by drawing, and in closed form."""

import math

import numpy as np


def drawn(gram, label, n_draws, seed, heavy_tails=False):
    """Means and standard errors of kept and energy over pixels drawn with this Gram matrix, by Algorithm 1; label with Σ_yy > 0.

    With heavy tails every pixel has a scale of its own, and so has the energy's denominator.
    """
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(np.asarray(gram, dtype=np.float64))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    scores = rng.standard_normal((n_draws, len(root))) @ root.T
    if heavy_tails:
        scores *= np.exp(0.5 * rng.standard_normal((n_draws, 1)))
    own, rivals = scores[:, label], np.delete(scores, label, axis=1)
    won = ((own > 0.0) & (own >= rivals.max(axis=1))) | ((own < 0.0) & (own <= rivals.min(axis=1)))
    energy = own**2 * (won - np.sum(own**2 * won) / np.sum(own**2)) / np.mean(own**2)  # of a ratio of means
    share = np.sum(own**2 * won) / np.sum(own**2)
    errors = won.std(ddof=1) / math.sqrt(n_draws), energy.std(ddof=1) / math.sqrt(n_draws)
    return (won.mean(), errors[0]), (share, errors[1])


def kept_of_three(gram, label):
    """Twice the orthant probability of (Z_y, Z_y − Z_i, Z_y − Z_j), 1/8 + Σ arcsin ρ/4π (Sheppard 1899)."""
    i, j = (k for k in range(3) if k != label)
    transform = np.zeros((3, 3))
    transform[:, label] = 1.0
    transform[1, i] = transform[2, j] = -1.0
    covariance = transform @ np.asarray(gram) @ transform.T
    scale = np.sqrt(np.diag(covariance))
    rho = covariance / np.outer(scale, scale)
    return 2.0 * (0.125 + sum(math.asin(rho[a, b]) for a, b in ((0, 1), (0, 2), (1, 2))) / (4.0 * math.pi))


def equally_correlated(n_labels, correlation, nodes=4001):
    """Kept and energy of labels of one length and one positive correlation, by two sums over a common and an own normal.

    Z_j = √r f + √(1−r) e_j; given f, the largest is below z with the k-th power of one label's probability.
    """
    f = np.linspace(-9.0, 9.0, nodes)
    weight = np.exp(-0.5 * f * f) / math.sqrt(2.0 * math.pi) * (f[1] - f[0])
    z = np.linspace(0.0, 9.0, nodes)
    step = z[1] - z[0]
    ends = np.full(nodes, step)
    ends[[0, -1]] *= 0.5
    below = np.vectorize(lambda t: 0.5 * math.erfc(-t / math.sqrt(2.0)))
    kept = energy = 0.0
    for point, mass in zip(f, weight, strict=True):
        e = (z - math.sqrt(correlation) * point) / math.sqrt(1.0 - correlation)
        density = np.exp(-0.5 * e * e) / math.sqrt(2.0 * math.pi * (1.0 - correlation))
        won = density * np.asarray(below(e)) ** (n_labels - 1) * ends
        kept, energy = kept + mass * won.sum(), energy + mass * (won * z * z).sum()
    return 2.0 * kept, 2.0 * energy
