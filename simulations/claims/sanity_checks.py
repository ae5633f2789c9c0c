"""Claims about saliency methods and the sanity checks: Sections 2 and 4, Figures 3 to 10, footnote 1.

On the embedded digits. Networks are trained by the machine's own matrix products, so numbers are rounded to what does not depend
on them. "Almost blank" is less than 5 % of the lit pixels, in a map that has more on the trained network.
"""

from collections.abc import Iterable

import numpy as np

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import kept, of_chosen_label
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import absolute_spearman
from cgi_theory.networks.training import accuracy
from simulations import masking
from simulations.claims.verdicts import Computed, verdict
from simulations.lab import nets
from simulations.lab.maps import METHODS

IMAGES = 100
SEEDS = 3
BLANK = 0.05


def rules_are_gradients(n_samples: int, seed: int) -> Computed:
    """Largest difference of LRP-z, LRP-ε and DeepLIFT from gradient ⊙ input without biases, relative to the largest score."""
    net = nets.network("trained", biases=False, seed=seed)
    x, _ = nets.test_images(IMAGES)
    plain = attribution.gradient_times_input(net, x)
    others = attribution.lrp(net, x, "z"), attribution.lrp(net, x, "epsilon", epsilon=1e-15), attribution.deeplift_rescale(net, x)
    worst = max(float(np.abs(other - plain).max() / np.abs(plain).max()) for other in others)
    within = "within 1e-09" if worst < 1e-9 else f"{worst:.0e} only"
    return f"LRP-z, LRP-ε at ε = 1e-15 and DeepLIFT are equal to {within} of the largest score", verdict(worst < 1e-9)


def integrated_gradients_complete(n_samples: int, seed: int) -> Computed:
    """Largest error of Σ IG = S(x) − S(0) with biases, relative to the largest logit."""
    net = nets.network("trained", seed=seed)
    x, _ = nets.test_images(IMAGES)
    difference = net.logits(x) - net.logits(np.zeros_like(x))
    sums = attribution.integrated_gradients(net, x, method="exact").sum(axis=2)
    worst = float(np.abs(sums - difference).max() / np.abs(difference).max())
    return f"complete to {'within 1e-10' if worst < 1e-10 else f'{worst:.0e} only'}, with biases", verdict(worst < 1e-10)


def comparable_quality(n_samples: int, seed: int) -> Computed:
    """Share of the chosen logit that the pixels of a map keep by themselves, for equally many pixels.

    Comparable is within a tenth of gradient ⊙ input's own largest pixels; qualified, nearer to those than to random pixels.
    """
    rows = masking.rows(masking.parameters(quick=False) | {"images": IMAGES, "steps": 2}, seed, lambda done: None)
    shares: dict[str, list[float]] = {name: [] for name in masking.MASKS}
    for row in rows:
        if row["kind"] == "mask":
            shares[row["mask"]].append(row["own_logit"])
    cgi, top, random = (float(np.mean(shares[name])) for name in masking.MASKS[:3])
    text = f"CGI's pixels keep {cgi:.1f} of the logit; as many of gradient ⊙ input's largest {top:.1f}, random ones {random:.1f}"
    return text, verdict(cgi > 0.9 * top, "qualified" if cgi > 0.5 * (top + random) else "refuted")


def layer_wise_blanks(n_samples: int, seed: int) -> Computed:
    """Any one layer re-initialised: CGI's pixels, and both methods' rank correlation with their maps of the trained network."""
    net = nets.network("trained", seed=seed)
    networks = [[layer_wise(net, layer, seed=number) for number in range(SEEDS)] for layer in range(len(net.weights))]
    return _blanks(net, networks)


def cascade_blanks(n_samples: int, seed: int) -> Computed:
    """The same for layers re-initialised from the logits down."""
    net = nets.network("trained", seed=seed)
    networks = [[cascading(net, depth, seed=number) for number in range(SEEDS)] for depth in range(1, len(net.weights) + 1)]
    return _blanks(net, networks)


def memorised_labels(n_samples: int, seed: int) -> Computed:
    """A network trained on permuted labels: its accuracy on them, and its maps beside the trained network's."""
    memorised = nets.network("permuted labels", seed=seed)
    reached = accuracy(memorised, nets.data().train_x, nets.permuted_labels(seed))
    text, judged = _blanks(nets.network("trained", seed=seed), [[memorised]])
    more = reached > 0.98
    return f"{'more' if more else 'less'} than 98 % of the training labels; {text}", judged if more else "refuted"


def competitive_lrp(n_samples: int, seed: int) -> Computed:
    """LRP (α = 2, β = 1), all layers re-initialised: pixels kept for the chosen label, and for the one that the net predicts."""
    net = nets.network("trained", seed=seed)
    x, _ = nets.test_images(IMAGES)
    chosen = net.predicted_labels(x)
    networks = [cascading(net, len(net.weights), seed=number) for number in range(SEEDS)]
    before, after = _kept(x, "LRP αβ", [net], chosen), _kept(x, "LRP αβ", networks, chosen)
    own = _kept(x, "LRP αβ", networks, None)
    text = f"CLRP keeps {before:.1f} of the pixels, {after:.1f} after randomisation, but {own:.1f} for the label then predicted"
    return text, verdict(after < BLANK < before and own < BLANK, "qualified" if after < 0.5 * before else "refuted")


def after_the_softmax(n_samples: int, seed: int) -> Computed:
    """Sum of the scores after the softmax over the probability that they should explain, the median over digits."""
    net = nets.network("trained", biases=False, seed=seed)
    x, _ = nets.test_images(IMAGES)
    chosen = net.predicted_labels(x)
    after = of_chosen_label(attribution.softmax_gradient_times_input(net, x), chosen).sum(axis=1)
    before = of_chosen_label(attribution.gradient_times_input(net, x), chosen).sum(axis=1)
    share = float(np.median(np.abs(after)))
    complete = float(np.median(before / of_chosen_label(net.logits(x), chosen)))
    text = f"scores sum to {share:.1f} of a probability near 1, before the softmax to {complete:.1f} of the logit"
    return text, verdict(share < 0.5 < complete)


def _blanks(net: MLP, networks: list[list[MLP]]) -> Computed:
    """Compare CGI and gradient ⊙ input on the trained and on groups of randomised networks; groups' largest and least means."""
    x, _ = nets.test_images(IMAGES)
    chosen = net.predicted_labels(x)
    before = _maps(net, x, chosen)
    alike = [[_alike(before, _maps(randomised, x, chosen)) for randomised in group] for group in networks]
    plain, competed = (np.mean([[values[i] for values in group] for group in alike], axis=1) for i in range(2))
    stays = [_kept(x, "gradient ⊙ input", group, chosen) for group in networks]
    trained = _kept(x, "gradient ⊙ input", [net], chosen)
    text = (
        f"CGI keeps {max(stays):.1f} of the pixels, {trained:.1f} on the trained net; "
        f"absolute values correlate by {plain.min():.1f} (gradient ⊙ input) and {competed.max():.1f} (CGI)"
    )
    shows, differs = plain.min() > 0.9, competed.max() < 0.5
    return text, verdict(shows and max(stays) < BLANK < trained, "qualified" if shows and differs else "refuted")


def _maps(net: MLP, x: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = attribution.gradient_times_input(net, x)
    return of_chosen_label(scores, chosen), compete(scores, chosen)


def _alike(before: Iterable[np.ndarray], after: Iterable[np.ndarray]) -> list[float]:
    return [float(np.nanmean(absolute_spearman(one, other))) for one, other in zip(before, after, strict=True)]


def _kept(x: np.ndarray, method: str, networks: Iterable[MLP], chosen: np.ndarray | None) -> float:
    """Mean fraction of lit pixels kept for the chosen labels, or those that each network predicts."""
    labels = [net.predicted_labels(x) if chosen is None else chosen for net in networks]
    return float(np.mean([kept(x, compete(METHODS[method](net, x), own)) for net, own in zip(networks, labels, strict=True)]))
