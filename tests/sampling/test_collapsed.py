"""The collapsed estimator: the law of its samples, the spread of unit vectors, and its table."""

import dataclasses
import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.sampling.collapsed import survival_table
from tests import naive
from tests.agreement import agrees


@pytest.mark.parametrize("n_labels", [2, 5, 50])
@pytest.mark.parametrize(
    ("law", "sparsity"), [("gaussian", 1.0), ("gaussian", 0.4), ("joint", 1.0), ("unit", 1.0), ("unit", 0.4)]
)
def test_collapsed_rivals_leave_the_law_of_a_sample(law, sparsity, n_labels):
    """With "unit" only where the input's noise dominates: the rivals' fixed norms narrow what else varies."""
    n = 6000 if law == "unit" else 1200
    model = CompetitionModel(n=n, delta=0.2, n_labels=n_labels, gradient_law=law, sparsity=sparsity)
    direct, collapsed = simulate(model, 3000, seed=21).samples, simulate(model, 3000, seed=22, estimator="collapsed").samples
    for name in ("c1", "c2", "chosen_shared", *(() if law == "unit" else ("kept_shared", "kept_distinct"))):
        assert stats.ks_2samp(direct[name], collapsed[name]).pvalue > 1e-3, name


@pytest.mark.parametrize("n_labels", [2, 5, 50])
def test_the_law_is_the_same_where_the_gradients_decide_the_spread(n_labels):
    """At δ√n = 350 the input's noise is a small part of a map's spread; the gradients' part must agree too."""
    model = CompetitionModel(n=1200, delta=10.0, n_labels=n_labels, gradient_law="gaussian")
    more = dataclasses.replace(model, n_labels=n_labels + 1 + n_labels // 5)
    direct = simulate(model, 3000, seed=21).samples
    same, other = (simulate(of, 3000, seed=22, estimator="collapsed").samples for of in (model, more))
    for name in ("c1", "c2"):
        assert stats.ks_2samp(direct[name], same[name]).pvalue > 1e-3, name
        assert stats.ks_2samp(direct[name], other[name]).pvalue < 1e-6, name


def free_rivals_sd(model, r):
    """Standard deviation of a collapsed map's c, "unit", to leading order; r is the block's correlation.

    Of the chosen label's u only the length is fixed: c is the mean of y = u²1{win} after u has been divided by the root of
    the mean of z = u². The division moves y's mean F(a) by −F(z − 1) through u² and by −½D(z − 1), D = dF/dlog a, through the
    rule, so that a coordinate contributes y − F − (F + D/2)(z − 1). The rivals are free, and their chance to win is in y.
    With E yz = E y² = K, E z² = 3/ρ, E y = F and E z = 1, and D = M₄ − 3F, the variance of that is V below. The input adds
    (Var(T)q² + q − q²)/(nδ²) to a map's sum, with q = sF.
    """
    share, rho, t = 0.5, model.sparsity, model.threshold
    kept, fourth = (naive.win_moment(power, r, model.n_labels, rho) for power in (2, 4))
    pull, both = kept + (fourth - 3 * kept) / 2, fourth / rho
    variance = (both - kept**2) - 2 * pull * (both - kept) + pull**2 * (3 / rho - 1)
    with mpmath.workdps(60):
        excess = naive.mean_excess(mpmath.mpf(t))
        tail = 1 - t**2 * excess * (excess - 1)
    q = share * kept
    noise = (tail * q**2 + q - q**2) / model.delta**2
    return float(mpmath.sqrt((noise + excess**2 * share * variance) / model.n) / share)


@pytest.mark.parametrize("sparsity", [1.0, 0.4])
@pytest.mark.parametrize("n_labels", [2, 5])
def test_unit_vectors_spread_as_free_rivals_let_them(n_labels, sparsity):
    """Same mean as direct, and a wider spread by what theory says: it is not the direct sample's, 10 to 35 % less."""
    model = CompetitionModel(n=4000, delta=10.0, n_labels=n_labels, sparsity=sparsity)
    direct, collapsed = (simulate(model, 24_000, seed=seed, estimator=e) for seed, e in ((31, "direct"), (32, "collapsed")))
    order = 1 / (sparsity * model.n)
    for name, r in (("c1", 0.5), ("c2", 0.0)):
        mean, other = getattr(collapsed, name), getattr(direct, name)
        assert abs(mean.mean - other.mean) < 4 * math.hypot(mean.stderr, other.stderr) + order * other.mean
        spread = getattr(collapsed, f"{name}_sd")
        assert agrees(spread, free_rivals_sd(model, r), bias=3 * order)
        assert not agrees(spread, getattr(exact(model), f"{name}_sd"), precision=0.02, bias=3 * order)


@pytest.mark.parametrize(("n_labels", "sparsity"), [(1, 1.0), (2, 1.0), (5, 0.4), (1000, 1.0), (10**6, 0.005), (2**24, 1.0)])
def test_survival_table(n_labels, sparsity):
    """Read between its entries it is off by 2e-6 at most, and what is kept by 3e-6; with half as many cells it would not be."""

    def survival(x):
        return np.exp((n_labels - 1) * np.log1p(-sparsity * stats.norm.sf(x)))

    places, x = np.linspace(0, 8.5, 8193), np.linspace(0, 8.5, 100_001)
    table = survival_table(n_labels - 1, sparsity)
    assert np.abs(table[:-1] - survival(places)).max() < 2e-9
    assert table[-1] == 1.0
    error, energy = np.interp(x, places, table[:-1]) - survival(x), x**2 * stats.norm.pdf(x)
    assert np.abs(error).max() < 2e-6
    assert abs((energy * error).sum()) < 3e-6 * (energy * survival(x)).sum()
    if n_labels >= 10**6:
        assert np.abs(np.interp(x, places[::2], table[:-1:2]) - survival(x)).max() > 2e-6


def test_survival_table_is_made_once_and_not_to_be_changed():
    table = survival_table(7, 0.3)
    assert survival_table(7, 0.3) is table
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 1.0


@pytest.mark.parametrize("change", [{"n_labels": 6}, {"shared_correlation": 0.55}, {"sparsity": 0.9}])
def test_the_comparison_of_laws_sees_a_wrong_model(change):
    model = CompetitionModel(n=1200, delta=0.2, n_labels=5, gradient_law="gaussian")
    direct = simulate(model, 3000, seed=21).samples["kept_shared"]
    wrong = simulate(dataclasses.replace(model, **change), 3000, seed=22, estimator="collapsed").samples["kept_shared"]
    assert stats.ks_2samp(direct, wrong).pvalue < 1e-6


@pytest.mark.parametrize("n_labels", [1, 2, 1000])
def test_collapsed_agrees_with_theory_at_the_scale_of_imagenet(n_labels):
    model = CompetitionModel(n=150_528, delta=0.1, n_labels=n_labels, sparsity=0.005, gradient_law="gaussian")
    estimate, answer = simulate(model, 400, seed=5, estimator="collapsed"), exact(model)
    for name in ("c1", "c2", "kept_shared", "kept_distinct"):
        assert agrees(getattr(estimate, name), getattr(answer, name), precision=0.04)
    assert math.isnan(estimate.rival_shared.mean)


@pytest.mark.parametrize("r", [-1.0, 1.0])
def test_collapsed_equal_and_opposite_labels_keep_everything(r):
    model = CompetitionModel(n=500, delta=0.3, n_labels=9, shared_correlation=r)
    assert np.all(simulate(model, 20, seed=7, estimator="collapsed").samples["kept_shared"] == 1.0)


def test_too_many_labels_to_draw_are_refused():
    model = CompetitionModel(n=100, delta=0.1, n_labels=2**20)
    with pytest.raises(ValueError, match=r"n_labels must be at most 262144 for estimator='direct'.*collapsed"):
        simulate(model, 2)
    assert simulate(model, 2, estimator="collapsed").kept_distinct.mean < 0.5
