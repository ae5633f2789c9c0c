"""The positive control beside the negative one: what agrees between retrained networks, and what only seems to."""

import numpy as np
import pytest
from scipy.stats import mode

from cgi_theory.sanity.agreement import compared, crossed_area
from cgi_theory.sanity.crossed import Values
from figures import controls as figure
from simulations.lab.maps import BASELINES, CONTROLS, METHODS
from simulations.lab.pairs import pairs_in
from simulations.lab.worlds import MEASURED, UNTRAINED

PAIRS = np.array([[0, 1], [0, 2], [1, 2]])


@pytest.fixture(scope="module")
def table(quick_table):
    return quick_table("controls")


def row(table, method, competition, metric, pixels="lit", world=MEASURED):
    (found,) = table.query(
        "method == @method and competition == @competition and metric == @metric and pixels == @pixels and world == @world"
    ).to_dict("records")
    return found


def test_every_map_is_compared_in_both_worlds(table):
    names = {(method, way) for method in METHODS for way in ("no", "yes")}
    names |= {(name, "no") for name in BASELINES} | {(name, "control") for name in CONTROLS}
    for world in (MEASURED, UNTRAINED):
        rows = table[(table.world == world) & (table.metric == "pearson") & (table.pixels == "lit")]
        assert set(zip(rows.method, rows.competition, strict=True)) == names


def test_a_digit_s_label_is_what_most_networks_predict(quick_setting):
    found = pairs_in(quick_setting("controls"), MEASURED)
    predicted = np.stack([net.predicted_labels(found.x) for net in found.nets])
    assert np.array_equal(found.labels, mode(predicted, axis=0).mode)
    assert found.pairs.tolist() == [[i, j] for i in range(len(found.nets)) for j in range(i + 1, len(found.nets))]


def test_useful_methods_agree_between_retrained_networks(table):
    """Gradient ⊙ input and CGI do, with their signs; a random mask hardly, and noise not at all."""
    for method, competition, least in (("gradient ⊙ input", "no", 0.9), ("gradient ⊙ input", "yes", 0.85)):
        found = row(table, method, competition, "pearson")
        assert found["auc"] > least
        assert found["difference_low"] > 0.1
    random, cgi = row(table, "random pixels", "control", "|spearman|"), row(table, "gradient ⊙ input", "yes", "|spearman|")
    assert random["auc_low"] < 0.5 < random["auc_high"] < 0.95
    assert random["difference"] < 0.05 < cgi["difference_low"]


@pytest.mark.parametrize("name", ["noise on lit pixels", "noise"])
def test_noise_tells_nothing(table, name):
    for metric in ("pearson", "|spearman|"):
        found = row(table, name, "control", metric)
        assert found["difference_low"] < 0.0 < found["difference_high"]
        assert found["auc_low"] < 0.5 < found["auc_high"]


def test_the_input_alone_is_the_same_everywhere(table):
    for metric in ("pearson", "|spearman|", "jaccard"):
        found = row(table, "input", "no", metric, "all" if metric == "jaccard" else "lit")
        assert (found["retrained"], found["randomised"], found["auc"]) == (pytest.approx(1.0), pytest.approx(1.0), 0.5)


def test_no_similarity_of_blank_maps_is_defined(table):
    found = row(table, "blank", "control", "pearson")
    assert found["retrained_defined"] == found["randomised_defined"] == 0.0
    assert np.isnan(found["difference"])


def test_untrained_networks_agree_no_more_than_randomised_ones(table):
    """The null world of the positive control: no method tells the two kinds of pairs apart there."""
    rows = table[(table.world == UNTRAINED) & (table.pixels == "lit") & table.metric.isin(["pearson", "|spearman|"])]
    inside = (rows.difference_low <= 0.0) & (rows.difference_high >= 0.0)
    assert inside[rows.difference.notna()].mean() > 0.9
    measured = table[(table.world == MEASURED) & (table.metric == "pearson") & (table.pixels == "lit")]
    outside = measured.set_index("method").difference_low > 0.0
    assert outside[["gradient ⊙ input", "LRP αβ", "gradient"]].all()


def test_blank_area_makes_noise_alike(table):
    """Over all pixels |Spearman| of noise on the lit ones is near 1, which over lit pixels is near 0."""
    everywhere, lit = (row(table, "noise on lit pixels", "control", "|spearman|", pixels) for pixels in ("all", "lit"))
    assert min(everywhere["retrained"], everywhere["randomised"]) > 0.95
    assert max(abs(lit["retrained"]), abs(lit["randomised"])) < 0.1


def test_predictions(table):
    """From the cosine of gradients alone: of randomised pairs near 0, of retrained ones near what is measured."""
    cosine = row(table, "gradient", "no", "cosine of gradients")
    assert cosine["retrained"] > 0.3
    assert abs(cosine["randomised"]) < 0.1
    for name in (("gradient ⊙ input", "no"), ("gradient ⊙ input", "yes"), ("random pixels", "control")):
        found = row(table, *name, "pearson")
        assert found["predicted_retrained"] == pytest.approx(found["retrained"], abs=0.1)
        assert abs(found["predicted_randomised"]) < 0.05
        absolute = row(table, *name, "|pearson|")
        for kind in ("retrained", "randomised"):
            assert absolute[f"predicted_{kind}"] == pytest.approx(absolute[kind], abs=0.1)
    assert row(table, "gradient ⊙ input", "no", "pearson")["predicted_retrained"] == pytest.approx(cosine["retrained"], rel=1e-9)
    overlap = row(table, "gradient ⊙ input", "yes", "jaccard", "all")
    assert overlap["predicted_retrained"] == pytest.approx(overlap["retrained"], abs=0.05)


def test_retrained_networks_are_equally_accurate(table):
    found = row(table, "trained", "no", "accuracy", "all")
    assert found["retrained"] > 0.8
    assert found["randomised"] < 0.3


def test_the_area_counts_pairs_of_pairs():
    """By hand: of the digits' six comparisons each, with a tie and an undefined value."""
    first = np.array([[0.5, 0.2], [0.4, 0.9], [0.1, np.nan]])
    second = np.array([[0.4, 0.3], [0.2, 0.1], [0.0, 0.5]])
    wins = [(a > b) + 0.5 * (a == b) for i in (0, 1) for a in first[:, i] for b in second[:, i] if not np.isnan(a)]
    area = crossed_area(Values(first, PAIRS), Values(second, np.arange(3)), seed=0)
    assert area.mean == pytest.approx(np.mean(wins), rel=1e-12)
    swapped = crossed_area(Values(second, np.arange(3)), Values(first, PAIRS), seed=0)
    assert swapped.mean == pytest.approx(1.0 - area.mean, rel=1e-12)


def test_what_is_compared_is_told_apart_or_not():
    """A shift of three standard deviations, and none."""
    rng = np.random.default_rng(3)
    pairs, networks = np.array([[i, j] for i in range(6) for j in range(i)]), 6
    noise, others = rng.standard_normal((len(pairs), 40)), rng.standard_normal((networks, 40))
    apart, same = compared(noise + 3.0, others, pairs, seed=1), compared(noise, others, pairs, seed=1)
    assert apart["difference_low"] > 2.0
    assert apart["auc_low"] > 0.9
    assert same["difference_low"] < 0.0 < same["difference_high"]
    assert same["auc_low"] < 0.5 < same["auc_high"]
    assert apart["difference"] == pytest.approx(apart["retrained"] - apart["randomised"])


def test_the_figure_draws_the_table(table):
    drawn = figure.FIGURE.draw(table)
    left, middle, right = drawn.axes
    assert [label.get_text() for label in left.get_yticklabels()][:2] == ["gradient ⊙ input", "gradient ⊙ input, competing (CGI)"]
    for axes, metric in ((left, "pearson"), (middle, "|pearson|"), (right, "|spearman|")):
        expected = [row(table, *name, metric)["retrained"] for name in figure.names()]
        assert any(np.allclose(line.get_xdata(), expected) for line in axes.lines if len(line.get_xdata()) == len(expected))
        assert len(axes.texts) == len(figure.names()) + 1
