import dataclasses
import math
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, Measurement, exact, simulate
from cgi_theory.gaussian.estimate import available_processors
from cgi_theory.gaussian.measurement import total
from cgi_theory.gaussian.quantities import NAMES, Quantities
from tests import naive

PAPER = CompetitionModel(n=10_000, delta=0.1)
SMALL = CompetitionModel(n=300, delta=0.2)


def agrees(measured, expected, precision=0.01, bias=1e-12):
    """Within four standard errors (and a stated relative bias), with a standard error that would show an error of 1 %."""
    assert measured.stderr < precision * abs(expected) / 2
    return abs(measured.mean - expected) < 4 * measured.stderr + bias * abs(expected)


@pytest.mark.parametrize("estimator", ["direct", "conditional"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"rival_c1", "rival_c2"}])
def test_every_field_of_exact_has_its_twin(name, estimator):
    estimate = simulate(PAPER, 4000, seed=1, estimator=estimator)
    # The closed form of a standard deviation is of leading order in 1/n.
    spread = name.endswith("_sd")
    precision, bias = (0.03, 3 / PAPER.n) if spread else (0.01, 1e-12)
    assert agrees(getattr(estimate, name), getattr(exact(PAPER), name), precision, bias)


@pytest.mark.parametrize(
    "model",
    [
        CompetitionModel(n=4000, delta=0.03, shared_fraction=0.3, shared_correlation=-0.4),
        CompetitionModel(n=4000, delta=1.0),
        CompetitionModel(n=4000, delta=1.0, n_labels=6, shared_correlation=0.8),
        CompetitionModel(n=8000, delta=1.0, n_labels=3, sparsity=0.4),
        CompetitionModel(n=4000, delta=0.5, gradient_law="gaussian", n_labels=3),
        CompetitionModel(n=4000, delta=0.5, gradient_law="joint", n_labels=3),
        CompetitionModel(n=4000, delta=1.5, gradient_law="joint", conditioning="exactly"),
        CompetitionModel(n=8000, delta=0.5, sparsity=0.3, n_labels=4),
        CompetitionModel(n=8000, delta=0.02, sparsity=0.3, gradient_law="gaussian"),
    ],
)
def test_spread_of_a_single_map(model):
    """Direct; and, far more sharply, conditional, where the closed form's own bias of O(1/(ρn)) shows."""
    answer, direct = exact(model), simulate(model, 6000, seed=2)
    conditional = simulate(model, 6000, seed=2, estimator="conditional")
    for name in ("c1_sd", "c2_sd"):
        assert agrees(getattr(direct, name), getattr(answer, name), 0.03)
        assert agrees(getattr(conditional, name), getattr(answer, name), 0.03, 3 / (model.sparsity * model.n))


def test_leading_order_of_the_spread():
    """√(sF(1 − sF)/n)/(sδ), and 0.098 in the paper's setting."""
    model = dataclasses.replace(PAPER, delta=0.1, n=10**8)
    kept = 0.5 * 0.804499
    assert exact(model).c1_sd == pytest.approx(math.sqrt(kept * (1 - kept) / 1e8) / 0.05, rel=0.01)
    assert round(math.sqrt(kept * (1 - kept) / 1e4) / 0.05, 3) == 0.098


LAWS = [
    {"law": "unit", "n": 40, "delta": 0.3, "k": 3, "n_shared": 16, "r": 0.6, "rho": 1.0, "conditioning": "at_least"},
    {"law": "unit", "n": 60, "delta": 0.2, "k": 2, "n_shared": 30, "r": -0.5, "rho": 0.5, "conditioning": "exactly"},
    {
        "law": "gaussian",
        "n": 30,
        "delta": 0.4,
        "k": 4,
        "n_shared": 10,
        "r": 0.5,
        "rho": 0.4,
        "conditioning": "at_least",
    },
    {"law": "gaussian", "n": 12, "delta": 0.4, "k": 2, "n_shared": 6, "r": 0.5, "rho": 1.0, "conditioning": "exactly"},
    {"law": "joint", "n": 8, "delta": 0.5, "k": 2, "n_shared": 4, "r": 0.5, "rho": 1.0, "conditioning": "at_least"},
]


def as_model(case):
    return CompetitionModel(
        n=case["n"],
        delta=case["delta"],
        n_labels=case["k"],
        shared_fraction=case["n_shared"] / case["n"],
        shared_correlation=case["r"],
        sparsity=case["rho"],
        conditioning=case["conditioning"],
        gradient_law=case["law"],
    )


@pytest.fixture(scope="module", params=LAWS, ids=lambda case: f"{case['law']}-{case['conditioning']}")
def drawn(request):
    rng = np.random.default_rng(11)
    return request.param, np.array([naive.sample_quantities(rng, **request.param) for _ in range(3000)])


@pytest.mark.parametrize("column", range(6))
def test_distribution_is_that_of_the_definitions(drawn, column):
    """Two-sample KS, sample by sample, against NumPy loops written from the definitions."""
    case, reference = drawn
    ours = simulate(as_model(case), 20_000, seed=3).samples[NAMES[column]]
    assert stats.ks_2samp(ours, reference[:, column]).pvalue > 1e-3


@pytest.mark.parametrize("change", [{"r": 0.75}, {"k": 5}, {"delta": 0.45}])
def test_distribution_test_sees_a_wrong_model(change):
    rng = np.random.default_rng(12)
    wrong = LAWS[0] | change
    reference = np.array([naive.sample_quantities(rng, **wrong) for _ in range(3000)])
    ours = simulate(as_model(LAWS[0]), 20_000, seed=3).samples
    pvalues = [stats.ks_2samp(ours[NAMES[i]], reference[:, i]).pvalue for i in range(6)]
    assert min(pvalues) < 1e-6


@pytest.mark.parametrize(("law", "rho"), [("unit", 1.0), ("gaussian", 1.0), ("joint", 1.0), ("unit", 0.3), ("gaussian", 0.3)])
def test_the_input_does_not_decide_who_wins(law, rho):
    """The theorem behind the closed forms and the conditional estimator: same gradients, same winners."""
    model = CompetitionModel(n=900, delta=0.1, n_labels=4, sparsity=rho, gradient_law=law)
    direct = simulate(model, 50, seed=4).samples
    conditional = simulate(model, 50, seed=4, estimator="conditional").samples
    for name in ("kept_shared", "kept_distinct"):
        assert np.array_equal(direct[name], conditional[name])
    assert not np.allclose(direct["c1"], conditional["c1"], rtol=1e-3)


def test_conditional_reports_its_gain():
    direct = simulate(PAPER, 3000, seed=5)
    conditional = simulate(PAPER, 3000, seed=5, estimator="conditional")
    assert direct.variance_reduction == {"c1": 1.0, "c2": 1.0}
    for name in ("c1", "c2"):
        measured = (getattr(direct, name).stderr / getattr(conditional, name).stderr) ** 2
        assert conditional.variance_reduction[name] == pytest.approx(measured, rel=0.15)
        assert conditional.variance_reduction[name] > 100


@pytest.mark.parametrize("conditioning", ["at_least", "exactly"])
@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
def test_one_label_retains_its_logit(law, conditioning):
    model = CompetitionModel(n=500, delta=0.3, n_labels=1, gradient_law=law, conditioning=conditioning)
    samples = simulate(model, 200, seed=6).samples
    assert np.all(samples["kept_shared"] == 1.0)
    assert np.allclose(samples["c1"], samples["chosen_shared"], rtol=1e-12)
    total = (samples["c1"] + samples["c2"]) / 2
    if conditioning == "exactly":
        assert np.allclose(total, 1.0, rtol=1e-12)
    else:
        assert np.all(total >= 1.0 - 1e-12)
    assert np.isnan(samples["rival_shared"]).all()


@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
def test_equal_labels_tie_and_keep_everything(law):
    model = CompetitionModel(n=500, delta=0.3, n_labels=3, shared_correlation=1.0, gradient_law=law)
    estimate = simulate(model, 50, seed=7)
    assert np.all(estimate.samples["kept_shared"] == 1.0)
    opposite = simulate(dataclasses.replace(model, shared_correlation=-1.0), 50, seed=7)
    assert np.all(opposite.samples["kept_shared"] == 1.0)


@pytest.mark.parametrize(("fraction", "empty"), [(0.0, "c1"), (1.0, "c2")])
def test_a_block_without_coordinates_is_nan(fraction, empty):
    estimate = simulate(dataclasses.replace(SMALL, shared_fraction=fraction), 20, seed=8)
    full = "c2" if empty == "c1" else "c1"
    assert math.isnan(getattr(estimate, empty).mean)
    assert math.isfinite(getattr(estimate, full).mean)


def test_samples_are_the_raw_values():
    estimate = simulate(SMALL, 64, seed=9)
    assert set(estimate.samples) == set(NAMES) - {"c1_sd", "c2_sd"}
    for name, values in estimate.samples.items():
        assert values.shape == (64,)
        if name in {"rival_c1", "rival_c2"}:  # not measured
            assert np.isnan(values).all()
            continue
        measured = getattr(estimate, name)
        assert measured.mean == pytest.approx(values.mean(), rel=1e-14)
        assert measured.stderr == pytest.approx(values.std(ddof=1) / 8, rel=1e-12)
    assert "array" not in repr(estimate)


def test_fields_are_those_of_quantities():
    assert [field.name for field in dataclasses.fields(Quantities)] == list(NAMES)
    assert [field.name for field in dataclasses.fields(exact(SMALL))] == list(NAMES)


@pytest.mark.parametrize(
    ("mean", "stderr", "text"),
    [
        (0.8107, 0.0098, "0.81 ± 0.01"),
        (0.8107, 0.0094, "0.81 ± 0.01"),
        (0.8107, 0.0042, "0.811 ± 0.004"),
        (123.4, 2.6, "123 ± 3"),
        (0.5, 0.0, "0.5 ± 0"),
        (math.nan, math.nan, "nan ± nan"),
    ],
)
def test_measurements_read_well(mean, stderr, text):
    assert repr(Measurement(mean, stderr)) == text


def test_the_issue_s_example():
    assert repr(simulate(PAPER, n_samples=100, seed=0).c1) == "0.81 ± 0.01"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_samples": 1}, ValueError, "n_samples must be from 2"),
        ({"n_samples": 10.0}, TypeError, "n_samples must be a whole number, not 10.0"),
        ({"seed": -1}, ValueError, "seed must be from 0 to 18446744073709551615, not -1"),
        ({"seed": 2**64}, ValueError, "seed must be from 0"),
        ({"seed": None}, TypeError, "seed must be a whole number"),
        ({"estimator": "exact"}, ValueError, "estimator must be one of 'direct', 'conditional', 'collapsed', not 'exact'"),
        ({"n_workers": 0}, ValueError, "n_workers must be from 1"),
        ({"block_size": 0}, ValueError, "block_size must be from 1"),
        ({"executor": "threads"}, TypeError, "executor must be a concurrent.futures.Executor, not 'threads'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate(SMALL, **arguments)


@pytest.mark.parametrize("law", ["unit", "gaussian"])
def test_a_gradient_that_vanishes_is_refused_by_name(law):
    model = CompetitionModel(n=8, delta=0.1, sparsity=0.05, gradient_law=law)
    with pytest.raises(ValueError, match=r"sparsity=0.05 of n=8 coordinates left sample \d+"):
        simulate(model, 50, seed=1)


def test_progress_counts_every_sample():
    seen = []
    simulate(SMALL, 100, seed=1, block_size=7, progress=seen.append)
    assert sum(seen) == 100
    assert len(seen) == 15


class FailingExecutor(Executor):
    """Runs what it is given at once, and fails at the third task."""

    def __init__(self):
        self.threads, self.submitted = ThreadPoolExecutor(1), 0

    def submit(self, function, /, *args, **kwargs):
        self.submitted += 1
        if self.submitted == 3:
            return self.threads.submit(int, "not a number")
        return self.threads.submit(function, *args, **kwargs)


def test_an_error_in_a_task_is_the_caller_s():
    executor = FailingExecutor()
    with executor.threads, pytest.raises(ValueError, match="not a number"):
        simulate(SMALL, 100, seed=1, block_size=10, executor=executor)


def test_processors():
    assert available_processors() >= 1


def test_a_process_pool_gives_the_same_bits():
    with ProcessPoolExecutor(2) as pool:
        ours = simulate(SMALL, 60, seed=3, executor=pool, block_size=13)
    assert ours == simulate(SMALL, 60, seed=3)
    assert np.array_equal(ours.samples["c1"], simulate(SMALL, 60, seed=3).samples["c1"])


COLLAPSED = [
    ({"gradient_law": law, "sparsity": rho}, name)
    for law, rho in (("gaussian", 1.0), ("gaussian", 0.4), ("joint", 1.0))
    for name in ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared")
] + [({"gradient_law": "unit", "sparsity": rho}, name) for rho in (1.0, 0.4) for name in ("c1", "c2", "chosen_shared")]


@pytest.mark.parametrize("n_labels", [2, 5, 50])
@pytest.mark.parametrize(("options", "name"), COLLAPSED)
def test_collapsed_rivals_leave_the_law_of_a_sample(options, name, n_labels):
    """With "unit" only where the input's noise dominates: the rivals' fixed norms narrow what else varies."""
    n = 6000 if options["gradient_law"] == "unit" else 1200
    model = CompetitionModel(n=n, delta=0.2, n_labels=n_labels, **options)
    direct, collapsed = (
        simulate(model, 3000, seed=seed, estimator=estimator).samples[name]
        for seed, estimator in ((21, "direct"), (22, "collapsed"))
    )
    assert stats.ks_2samp(direct, collapsed).pvalue > 1e-3


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


@pytest.mark.parametrize("estimator", ["direct", "conditional", "collapsed"])
@pytest.mark.parametrize("conditioning", ["at_least", "exactly"])
@pytest.mark.parametrize("law", ["unit", "gaussian", "joint"])
@pytest.mark.parametrize(
    "case",
    [
        {"n_labels": 1, "shared_fraction": 1.0},
        {"n_labels": 1, "shared_fraction": 0.0},
        {"n_labels": 3, "shared_fraction": 1.0, "shared_correlation": 1.0},
        {"n_labels": 3, "shared_fraction": 1.0, "shared_correlation": -1.0},
        {"delta": 1e-12},
        {"delta": 1e12},
        {"delta": 100.0, "n": 3, "n_labels": 1},
    ],
    ids=str,
)
def test_edges_of_the_model_agree_with_theory(estimator, conditioning, law, case):
    model = CompetitionModel(**({"n": 100, "delta": 0.1} | case), conditioning=conditioning, gradient_law=law)
    estimate, answer = simulate(model, 400, seed=3, estimator=estimator), exact(model)
    for name in ("c1", "c2", "kept_shared", "kept_distinct", "chosen_shared"):
        measured, expected = getattr(estimate, name), getattr(answer, name)
        if math.isnan(expected):
            assert math.isnan(measured.mean)
        else:
            assert abs(measured.mean - expected) < 4.5 * measured.stderr + 1e-6 * abs(expected)


@pytest.mark.parametrize("threshold", [1.0, 24.0, 26.0, 1e3, 1e5])
def test_spread_of_one_label_s_logit(threshold):
    """Only T varies: its variance must not cancel, neither in the closed form nor in the sampler."""
    model = CompetitionModel(n=100, delta=threshold / 10, n_labels=1, shared_fraction=1.0)
    conditional = simulate(model, 200, seed=4, estimator="conditional").c1_sd
    assert conditional.mean == pytest.approx(exact(model).c1_sd, rel=1e-6)
    assert agrees(simulate(model, 4000, seed=4).c1_sd, exact(model).c1_sd, 0.05)


def test_labels_on_the_same_single_coordinate_are_refused_not_rounded():
    """Two sparse labels that carry one and the same coordinate of a block: the rival's fresh part has no direction."""
    model = CompetitionModel(n=8, delta=0.1, sparsity=0.3)
    kept = 0
    for seed in range(200):
        try:
            values = simulate(model, 2, seed=seed).samples["c1"]
        except ValueError:
            continue
        assert np.abs(values).max() < 1e3
        kept += 1
    assert 0 < kept < 200


def test_estimates_are_hashable():
    estimate = simulate(SMALL, 10, seed=1)
    assert hash(estimate) == hash(simulate(SMALL, 10, seed=1))


def test_sums_do_not_lose_small_terms():
    values = np.array([1e16, 1.0, -1e16, 1.0] * 1000)
    assert total(values) == 2000.0
    rng = np.random.default_rng(1)
    many = rng.standard_normal(100_001) * 10.0 ** rng.integers(-8, 8, 100_001)
    assert total(many) == pytest.approx(math.fsum(many), rel=1e-15)
