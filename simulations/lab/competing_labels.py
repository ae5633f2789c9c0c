r"""What competition among all labels of a photograph keeps of one, measured and predicted: a row of numbers.

``kept`` is the fraction of inputs (each channel of a pixel is one), ``energy_kept`` the share of :math:`\sum_i g_i^2` on them.
Both are predicted by the Gram matrix of the gradients, as if each input's gradients were Gaussian with a scale that all labels
share. Votes of all labels sum to the fraction of inputs with a positive score and that with a negative one (``signs``), and to
more by ties alone: so the mean over labels says nothing of the network, the chosen label's share does.
"""

import numpy as np

from cgi_theory import predict_from_gram
from cgi_theory._arrays import Float1D, Float2D
from cgi_theory.networks.measures import hot_pixels
from cgi_theory.theory.effective_labels import effective_labels
from simulations.experiment import Row
from simulations.lab.all_labels import AllLabels

_EVERY = 10  # label that hot inputs are compared with


def measured(found: AllLabels, label: int) -> Row:
    """Return what is measured of a label."""
    votes, own = found.votes, int(found.logits.argmax())
    energy = found.gradients[label].astype(np.float64)[found.lit] ** 2
    won = found.cgi(label)[found.lit] != 0.0
    return {
        "logit": float(found.logits[label]),
        "score_sum": float(found.sums[label]),
        "completeness": _correlation(found.sums, found.logits),
        "kept": float(votes[label]),
        "energy_kept": _ratio(energy[won].sum(), energy.sum()),
        "energy_of_largest": _energy_of_largest(energy, int(np.count_nonzero(won))),
        "effective_labels": float(effective_labels(votes[label])) if votes[label] > 0.0 else None,
        "share_of_votes": _ratio(votes[label], votes.sum()),
        "votes": float(votes.sum()),
        "signs": found.signs,
        "labels_with_votes": int(np.count_nonzero(votes)),
        "kept_by_own_label": float(votes[own]),
    }


def predicted(found: AllLabels, label: int, *, seed: int, tolerance: float) -> Row:
    """Return what the Gram matrix predicts of a label."""
    prediction = predict_from_gram(found.gram, label, seed=seed, tolerance=tolerance)
    return {
        "kept_gram_matrix": prediction.kept,
        "kept_gram_matrix_error": prediction.kept_error,
        "energy_gram_matrix": prediction.energy,
        "energy_gram_matrix_error": prediction.energy_error,
        "effective_labels_gram_matrix": float(effective_labels(min(prediction.kept, 1.0))),
        "participation_ratio": _participation_ratio(found.gram),
    }


def hot_for_others(found: AllLabels, label: int) -> float:
    """Return for which share of other labels, every tenth of them, the inputs that are hot for one are hot on average."""
    own = hot_pixels(found.scores(label))
    others = [other for other in range(0, len(found.gradients), _EVERY) if other != label]
    shared = [np.count_nonzero(hot_pixels(found.scores(other)) & own) for other in others]
    return float(np.mean(shared) / np.count_nonzero(own))


def _correlation(one: Float1D, other: Float1D) -> float | None:
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 0.0 and np.ptp(other) > 0.0 else None


def _ratio(part: float, whole: float) -> float | None:
    """Return one over the other; nothing of a network that has no gradient."""
    return float(part / whole) if whole > 0.0 else None


def _energy_of_largest(energy: Float1D, count: int) -> float | None:
    """Return the share of gradient energy on so many inputs with the largest gradients."""
    return _ratio(np.sort(energy)[::-1][:count].sum(), energy.sum())


def _participation_ratio(gram: Float2D) -> float:
    """Return over how many directions the labels' gradients are spread, (Σλ)²/Σλ² of the Gram matrix."""
    return float(np.trace(gram) ** 2 / np.sum(gram**2))
