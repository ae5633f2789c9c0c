"""A rival with a logit of its own: the draws, the closed forms, and both against oracles from the definitions."""

import dataclasses
import math
from concurrent.futures import ProcessPoolExecutor

import numba
import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, exact, large_n_limit, simulate
from cgi_theory._arrays import FloatND
from cgi_theory.model import loss_slope
from cgi_theory.sampling.laws import scale_sample
from cgi_theory.sampling.plan import plan_for
from cgi_theory.sampling.sampler import compete_and_sum, draw_and_sum
from cgi_theory.sampling.samples import special_needs
from cgi_theory.sampling.workspace import Sample, make_workspace
from cgi_theory.theory.spread import _unit_variance
from cgi_theory.theory.two_logits import MeanCoefficients, rival_moments
from cgi_theory.theory.two_logits_spread import _gradient_variance
from tests import naive
from tests.agreement import as_model

PAPER = CompetitionModel(n=10_000, delta=0.1, rival_logit=0.05)
FIELDS = ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared", "rival_shared", "rival_c1", "rival_c2")


def changed(model, **changes):
    return dataclasses.replace(model, **changes)


# ---------------------------------------------------------------- the model


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"rival_logit": "0.05"}, TypeError, "rival_logit must be a number, not '0.05'"),
        ({"rival_logit": True}, TypeError, "rival_logit must be a number, not True"),
        ({"rival_logit": math.nan}, ValueError, "rival_logit must be from .* not nan"),
        ({"rival_logit": math.inf}, ValueError, "rival_logit must be from .* not inf"),
        ({"rival_logit": 0.11}, ValueError, "rival_logit must be from -delta to delta=0.1, .* not 0.11"),
        ({"rival_logit": -0.11}, ValueError, "rival_logit must be from -delta to delta=0.1, .* not -0.11"),
        ({"n_labels": 1}, ValueError, "rival_logit=0.05 needs a rival: n_labels must be at least 2, not 1"),
        ({"gradient_law": "gaussian"}, ValueError, "gradient_law must be 'unit' with rival_logit=0.05, .* not 'gaussian'"),
        ({"gradient_law": "joint"}, ValueError, "gradient_law must be 'unit' with rival_logit"),
        ({"shared_fraction": 1.0, "shared_correlation": 1.0}, ValueError, "the two gradients are parallel"),
        ({"shared_fraction": 1.0, "shared_correlation": -1.0}, ValueError, "the two gradients are parallel"),
    ],
)
def test_bad_fields_are_named(change, error, message):
    with pytest.raises(error, match=message):
        CompetitionModel(**({"n": 10_000, "delta": 0.1, "rival_logit": 0.05} | change))


@pytest.mark.parametrize("estimator", ["conditional", "collapsed"])
def test_only_direct_draws_it(estimator):
    with pytest.raises(ValueError, match=f"estimator must be 'direct' for a model with a rival_logit, not '{estimator}'"):
        simulate(PAPER, 2, estimator=estimator)


def test_cosine_is_that_of_whole_gradients():
    assert PAPER.rival_cosine == 0.25
    assert changed(PAPER, n=10, shared_fraction=0.33).rival_cosine == 0.5 * 0.3


def test_nothing_is_measured_without_it():
    model = changed(PAPER, rival_logit=None)
    for answer in (exact(model), large_n_limit(model)):
        assert math.isnan(answer.rival_c1)
        assert math.isnan(answer.rival_c2)
    estimate = simulate(model, 4)
    assert math.isnan(estimate.rival_c1.mean)
    assert np.isnan(estimate.samples["rival_c2"]).all()


# ---------------------------------------------------------------- one draw


DRAWS = [
    changed(PAPER, conditioning="exactly"),
    changed(PAPER, n=3001, n_labels=4, sparsity=0.3, rival_logit=-0.1, shared_correlation=-0.8),
    changed(PAPER, n=2500, n_labels=3, shared_fraction=1.0, rival_logit=0.0),
    changed(PAPER, n=2500, shared_fraction=0.0, rival_logit=0.1),
    changed(PAPER, n=40, n_labels=3, shared_correlation=1.0),
]


@numba.njit
def first_pass(work, plan, sample, rival):
    draw_and_sum(work, plan, sample)
    return scale_sample(work, plan, sample, None, rival)


@numba.njit
def second_pass(work, plan, sample, rival):
    compete_and_sum(work, plan, sample, None, rival)


def drawn(model, stored=True):
    """A sample's g (k, n), x and sums over blocks."""
    plan, rival = plan_for(model, "direct"), special_needs(model, "direct").rival
    work, sample = make_workspace(plan), Sample(np.uint64(3), np.uint64(5))
    assert work.stored
    if not stored:
        work = work._replace(stored=False, numbers=np.empty((3, 1, 4, 256), dtype=np.float32))
    assert first_pass(work, plan, sample, rival).has_direction
    parts, place = [], 0
    for block, size in enumerate((model.n_shared, model.n_distinct)):
        segments = -(-size // 1024)
        numbers = work.numbers[:, place : place + segments].reshape(len(work.numbers), -1)[:, :size].astype(float)
        parts.append((numbers, work.factors[block], work.input_factors[block]))
        place += segments
    g: FloatND | None = None
    x: FloatND | None = None
    if stored:
        g = np.concatenate([[a * z[1] + b * z[j + 1] for j, (a, b) in enumerate(factors)] for z, factors, _ in parts], 1)
        x = np.concatenate([z[0] + y * z[1] + y_2 * z[2] for z, _, (y, y_2) in parts]) / math.sqrt(model.n)
    second_pass(work, plan, sample, rival)
    return g, x, work.map_sums


@pytest.mark.parametrize("model", DRAWS)
def test_a_draw_meets_both_logits(model):
    g, x, _ = drawn(model)
    assert np.linalg.norm(g, axis=1) == pytest.approx(np.ones(len(g)), rel=1e-12)
    assert g[0] @ g[1] == pytest.approx(model.rival_cosine, abs=1e-12)
    assert g[1] @ x == pytest.approx(model.rival_logit, abs=1e-12)
    if model.conditioning == "exactly":
        assert g[0] @ x == pytest.approx(model.delta, abs=1e-12)
    else:
        assert g[0] @ x >= model.delta - 1e-12
        assert g[0] @ x < 2 * model.delta + 5 / math.sqrt(model.n)


@pytest.mark.parametrize("model", DRAWS)
def test_maps_of_a_draw_are_algorithm_1_s(model):
    """To the rounding of x to float32, in which its part along the rival is stored."""
    g, x, sums = drawn(model)
    for label, column in ((0, 0), (1, 2)):
        heat = np.array(naive.compete(g * x, label)) * math.sqrt(model.n)
        blocks = heat[: model.n_shared].sum(), heat[model.n_shared :].sum()
        assert sums[:, column] == pytest.approx(blocks, abs=1e-5)


@pytest.mark.parametrize("model", DRAWS)
def test_a_draw_made_twice_is_the_same(model):
    assert np.array_equal(drawn(model)[2], drawn(model, stored=False)[2])


def test_whole_sums_meet_both_logits_in_every_sample():
    model = changed(PAPER, n=500, shared_fraction=1.0, n_labels=3, conditioning="exactly", shared_correlation=-0.7)
    samples = simulate(model, 50).samples
    assert samples["chosen_shared"] == pytest.approx(np.ones(50), rel=1e-11)
    assert samples["rival_shared"] == pytest.approx(np.full(50, -0.5 / 0.7), rel=1e-11)


def test_a_process_pool_gives_the_same_bits():
    with ProcessPoolExecutor(2) as pool:
        ours = simulate(PAPER, 20, seed=3, executor=pool, block_size=7)
    assert np.array_equal(ours.samples["rival_c1"], simulate(PAPER, 20, seed=3).samples["rival_c1"])


LAWS = [
    {"n": 40, "delta": 0.5, "k": 2, "n_shared": 16, "r": 0.6, "rho": 1.0, "conditioning": "at_least", "rival_logit": 0.35},
    {"n": 60, "delta": 0.3, "k": 3, "n_shared": 30, "r": -0.5, "rho": 0.5, "conditioning": "exactly", "rival_logit": -0.1},
    {"n": 50, "delta": 0.6, "k": 5, "n_shared": 20, "r": 0.9, "rho": 1.0, "conditioning": "at_least", "rival_logit": 0.6},
]


def naive_samples(case, count=2000):
    rng = np.random.default_rng(11)
    return np.array([naive.two_logit_quantities(rng, law="unit", **case) for _ in range(count)])


@pytest.mark.parametrize("case", LAWS, ids=lambda case: f"k={case['k']}")
def test_distribution_is_that_of_the_definitions(case):
    reference, ours = naive_samples(case), simulate(as_model(case), 20_000, seed=3).samples
    for column, name in enumerate(FIELDS):
        assert stats.ks_2samp(ours[name], reference[:, column]).pvalue > 1e-3, name


@pytest.mark.parametrize("change", [{"rival_logit": 0.25}, {"r": 0.8}, {"conditioning": "exactly"}])
def test_distribution_test_sees_a_wrong_model(change):
    wrong, ours = naive_samples(LAWS[0] | change), simulate(as_model(LAWS[0]), 20_000, seed=3).samples
    assert min(stats.ks_2samp(ours[name], wrong[:, column]).pvalue for column, name in enumerate(FIELDS)) < 1e-6


# ---------------------------------------------------------------- the integrals


@pytest.mark.parametrize("r", [-0.99, -0.3, 0.0, 0.5, 0.98])
def test_two_labels_by_polar_coordinates(r):
    product, square = (float(value) for value in naive.plane_products(r))
    computed = rival_moments(r, 2, 1.0)
    assert computed == pytest.approx((product, product, square), rel=1e-10)
    across = math.sqrt(1 - r * r)
    energy = float(naive.win_moment(2, r, 2, 1.0))
    assert computed.product_rival_wins == pytest.approx(r * energy - (1 + r) * across / (2 * math.pi), abs=1e-14)


@pytest.mark.parametrize("rho", [0.05, 0.4, 1.0])
@pytest.mark.parametrize("n_labels", [2, 3, 10, 300])
@pytest.mark.parametrize("r", [-0.9, -0.2, 0.0, 0.5, 0.95])
def test_products_by_the_double_integral(r, n_labels, rho):
    reference = naive.products_where_one_wins(r, n_labels, rho)
    assert np.array(rival_moments(r, n_labels, rho)) == pytest.approx(reference, rel=1e-10, abs=1e-14)


def test_products_of_a_dense_pair_are_the_limit_of_a_sparse_one():
    for r in (-0.6, 0.0, 0.6):
        assert rival_moments(r, 2, 1.0) == pytest.approx(rival_moments(r, 2, 1.0 - 1e-13), rel=1e-11)


@pytest.mark.parametrize("rho", [0.2, 1.0])
@pytest.mark.parametrize("n_labels", [2, 9])
@pytest.mark.parametrize("r", [-1.0, 1.0])
def test_equal_and_opposite_labels_keep_everything(r, n_labels, rho):
    assert rival_moments(r, n_labels, rho) == (r, r, 1.0)
    model = CompetitionModel(n=900, delta=0.3, n_labels=n_labels, shared_correlation=r, sparsity=rho, rival_logit=0.1)
    samples = simulate(model, 20).samples
    assert samples["c1"] == pytest.approx(samples["chosen_shared"], rel=1e-6)
    assert samples["rival_c1"] == pytest.approx(r * samples["rival_shared"], rel=1e-6)


# ---------------------------------------------------------------- exact and simulated


CASES = [
    (CompetitionModel(n=200, delta=5.0, rival_logit=2.5), 8000),
    (CompetitionModel(n=200, delta=0.2, rival_logit=0.15, shared_correlation=0.7, shared_fraction=0.25), 400_000),
    (CompetitionModel(n=200, delta=5.0, rival_logit=4.0, conditioning="exactly", shared_correlation=-0.4), 8000),
    (CompetitionModel(n=10_000, delta=5.0, n_labels=3, rival_logit=4.0), 400),
    (CompetitionModel(n=10_000, delta=5.0, n_labels=10, rival_logit=-5.0, conditioning="exactly"), 400),
    (CompetitionModel(n=10_000, delta=5.0, n_labels=10, rival_logit=3.0, shared_correlation=-0.5), 400),
    (CompetitionModel(n=100_000, delta=5.0, rival_logit=4.0, sparsity=0.6), 40),
    (CompetitionModel(n=100_000, delta=5.0, n_labels=3, rival_logit=4.0, sparsity=0.3, conditioning="exactly"), 40),
]


def z_scores(model, samples, answer):
    estimate = simulate(model, samples, seed=4)
    for name in FIELDS:
        measured, expected = getattr(estimate, name), getattr(answer, name)
        assert measured.stderr < 0.01 * abs(expected), name
        yield (measured.mean - expected) / measured.stderr


@pytest.mark.parametrize(("model", "samples"), CASES)
def test_theory_agrees_with_simulation(model, samples):
    assert max(map(abs, z_scores(model, samples, exact(model)))) < 4


@pytest.mark.parametrize(
    "change", [{"rival_logit": 2.55}, {"shared_correlation": 0.52}, {"shared_fraction": 0.48}, {"n_labels": 3}], ids=str
)
def test_agreement_sees_a_wrong_model(change):
    model, samples = CASES[0]
    assert max(map(abs, z_scores(model, samples, exact(changed(model, **change))))) > 5


def test_numbers_of_the_paper_s_setting():
    """δ₂ = κδ is what the rival's logit is by itself: paper_notes.md's 0.1955 and −0.159, next to nothing together."""
    model = changed(PAPER, rival_logit=0.025, conditioning="exactly")
    answer, free = exact(model), exact(changed(model, rival_logit=None))
    for name in FIELDS[:6]:
        assert getattr(answer, name) == pytest.approx(getattr(free, name), rel=1e-12)
    assert answer.rival_c1 == pytest.approx(0.195501, abs=5e-7)
    assert answer.rival_c2 == pytest.approx(-1 / (2 * math.pi), rel=1e-12)


def test_equal_logits_make_the_labels_alike():
    """Of more than two, on the distinct block only: on the shared one two rivals have a cosine of r², not r."""
    for n_labels in (2, 5):
        answer = exact(changed(PAPER, n_labels=n_labels, rival_logit=0.1, conditioning="exactly"))
        assert answer.rival_c2 == pytest.approx(answer.c2, rel=1e-10)
        assert (answer.rival_c1 == pytest.approx(answer.c1, rel=1e-10)) == (n_labels == 2)


@pytest.mark.parametrize("conditioning", ["at_least", "exactly"])
def test_large_n_limit(conditioning):
    model = changed(PAPER, n=10**9, n_labels=4, sparsity=0.5, conditioning=conditioning)
    answer, limit = exact(model), large_n_limit(model)
    for name in FIELDS:
        assert getattr(answer, name) == pytest.approx(getattr(limit, name), rel=1e-6)
    assert limit.c1_sd == limit.c2_sd == 0.0


@pytest.mark.parametrize(("fraction", "empty", "full"), [(0.0, "c1", "c2"), (1.0, "c2", "c1")])
def test_a_block_without_coordinates_is_nan(fraction, empty, full):
    model = changed(PAPER, n=200, shared_fraction=fraction)
    answer, estimate = exact(model), simulate(model, 20)
    for name in (empty, f"rival_{empty}", f"{empty}_sd"):
        assert math.isnan(getattr(answer, name))
        assert math.isnan(getattr(estimate, name).mean)
    for name in (full, f"rival_{full}", f"{full}_sd"):
        assert math.isfinite(getattr(answer, name))
        assert math.isfinite(getattr(estimate, name).mean)


@pytest.mark.parametrize("delta", [1e-12, 1e-6, 1e6, 1e12])
@pytest.mark.parametrize("r", [-1.0, -1e-300, 0.0, 1e-300, 0.999999, 1.0])
@pytest.mark.parametrize("rho", [1e-5, 1.0])
def test_extremes_give_no_warning_and_no_nan(delta, r, rho):
    for ratio in (-1.0, 0.0, 1.0):
        model = CompetitionModel(n=2**32, delta=delta, n_labels=3, shared_correlation=r, sparsity=rho, rival_logit=ratio * delta)
        answer = dataclasses.asdict(exact(model))
        if r == 0.0:
            assert math.isnan(answer.pop("rival_shared"))
        if abs(r) == 1e-300:  # κ of the logit is divided by r
            answer.pop("rival_shared")
        assert all(map(math.isfinite, answer.values()))


@pytest.mark.parametrize(
    ("model", "samples"),
    [
        (CompetitionModel(n=3000, delta=0.1, rival_logit=0.05), 6000),
        (CompetitionModel(n=3000, delta=0.01, n_labels=3, rival_logit=-0.01), 6000),
        (CompetitionModel(n=4000, delta=5.0, n_labels=4, rival_logit=5.0, shared_correlation=-0.6, conditioning="exactly"), 6000),
        (CompetitionModel(n=8000, delta=5.0, n_labels=3, rival_logit=4.0, shared_correlation=0.7, sparsity=0.5), 4000),
    ],
)
def test_spread_of_a_single_map(model, samples):
    answer, estimate = exact(model), simulate(model, samples, seed=3)
    for name in ("c1_sd", "c2_sd"):
        measured, expected = getattr(estimate, name), getattr(answer, name)
        assert measured.stderr < 0.015 * expected
        assert abs(measured.mean - expected) < 4 * measured.stderr
        free = getattr(exact(changed(model, rival_logit=None)), name)
        if model.delta == 5.0:  # where the gradients' part shows, another model's spread does not fit
            assert abs(measured.mean - free) > 5 * measured.stderr


@pytest.mark.parametrize(("n_labels", "rho", "r"), [(2, 1.0, 0.5), (5, 1.0, -0.3), (5, 0.3, 0.6), (100, 0.2, 0.9)])
def test_gradients_part_of_the_spread_where_the_input_does_not_lean_on_the_rival(n_labels, rho, r):
    model = changed(PAPER, n_labels=n_labels, sparsity=rho)
    ours = _gradient_variance(model, MeanCoefficients(1.3, 0.0), r)
    assert ours == pytest.approx(1.69 * _unit_variance(model, loss_slope(r)), rel=1e-9)


def test_a_sparse_rival_s_trace_of_the_chosen_label():
    """The limit of many coordinates leaves out a term of order 1/√n, which is known for two labels."""
    model = CompetitionModel(n=2000, delta=5.0, sparsity=0.5, rival_logit=2.0, conditioning="exactly")
    answer, measured = exact(model), simulate(model, 20_000, seed=6).rival_c2
    alpha_1 = (1 - 0.25 * 0.4) / (1 - 0.25**2)
    trace = -alpha_1 * 0.5 / math.sqrt(2 * math.pi * model.n_distinct)
    assert abs(measured.mean - answer.rival_c2) > 10 * measured.stderr
    assert abs(measured.mean - answer.rival_c2 - trace) < 4 * measured.stderr
