"""Claims about real networks: Sections 2 and 3, Figures 1 and 2.

On the embedded digits and the networks of :mod:`simulations.lab.nets`. Networks are trained by the machine's own matrix products,
so numbers are rounded to what does not depend on them.
"""

import numpy as np
from scipy import stats

from cgi_theory.networks import attribution
from cgi_theory.networks.alignment import measure
from cgi_theory.networks.measures import hot_pixels, of_chosen_label
from cgi_theory.sampling.averages import mean_of
from simulations.claims.verdicts import Computed, verdict
from simulations.lab import nets
from simulations.lemma_1 import errors

IMAGES = 400
ROUNDING = 1e-12


def lemma_1(n_samples: int, seed: int) -> Computed:
    """Largest error of Σ xᵢ∂S/∂xᵢ = S without biases, trained and not, relative to Σ|xᵢ∂S/∂xᵢ|."""
    worst = max(_errors(seed, kind)["lemma_1_error"] for kind in ("trained", "re-initialised"))
    return f"equal to {_bound(worst)} on a trained and an untrained net without biases", verdict(worst < ROUNDING)


def homogeneous(n_samples: int, seed: int) -> Computed:
    """Largest error of f(tx) = t f(x) without biases, and the difference with them."""
    worst = max(_errors(seed, kind)["homogeneity_error"] for kind in ("trained", "re-initialised"))
    return f"equal to {_bound(worst)} without biases", verdict(worst < ROUNDING)


def nearly_complete(n_samples: int, seed: int) -> Computed:
    """Regression of the scores' sums on the logits with biases; a linear relation means R² above 0.95."""
    x, _ = nets.test_images(IMAGES)
    net = nets.network("trained", seed=seed)
    line = stats.linregress(net.logits(x).ravel(), attribution.gradient_times_input(net, x).sum(axis=2).ravel())
    text = f"R² = {line.rvalue**2:.2f}, slope {line.slope:.1f}"
    return text, verdict(line.rvalue**2 > 0.95)


def delta_on_real_data(n_samples: int, seed: int) -> Computed:
    """Median of δ over digits, for the predicted label."""
    x, _ = nets.test_images(IMAGES)
    medians = {kind: float(np.median(measure(nets.network(kind, seed=seed), x).delta)) for kind in nets.KINDS}
    inside = 0.1 <= round(medians["trained"], 1) <= 0.2
    text = ", ".join(f"{median:.1g} ({kind})" for kind, median in medians.items())
    return f"median δ {text}", verdict(inside)


def logit_ratio(n_samples: int, seed: int) -> Computed:
    """Median over digits of the predicted label's logit over the largest other one."""
    x, _ = nets.test_images(IMAGES)
    ratio = measure(nets.network("trained", seed=seed), x).logit_ratio
    middle = float(np.nanmedian(ratio))
    return f"median {middle:.0f} times the second", verdict(2.0 <= middle <= 4.0)


def heat_in_several_maps(n_samples: int, seed: int) -> Computed:
    """Of the predicted label's hot pixels, the fraction hot for at least five labels; "many" is more than half."""
    x, _ = nets.test_images(IMAGES)
    net = nets.network("trained", seed=seed)
    hot = hot_pixels(attribution.gradient_times_input(net, x))
    own = of_chosen_label(hot, net.predicted_labels(x))
    several = mean_of(np.array([np.mean(labels[pixels] >= 5) for labels, pixels in zip(hot.sum(axis=1), own, strict=True)]))
    text = f"{several.mean:.1f} of its hot pixels are hot for five labels or more"
    return text, verdict(several.mean - 2.0 * several.stderr > 0.5)


def energy_identity(n_samples: int, seed: int) -> Computed:
    """Mean difference over digits of the shares of the logit and of gradient energy that a trained net's CGI map keeps."""
    x, _ = nets.test_images(IMAGES)
    found = measure(nets.network("trained", seed=seed), x)
    share, close = float(np.mean(found.energy_kept)), abs(float(np.mean(found.retained - found.energy_kept))) < 0.05
    text = f"{share:.1f} of the logit stays; the two shares differ by {'less' if close else 'more'} than 0.05 on average"
    return text, verdict(close)


def _errors(seed: int, kind: str) -> dict[str, float]:
    x, _ = nets.test_images(IMAGES)
    return errors(nets.network(kind, biases=False, seed=seed), x, [0.5, 3.0])


def _bound(error: float) -> str:
    return f"within {ROUNDING:g}" if error < ROUNDING else f"{error:.0e} only"
