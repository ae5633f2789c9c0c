"""Estimates against the closed forms and against the definitions, in standard errors."""

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, exact, simulate
from cgi_theory.quantities import NAMES
from tests import naive
from tests.agreement import agrees, as_model

PAPER = CompetitionModel(n=10_000, delta=0.1)
SMALL = CompetitionModel(n=300, delta=0.2)


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
            samples = simulate(model, 2, seed=seed).samples
        except ValueError:
            continue
        assert np.abs(samples["c1"]).max() < 1e3
        assert np.abs(samples["rival_shared"]).max() < 1e3  # of the rival's gradient itself
        kept += 1
    assert 0 < kept < 200
