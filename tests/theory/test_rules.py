"""What rules that choose pixels keep: simulation from their definitions, closed forms, limits, and the frontier as a bound."""

import math
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special, stats

from cgi_theory.sampling.averages import mean_of
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.rules import (
    among_best,
    contrast_with_mean,
    contrast_with_strongest,
    largest_pixels,
    mean_of_strongest,
    random_pixels,
    threshold_of,
)
from cgi_theory.theory.softmax import COLDEST, HOTTEST, softmax
from tests import naive

LABELS, SAMPLES = 4, 2_000_000
EXACT = {"epsabs": 1e-15, "epsrel": 1e-12, "limit": 200}


class Drawn:
    """Gradients of four labels, turned to the label's side."""

    def __init__(self):
        rng = np.random.default_rng(5)
        u, v = rng.standard_normal(SAMPLES), rng.standard_normal((LABELS - 1, SAMPLES))
        self.own, self.rivals = np.abs(u), v * np.sign(u)
        self.mean, self.strongest = self.rivals.mean(axis=0), self.rivals.max(axis=0)
        self.uniform = rng.random(SAMPLES)

    def kept(self, mask):
        return [mean_of(mask * values) for values in (1.0, self.own**2, self.own * self.mean, self.own * self.strongest)]


@pytest.fixture(scope="module")
def drawn():
    return Drawn()


def soft(drawn, temperature):
    weights = np.exp(np.stack([drawn.own, *drawn.rivals]) / temperature)
    return weights[0] / weights.sum(axis=0)


# What each rule keeps in theory, its mask, and what it keeps if it is taken for another.
RULES: dict[str, tuple[Any, Any, Any]] = {
    "random": (random_pixels(0.3, LABELS), lambda d: d.uniform < 0.3, random_pixels(0.303, LABELS)),
    "largest": (largest_pixels(1.2, LABELS), lambda d: d.own**2 >= 1.2, largest_pixels(1.22, LABELS)),
    "mean": (
        contrast_with_mean(1.5, 0.4, LABELS),
        lambda d: d.own * (d.own - 1.5 * d.mean) >= 0.4,
        contrast_with_mean(1.6, 0.4, LABELS),
    ),
    "mean, no threshold": (
        contrast_with_mean(1.0, 0.0, LABELS),
        lambda d: d.own >= d.mean,
        contrast_with_mean(1.0, 1e-3, LABELS),
    ),
    "strongest": (
        contrast_with_strongest(0.7, 0.3, LABELS),
        lambda d: d.own * (d.own - 0.7 * d.strongest) >= 0.3,
        contrast_with_strongest(0.7, 0.31, LABELS),
    ),
    "CGI": (
        contrast_with_strongest(1.0, 0.0, LABELS),
        lambda d: d.own >= d.strongest,
        contrast_with_strongest(1.01, 0.0, LABELS),
    ),
    "two best": (among_best(2, LABELS), lambda d: (d.rivals > d.own).sum(axis=0) < 2, among_best(1, LABELS)),
    "softmax": (softmax(0.7, LABELS), partial(soft, temperature=0.7), softmax(0.72, LABELS)),
    "hot softmax": (softmax(3.0, LABELS), partial(soft, temperature=3.0), softmax(3.2, LABELS)),
}


@pytest.mark.parametrize("name", RULES)
def test_by_simulation(drawn, name):
    exact, mask, wrong = RULES[name]
    measured = drawn.kept(mask(drawn).astype(float))
    for value, expected in zip(measured, exact, strict=True):
        assert value.stderr < max(0.01 * abs(expected), 5e-4)
        assert abs(value.mean - expected) < 4.0 * value.stderr
    assert any(abs(value.mean - other) > 4.0 * value.stderr for value, other in zip(measured, wrong, strict=True))


@pytest.mark.parametrize("k", [2, 3, 10, 1000, 10_000])
def test_competition_is_the_contrast_with_the_strongest_rival(k):
    """By the moments of result 2; what it keeps of rivals, by parts."""
    found, won = contrast_with_strongest(1.0, 0.0, k), win_moments(1.0, k, 1.0)
    assert found.pixels == pytest.approx(won.kept, rel=1e-10)
    assert found.logit == pytest.approx(won.energy, rel=1e-10)
    assert found.mean_rival == pytest.approx(-(won.energy - won.kept) / (k - 1), rel=1e-10)
    below = integrate.quad(lambda t: special.ndtr(-t) ** (k - 1), 0.0, np.inf, **EXACT)[0]  # E[(−M)⁺]
    surplus = won.kept + 2.0 * below / math.sqrt(2.0 * math.pi)
    assert found.logit - found.strongest_rival == pytest.approx(surplus, rel=1e-9)


def given_gradient(k, count):
    """What the label among the ``count`` best keeps, over its gradient u: how many rivals surpass it is binomial."""

    def chance(u):
        return stats.binom.cdf(count - 1, k - 1, special.ndtr(-u))

    def mean_rival(u):
        return -stats.norm.pdf(u) * stats.binom.pmf(count - 1, k - 2, special.ndtr(-u))

    def integral(f):
        return 2.0 * integrate.quad(lambda u: stats.norm.pdf(u) * f(u), 0.0, 12.0, **EXACT)[0]

    return [integral(chance), integral(lambda u: u * u * chance(u)), integral(lambda u: u * mean_rival(u))]


@pytest.mark.parametrize(("k", "count"), [(2, 1), (3, 2), (10, 1), (10, 3), (10, 9), (200, 7)])
def test_the_best_labels(k, count):
    assert list(among_best(count, k)[:3]) == pytest.approx(given_gradient(k, count), rel=1e-9)


@pytest.mark.parametrize("threshold", [0.0, 1e-9, 0.3])
@pytest.mark.parametrize("price", [0.0, 0.5, 1.0, 20.0])
def test_a_single_rival_is_the_mean_and_the_strongest(price, threshold):
    one, other = contrast_with_mean(price, threshold, 2), contrast_with_strongest(price, threshold, 2)
    assert list(one) == pytest.approx(list(other), rel=1e-12, abs=1e-15)
    assert one.mean_rival == pytest.approx(one.strongest_rival, abs=1e-15)

    def chance(u):
        return special.ndtr((u - threshold / max(u, 1e-300)) / price) if price > 0.0 else float(u * u >= threshold)

    edges = [0.0, *(math.sqrt(threshold) * np.geomspace(0.01, 100.0, 5) if threshold > 0.0 else []), 12.0]
    parts = [
        integrate.quad(lambda u: 2.0 * stats.norm.pdf(u) * chance(u), *ends, **EXACT)
        for ends in pairwise(edges)
        if ends[0] < ends[1]
    ]
    expected = sum(part for part, _ in parts)
    assert one.pixels == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("k", [2, 5, 100])
def test_without_a_price_only_the_gradient_counts(k):
    for contrast in (contrast_with_mean, contrast_with_strongest):
        found, expected = contrast(0.0, 0.8, k), largest_pixels(0.8, k)
        assert list(found) == pytest.approx(list(expected), rel=1e-12, abs=1e-15)
    height = math.sqrt(0.8)
    assert expected.pixels == pytest.approx(2.0 * special.ndtr(-height), rel=1e-14)
    assert expected.logit == pytest.approx(expected.pixels + 2.0 * height * stats.norm.pdf(height), rel=1e-14)


def test_largest_pixels_of_ten_labels():
    """As many as CGI keeps, 0.1998, hold 0.65 of the logit where CGI holds 0.542."""
    cgi = contrast_with_strongest(1.0, 0.0, 10)
    largest = largest_pixels(threshold_of(partial(largest_pixels, n_labels=10), cgi.pixels), 10)
    assert largest.pixels == pytest.approx(cgi.pixels, rel=1e-12)
    assert [round(value, 4) for value in (cgi.pixels, cgi.logit, largest.logit)] == [0.1998, 0.5424, 0.6495]


@pytest.mark.parametrize("k", [2, 3, 10, 1000])
def test_no_rule_lies_above_a_frontier(k):
    """Least cost of a rule, ℓ − λ·rival, against the frontier's own at every price; CGI has the best at 1, and that alone."""
    rules = [
        contrast_with_strongest(1.0, 0.0, k),
        random_pixels(0.3, k),
        largest_pixels(0.5, k),
        softmax(0.5, k),
        softmax(2.0, k),
    ]
    rules += [contrast_with_mean(2.0, 0.1, k), *(among_best(count, k) for count in range(1, min(k, 4)))]
    for price in (0.25, 0.5, 1.0, 2.0, 4.0):
        bounds = [(contrast_with_mean, "mean_rival"), (contrast_with_strongest, "strongest_rival")]
        for contrast, rival in bounds:
            best = worth(contrast(price, 0.0, k), price, rival)
            values = [worth(kept, price, rival) for kept in rules]
            assert max(values) < best + 1e-12
            if rival == "strongest_rival":
                assert (values[0] > best - 1e-12) == (price == 1.0)


def worth(kept, price, rival):
    return kept.logit - price * getattr(kept, rival)


@pytest.mark.parametrize("k", [2, 10, 1000])
def test_softmax_goes_from_competition_to_everything(k):
    cold, won = softmax(COLDEST, k), contrast_with_strongest(1.0, 0.0, k)
    assert cold.pixels == pytest.approx(won.pixels, rel=4e-3)
    assert cold.logit == pytest.approx(won.logit, rel=0.03)
    hot = softmax(HOTTEST, k)
    assert (k * hot.pixels, k * hot.logit) == (pytest.approx(1.0, rel=0.01), pytest.approx(1.0, rel=0.02))
    falling = [softmax(temperature, k).logit for temperature in (0.1, 0.5, 1.0, 4.0, 100.0)]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize("temperature", [0.1, 0.25, 1.0, 1.5, 30.0])
def test_softmax_of_two_labels(temperature):
    """By the plane of both gradients."""
    u, v = np.linspace(0.0, 9.0, 3001), np.linspace(-9.0, 9.0, 6001)
    mass = stats.norm.pdf(v) * special.expit((u[:, None] - v) / temperature)
    density = 2.0 * stats.norm.pdf(u)
    plane = [integrate.simpson(mass, x=v, axis=1), integrate.simpson(mass * v, x=v, axis=1)]
    factors = [(1.0, 0), (u**2, 0), (u, 1), (u, 1)]
    expected = [float(integrate.simpson(density * factor * plane[part], x=u)) for factor, part in factors]
    assert list(softmax(temperature, 2)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 5.0])
def test_softmax_of_three_labels(temperature):
    """Over u, the rivals' sum and their distance, of which the strongest is a smooth function."""
    (u, weight_u), (distance, weight_d) = (naive.gauss_legendre(np.linspace(0.0, 9.0, 4)) for _ in range(2))
    total, weight_s = naive.gauss_legendre(np.linspace(-9.0, 9.0, 7))
    u, total, distance = np.meshgrid(u, total, distance, indexing="ij")
    strongest, other = (total + distance) / math.sqrt(2.0), (total - distance) / math.sqrt(2.0)
    weak = np.exp((strongest - u) / temperature) + np.exp((other - u) / temperature)
    mass = 4.0 * np.exp(-0.5 * (u**2 + total**2 + distance**2)) / (2.0 * math.pi) ** 1.5 / (1.0 + weak)
    factors = (1.0, u**2, u * 0.5 * (strongest + other), u * strongest)
    expected = [np.einsum("ijk,i,j,k->", mass * factor, weight_u, weight_s, weight_d) for factor in factors]
    assert list(softmax(temperature, 3)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("rivals", "mean"), [(1, 0.0), (2, 1.0 / math.sqrt(math.pi)), (3, 1.5 / math.sqrt(math.pi))])
def test_the_mean_of_the_strongest(rivals, mean):
    assert mean_of_strongest(rivals) == pytest.approx(mean, abs=1e-14)


def test_the_strongest_of_many():
    expected = integrate.quad(lambda t: 999.0 * t * stats.norm.pdf(t) * special.ndtr(t) ** 998, -9.0, 9.0, **EXACT)[0]
    assert mean_of_strongest(999) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("rule", [partial(largest_pixels, n_labels=10), partial(contrast_with_mean, 1.0, n_labels=10)])
def test_thresholds_are_found(rule):
    for pixels in (1e-6, 0.01, 0.3):
        assert rule(threshold_of(rule, pixels)).pixels == pytest.approx(pixels, rel=1e-9)
    assert threshold_of(rule, 1.0) == 0.0
