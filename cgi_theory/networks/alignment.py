r"""The model of Section 3.1 held against a real network: its parameters as measured, and what it predicts from them.

For an image x with the chosen label y, gradients :math:`g_j = \partial S_j/\partial x`, and the lit and hot pixels of
:mod:`cgi_theory.networks.measures`:

* δ is the cosine of :math:`g_y` and x; the logit's ratio is :math:`S_y` over the largest other logit.
* r is the mean over rivals j of the cosine of :math:`g_y` and :math:`g_j` over lit pixels.
* Pixels that are hot for both y and j are shared: s is their mean fraction of y's hot pixels, and r is measured on them and off
  them too.
* ρ is the participation ratio :math:`3\,(\overline{g_y^2})^2/\overline{g_y^4}` over lit pixels, at most 1: for b·N(0, 1) with
  b ~ Bernoulli(ρ) it is ρ.

Three things are measured of what a CGI map keeps: of the *logit*, or to be exact of :math:`\sum x_i g_{yi}`, which is the logit
on a network without biases; of *gradient energy*, :math:`\sum g_{yi}^2` over lit pixels; and of the lit *pixels*. The model
predicts the last two, from (k, r) alone or with (s, ρ). That the share of the logit is that of energy on average is its key fact,
that the input does not decide who wins: a prediction of its own, which need not hold where those do.

The model takes all gradients to be equally long and the rivals to be independent given the chosen label.
``predict_from_gradients`` gives both up: a pixel's k gradients are a Gaussian vector with the measured second moments, the Gram
matrix over lit pixels, and ``cgi_theory.predict_from_gram`` does the rest. What is left of the model is that they are Gaussian
and the pixels alike.

Equation of paper_notes.md: (1).
"""

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from cgi_theory._arguments import instance, one_of, whole_number
from cgi_theory._arrays import BoolND, Float1D, Float2D, Int1D
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory.model import loss_slope
from cgi_theory.networks._image_gradients import ImageGradients, measurable
from cgi_theory.networks._layers import MOST_NUMBERS
from cgi_theory.networks.measures import energy_kept, hot_pixels, of_chosen_label, retained
from cgi_theory.networks.network import Network, chosen_labels, inputs_of, logits_of
from cgi_theory.sampling.gram import predict_from_gram
from cgi_theory.streaming import Competition
from cgi_theory.theory.moments import win_moments

Reading = Literal["one block", "two blocks", "sparse"]

_LEAST_SPARSITY = 1e-3
# What is measured on the gradients of one image.
_MEASURED = (
    *("delta", "correlation", "shared_fraction", "shared_correlation", "distinct_correlation"),
    *("sparsity", "retained", "energy_kept", "kept"),
)


@dataclass(frozen=True, eq=False)
class Alignment:
    """What was measured, an array (batch,) each."""

    delta: Float1D
    """δ, the cosine of the chosen label's gradient and the input."""
    logit_ratio: Float1D
    """The chosen label's logit over the largest other one; NaN where that is not positive."""
    correlation: Float1D
    """r over all lit pixels."""
    shared_fraction: Float1D
    """s."""
    shared_correlation: Float1D
    """r on the shared pixels."""
    distinct_correlation: Float1D
    """r off the shared pixels."""
    sparsity: Float1D
    """ρ."""
    retained: Float1D
    """Logit: the share of Σ xᵢgᵢ that the CGI map retains."""
    energy_kept: Float1D
    """Energy: the share of Σ gᵢ² over lit pixels that is on those that it keeps."""
    kept: Float1D
    """Kept: the fraction of lit pixels that it keeps."""
    n_labels: int
    """k, of the network."""

    def columns(self) -> dict[str, Float1D]:
        """Return the measurements that images have, by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "n_labels"}


@own_error_state
def measure(net: Network, x: Any, labels: ArrayLike | None = None) -> Alignment:
    r"""Measure the model's parameters and the CGI maps on inputs of any shape.

    The gradients of all labels of one input are held at a time.

    Parameters
    ----------
    net : Network
        An MLP, a TorchNetwork or another, with at least 2 labels.
    x : array_like, (batch, \*input_shape)
        Images with at least one pixel lit and a gradient there; each channel of a pixel counts as a pixel.
    labels : array_like of int, (batch,), optional
        The chosen labels; by default those that the network predicts.

    Raises
    ------
    TypeError, ValueError
        If an argument is off, or an image has nothing to measure: the chosen label's scores sum to 0.
    """
    inputs = inputs_of(net, x)
    chosen = chosen_labels(net, inputs, labels)
    logits = logits_of(net, inputs).astype(np.float64)
    found = [_measured(image) for image in measurable("measure", net, inputs, chosen)]
    columns = {name: np.array([row[name] for row in found]) for name in _MEASURED}
    return Alignment(**columns, logit_ratio=_logit_ratio(logits, chosen), n_labels=logits.shape[1])


def _measured(image: ImageGradients) -> dict[str, float]:
    """Return the columns of one image but for the logits' ratio."""
    competition = Competition(label=image.label, shape=image.image.shape)
    scores, square = image.own * image.image, unit_size(image.own * image.lit)[0] ** 2
    hot, of_rivals = hot_pixels(scores), []
    for labels, gradients in image.blocks():
        others = gradients * image.image
        competition.add(labels, others)
        shared = hot_pixels(others) & hot
        parts = (image.lit, shared & image.lit, ~shared & image.lit)
        rows = np.stack([*(_cosines(image.own, gradients, part) for part in parts), shared.sum(axis=1) / hot.sum()])
        of_rivals.append(rows[:, np.array(labels) != image.label])
    overall, on, off, share = np.mean(np.concatenate(of_rivals, axis=1), axis=1)
    won = competition.winners()
    return {
        "delta": float(scores.sum() / np.linalg.norm(image.own) / np.linalg.norm(image.image)),
        "correlation": overall,
        "shared_fraction": share,
        "shared_correlation": on,
        "distinct_correlation": off,
        "sparsity": _participation(square[image.lit]),
        "retained": float(retained(scores[None], (scores * won)[None])[0]),
        "energy_kept": float(energy_kept((image.own * image.lit)[None], won[None])[0]),
        "kept": float(np.count_nonzero(won) / np.count_nonzero(image.lit)),
    }


@own_error_state
def predict(found: Alignment, n_labels: int | None = None, reading: Reading = "one block") -> tuple[Float1D, Float1D]:
    """Predict what competition keeps from the measured parameters.

    Parameters
    ----------
    found : Alignment
    n_labels : int, optional
        k of the network that was measured, or a ValueError is raised.
    reading : {"one block", "two blocks", "sparse"}
        Whether r is that of all lit pixels, or those on and off the shared ones with the share s, or that of all with the
        labels' gradients on independent fractions ρ of the pixels.

    Returns
    -------
    energy, kept : ndarray, (batch,)
        The share of gradient energy, and the fraction of lit pixels. If the input does not decide who wins, the former is the
        share of the logit too.
    """
    k = instance("found", found, Alignment, "what measure returns").n_labels
    if n_labels is not None and whole_number("n_labels", n_labels, 1, MOST_NUMBERS) != k:
        raise ValueError(f"n_labels must be {k}, as many as the network has that was measured, not {n_labels}")
    one_of("reading", reading, get_args(Reading))
    if reading == "two blocks":
        on, off = (_limit(r, k) for r in (found.shared_correlation, found.distinct_correlation))
        share = found.shared_fraction
        energy, kept = (share * a + (1.0 - share) * b for a, b in zip(on, off, strict=True))
        return energy, kept
    return _limit(found.correlation, k, found.sparsity if reading == "sparse" else None)


@own_error_state
def predict_from_gradients(
    net: Network, x: Any, labels: ArrayLike | None = None, *, seed: int = 0, tolerance: float = 1e-3
) -> tuple[Float1D, Float1D]:
    """Predict what competition keeps from all inner products of an image's gradients over lit pixels.

    Parameters
    ----------
    net, x, labels
        As for ``measure``, and refused as there.
    seed, tolerance
        As for ``cgi_theory.predict_from_gram``.

    Returns
    -------
    energy, kept : ndarray, (batch,)
        The share of gradient energy, and the fraction of lit pixels.
    """
    inputs = inputs_of(net, x)
    images = measurable("predict_from_gradients", net, inputs, chosen_labels(net, inputs, labels))
    found = [predict_from_gram(image.gram(), image.label, seed=seed, tolerance=tolerance) for image in images]
    return np.array([prediction.energy for prediction in found]), np.array([prediction.kept for prediction in found])


def _limit(correlation: Float1D, n_labels: int, sparsity: Float1D | None = None) -> tuple[Float1D, Float1D]:
    """Return the energy and the fraction of its own pixels that the chosen label keeps, in the limit of many pixels."""
    dense = np.ones_like(correlation) if sparsity is None else np.maximum(sparsity, _LEAST_SPARSITY)
    slopes = [loss_slope(float(r)) for r in np.clip(correlation, -1.0, 1.0)]
    won = [win_moments(slope, n_labels, float(rho)) for slope, rho in zip(slopes, dense, strict=True)]
    return np.array([moments.energy for moments in won]), np.array([moments.kept for moments in won])


def _logit_ratio(logits: Float2D, chosen: Int1D) -> Float1D:
    """The chosen logit over the largest other one, NaN where that is not positive."""
    rivals = np.arange(logits.shape[1]) != chosen[:, None]
    ratio = of_chosen_label(logits, chosen) / np.where(rivals, logits, -np.inf).max(axis=1)
    return np.where(finite("ratios of logits", np.where(ratio > 0.0, ratio, 0.0)) > 0.0, ratio, np.nan)


def _participation(square: Float1D) -> float:
    """ρ, of squares of gradients on the pixels that are lit."""
    return min(1.0, 3.0 * float(np.mean(square)) ** 2 / float(np.mean(square**2)))


def _cosines(own: Float1D, gradients: Float2D, part: BoolND) -> Float1D:
    """Cosine of the chosen label's gradient and each label's, (labels,), over a part of the pixels, (d,) or (labels, d)."""
    ours, _ = unit_size(own * part, axis=-1)
    theirs, _ = unit_size(gradients * part, axis=1)
    norms = np.linalg.norm(ours, axis=-1) * np.linalg.norm(theirs, axis=1)
    cosines: Float1D = np.divide(np.sum(ours * theirs, axis=1), norms, out=np.zeros_like(norms), where=norms > 0.0)
    return cosines
