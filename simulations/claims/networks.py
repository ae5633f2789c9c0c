"""Claims on networks: Sections 2, 3 and 4, Figures 1 to 10, footnote 1, each judged beside its null worlds.

A number is the mean over networks and digits of :mod:`simulations.evidence`, with its standard error. Margins are in the number's
own units; "blank" is less than a fifth of what a map kept before the network was randomised.
"""

from cgi_theory import Measurement
from simulations.claims.verdicts import NetworkClaim, Worlds, shown, surely_above, surely_below, verdict
from simulations.lab.model_on_nets import LARGEST, RANDOM, SEVERAL
from simulations.lab.worlds import GAUSSIAN, UNTRAINED

EXACT = 1e-9
BLANK = 0.2
SHARE = 0.2  # of ten labels, but for a thousandth
_ERROR, _LINEAR, _ENERGY = 1e-3, 0.95, 0.05
MEMORISED_LABELS = 0.98
_LEAST_DELTA, _LARGEST_DELTA = 0.1, 0.2


def equality(name: str, claim: str, what: str) -> NetworkClaim:
    """Return a claim that an error is 0; it holds on any network, and says so."""

    def say(worlds: Worlds) -> str:
        return f"{what} off by {shown(worlds.measured)}, on an untrained network by {shown(worlds.others[UNTRAINED])}"

    return NetworkClaim(name, claim, "equal", say, lambda worlds: verdict(worlds.measured.mean < EXACT), _ERROR)


def blanking(name: str, claim: str, paper: str, what: str) -> NetworkClaim:
    """Return a claim that randomisation blanks a map."""

    def judge(worlds: Worlds) -> str:
        ratio = worlds.measured
        return verdict(surely_below(ratio, BLANK), "qualified" if surely_below(ratio, 0.5) else "refuted")

    return NetworkClaim(name, claim, paper, lambda worlds: f"{what} {worlds.measured} of the pixels that it kept", judge, 0.05)


def _conserved(worlds: Worlds) -> str:
    (trained,) = worlds.nulls.values()
    here = shown(worlds.measured)
    return f"a label keeps {here} of the pixels on untrained nets, and {shown(trained)} on trained ones: votes are conserved"


def _linear(worlds: Worlds) -> str:
    also = f"{shown(worlds.others[UNTRAINED])} untrained, {shown(worlds.others[GAUSSIAN])} with Gaussian gradients"
    return f"R² is {worlds.measured}; so it is without training ({also})"


def _delta(worlds: Worlds) -> str:
    delta = worlds.measured
    within = delta.mean - 2.0 * delta.stderr > _LEAST_DELTA and delta.mean + 2.0 * delta.stderr < _LARGEST_DELTA
    outside = surely_above(delta, _LARGEST_DELTA) or surely_below(delta, _LEAST_DELTA)
    return verdict(within, "refuted" if outside else "qualified")


def _most(worlds: Worlds) -> str:
    return verdict(surely_above(worlds.measured, 0.5), "refuted" if surely_below(worlds.measured, 0.5) else "qualified")


def _follows_energy(worlds: Worlds) -> str:
    apart = Measurement(abs(worlds.measured.mean), worlds.measured.stderr)
    return verdict(surely_below(apart, _ENERGY), "refuted" if surely_above(apart, _ENERGY) else "qualified")


def _shares(worlds: Worlds) -> str:
    untrained = worlds.others[UNTRAINED]
    return f"shares of logit and gradient energy that stay differ by {worlds.measured}, without training by {untrained}"


def _quality(worlds: Worlds) -> str:
    """Comparable is within a tenth of gradient ⊙ input's own largest pixels; qualified, nearer to those than to random ones."""
    cgi, largest, random = worlds.measured.mean, worlds.others[LARGEST].mean, worlds.nulls[RANDOM].mean
    return verdict(cgi > 0.9 * largest, "qualified" if cgi > 0.5 * (largest + random) else "refuted")


CLAIMS_ON_NETWORKS = (
    NetworkClaim(
        "almost-blank",
        "on random nets the map becomes almost blank",
        "almost blank",
        _conserved,
        lambda worlds: verdict(surely_below(worlds.measured, 0.05)),
        0.01,
    ),
    NetworkClaim(
        "votes",
        "training gives the chosen label more than its share of the pixels",
        "not said",
        lambda worlds: f"its map keeps {worlds.measured} of them, where a label's share is 0.2",
        lambda worlds: verdict(surely_above(worlds.measured, SHARE)),
        0.02,
    ),
    equality("lemma-1", "scores sum to the logit without biases (Lemma 1)", "sums are"),
    equality("homogeneous", "f(tx) = t f(x) without biases", "logits are"),
    NetworkClaim(
        "completeness",
        "sums of scores vary linearly with the logit (Figure 2)",
        "fairly linearly",
        _linear,
        lambda worlds: verdict(surely_above(worlds.measured, _LINEAR)),
        0.5,
    ),
    NetworkClaim(
        "delta",
        "δ on real data, for the chosen label",
        "0.1 to 0.2",
        lambda worlds: f"δ is {worlds.measured} on average",
        _delta,
        0.02,
    ),
    NetworkClaim(
        "logit-ratio",
        "the chosen logit is larger than the others",
        "2 to 4 times",
        lambda worlds: f"so large is it on {worlds.measured} of the digits",
        _most,
        0.05,
    ),
    NetworkClaim(
        "heat",
        "many pixels have heat in several labels' maps (Figure 1)",
        "many",
        lambda worlds: f"{worlds.measured} of the hot pixels are hot for {SEVERAL} labels or more",
        _most,
        0.05,
    ),
    NetworkClaim(
        "energy",
        "the model's key fact: the input does not decide who wins",
        "implied by Section 3.1",
        _shares,
        _follows_energy,
        0.02,
    ),
    equality("rules", "without biases LRP and DeepLIFT are gradient ⊙ input (Section 2)", "LRP-z, LRP-ε and DeepLIFT are"),
    equality("ig", "integrated gradients are complete", "sums are, with biases,"),
    NetworkClaim(
        "quality",
        "CGI maps are of comparable quality (Figure 3)",
        "comparable",
        lambda worlds: f"CGI's pixels keep {worlds.measured} of the logit, as many of the largest {worlds.others[LARGEST]}",
        _quality,
        0.1,
    ),
    blanking("layer-wise", "any layer re-initialised blanks CGI only (Figures 4, 8, 10)", "almost blank", "CGI keeps"),
    blanking("cascade", "and so do layers in cascade (Figure 5)", "almost blank", "CGI keeps"),
    blanking("own-label", "and the map of the label that the network then predicts", "not said", "CGI keeps"),
    blanking("clrp", "CLRP eliminates much that LRP shows (Figures 6, 9)", "eliminates", "CLRP (αβ) keeps"),
    blanking("permuted", "CGI removes the input from a net fitted to permuted labels (Figure 7)", "removes", "CGI keeps"),
    NetworkClaim(
        "memorised",
        "networks are trained on permuted labels to greater than 98 % accuracy",
        "98 %",
        lambda worlds: f"{worlds.measured} of the permuted labels are learned",
        lambda worlds: verdict(worlds.measured.mean > MEMORISED_LABELS),
        0.5,
    ),
    NetworkClaim(
        "softmax",
        "gradients after the softmax did not yield good methods (footnote 1)",
        "not good",
        lambda worlds: f"scores sum to {worlds.measured} of the probability",
        lambda worlds: verdict(surely_below(worlds.measured, 0.5)),
        0.1,
    ),
)
