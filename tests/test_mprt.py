"""The revised sanity checks: their table and figure, from few digits and networks."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from cgi_theory import compete
from cgi_theory.networks import attribution
from cgi_theory.networks.randomization import cascading
from cgi_theory.networks.streams import Use, derived_seed, generator
from cgi_theory.sanity.crossed import crossed_interval
from cgi_theory.sanity.metrics import ALL, LIT
from figures.registry import FIGURES
from simulations import mprt
from simulations.lab import nets
from simulations.lab.maps import BASELINES, CONTROLS, GROUPS

NETWORKS, PARTLY, IMAGES = 3, 2, 20
CGI, RANDOM = ("gradient ⊙ input", "yes"), ("random pixels", "control")


@pytest.fixture(scope="module")
def table(quick_table):
    return quick_table("mprt")


def rows_of(table, name, metric, pixels=LIT, inputs="clean", **place):
    rows = table[(table.method == name[0]) & (table.competition == name[1]) & (table.inputs == inputs)]
    rows = rows[(rows.metric == metric) & (rows.pixels == pixels)]
    for column, value in place.items():
        rows = rows[rows[column] == value]
    return rows


def cgi_of(net, x, labels):
    return compete(attribution.gradient_times_input(net, x), labels)


@pytest.fixture(scope="module")
def compared(quick_setting):
    """The networks of the quick table, the digits, and CGI of each network before and after all layers are permuted."""
    setting = quick_setting("mprt")
    x, _ = nets.test_images(setting, IMAGES)
    pairs = []
    for number in range(NETWORKS):
        net = nets.network(setting, nets.RETRAINED, number)
        labels = net.predicted_labels(x)
        changed = cascading(net, 3, seed=derived_seed(0, Use.RANDOMISATION, number), method="permute", direction="bottom_up")
        pairs.append([cgi_of(network, x, labels) for network in (net, changed)])
    return x, pairs


def test_every_order_way_and_map_is_there(table):
    clean = table[(table.inputs == "clean") & (table.metric == "pearson")]
    places = set(zip(clean.randomisation, clean.order, clean.depth, strict=True))
    expected = {(how, order, depth) for how in mprt.METHODS for order in mprt.ORDERS for depth in (1, 2)}
    assert places == expected | {(how, "bottom_up", 3) for how in mprt.METHODS}
    noisy = table[table.inputs == "noisy"]
    assert sorted(noisy.depth.unique()) == [0, 1, 2, 3]
    assert mprt.parameters(quick=False)["groups"] == list(GROUPS)
    assert set(clean[clean.competition == "control"].method) == set(CONTROLS)
    assert set(BASELINES) < set(clean[clean.competition == "no"].method)
    assert not table.duplicated(["inputs", "randomisation", "order", "depth", "method", "competition", "metric", "pixels"]).any()
    assert set(table[table.metric == "entropy rise"].depth) == {3}


@pytest.mark.parametrize("pixels", [LIT, ALL])
def test_the_efficient_test_is_the_rise_of_the_entropy(table, compared, pixels):
    x, pairs = compared
    rises = np.empty((NETWORKS, IMAGES))
    for number, pair in enumerate(pairs):
        for image in range(IMAGES):
            here = x[image] != 0.0 if pixels == LIT else np.ones(784, dtype=bool)
            before, after = (stats.entropy(np.histogram(maps[image][here], 100)[0]) for maps in pair)
            rises[number, image] = (after - before) / before
    (row,) = rows_of(table, CGI, "entropy rise", pixels, randomisation="permute").to_dict("records")
    assert row["mean"] == pytest.approx(rises.mean(), abs=1e-12)
    expected = crossed_interval(rises, np.arange(NETWORKS), seed=0)
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_similarities_are_those_of_the_networks_maps(table, compared):
    x, pairs = compared
    found = [
        stats.pearsonr(*(maps[image][x[image] != 0.0] for maps in pair)).statistic for pair in pairs for image in range(IMAGES)
    ]
    (row,) = rows_of(table, CGI, "pearson", randomisation="permute", depth=3).to_dict("records")
    assert row["mean"] == pytest.approx(np.mean(found), abs=1e-12)


@pytest.mark.parametrize("order", mprt.ORDERS)
def test_layers_are_randomised_in_the_order_that_a_row_says(table, quick_setting, order):
    setting = quick_setting("mprt")
    x, _ = nets.test_images(setting, IMAGES)
    found = []
    for number in range(PARTLY):
        net = nets.network(setting, nets.RETRAINED, number)
        labels, seed = net.predicted_labels(x), derived_seed(0, Use.RANDOMISATION, number)
        changed = cascading(net, 1, seed=seed, method="gaussian", direction=order)
        for image, one, other in zip(x, *(cgi_of(network, x, labels) for network in (net, changed)), strict=True):
            found.append(stats.pearsonr(one[image != 0.0], other[image != 0.0]).statistic)
    (row,) = rows_of(table, CGI, "pearson", randomisation="gaussian", order=order, depth=1).to_dict("records")
    assert row["mean"] == pytest.approx(np.mean(found), abs=1e-12)


def test_the_smooth_test_averages_maps_over_other_noise_before_and_after(table, quick_setting):
    setting = quick_setting("mprt")
    x, _ = nets.test_images(setting, IMAGES)
    found = []
    for number in range(PARTLY):
        net = nets.network(setting, nets.RETRAINED, number)
        labels = net.predicted_labels(x)
        denoised = []
        for side in range(2):
            noise = [generator(0, Use.NOISY_INPUT, number, side, sample).standard_normal(x.shape) for sample in range(2)]
            width = 0.1 * (x.max(axis=1) - x.min(axis=1))[:, None]
            denoised.append(
                np.mean([cgi_of(net, inputs, labels) for inputs in (*(x + width * drawn for drawn in noise), x)], axis=0)
            )
        for image in range(IMAGES):
            here = x[image] != 0.0
            found.append(stats.spearmanr(*(np.abs(maps[image][here]) for maps in denoised)).statistic)
    (row,) = rows_of(table, CGI, "|spearman|", inputs="noisy", depth=0).to_dict("records")
    assert row["mean"] == pytest.approx(np.mean(found), abs=1e-9)
    assert row["mean"] < 0.99, "the noise before is not that after"


def test_competition_fails_the_efficient_test_as_a_random_mask_does(table):
    cgi, random = (rows_of(table, name, "entropy rise")["mean"] for name in (CGI, RANDOM))
    noise = rows_of(table, ("noise on lit pixels", "control"), "entropy rise")
    assert noise["mean"].abs().max() < 0.03, "the test sees no rise where there is none"
    assert cgi.mean() < -0.03
    assert cgi.mean() == pytest.approx(random.mean(), abs=0.03)


def test_the_order_hardly_matters_for_competition_and_noise_spoils_a_random_mask(table):
    assert rows_of(table, CGI, "|spearman|")["mean"].abs().max() < 0.25
    cgi, random = (rows_of(table, name, "|spearman|", inputs="noisy", depth=0)["mean"].item() for name in (CGI, RANDOM))
    assert cgi > random + 0.2


def test_the_figure_draws_the_table(table, style):
    figure: Any = FIGURES["mprt"].draw(table)
    rises, *panels = figure.axes
    drawn = rises.containers[0].lines[0].get_ydata()
    rows = table[(table.metric == "entropy rise") & (table.pixels == LIT) & (table.method != "blank")]
    assert drawn == pytest.approx(rows[rows.randomisation == "initial"]["mean"].to_numpy())
    names = [label.get_text() for label in rises.get_xticklabels()]
    assert names.index("gradient ⊙ input, competition") == 1
    assert len(panels) == 6
    for panel, metric in ((0, "|spearman|"), (3, "pearson")):
        points = panels[panel].containers[1].lines[0].get_ydata()
        rows = rows_of(table, CGI, metric, randomisation="initial").sort_values("depth")
        rows = rows[(rows.order == "top_down") | (rows.depth == 3)]
        assert points == pytest.approx(rows["mean"].to_numpy())
    plt.close("all")
