r"""The model of Section 3.1 held against a real network: its parameters as measured, and what it predicts from them.

For an image x with the chosen label y, gradients :math:`g_j = \partial S_j/\partial x` and the pixels that are lit,
:math:`x_i \ne 0`:

* δ is the cosine of :math:`g_y` and x; the logit's ratio is :math:`S_y` over the largest other logit.
* r is the mean over rivals j of the cosine of :math:`g_y` and :math:`g_j` over lit pixels.
* A label's *hot* pixels are the fewest that hold nine tenths of :math:`\sum_i |x_i g_{ji}|`. Those hot for both y and j are
  shared: s is their mean fraction of y's hot pixels, and r is measured on them and off them too.
* ρ is the participation ratio :math:`3\,(\overline{g_y^2})^2/\overline{g_y^4}` over lit pixels, at most 1: for b·N(0, 1) with
  b ~ Bernoulli(ρ) it is ρ.

The key fact of the model, that the input does not decide who wins, makes the *retained share of the logit*
:math:`\sum_i H_i/\sum_i x_i g_{yi}` equal on average to the *share of gradient energy* :math:`\sum g_{yi}^2` on the pixels kept
(both over lit pixels). The model then predicts both, and the fraction of lit pixels kept, from (k, r) alone, or with (s, ρ).

The model takes all gradients to be equally long and the rivals to be independent given the chosen label.
``predict_from_gram`` gives both up: a pixel's k gradients are a Gaussian vector with the measured second moments, the Gram
matrix over lit pixels. What is left of the model is that they are Gaussian and the pixels alike.
"""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._arguments import instance, one_of, whole_number
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory.competition import winners
from cgi_theory.model import CompetitionModel
from cgi_theory.networks._layers import MOST_NUMBERS
from cgi_theory.networks.mlp import MLP, require_net
from cgi_theory.networks.streams import Use, generator
from cgi_theory.theory.exact import large_n_limit

Array = NDArray[np.float64]
Reading = Literal["one block", "two blocks", "sparse"]

HOT_SHARE = 0.9
_LEAST_SPARSITY = 1e-3
_MOST_DRAWS = 10**7


@dataclass(frozen=True, eq=False)
class Alignment:
    """What was measured, an array (batch,) each."""

    delta: Array
    """δ, the cosine of the chosen label's gradient and the input."""
    logit_ratio: Array
    """The chosen label's logit over the largest other one; NaN where that is not positive."""
    correlation: Array
    """r over all lit pixels."""
    shared_fraction: Array
    """s."""
    shared_correlation: Array
    """r on the shared pixels."""
    distinct_correlation: Array
    """r off the shared pixels."""
    sparsity: Array
    """ρ."""
    retained: Array
    """The share of Σ xᵢgᵢ that the CGI map retains."""
    energy_kept: Array
    """The share of gradient energy on the pixels that it keeps."""
    kept: Array
    """The fraction of lit pixels that it keeps."""
    n_labels: int
    """k, of the network."""

    def columns(self) -> dict[str, Array]:
        """Return the measurements that images have, by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "n_labels"}


@own_error_state
def measure(net: MLP, x: ArrayLike, labels: ArrayLike | None = None) -> Alignment:
    """Measure the model's parameters and the CGI maps on images.

    Parameters
    ----------
    net : MLP
        With at least 2 labels.
    x : array_like, (batch, d)
        Images with at least one pixel lit and a gradient there.
    labels : array_like of int, (batch,), optional
        The chosen labels; by default those that the network predicts.

    Raises
    ------
    TypeError, ValueError
        If an argument is off, or an image has nothing to measure: the chosen label's scores sum to 0.
    """
    inputs = require_net(net).inputs(x)
    chosen = net.chosen_labels(inputs, labels)
    gradients, images = _measurable("measure", net, inputs, chosen)
    batch, lit, logits = np.arange(len(inputs)), inputs != 0.0, net.logits(inputs)
    own_gradient, _ = unit_size(gradients[batch, chosen], axis=1)
    scores, own = gradients * images[:, None, :], own_gradient * images
    won = winners(scores, chosen, label_axis=1)
    square = unit_size(own_gradient * lit, axis=1)[0] ** 2
    shared = hot_pixels(scores) & hot_pixels(own)[:, None, :]
    rivals = np.ones(logits.shape, dtype=bool)
    rivals[batch, chosen] = False
    ratio = logits[batch, chosen] / np.where(rivals, logits, -np.inf).max(axis=1)
    fourth = np.mean(square**2, axis=1) / np.mean(lit, axis=1)
    lit_gradients = gradients * lit[:, None, :]
    cosines = [_cosines(lit_gradients, chosen, part) for part in (np.ones_like(shared), shared, ~shared)]
    overall, on, off = (_mean_over(cosine, rivals) for cosine in cosines)
    return Alignment(
        delta=np.sum(own, axis=1) / np.linalg.norm(own_gradient, axis=1) / np.linalg.norm(images, axis=1),
        logit_ratio=np.where(finite("ratios of logits", np.where(ratio > 0.0, ratio, 0.0)) > 0.0, ratio, np.nan),
        correlation=overall,
        shared_fraction=_mean_over(shared.sum(axis=2) / hot_pixels(own).sum(axis=1)[:, None], rivals),
        shared_correlation=on,
        distinct_correlation=off,
        sparsity=np.minimum(1.0, 3.0 * (np.mean(square, axis=1) / np.mean(lit, axis=1)) ** 2 / fourth),
        retained=np.sum(own * won, axis=1) / own.sum(axis=1),
        energy_kept=np.sum(square * won, axis=1) / np.sum(square, axis=1),
        kept=np.sum(won, axis=1) / lit.sum(axis=1),
        n_labels=net.sizes[-1],
    )


def _measurable(name: str, net: MLP, inputs: Array, chosen: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return gradients (batch, k, d) and images in units of their own, each image's, in which squares stay in range."""
    gradients, _ = unit_size(net.input_gradients(inputs), axis=(1, 2))
    images, _ = unit_size(inputs, axis=1)
    own, _ = unit_size(gradients[np.arange(len(inputs)), chosen], axis=1)
    if net.sizes[-1] < 2 or not np.sum(own * images, axis=1).all():
        raise ValueError(
            f"{name} needs two labels or more, and images on which the chosen label has scores that do not sum to zero"
        )
    return gradients, images


@own_error_state
def hot_pixels(scores: Array) -> NDArray[np.bool_]:
    """Return the fewest pixels that hold nine tenths of each map's Σ|score|, the same shape as ``scores`` (..., d)."""
    heat, _ = unit_size(np.abs(scores), axis=-1)
    order = np.argsort(-heat, axis=-1, kind="stable")
    ranked = np.take_along_axis(heat, order, axis=-1)
    before = np.cumsum(ranked, axis=-1) - ranked
    hot = before < HOT_SHARE * heat.sum(axis=-1, keepdims=True)
    found = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(found, order, hot, axis=-1)
    return found


@own_error_state
def predict(found: Alignment, n_labels: int | None = None, reading: Reading = "one block") -> tuple[Array, Array]:
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
    retained, kept : ndarray, (batch,)
        The share of the logit (and of gradient energy), and the fraction of lit pixels.
    """
    k = instance("found", found, Alignment, "what measure returns").n_labels
    if n_labels is not None and whole_number("n_labels", n_labels, 1, MOST_NUMBERS) != k:
        raise ValueError(f"n_labels must be {k}, as many as the network has that was measured, not {n_labels}")
    one_of("reading", reading, get_args(Reading))
    if reading == "two blocks":
        on, off = (_limit(r, k) for r in (found.shared_correlation, found.distinct_correlation))
        share = found.shared_fraction
        retained, kept = (share * a + (1.0 - share) * b for a, b in zip(on, off, strict=True))
        return retained, kept
    return _limit(found.correlation, k, found.sparsity if reading == "sparse" else None)


@own_error_state
def predict_from_gram(
    net: MLP, x: ArrayLike, labels: ArrayLike | None = None, *, seed: int = 0, n_draws: int = 4000
) -> tuple[Array, Array]:
    """Predict what competition keeps from all inner products of an image's gradients, by drawing pixels.

    Parameters
    ----------
    net, x, labels
        As for ``measure``, and refused as there.
    seed : int
        Of the draws, which all images share.
    n_draws : int
        Pixels drawn for each image, up to ten million.

    Returns
    -------
    retained, kept : ndarray, (batch,)
        The share of gradient energy (and of the logit), and the fraction of lit pixels.
    """
    inputs = require_net(net).inputs(x)
    chosen = net.chosen_labels(inputs, labels)
    gradients, _ = _measurable("predict_from_gram", net, inputs, chosen)
    draws = whole_number("n_draws", n_draws, 1, _MOST_DRAWS)
    normals = generator(seed, Use.DRAWN_PIXELS).standard_normal((draws, net.sizes[-1]))
    answers = []
    for vectors, label in zip(gradients * (inputs != 0.0)[:, None, :], chosen, strict=True):
        variances, directions = np.linalg.eigh(vectors @ vectors.T)
        pixels = (normals * np.sqrt(np.maximum(variances, 0.0))) @ directions.T
        won = winners(pixels.T, label)
        square = pixels[:, label] ** 2
        answers.append((np.sum(square * won) / np.sum(square), np.mean(won)))
    columns = finite("predictions", np.array(answers).reshape(-1, 2).T)
    return columns[0], columns[1]


def _limit(correlation: Array, n_labels: int, sparsity: Array | None = None) -> tuple[Array, Array]:
    """Return the closed form's energy and kept fraction of a label's own pixels, for many coordinates."""
    dense = np.ones_like(correlation) if sparsity is None else np.maximum(sparsity, _LEAST_SPARSITY)
    answers = []
    for r, rho in zip(correlation, dense, strict=True):
        model = CompetitionModel(
            n=4,
            delta=1.0,
            n_labels=n_labels,
            shared_fraction=1.0,
            shared_correlation=min(max(float(r), -1.0), 1.0),
            sparsity=float(rho),
            conditioning="exactly",
        )
        limit = large_n_limit(model)
        answers.append((limit.c1, limit.kept_shared / rho))
    columns: Array = np.array(answers).reshape(-1, 2).T
    return columns[0], columns[1]


def _cosines(gradients: Array, chosen: NDArray[np.int_], part: NDArray[np.bool_]) -> Array:
    """Cosine of the chosen label's gradient and each label's, over a part (batch, k, d) of the pixels: (batch, k)."""
    own, _ = unit_size(gradients[np.arange(len(gradients)), chosen][:, None, :] * part, axis=2)
    others, _ = unit_size(gradients * part, axis=2)
    norms = np.linalg.norm(own, axis=2) * np.linalg.norm(others, axis=2)
    products = np.einsum("bkd,bkd->bk", own, others)
    cosines: Array = np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0.0)
    return cosines


def _mean_over(values: Array, rivals: NDArray[np.bool_]) -> Array:
    mean: Array = np.sum(values * rivals, axis=1) / rivals.sum(axis=1)
    return mean
