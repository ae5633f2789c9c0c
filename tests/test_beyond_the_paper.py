"""Tables and claims beyond the paper: simulation against theory, each with a control that must fail."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, exact
from simulations import claims
from simulations.claims import many_labels
from simulations.lab.models import IMAGENET
from simulations.lab.supports import FRACTIONS, count_fractions, expected_fractions

# experiment: simulated points of the quick table, and independent quantities
TABLES = {
    "finite_size": (4 * 4 * 4, ["c1", "c2"]),
    "correlation": (3 * 9, ["c1"]),
    "sparsity": (4 * 5, ["c2", "meet"]),
    "phase_diagram": (4 * 2, ["c2"]),
    "selectivity": (4, ["c2", "kept_distinct"]),
    "blankness": (7, ["kept_distinct"]),
}


@pytest.fixture(scope="module")
def tables(quick_table):
    return {name: quick_table(name) for name in TABLES}


def z_scores(points, names, factor=1.0):
    """Recomputed from means and standard errors, the exact values times ``factor``."""
    return np.concatenate(
        [
            ((points[name] - factor * points[f"{name}_exact"]) / points[f"{name}_stderr"])[points[f"{name}_stderr"] > 0.0]
            for name in names
        ]
    )


@pytest.mark.parametrize("name", TABLES)
def test_every_point_agrees_with_theory(tables, name):
    count, quantities = TABLES[name]
    points = tables[name][tables[name].estimator != "exact"]
    assert len(points) == count
    z = z_scores(points, quantities)
    assert len(z) >= 0.7 * count
    assert np.abs(z).max() < 4.0
    assert np.mean(z**2) == pytest.approx(1.0, abs=4.0 * np.sqrt(2.0 / len(z)))
    for quantity in quantities:
        stored = points.loc[points[f"{quantity}_stderr"] > 0.0, f"{quantity}_z"]
        assert stored.to_numpy() == pytest.approx(z_scores(points, [quantity]), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", TABLES)
def test_one_percent_would_be_seen(tables, name):
    """The same check fails if the exact values are one percent too large."""
    points = tables[name][tables[name].estimator != "exact"]
    z = z_scores(points, TABLES[name][1][:2], factor=1.01)
    assert np.abs(z).max() > 4.0 or np.mean(z**2) > 1.0 + 4.0 * np.sqrt(2.0 / len(z))


@pytest.mark.parametrize("name", TABLES)
def test_curves_reach_past_the_points(tables, name):
    points, curve = (tables[name][chosen] for chosen in (tables[name].estimator != "exact", tables[name].estimator == "exact"))
    assert len(curve) > 3 * len(points)
    for axis in ("n", "n_labels", "sparsity"):
        assert curve[axis].min() <= points[axis].min()
        assert curve[axis].max() >= points[axis].max()


def test_all_sizes_collapse_onto_one_curve(tables):
    table = tables["finite_size"]
    unit = table[(table.gradient_law == "unit") & (table.conditioning == "at_least")]
    threshold = unit.delta * np.sqrt(unit.n)
    excess = np.exp(stats.norm.logpdf(threshold) - stats.norm.logsf(threshold)) / threshold
    for name in ("c1", "c2"):
        assert (unit[f"{name}_exact"] / unit[f"{name}_limit"]).to_numpy() == pytest.approx(excess.to_numpy(), rel=1e-10)
    exactly = table[table.conditioning == "exactly"]
    assert exactly.c1_exact.to_numpy() == pytest.approx(exactly.c1_limit.to_numpy(), rel=1e-12)
    joint = table[(table.gradient_law == "joint") & (table.n == table.n.max()) & (table.delta == 0.2)]
    assert (joint.c2_exact > 1.002 * unit.c2_limit.iloc[0]).all()  # which does not collapse


def test_the_discontinuity_at_equal_labels(tables):
    """Ties keep everything at r = 1; just below, 2^−(k−1) is left; at r = −1 all."""
    table = tables["correlation"]
    for k in (2, 3, 10):
        rows = table[table.n_labels == k]
        points, curve = rows[rows.estimator != "exact"], rows[rows.estimator == "exact"]
        for end in (points[points.shared_correlation == 1.0], points[points.shared_correlation == -1.0]):
            assert end[["c1", "c1_exact", "kept_shared", "kept_shared_exact"]].to_numpy() == pytest.approx(
                np.ones((1, 4)), abs=1e-12
            )
        last = curve.iloc[-1]
        assert 1.0 - 1e-9 < last.shared_correlation < 1.0
        assert last.c1_exact == pytest.approx(0.5 ** (k - 1), rel=1e-4)
        assert curve.c1_exact.is_monotonic_decreasing


def test_fractions_of_sparse_pixels():
    """Two labels by the paper's ρ², many by counting all patterns of three rivals."""
    rho = 0.2
    patterns = np.array(np.meshgrid(*[[0, 1]] * 3)).reshape(3, -1)
    weights = np.prod(np.where(patterns, rho, 1.0 - rho), axis=0)
    assert expected_fractions(4, rho)["contested"] == pytest.approx(weights[patterns.any(axis=0)].sum(), rel=1e-12)
    assert expected_fractions(2, rho) == pytest.approx({"meet": 0.04, "contested_by_one": 0.2, "contested": 0.2})
    assert set(expected_fractions(1000, 1.0).values()) == {1.0}


def test_supports_are_counted():
    counted, expected = count_fractions(5, 0.1, 200, 7), expected_fractions(5, 0.1)
    for name in FRACTIONS:
        assert abs(counted[name].mean - expected[name]) < 4.0 * counted[name].stderr
        assert counted[name].stderr < 0.01 * expected[name]
    wrong = expected_fractions(6, 0.1)["contested"]
    assert abs(counted["contested"].mean - wrong) > 4.0 * counted["contested"].stderr
    assert counted == count_fractions(5, 0.1, 200, 7) != count_fractions(5, 0.1, 200, 8)
    assert {m.mean for m in count_fractions(3, 1.0, 2, 0).values()} == {1.0}


def test_the_plane_is_filled(tables):
    grid = (
        tables["phase_diagram"].query("estimator == 'exact'").pivot_table(index="n_labels", columns="sparsity", values="c2_exact")
    )
    assert grid.notna().all(axis=None)
    assert (grid.index.min(), grid.index.max(), grid.columns.max()) == (2, 1000, 1.0)
    assert set(tables["phase_diagram"].n) == {224 * 224 * 3}


def test_selectivity_is_what_was_derived(tables):
    rows = tables["selectivity"].query("estimator != 'exact'").set_index("n_labels")
    ratio = rows.c2_exact / rows.kept_distinct_exact
    assert ratio[[2, 10, 1000]].round(1).tolist() == [1.2, 2.7, 10.6]
    assert (rows.c2 / rows.kept_distinct)[[2, 10, 1000]].tolist() == pytest.approx([1.2122, 2.7098, 10.6], rel=0.05)


def test_random_nets_keep_twice_what_the_paper_expects(tables):
    table = tables["blankness"]
    k = table.n_labels.to_numpy()
    assert table.kept_distinct_exact.to_numpy() == pytest.approx(2.0 * (1.0 - 0.5**k) / k, rel=1e-10)
    points = table[table.estimator != "exact"]
    points = points[points.n_labels > 1]
    assert ((points.kept_distinct - 1.0 / points.n_labels).abs() > 10.0 * points.kept_distinct_stderr).all()


def test_verdicts_on_many_labels_and_sparsity():
    expected = {"downplay": "qualified", "almost-blank": "qualified", "remark-1": "qualified", "correlation": "confirmed"}
    checks = {claim.id: claim.check for claim in claims.CLAIMS}
    assert {name: checks[name](60, 5)[1] for name in expected} == expected


def test_verdicts_follow_what_is_measured(monkeypatch):
    """In other models the same functions judge otherwise."""
    sparser = CompetitionModel(n=10_000, delta=0.1, shared_fraction=0.0, sparsity=0.05)
    monkeypatch.setattr(many_labels, "_RANDOM_NET", sparser)
    assert many_labels.almost_blank(40, 0)[1] == "confirmed"
    monkeypatch.setattr(many_labels, "_RANDOM_NET", replace(sparser, sparsity=1.0, shared_fraction=0.0))
    assert many_labels.almost_blank(40, 0)[1] == "qualified"
    imagenet = IMAGENET
    for changed, verdict in (({"sparsity": 0.01, "delta": 2.0}, "confirmed"), ({"shared_correlation": 0.0}, "refuted")):
        monkeypatch.setattr(many_labels, "IMAGENET", replace(imagenet, **changed))
        assert many_labels.shared_downplayed(1000, 0)[1] == verdict


def test_the_sparsity_that_is_said_to_be_needed():
    said = float(many_labels.not_too_aggressive(8, 0)[0].rsplit(" ", 1)[1])
    answer = exact(replace(IMAGENET, n_labels=1000, sparsity=said))
    assert 0.5 * (answer.c1 + answer.c2) == pytest.approx(0.5, abs=0.005)
