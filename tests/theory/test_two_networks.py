"""How alike maps of two networks are whose gradients have a cosine: quadrature, limits, and what is refused."""

import itertools
import math

import mpmath
import numpy as np
import pytest

from cgi_theory import resemblance, simulate_resemblance
from cgi_theory._contrast import contrast_of
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.resemblance import map_correlation
from cgi_theory.theory.two_networks import _Plane, both_won
from tests import naive

IMAGE = np.array([0.0, 0.0, 0.3, 0.5, 1.0])
M1, M2 = np.abs(IMAGE).mean(), np.mean(IMAGE**2)


CASES = [(2, 0.73), (3, 0.01), (10, 0.5), (10, 0.99), (100, -0.5), (1000, 0.73), (10_000, 0.3), (10_000, -0.9)]


@pytest.mark.parametrize(("k", "cosine"), CASES)
def test_by_quadrature(k, cosine):
    """Over a square of both gradients, with the distribution function by Plackett's integral."""
    equal, opposite = (naive.both_won(signed, k, (0, 1)) for signed in (cosine, -cosine))
    ours = both_won(cosine, k)
    assert list(ours) == pytest.approx([equal[1], opposite[1], equal[0], opposite[0]], rel=1e-10, abs=1e-30)
    e1, e2, kept = (float(naive.win_moment(p, 0.0, k, 1.0)) for p in (1, 2, 0))
    found, both = resemblance(k, cosine), equal[0] + opposite[0]
    assert found.signed == pytest.approx((equal[1] - opposite[1]) / e2, rel=1e-10)
    assert found.overlap == pytest.approx(both / (2.0 * kept - both), rel=1e-10)
    absolute = (M2 * (equal[1] + opposite[1]) - M1**2 * e1**2) / (M2 * e2 - M1**2 * e1**2)
    assert found.absolute(M1, M2) == pytest.approx(absolute, rel=1e-10)
    wrong = resemblance(k, 1.0001 * cosine)
    assert wrong.signed != pytest.approx(found.signed, rel=1e-6)


def test_against_more_digits():
    """E[|u u'| 1{win on both}] and the probability, of equal signs: by mpmath in both gradients and the cosine, to 20 digits."""
    ours = both_won(0.5, 100)
    assert ours.kept_equal == pytest.approx(0.0021737382807143187, rel=1e-13)
    assert ours.product_equal == pytest.approx(0.015538670688759249, rel=1e-13)


@pytest.mark.parametrize("cosine", [-0.999999, -0.5, 0.0, 0.3, 0.999999])
@pytest.mark.parametrize(("p", "fraction"), [(0.01, 0.1), (1.0, 0.5), (4.0, 0.9), (12.0, 0.0)])
def test_the_chance_that_a_rival_wins(cosine, p, fraction):
    """By mpmath, over the rival's gradient on one network: to relative accuracy, however small it is."""
    with mpmath.workdps(30):
        c = mpmath.mpf(cosine)
        alpha, beta, sine = mpmath.sqrt((1 + c) / 2), mpmath.sqrt((1 - c) / 2), mpmath.sqrt(1 - c * c)
        q = fraction * min(2.0, float(p * alpha / beta))
        u, other = alpha * p + beta * q, alpha * p - beta * q

        def beaten_on_the_other_alone(v):
            return naive.phi(v) * naive.upper((other - c * v) / sine)

        edges = sorted(
            {mpmath.mpf(-30), *(x for x in (other / c + d * sine for d in (-9, 0, 9)) if -30 < x < u), u} if c else {-30, u}
        )
        expected = naive.upper(u) + mpmath.quad(beaten_on_the_other_alone, edges)
    plane = _Plane(float(alpha), float(beta), 1)
    found = -np.expm1(plane.log_mass(np.array([[p]]), np.array([[q]]))[0, 0] + 0.5 * q * q)
    assert found == pytest.approx(float(expected), rel=1e-11)


@pytest.mark.parametrize(
    ("k", "cosine", "signed"),
    [(2, 0.73, 0.694), (10, 0.3, 0.175), (10, 0.5, 0.310), (10, 0.73, 0.509), (10, 0.9, 0.724), (1000, 0.73, 0.167)],
)
def test_known_values(k, cosine, signed):
    assert resemblance(k, cosine).signed == pytest.approx(signed, abs=6e-4)


def test_the_overlap_of_ten_labels():
    assert resemblance(10, 0.73).overlap == pytest.approx(0.293, abs=5e-4)


@pytest.mark.parametrize("k", [1, 2, 3, 10, 1000, 10_000, 2**24])
def test_networks_that_share_nothing(k):
    """The kept fractions of independent masks, and the correlation of the sanity check."""
    found = resemblance(k, 0.0)
    kept = 2.0 * (1.0 - 0.5**k) / k
    assert found.signed == pytest.approx(0.0, abs=1e-15)
    assert found.overlap == pytest.approx(kept / (2.0 - kept), rel=1e-10)
    assert found.absolute(M1, M2) == pytest.approx(map_correlation(IMAGE[None], k)[0], rel=1e-12)
    almost = resemblance(k, 1e-9)
    assert (almost.overlap, almost.absolute(M1, M2)) == pytest.approx((found.overlap, found.absolute(M1, M2)), rel=1e-9)


@pytest.mark.parametrize("k", [1, 2, 10, 10_000])
@pytest.mark.parametrize("cosine", [1.0, -1.0])
def test_networks_that_are_one(k, cosine):
    found = resemblance(k, cosine)
    assert (found.signed, found.overlap, found.absolute(M1, M2)) == (cosine, 1.0, 1.0)


def test_one_label_competes_with_none():
    """ψ₁(c) = c; |maps| of a constant image as |u| and |u'| are."""
    for cosine in (-0.9, -0.1, 0.3, 0.999):
        found = resemblance(1, cosine)
        assert found.signed == pytest.approx(cosine, rel=1e-14)
        assert found.overlap == pytest.approx(1.0, rel=1e-14)
        product = 2.0 / math.pi * (math.sqrt(1.0 - cosine**2) + cosine * math.asin(cosine))
        expected = (product - 2.0 / math.pi) / (1.0 - 2.0 / math.pi)
        assert found.absolute(0.5, 0.25) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [2, 10, 10_000])
def test_nearly_equal_networks_come_to_the_limit(k):
    """As 1 − ψ ∝ √(1 − c), by the labels that change places."""
    losses = [1.0 - resemblance(k, 1.0 - gap).signed for gap in (1e-8, 1e-10, 1e-12)]
    assert losses[0] / losses[1] == pytest.approx(10.0, rel=0.01)
    assert losses[1] / losses[2] == pytest.approx(10.0, rel=0.01)


@pytest.mark.parametrize("k", [2, 3, 10, 10_000, 2**24])
def test_networks_that_share_little(k):
    """The slope at c = 0, from moments of one network alone."""
    won = win_moments(1.0, k, 1.0)
    slope = won.energy + (won.energy - won.kept) ** 2 / (k - 1) / won.energy
    assert resemblance(k, 1e-4).signed == pytest.approx(1e-4 * slope, rel=1e-6)


@pytest.mark.parametrize("k", [1, 2, 10, 1000])
def test_more_alike_gradients_make_more_alike_maps(k):
    found = [resemblance(k, cosine) for cosine in np.linspace(0.0, 1.0, 12)]
    for name in ("signed", "overlap"):
        values = [getattr(each, name) for each in found]
        assert all(low <= high + 1e-15 for low, high in itertools.pairwise(values))
    opposite = resemblance(k, -0.4)
    assert (opposite.signed, opposite.overlap) == (-resemblance(k, 0.4).signed, resemblance(k, 0.4).overlap)


def test_competition_takes_more_than_its_share_of_a_resemblance():
    """ψ falls with k at one cosine: competition costs resemblance between networks that agree."""
    assert [resemblance(k, 0.73).signed for k in (1, 2, 10, 100)] == sorted(
        (resemblance(k, 0.73).signed for k in (1, 2, 10, 100)), reverse=True
    )


def test_images():
    """A blank one has no correlation; the scale is nothing, and a mean square that was rounded is no error."""
    found = resemblance(10, 0.5)
    assert math.isnan(found.absolute(0.0, 0.0))
    assert contrast_of(0.1, 0.1**2 * (1.0 - 1e-13)) == 0.0
    assert found.absolute(1e-100, 2e-200) == pytest.approx(found.absolute(1.0, 2.0), rel=1e-12)
    assert found.absolute(0.1, 0.1**2 * (1.0 - 1e-15)) == pytest.approx(found.absolute(1.0, 1.0), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: resemblance(0), ValueError, "n_labels must be from 1 to 16777216, not 0"),
        (lambda: resemblance(2.5), TypeError, "n_labels must be a whole number, not 2.5"),
        (lambda: resemblance(10, 1.1), ValueError, "cosine must be from -1 to 1, not 1.1"),
        (lambda: resemblance(10, math.nan), ValueError, "cosine must be"),
        (lambda: resemblance().absolute(-1.0, 1.0), ValueError, "mean must be"),
        (
            lambda: resemblance().absolute(1.0, 0.999),
            ValueError,
            "mean_square must be at least the square of mean=1.0, not 0.999",
        ),
        (lambda: resemblance().absolute(1.0, 0.0), ValueError, "mean_square must be at least the square of mean=1.0, not 0.0"),
        (lambda: resemblance().absolute(1.0, "x"), TypeError, "mean_square must be a number, not 'x'"),
    ],
)
def test_what_is_refused(call, error, message):
    with pytest.raises((error, ValueError), match=message):
        call()


def test_the_simulation_has_what_the_theory_has():
    for name in ("n_labels", "cosine", "signed", "overlap", "absolute"):
        assert hasattr(resemblance(2, 0.5), name)
        assert hasattr(simulate_resemblance(2, 0.5, 2), name)
