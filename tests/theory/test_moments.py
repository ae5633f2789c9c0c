"""The moments of the winners against mpmath's quadrature of the definitions."""

import itertools

import mpmath
import pytest
from scipy import special

from cgi_theory.model import loss_slope
from cgi_theory.theory.moments import win_moments
from tests import naive

mpmath.mp.dps = 30


def win_moment(power, slope, n_labels, sparsity):
    return win_moments(slope, n_labels, sparsity)[{0: 0, 1: 1, 2: 2, 4: 3}[power]]


RIVALS = list(itertools.product([2, 3, 10, 100, 10_000], [-1.0, -0.9999, -0.5, 0.0, 0.5, 0.99, 1.0], [0.001, 0.2, 0.9, 1.0]))


@pytest.mark.parametrize("power", [0, 1, 2, 4])
@pytest.mark.parametrize(("n_labels", "r", "rho"), RIVALS)
def test_win_moments(power, n_labels, r, rho):
    reference = naive.win_moment(power, r, n_labels, rho)
    computed = win_moment(power, loss_slope(r), n_labels, rho)
    if reference < mpmath.mpf("1e-300"):
        assert computed <= 1e-300
    else:
        assert computed == pytest.approx(float(reference), rel=1e-10, abs=0)


@pytest.mark.parametrize("r", [1 - 1e-12, 1 - 1e-8, -1 + 1e-12, 1e-12, 0.3])
@pytest.mark.parametrize("n_labels", [2, 7])
def test_win_moments_next_to_the_ends(r, n_labels):
    for power in (0, 1, 2):
        reference = naive.win_moment(power, r, n_labels, 1.0)
        assert win_moment(power, loss_slope(r), n_labels, 1.0) == pytest.approx(float(reference), rel=1e-10)


@pytest.mark.parametrize("r", [-0.99, -0.3, 0.0, 0.5, 0.98])
def test_two_labels_by_the_two_dimensional_integral(r):
    for power in (0, 1, 2, 4):
        reference = float(naive.plane_win_moment(power, r))
        assert win_moment(power, loss_slope(r), 2, 1.0) == pytest.approx(reference, rel=1e-10)


def test_two_labels_by_owens_t():
    """Kept fraction 2 P(u > 0, ζ ≤ au) from scipy's Owen's T."""
    for r in (-0.7, 0.0, 0.5, 0.9):
        a = loss_slope(r)
        kept = 2 * (0.25 + (0.25 - special.owens_t(0.0, 1 / a)))
        assert win_moment(0, a, 2, 1.0) == pytest.approx(kept, rel=1e-12)


@pytest.mark.parametrize(
    ("n_labels", "r", "rho"), [(1, 0.3, 0.2), (2, 0.3, 0.2), (3, -0.5, 1.0), (3, 0.5, 0.2), (100, 0.9, 0.01)]
)
def test_the_energy_with_one_label_fewer(n_labels, r, rho):
    fewer = naive.win_moment(2, r, max(n_labels - 1, 1), rho)
    assert win_moments(loss_slope(r), n_labels, rho).energy_one_fewer == pytest.approx(float(fewer), rel=1e-10)
