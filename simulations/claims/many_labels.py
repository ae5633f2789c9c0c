"""Claims of Section 3.1 about more labels than two and about sparse gradients (Remark 1).

Each function computes what its row of the ledger says, with a standard error, and the verdict. Many labels are simulated at
ImageNet's scale, one uniform a pixel standing for all rivals.
"""

from dataclasses import replace

from scipy.optimize import brentq

from cgi_theory import CompetitionModel, Measurement, exact, simulate
from cgi_theory.sampling.averages import mean_of
from simulations.claims.verdicts import Computed, agrees, verdict
from simulations.lab.models import IMAGENET
from simulations.lab.supports import count_fractions

_RANDOM_NET = CompetitionModel(n=10_000, delta=0.1, shared_fraction=0.0)


def zero_probability(n_samples: int, seed: int) -> Computed:
    """Fraction of pixels kept among ten independent labels, against the paper's 1/k."""
    labels = 10
    measured = simulate(replace(_RANDOM_NET, n_labels=labels), n_samples, seed=seed).kept_distinct
    blank = Measurement(1.0 - measured.mean, measured.stderr)
    text = f"with probability {blank} at k = {labels}: kept is 2(1 − 2⁻ᵏ)/k"
    return text, verdict(agrees(measured, 1.0 / labels, 0.02))


def almost_blank(n_samples: int, seed: int) -> Computed:
    """Fraction of a random net's pixels that stay; "almost blank" is taken as less than 5 %."""
    few, many = (
        simulate(replace(_RANDOM_NET, n_labels=labels), n_samples, seed=seed, estimator="collapsed").kept_distinct
        for labels in (10, 1000)
    )
    blank = [kept.mean + 2.0 * kept.stderr < 0.05 for kept in (few, many)]
    text = f"{few} of the pixels stay at k = 10, {many} at k = 1000"
    return text, verdict(all(blank), "qualified" if any(blank) else "refuted")


def sparse_overlap(n_samples: int, seed: int) -> Computed:
    """Where sparse labels meet, drawn and counted: of all pixels ρ², but of a label's own ρ, and more with every rival."""
    sparsity, labels = 0.2, 10
    counted = count_fractions(labels, sparsity, n_samples, seed)
    everywhere, of_own, by_any = counted["meet"], counted["contested_by_one"], counted["contested"]
    as_claimed = agrees(everywhere, sparsity**2, 0.02)
    text = (
        f"{everywhere} of all pixels, {of_own} of the label's own at ρ = {sparsity}; {by_any} of them against {labels - 1} rivals"
    )
    everything = as_claimed and agrees(of_own, sparsity**2, 0.02)
    return text, verdict(everything, "qualified" if as_claimed else "refuted")


def not_too_aggressive(n_samples: int, seed: int) -> Computed:
    """Share of the whole logit that is retained at ρ = 0.2; "not too aggressive" is taken as more than half."""
    sparse = replace(IMAGENET, sparsity=0.2)
    two, thousand = (_retained(replace(sparse, n_labels=labels), n_samples, seed) for labels in (2, 1000))
    enough = [total.mean - 2.0 * total.stderr > 0.5 for total in (two, thousand)]
    needed = brentq(lambda rho: _retained_exactly(replace(IMAGENET, n_labels=1000, sparsity=rho)) - 0.5, 1e-4, 1.0)
    text = f"{two} of the logit stays at k = 2, {thousand} at k = 1000, where half of it needs ρ = {needed:.4f}"
    return text, verdict(all(enough), "qualified" if any(enough) else "refuted")


def shared_downplayed(n_samples: int, seed: int) -> Computed:
    """c₁ and c₂ for 2, 10 and 1000 dense labels; "not completely eliminated" is taken as more than 5 %."""
    estimates = {
        labels: simulate(replace(IMAGENET, n_labels=labels), _fewer(n_samples), seed=seed, estimator="collapsed")
        for labels in (2, 10, 1000)
    }
    downplayed = all(e.c1.mean + 2.0 * e.c1.stderr < e.c2.mean - 2.0 * e.c2.stderr for e in estimates.values())
    left = [e.c1.mean - 2.0 * e.c1.stderr > 0.05 for e in estimates.values()]
    text = "c1 and c2 are " + ", ".join(f"{e.c1} and {e.c2} at k = {labels}" for labels, e in estimates.items())
    return text, verdict(downplayed and all(left), "qualified" if downplayed and any(left) else "refuted")


def _fewer(n_samples: int) -> int:
    """Return samples enough at ImageNet's scale, where one says more."""
    return max(2, n_samples // 4)


def _retained(model: CompetitionModel, n_samples: int, seed: int) -> Measurement:
    samples = simulate(model, _fewer(n_samples), seed=seed, estimator="collapsed").samples
    return mean_of(0.5 * (samples["c1"] + samples["c2"]))


def _retained_exactly(model: CompetitionModel) -> float:
    answer = exact(model)
    return 0.5 * (answer.c1 + answer.c2)
