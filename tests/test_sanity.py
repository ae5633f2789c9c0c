"""The sanity check: its maps and controls, its table and figures, from few digits and seeds."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from cgi_theory import compete
from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.measures import of_chosen_label
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.similarity import PreparedMaps
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.training import accuracy
from cgi_theory.sanity.crossed import crossed_interval
from cgi_theory.sanity.metrics import ALL, LIT, METRICS, similarity
from figures.registry import FIGURES
from simulations import sanity
from simulations.lab import maps as sanity_maps
from simulations.lab import nets
from tests import naive

PLAIN, CGI = ("gradient ⊙ input", "no"), ("gradient ⊙ input", "yes")


@pytest.fixture(scope="module")
def table(quick_table):
    return quick_table("sanity")


@pytest.fixture(scope="module")
def small():
    """A network, images, the labels it predicts, and the maps."""
    net = MLP.random((784, 30, 10), seed=1)
    x = np.random.default_rng(2).random((5, 784)) * (np.random.default_rng(3).random((5, 784)) < 0.2)
    labels = net.predicted_labels(x)
    return net, x, labels, sanity_maps.maps_of(net, x, labels, list(sanity_maps.GROUPS), seed=0)


def rows_of(table, name, metric, network=None, pixels=LIT):
    rows = table[(table.method == name[0]) & (table.competition == name[1]) & (table.metric == metric) & (table.pixels == pixels)]
    return rows[rows.network != "trained"] if network is None else rows[rows.network == network]


def test_every_randomisation_method_and_metric_is_there(table):
    compared = table[table.network != "trained"]
    places = compared.groupby(["network", "layer", "depth"]).networks.unique()
    assert {place: list(networks) for place, networks in places.items()} == {
        ("cascading", 0, 3): [2],
        ("cascading", 1, 2): [2],
        ("layer-wise", 0, 1): [2],
        ("layer-wise", 1, 1): [2],
        ("layer-wise", 2, 1): [2],
        ("permuted labels", 0, 3): [2],
    }
    alone = {(name, LIT) for name in ("jaccard expected", "kept", "selectivity")} | {("training accuracy", ALL)}
    assert set(zip(compared.metric, compared.pixels, strict=True)) == {*METRICS, *alone}
    whole = sanity.parameters(quick=False)
    assert whole["groups"] == list(sanity_maps.GROUPS)
    counts = [whole["networks"][kind]["count"] for kind in (nets.RETRAINED, nets.MEMORISING)]
    assert (counts, whole["images"]) == ([10, 8], 100)
    assert not compared.duplicated(["network", "layer", "depth", "method", "competition", "metric", "pixels"]).any()
    methods = compared[compared.competition == "no"].method.unique()
    assert list(methods) == ["gradient ⊙ input", "LRP z⁺", "LRP αβ", *sanity_maps.BASELINES]
    assert list(compared[compared.competition == "control"].method.unique()) == list(sanity_maps.CONTROLS)


@pytest.mark.parametrize(("pixels", "metric"), [(LIT, "|spearman|"), (ALL, "|spearman|"), (LIT, "pearson")])
def test_a_row_is_the_mean_over_networks_and_digits_with_its_crossed_interval(table, quick_setting, pixels, metric):
    setting = quick_setting("sanity")
    trained = [nets.network(setting, "retrained", number) for number in range(2)]
    x, _ = nets.test_images(setting, 20)
    correlation = {"|spearman|": lambda *pair: stats.spearmanr(*np.abs(pair)), "pearson": stats.pearsonr}[metric]
    for network, layer, depth in (("layer-wise", 1, 1), ("cascading", 1, 2)):
        values = []
        for number, net in enumerate(trained):
            seed, labels = derived_seed(0, Use.RANDOMISATION, number), net.predicted_labels(x)
            randomised = layer_wise(net, layer, seed=seed) if network == "layer-wise" else cascading(net, depth, seed=seed)
            maps = [compete(attribution.gradient_times_input(n, x), labels) for n in (net, randomised)]
            compared = np.ones(x.shape, dtype=bool) if pixels == ALL else x != 0.0
            pairs = zip(*maps, compared, strict=True)
            values.append([correlation(one[here], other[here]).statistic for one, other, here in pairs])
        place = table[(table.layer == layer) & (table.depth == depth)]
        (row,) = rows_of(place, CGI, metric, pixels=pixels).to_dict("records")
        assert row["mean"] == pytest.approx(np.mean(values), abs=1e-12)
        expected = crossed_interval(np.array(values), np.arange(2), seed=0)
        assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_memorising_networks_do_not_begin_as_the_trained_one_does(quick_setting):
    """Weights of pixels that no image lights are as they were before training."""
    setting = quick_setting("sanity")
    dark = ~nets.digits(setting.home).train_x.any(axis=0)
    first = [nets.network(setting, *kind).weights[0][dark] for kind in (("retrained", 0), ("permuted labels", 0))]
    randomised = cascading(nets.network(setting, "retrained"), 3, seed=derived_seed(0, Use.RANDOMISATION, 0)).weights[0][dark]
    begun = MLP.random(nets.network(setting, "retrained").sizes, seed=derived_seed(0, Use.RETRAINED_NETWORK, 0)).weights[0][dark]
    assert np.array_equal(first[0], begun)
    for other in (first[1], randomised):
        assert abs(np.corrcoef(begun.ravel(), other.ravel())[0, 1]) < 4.0 / np.sqrt(begun.size)


def test_memorising_networks_know_their_labels_and_no_others(table, quick_setting):
    setting = quick_setting("sanity")
    (row,) = table[table.metric == "training accuracy"].to_dict("records")
    memorising = [nets.network(setting, "permuted labels", number) for number in range(2)]
    images = nets.digits(setting.home).train_x
    known = [accuracy(net, images, nets.permuted_labels(setting.home, 0, number)) for number, net in enumerate(memorising)]
    assert row["network"] == "permuted labels"
    assert row["mean"] == pytest.approx(np.mean(known), abs=1e-12)
    assert min(known) > 2.0 * accuracy(memorising[0], images, nets.permuted_labels(setting.home, 0, 1))


def test_what_competition_wins_and_what_sparsity_does(table):
    competed = rows_of(table, CGI, "|spearman|")["mean"].mean()
    assert competed < 0.2 < rows_of(table, PLAIN, "|spearman|")["mean"].min()
    assert rows_of(table, ("random pixels", "control"), "|spearman|")["mean"].mean() == pytest.approx(competed, abs=0.1)
    for network in (None, "trained"):
        competed, random = (
            rows_of(table, name, "selectivity", network)["mean"].to_numpy() for name in (CGI, ("random pixels", "control"))
        )
        assert competed.mean() > 1.5 > random.mean()
        assert (competed > random)[:5].all(), "of re-initialised layers; two quick networks memorise little"
        assert rows_of(table, PLAIN, "selectivity", network)["mean"].to_numpy() == pytest.approx(1.0)
        assert rows_of(table, PLAIN, "kept", network)["mean"].to_numpy() == pytest.approx(1.0)
    one, cgi = (rows_of(table, name, "ssim", pixels=ALL)["mean"] for name in (("one random pixel", "control"), CGI))
    assert one.min() > cgi.max()


def test_over_all_pixels_noise_is_as_alike_as_gradient_times_input_and_over_lit_ones_it_is_not(table):
    noise = ("noise on lit pixels", "control")
    everywhere, lit = (rows_of(table, noise, "|spearman|", pixels=pixels)["mean"] for pixels in (ALL, LIT))
    assert everywhere.min() > 0.9
    assert lit.abs().max() < 0.1
    assert (rows_of(table, PLAIN, "|spearman|", pixels=ALL)["mean"] > everywhere.to_numpy()).all()
    assert rows_of(table, ("input", "no"), "|spearman|")["mean"].to_numpy() == pytest.approx(1.0)


def test_undefined_similarities_are_counted_and_never_numbers(table):
    blank = table[table.method == "blank"]
    assert blank[blank.metric == "kept"]["mean"].unique().tolist() == [0.0]
    similarities = blank[blank.metric != "kept"]
    assert (similarities.defined == 0.0).all()
    assert similarities[["mean", "low", "high"]].isna().all().all()
    assert (table[table.method == "noise"].defined == 1.0).all()


def test_maps_are_those_of_the_algorithms(small):
    net, x, labels, maps = small
    scores = attribution.lrp(net, x, "z_plus")
    for image, label in enumerate(labels):
        assert maps["LRP z⁺", "yes"][image] == pytest.approx(naive.compete(scores[image], label))
    for method, scores_of in sanity_maps.METHODS.items():  # to the rounding of products of other lengths
        expected = of_chosen_label(scores_of(net, x), labels)
        assert maps[method, "no"] == pytest.approx(expected, rel=1e-9, abs=1e-13), method
        assert np.array_equal(maps[method, "no"] != 0.0, expected != 0.0), method
    assert np.array_equal(maps["LRP z⁺", "own label"], maps["LRP z⁺", "yes"])  # here the labels are the network's own
    others = sanity_maps.maps_of(net, x, (labels + 1) % 10, ["gradient ⊙ input"], seed=0)
    assert np.array_equal(others["gradient ⊙ input", "own label"], maps[CGI])
    assert not np.array_equal(others[CGI], maps[CGI])


def test_an_unchanged_network_is_alike_by_every_metric(small):
    net, x, labels, before = small
    after = sanity_maps.maps_of(cascading(net, 0, seed=3), x, labels, list(sanity_maps.GROUPS), seed=0)
    for name, maps in after.items():
        for metric in METRICS:
            alike = similarity(metric, PreparedMaps(x))(*(PreparedMaps(found) for found in (before[name], maps)))
            if name[0] == "blank":
                assert np.isnan(alike).all()
            else:
                assert alike == pytest.approx(np.ones(5)), (name, metric)


def test_one_label_has_no_rival(small):
    _, x, _, _ = small
    maps = sanity_maps.maps_of(MLP.random((784, 30, 1), seed=1), x, np.zeros(5, dtype=int), list(sanity_maps.GROUPS), seed=0)
    for method in sanity_maps.METHODS:
        assert np.array_equal(maps[method, "yes"], maps[method, "no"])


def test_equal_labels_tie_and_keep_all(small):
    _, x, _, _ = small
    # Eighths, whose products and sums are exact: matrix products may round equal labels' gradients differently.
    first, last = (np.round(8.0 * weight) / 8.0 for weight in MLP.random((784, 30, 1), seed=1).weights)
    net = MLP.from_arrays([first, np.repeat(last, 10, axis=1)])
    maps = sanity_maps.maps_of(net, x, np.full(5, 4), ["gradient ⊙ input"], seed=0)
    assert np.count_nonzero(maps[CGI]) > 100
    assert np.array_equal(maps[CGI], maps[PLAIN])


def test_controls_are_as_sparse_as_competition(small):
    _, x, _, maps = small
    size, plain = np.sum(maps[CGI] != 0.0, axis=1), maps[PLAIN]
    for name, count in (("random pixels", size), ("largest pixels", size), ("one random pixel", np.ones(5))):
        found = maps[name, "control"]
        assert np.array_equal(np.sum(found != 0.0, axis=1), count)
        assert np.array_equal(found[found != 0.0], plain[found != 0.0])
    for values, chosen in zip(np.abs(plain), maps["largest pixels", "control"] != 0.0, strict=True):
        assert values[chosen].min() >= values[~chosen].max()
    assert not maps["blank", "control"].any()
    assert maps["noise", "control"].all()
    assert np.array_equal(maps["noise on lit pixels", "control"] != 0.0, x != 0.0)


def test_baselines_are_what_they_are_called(small):
    net, x, labels, maps = small
    for image, label in enumerate(labels):
        gradients = np.array([naive.network_gradient(net.weights, net.biases, x[image], j) for j in range(10)])
        own, rivals = gradients[label], np.delete(gradients, label, axis=0)
        expected = {"gradient": own, "|gradient|": np.abs(own), "input": x[image]}
        expected |= {sanity_maps.CONTRAST: x[image] * (own - rivals.mean(axis=0))}
        for name, values in expected.items():
            assert maps[name, "no"][image] == pytest.approx(values, abs=1e-12), name
    assert np.abs(maps["gradient", "no"][x == 0.0]).max() > 0.0
    assert np.array_equal(sanity_maps.plain_scores(net, x, labels) != 0.0, maps[PLAIN] != 0.0)
    assert sanity_maps.plain_scores(net, x, labels) == pytest.approx(maps[PLAIN], abs=1e-12)


def test_the_rivals_of_another_digit_are_the_neighbour_s(small):
    net, x, labels, maps = small
    gradients = net.input_gradients(x)
    for image, label in enumerate(labels):
        scores = gradients[image - 1] * x[image]
        scores[label] = gradients[image, label] * x[image]
        assert maps["another digit's rivals", "control"][image] == pytest.approx(naive.compete(scores, label))
    assert not np.array_equal(maps["another digit's rivals", "control"], maps[CGI])


def test_the_figures_draw_the_table(table, style):
    figure: Any = FIGURES["sanity"].draw(table)
    assert len([axes for axes in figure.axes if axes.get_ylabel()]) == len(METRICS) + 2
    for label, metric, pixels in (("|Spearman|, lit", "|spearman|", LIT), ("|Spearman|, all", "|spearman|", ALL)):
        (axes,) = (axes for axes in figure.axes if axes.get_ylabel() == f"{label} pixels")
        rows = rows_of(table, CGI, metric, pixels=pixels)
        assert axes.containers[1].lines[0].get_ydata() == pytest.approx(rows["mean"].to_numpy())
        bars = np.array(axes.containers[1].lines[2][0].get_segments())[:, :, 1]
        assert bars == pytest.approx(rows[["low", "high"]].to_numpy())
    methods: Any = FIGURES["sanity_methods"].draw(table)
    assert [axes.get_title() for axes in methods.axes[:3]] == ["gradient ⊙ input", "LRP z⁺", "LRP αβ"]
    for panel, metric in ((1, "|spearman|"), (4, "pearson"), (7, "kept")):
        drawn = methods.axes[panel].containers[2].lines[0].get_ydata()
        rows = table[(table.method == "LRP z⁺") & (table.competition == "own label") & (table.metric == metric)]
        assert drawn == pytest.approx(rows["mean"].to_numpy())
    plt.close("all")
