"""Graded checks: every path leads from the network itself to one that has forgotten it."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from cgi_theory.networks import MLP
from cgi_theory.networks.datasets import permuted
from cgi_theory.networks.randomization import cascading, towards_random
from cgi_theory.networks.training import Recipe, train
from figures import graded as figure
from simulations.graded import AGREEMENT, ALL_PATHS, EPOCHS, EXPERIMENT, LABELS, WEIGHTS
from simulations.lab.following import AFTER, RANKS, WHILE


@pytest.fixture(scope="module")
def table(quick_table):
    return quick_table("graded")


def steps(table, path, metric, method="", competition=""):
    rows = table[(table.path == path) & (table.metric == metric)].fillna({"method": "", "competition": ""})
    rows = rows[(rows.method == method) & (rows.competition == competition)].sort_values("step")
    return rows["mean"].to_numpy()


@pytest.mark.parametrize("path", [WEIGHTS, LABELS, EPOCHS])
def test_a_path_begins_at_the_network_itself(table, path):
    """There maps and predictions are its own; at the other end the gradient's resemblance is gone or nearly so."""
    own, far = (-1, 0) if path == EPOCHS else (0, -1)
    for metric, *name in ((AGREEMENT, "", ""), ("pearson", "gradient ⊙ input", "no"), ("|spearman|", "gradient ⊙ input", "yes")):
        found = steps(table, path, metric, *name)
        assert len(found) == len(EXPERIMENT.parameters(True)["steps"][path])
        assert found[own] == pytest.approx(1.0)
        assert found[far] < 0.5
    assert steps(table, path, "pearson", "random pixels", "control")[own] < 0.5, "it is no function of the network"
    assert steps(table, path, "pearson", "input", "no") == pytest.approx(1.0)


def test_a_method_that_follows_the_function_and_one_that_cannot(table):
    """Over all paths the signed similarity of gradient ⊙ input rises with the agreement of predictions."""
    agreement = np.concatenate([steps(table, path, AGREEMENT) for path in (WEIGHTS, LABELS, EPOCHS)])
    alike = np.concatenate([steps(table, path, "pearson", "gradient ⊙ input", "no") for path in (WEIGHTS, LABELS, EPOCHS)])
    assert np.corrcoef(agreement, alike)[0, 1] > 0.8


def test_three_numbers_over_all_paths(table):
    """Gradient ⊙ input follows the function, the input alone stays when it is gone, and noise is never alike."""
    over_all = table[(table.path == ALL_PATHS) & (table.metric == "pearson") & (table.competition != "yes")]
    found = over_all.set_index(["method", "statistic"])
    assert found.loc[("gradient ⊙ input", RANKS), "low"] > 0.4
    assert found.loc[("gradient ⊙ input", AFTER), "high"] < 0.3
    assert found.loc[("input", AFTER), "mean"] == pytest.approx(1.0)
    assert np.isnan(found.loc[("input", RANKS), "mean"])
    assert abs(found.loc[("noise on lit pixels", AFTER), "mean"]) < 0.1


def test_references_are_not_counted(table):
    """By SciPy, from the means of all other steps."""
    own = {WEIGHTS: 0.0, LABELS: 0.0, EPOCHS: EXPERIMENT.parameters(True)["steps"][EPOCHS][-1]}
    others = table[[path in own and step != own[path] for path, step in zip(table.path, table.step, strict=True)]]
    agreement = others[others.metric == AGREEMENT]["mean"]
    plain = others[(others.method == "gradient ⊙ input") & (others.competition == "no")]
    over_all = table[(table.path == ALL_PATHS) & (table.method == "gradient ⊙ input") & (table.competition == "no")]
    found = over_all[over_all.statistic == RANKS].set_index("metric")["mean"]
    for metric in ("pearson", "|spearman|"):
        expected = spearmanr(plain[plain.metric == metric]["mean"], agreement).statistic
        assert found[metric] == pytest.approx(expected, abs=1e-12)


def test_noise_is_drawn_anew_on_every_step(table):
    noise = np.concatenate(
        [steps(table, path, "pearson", "noise on lit pixels", "control") for path in (WEIGHTS, LABELS, EPOCHS)]
    )
    assert len(set(noise)) == len(noise)


def test_training_starts_from_the_reference_s_own_weights(table):
    """Before the first epoch the gradient still resembles the trained one; a random network's does not."""
    assert steps(table, EPOCHS, "pearson", "gradient", "no")[0] > 0.2
    assert abs(steps(table, WEIGHTS, "pearson", "gradient", "no")[-1]) < 0.1


def test_every_map_has_its_three_numbers_by_both_metrics(table):
    counted = table[table.path == ALL_PATHS].groupby(["method", "competition", "metric"]).statistic.agg(list)
    maps = table[table.method.notna()].groupby(["method", "competition", "metric"]).ngroups
    assert len(counted) == maps
    assert all(found == [RANKS, WHILE, AFTER] for found in counted)


def test_the_figure_draws_the_table(table):
    drawn = figure.FIGURE.draw(table)
    assert len(drawn.axes) == 6
    expected = steps(table, LABELS, "pearson", "gradient ⊙ input", "yes")
    assert any(np.array_equal(line.get_ydata(), expected) for line in drawn.axes[1].lines)
    assert figure.FIGURE.takes_long


def test_weights_between_two_networks():
    net = MLP.random((5, 4, 3), seed=2)
    far = cascading(net, 2, seed=7)
    assert towards_random(net, 0.0, seed=7).weights[0].tobytes() == net.weights[0].tobytes()
    assert towards_random(net, 1.0, seed=7).weights[1].tobytes() == far.weights[1].tobytes()
    between = towards_random(net, 0.25, seed=7)
    for own, other, found in zip(net.weights, far.weights, between.weights, strict=True):
        assert np.allclose(found, 0.75 * own + 0.25 * other, rtol=1e-15)
    with pytest.raises(ValueError, match=r"fraction must be from 0 to 1, not 1.5"):
        towards_random(net, 1.5, seed=0)


def test_some_labels_are_dealt_out_among_themselves():
    labels = np.arange(1000)
    found = permuted(labels, seed=3, fraction=0.3)
    assert sorted(found) == labels.tolist()
    assert np.sum(found != labels) == pytest.approx(300, abs=8)
    assert np.array_equal(permuted(labels, seed=3, fraction=0.0), labels)
    assert np.array_equal(permuted(labels, seed=3, fraction=1.0), permuted(labels, seed=3))
    with pytest.raises(ValueError, match="fraction must be from 0 to 1"):
        permuted(labels, seed=3, fraction=-0.1)


def test_training_that_is_broken_off_is_the_beginning_of_the_whole():
    """The learning rate falls as if it went on: one epoch of three, then the same as the first of three."""
    rng = np.random.default_rng(0)
    x, labels = rng.random((40, 6)), rng.integers(0, 3, 40)
    stopped = train(Recipe(sizes=(6, 5, 3), epochs=3, stop_after=1, batch_size=10, target_accuracy=2.0), x, labels)
    alone = train(Recipe(sizes=(6, 5, 3), epochs=1, batch_size=10, target_accuracy=2.0), x, labels)
    whole = train(Recipe(sizes=(6, 5, 3), epochs=3, stop_after=3, batch_size=10, target_accuracy=2.0), x, labels)
    unstopped = train(Recipe(sizes=(6, 5, 3), epochs=3, batch_size=10, target_accuracy=2.0), x, labels)
    assert not np.array_equal(stopped.weights[0], alone.weights[0])
    assert np.array_equal(whole.weights[0], unstopped.weights[0])
    assert not np.array_equal(stopped.weights[0], whole.weights[0])
    for wrong in (0, 4):
        with pytest.raises(ValueError, match=f"stop_after must be from 1 to 3, not {wrong}"):
            Recipe(sizes=(6, 5, 3), epochs=3, stop_after=wrong)
