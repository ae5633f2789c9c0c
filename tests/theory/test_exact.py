"""The closed forms against mpmath's quadrature of the definitions, and against their limits."""

import dataclasses
import math

import mpmath
import numpy as np
import pytest

from cgi_theory import CompetitionModel, exact, large_n_limit
from cgi_theory.theory import radius
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.truncated import mean_excess
from tests import naive

mpmath.mp.dps = 30


@pytest.mark.parametrize("threshold", [1e-3, 0.1, 1.0, 10.0, 1e3, 1e4])
@pytest.mark.parametrize(("n_labels", "r", "rho"), [(2, 0.5, 1.0), (10, -0.5, 0.2), (1000, 0.9, 0.01)])
def test_unit_answers(threshold, n_labels, r, rho):
    n = 10_000
    model = CompetitionModel(n=n, delta=threshold / math.sqrt(n), n_labels=n_labels, shared_correlation=r, sparsity=rho)
    answer = exact(model)
    excess = float(mean_excess(model, 1.0))
    assert answer.c1 == pytest.approx(float(naive.win_moment(2, r, n_labels, rho)) * excess, rel=1e-10)
    assert answer.c2 == pytest.approx(float(naive.win_moment(2, 0.0, n_labels, rho)) * excess, rel=1e-10)
    assert answer.kept_shared == pytest.approx(rho * float(naive.win_moment(0, r, n_labels, rho)), rel=1e-10)
    assert answer.kept_distinct == pytest.approx(rho * float(naive.win_moment(0, 0.0, n_labels, rho)), rel=1e-10)
    assert answer.chosen_shared == answer.rival_shared == pytest.approx(excess, rel=1e-10)
    flat = exact(dataclasses.replace(model, conditioning="exactly"))
    assert flat.c1 * excess == pytest.approx(answer.c1, rel=1e-12)
    assert flat.chosen_shared == 1.0


def test_values_of_theory():
    """The numbers that paper_notes.md states."""
    flat = exact(CompetitionModel(n=10_000, delta=0.1, conditioning="exactly"))
    assert flat.c1 == pytest.approx(0.804499, abs=5e-7)
    assert flat.c2 == pytest.approx(0.909155, abs=5e-7)
    assert flat.kept_shared == pytest.approx(2 / 3, rel=1e-14)
    assert flat.kept_distinct == pytest.approx(3 / 4, rel=1e-14)
    assert round(exact(CompetitionModel(n=10_000, delta=0.1)).c1, 4) == 0.8124


@pytest.mark.parametrize("n_labels", [2, 3, 10, 1000, 10_000])
def test_independent_dense_labels_keep_two_sided_winners(n_labels):
    model = CompetitionModel(n=10_000, delta=0.1, n_labels=n_labels)
    assert exact(model).kept_distinct == pytest.approx(2 * (1 - 2.0**-n_labels) / n_labels, rel=1e-10)


@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
@pytest.mark.parametrize("r", [-1.0, 1.0])
def test_opposite_and_equal_labels_lose_nothing(law, r):
    answer = exact(CompetitionModel(n=1000, delta=0.2, n_labels=7, shared_correlation=r, gradient_law=law))
    assert answer.c1 == pytest.approx(answer.chosen_shared, rel=1e-12)
    assert answer.kept_shared == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
def test_one_label_keeps_all(law):
    answer = exact(CompetitionModel(n=50, delta=0.3, n_labels=1, gradient_law=law))
    assert answer.c1 == answer.c2 == pytest.approx(answer.chosen_shared, rel=1e-12)
    assert answer.kept_shared == answer.kept_distinct == pytest.approx(1.0, rel=1e-12)
    assert math.isnan(answer.rival_shared)


@pytest.mark.parametrize(("fraction", "empty", "full"), [(0.0, "c1", "c2"), (1.0, "c2", "c1")])
@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
def test_a_block_without_coordinates_is_nan(fraction, empty, full, law):
    answer = exact(CompetitionModel(n=100, delta=0.1, shared_fraction=fraction, gradient_law=law))
    side = {"c1": "shared", "c2": "distinct"}
    for name in (empty, f"kept_{side[empty]}", f"{empty}_sd"):
        assert math.isnan(getattr(answer, name))
    for name in (full, f"kept_{side[full]}", f"{full}_sd"):
        assert math.isfinite(getattr(answer, name))
    assert math.isnan(answer.chosen_shared) == (fraction == 0.0)


def test_uncorrelated_rival_has_no_shared_sum_to_divide_by():
    assert math.isnan(exact(CompetitionModel(n=100, delta=0.1, shared_correlation=0.0)).rival_shared)


RANDOM_RADIUS = [
    (4, 1e-2, 2, 0.5, 1.0),
    (7, 0.5, 3, -0.3, 1.0),
    (100, 0.1, 2, 0.5, 1.0),
    (100, 100.0, 10, 0.9, 1.0),
    (4, 0.4, 1000, 0.5, 1.0),
    (100, 0.2, 1000, 0.9, 1.0),
    (10_000, 0.1, 2, 0.5, 1.0),
    (10_000, 1e-5, 100, 0.0, 1.0),
    (12, 0.3, 2, 0.5, 0.1),
    (30, 0.2, 3, 0.5, 0.2),
    (400, 0.2, 10, -0.5, 0.3),
    (1500, 0.01, 4, 0.8, 0.9),
]


@pytest.mark.parametrize("conditioning", ["at_least", "exactly"])
@pytest.mark.parametrize(
    ("law", "case"),
    [("gaussian", case) for case in RANDOM_RADIUS] + [("joint", case) for case in RANDOM_RADIUS if case[-1] == 1.0],
)
def test_radius_averages(law, conditioning, case):
    """Nested quadratures from the definitions: over support, radius, and direction given both."""
    n, delta, n_labels, r, rho = case
    model = CompetitionModel(
        n=n,
        delta=delta,
        n_labels=n_labels,
        shared_correlation=r,
        sparsity=rho,
        gradient_law=law,
        conditioning=conditioning,
    )
    answer = exact(model)
    c1, kept, logit = naive.random_radius_answer(n, delta, n_labels, r, rho, law, conditioning)
    assert answer.c1 == pytest.approx(c1, rel=1e-10)
    assert answer.kept_shared == pytest.approx(kept, rel=1e-10)
    assert answer.chosen_shared == pytest.approx(logit, rel=1e-10)
    assert answer.rival_shared == (pytest.approx(logit, rel=1e-10) if r != 0.0 else pytest.approx(math.nan, nan_ok=True))


def test_dense_radius_average_with_mpmath():
    """One case of the same with 20 digits: "gaussian", n = 6, by a double integral."""
    n, delta = 6, 0.4
    with mpmath.workdps(20):

        def chi(q):
            return q ** (n - 1) * mpmath.exp(-q * q / 2)

        def share(q):
            top = mpmath.quad(
                lambda v: mpmath.cos(v) ** (n - 2) * mpmath.sin(v) ** 2 * (1 - naive.upper(naive.slope(0.5) * q * mpmath.sin(v))),
                [0, mpmath.pi / 2],
            )
            return top / mpmath.quad(lambda v: mpmath.cos(v) ** (n - 2) * mpmath.sin(v) ** 2, [0, mpmath.pi / 2])

        nodes = [0.001, 1, 2.5, 4, 7, 14]
        mean = mpmath.quad(lambda q: chi(q) * naive.mean_excess(delta * n / q) * share(q), nodes, maxdegree=4)
        reference = mean / mpmath.quad(chi, nodes)
    model = CompetitionModel(n=n, delta=delta, gradient_law="gaussian")
    assert exact(model).c1 == pytest.approx(float(reference), rel=1e-10)


def test_kept_fraction_of_a_gaussian_gradient_needs_no_radius():
    for n, rho in [(4, 1.0), (30, 0.2), (5000, 0.4)]:
        model = CompetitionModel(n=n, delta=0.3, n_labels=4, sparsity=rho, gradient_law="gaussian")
        has_gradient = -math.expm1(n * math.log1p(-rho)) if rho < 1 else 1.0
        kept = rho * float(naive.win_moment(0, 0.5, 4, rho)) / has_gradient
        assert exact(model).kept_shared == pytest.approx(kept, rel=1e-10)


@pytest.mark.parametrize("n", [2, 4, 10, 100, 10_000])
@pytest.mark.parametrize("n_labels", [2, 100, 10_000])
@pytest.mark.parametrize("r", [-0.9, 0.0, 0.5, 0.9, 0.99])
def test_kept_fraction_is_the_same_at_every_n(n, n_labels, r):
    """With many labels a rare long gradient decides it: the double integral against the single one."""
    model = CompetitionModel(n=n, delta=0.1, n_labels=n_labels, shared_correlation=r, gradient_law="gaussian")
    kept = naive.win_moment(0, r, n_labels, 1.0)
    assert exact(model).kept_shared == pytest.approx(float(kept), rel=1e-10, abs=0)


@pytest.mark.parametrize(
    ("law", "sparsity"), [("unit", 1.0), ("unit", 0.3), ("gaussian", 1.0), ("gaussian", 0.3), ("joint", 1.0)]
)
@pytest.mark.parametrize("conditioning", ["at_least", "exactly"])
def test_large_n_limit(law, conditioning, sparsity):
    model = CompetitionModel(n=10**8, delta=0.3, n_labels=3, gradient_law=law, conditioning=conditioning, sparsity=sparsity)
    answer, limit = exact(model), large_n_limit(model)
    for name in ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared", "rival_shared"):
        assert getattr(answer, name) == pytest.approx(getattr(limit, name), rel=1e-6)
    assert limit.c1_sd == limit.c2_sd == 0.0
    assert limit.chosen_shared == 1.0


@pytest.mark.parametrize(("share", "absent", "there"), [(0.0, "shared", "distinct"), (1.0, "distinct", "shared")])
def test_a_block_without_coordinates_has_no_answer(share, absent, there):
    model = CompetitionModel(n=1000, delta=0.3, n_labels=3, shared_fraction=share)
    names = {"shared": ("c1", "kept_shared", "c1_sd"), "distinct": ("c2", "kept_distinct", "c2_sd")}
    for answer in (exact(model), large_n_limit(model)):
        assert all(math.isnan(getattr(answer, name)) for name in names[absent])
        assert not any(math.isnan(getattr(answer, name)) for name in names[there])


@pytest.mark.parametrize("function", [exact, large_n_limit])
def test_what_is_no_model_is_refused(function):
    with pytest.raises(TypeError, match="model must be a CompetitionModel, not 100"):
        function(100)


def test_joint_limit_is_where_the_radius_settles():
    """θ₀/(1 − θ₀²) = δ maximises the exponent of the joint density."""
    delta = 0.3
    theta = (-1 + math.sqrt(1 + 4 * delta**2)) / (2 * delta)
    assert theta / (1 - theta**2) == pytest.approx(delta, rel=1e-12)
    model = CompetitionModel(n=1000, delta=delta, gradient_law="joint")
    slope = math.tan(math.pi / 6) / math.sqrt(1 - theta**2)
    assert large_n_limit(model).c1 == pytest.approx(win_moments(slope, 2, 1.0).energy, rel=1e-13)


def test_finite_size_corrections_are_of_order_1_over_n():
    for law in ("gaussian", "joint"):
        models = [CompetitionModel(n=n, delta=0.3, n_labels=5, gradient_law=law, conditioning="exactly") for n in (10**3, 10**5)]
        limit = large_n_limit(models[0]).c1
        errors = [exact(model).c1 / limit - 1 for model in models]
        assert 50 < errors[0] / errors[1] < 200


@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
@pytest.mark.parametrize("delta", [1e-12, 1e-6, 1e6, 1e12])
def test_extremes_give_no_warning_and_no_nan(law, delta):
    answer = exact(CompetitionModel(n=2**32, delta=delta, n_labels=3, gradient_law=law))
    for field in dataclasses.fields(answer):
        if field.name not in {"rival_c1", "rival_c2"}:
            assert math.isfinite(getattr(answer, field.name)), field.name


def test_fully_overwhelmed_label_keeps_nothing():
    answer = exact(CompetitionModel(n=10_000, delta=0.1, n_labels=2**24, shared_correlation=0.999999))
    assert answer.c1 == answer.kept_shared == 0.0


@pytest.mark.parametrize(("n", "sparsity"), [(4000, 0.0045), (4000, 0.0075), (3000, 0.2), (300, 0.96), (20_000, 0.01)])
def test_support_sizes_that_are_left_out_do_not_matter(monkeypatch, n, sparsity):
    """Also where few coordinates, or all but few, carry the gradient: there the law is cut off, and no smooth bell."""
    model = CompetitionModel(n=n, delta=0.2, n_labels=10, sparsity=sparsity, gradient_law="gaussian")
    fields = ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared")
    answers = []
    for stride in (radius._STRIDE, 0.0, 3.0):
        monkeypatch.setattr(radius, "_STRIDE", stride)
        radius._block_averages.cache_clear()
        answers.append([getattr(exact(model), name) for name in fields])
    radius._block_averages.cache_clear()
    some, every, few = np.array(answers)
    assert some == pytest.approx(every, rel=1e-12)
    if sparsity in (0.2, 0.01):
        assert np.abs(few / every - 1.0).max() > 1e-6
