"""The grids of the closed forms: how far they reach, and that their steps are as fine as they need be, and no finer."""

import math

import mpmath
import numpy as np
import pytest
from scipy import special

from cgi_theory import CompetitionModel
from cgi_theory.model import loss_slope
from cgi_theory.theory import moments, quadrature
from cgi_theory.theory.moments import log_win_probability, win_moments
from cgi_theory.theory.radius import block_averages, radius_nodes
from cgi_theory.theory.two_logits import rival_moments

MANY_LABELS = [(n_labels, r, rho) for n_labels in (3, 100, 2**20) for r in (-0.9, 0.0, 0.99) for rho in (0.2, 1.0)]
RANDOM_RADIUS = [
    CompetitionModel(n=n, delta=delta, n_labels=n_labels, shared_correlation=r, sparsity=rho, gradient_law=law)
    for n, delta, n_labels, r, rho, law in [
        (7, 0.5, 3, -0.3, 1.0, "gaussian"),
        (7, 0.5, 3, -0.3, 1.0, "joint"),
        (12, 0.3, 2, 0.5, 0.1, "gaussian"),
        (100, 0.2, 1000, 0.9, 1.0, "joint"),
        (10_000, 1e-5, 100, 0.0, 1.0, "joint"),
    ]
]
STEPS = {"_STEP": 1.0, "_STEP_BY_LABELS": 1.0, "_STEPS_ACROSS_CORE": -1.0}  # finer if smaller, or if larger


@pytest.fixture
def no_memory():
    """Nothing computed with other steps is remembered, before or after."""
    win_moments.cache_clear()
    rival_moments.cache_clear()
    yield
    win_moments.cache_clear()
    rival_moments.cache_clear()


def results():
    """All that is integrated, for models in which one or another of the grid's rules decides."""
    found = [win_moments.__wrapped__(loss_slope(r), n_labels, rho) for n_labels, r, rho in MANY_LABELS]
    found += [rival_moments.__wrapped__(r, n_labels, rho) for n_labels, r, rho in MANY_LABELS if n_labels <= 100]
    for model in RANDOM_RADIUS:
        found.append(block_averages(model, loss_slope(model.shared_correlation)))
        nodes = radius_nodes(model)
        found.append((float(nodes.weight @ nodes.gamma), float(nodes.weight @ nodes.gamma**2)))
    return np.concatenate(found)


def with_steps(monkeypatch, factors):
    """Results with these multiples of the steps."""
    with monkeypatch.context() as changed:
        for name, factor in factors.items():
            changed.setattr(quadrature, name, getattr(quadrature, name) * factor ** STEPS[name])
        return results()


def largest_change(ours, theirs):
    return np.max(np.abs(ours - theirs) / (np.abs(theirs) + 1e-300))


@pytest.mark.usefixtures("no_memory")
def test_halved_steps_change_nothing(monkeypatch):
    assert largest_change(with_steps(monkeypatch, dict.fromkeys(STEPS, 0.5)), results()) < 1e-12


@pytest.mark.usefixtures("no_memory")
@pytest.mark.parametrize("name", STEPS)
def test_any_one_step_doubled_does(monkeypatch, name):
    assert largest_change(with_steps(monkeypatch, {name: 2.0}), results()) > 2e-12


@pytest.mark.parametrize("slope", [0.0, 0.7, 1e6])
@pytest.mark.parametrize("power", [1, 5])
@pytest.mark.parametrize("n_labels", [1, 2, 1000, 2**24])
def test_beyond_its_limits_an_integrand_is_negligible(n_labels, power, slope):
    """At the slope of rivals' loss for which the integrand reaches farthest, too."""
    lowest, highest = quadrature.log_limits(n_labels, slope)
    y = np.linspace(lowest, highest, 20_001)
    for rivals in (*np.geomspace(1e-6, 1.0, 40), 1e3):
        log_value = power * y - 0.5 * (1.0 + slope**2) * np.exp(2.0 * y) + log_win_probability(np.exp(y), rivals, n_labels, 1.0)
        assert max(log_value[0], log_value[-1]) < log_value.max() - quadrature.NEGLIGIBLE


def test_more_labels_reach_farther():
    lowest, highest = quadrature.log_limits(2)
    y = np.linspace(lowest, highest, 20_001)
    slope = 1.0 / math.sqrt(2.0**24)
    log_value = y - 0.5 * np.exp(2.0 * y) + log_win_probability(np.exp(y), slope, 2**24, 1.0)
    assert log_value[-1] > log_value.max() - quadrature.NEGLIGIBLE


@pytest.mark.parametrize("deviation", [1e-9, 1e-3, 0.5])
@pytest.mark.parametrize("drop", [quadrature.NEGLIGIBLE, 8.0])
def test_a_box_is_where_the_function_is_large_and_at_most_a_seventh_more(deviation, drop):
    half = deviation * math.sqrt(2.0 * drop)
    lower, upper = quadrature.peak_box(lambda y: -0.5 * ((y - 0.3) / deviation) ** 2, (-40.0, 9.0), drop)
    assert lower <= 0.3 - half
    assert upper >= 0.3 + half
    assert upper - lower <= 2.0 * half * 8.0 / 7.0


def test_a_core_is_eight_standard_deviations_wide():
    lower, upper = quadrature.core(lambda y: -0.5 * (y / 0.1) ** 2, (-5.0, 2.0))
    assert 0.8 <= upper - lower <= 0.8 * 8.0 / 7.0


@pytest.mark.parametrize("n_labels", [2, 50])
def test_means_over_a_half_normal(n_labels):
    u, weight = quadrature.half_normal(lambda u: (n_labels - 1) * special.log_ndtr(u), n_labels)
    for power in (0, 1, 4):
        with mpmath.workdps(30):
            expected = 2 * mpmath.quad(
                lambda v, p=power: v**p * mpmath.npdf(v) * mpmath.ncdf(v) ** (n_labels - 1), [0, 1, 2, 3, 4, 6, 12]
            )
        assert float(weight @ u**power) == pytest.approx(float(expected), rel=1e-12, abs=0.0)


def test_a_log_sum_keeps_what_exponentials_lose():
    values = np.array([[-2000.0, -2000.0], [0.0, math.log(3.0)]])
    assert quadrature.log_sum(values) == pytest.approx([-2000.0 + math.log(2.0), math.log(4.0)], rel=1e-15)


def test_the_moments_of_two_labels_are_known_without_a_grid(monkeypatch):
    def refuse(*_):
        raise AssertionError("integrated")

    monkeypatch.setattr(moments, "half_normal", refuse)
    assert win_moments.__wrapped__(loss_slope(0.5), 2, 0.3).energy_one_fewer == 1.0
    with pytest.raises(AssertionError, match="integrated"):
        win_moments.__wrapped__(loss_slope(0.5), 3, 0.3)
