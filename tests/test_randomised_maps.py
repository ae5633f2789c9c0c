"""Figures 4 to 10 and the theory of the sanity check, from small tables."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from cgi_theory import CompetitionModel, compete, exact
from cgi_theory.networks import attribution
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.theory.resemblance import map_correlation
from figures.drawing.signed_maps import image_of
from figures.registry import FIGURES
from simulations.lab import nets


@pytest.fixture(scope="module")
def tables(quick_table, style):
    yield {name: quick_table(name) for name in ("randomised_maps", "resemblance")}
    plt.close("all")


def pixels_of(table, randomised, layer):
    rows = table[(table.network == "six layers") & (table.digit == 3) & (table.randomised == randomised)]
    return rows[rows.layer == layer]


def test_pixels_are_those_of_the_randomised_networks(tables, quick_setting):
    table, net = tables["randomised_maps"], nets.network(quick_setting("randomised_maps"), "six layers")
    seed = derived_seed(0, Use.RANDOMISATION, 0)
    originals = pixels_of(table, "none", 6)
    x = image_of(originals, "input").ravel()[None]
    label = net.predicted_labels(x)
    assert label.tolist() == [3]
    cases = [("none", 6, net)]
    cases += [("layer-wise", layer, layer_wise(net, layer, seed=seed)) for layer in range(6)]
    cases += [("cascading", 6 - depth, cascading(net, depth, seed=seed)) for depth in range(1, 7)]
    for randomised, layer, network in cases:
        rows = pixels_of(table, randomised, layer)
        scores = {
            "gradient ⊙ input": attribution.gradient_times_input(network, x),
            "LRP": attribution.lrp(network, x, "alpha_beta"),
        }
        for (name, values), competed in zip(scores.items(), ("CGI", "CLRP"), strict=True):
            assert rows[name].to_numpy() == pytest.approx(values[0, 3], abs=1e-12)
            assert rows[competed].to_numpy() == pytest.approx(compete(values, label)[0], abs=1e-12)
            own = compete(values, network.predicted_labels(x))[0]
            assert rows[f"{competed}, own label"].to_numpy() == pytest.approx(own, abs=1e-12)
    assert np.corrcoef(originals["LRP"], originals["gradient ⊙ input"])[0, 1] < 0.95  # the rule is another one


@pytest.mark.parametrize("figure_name", ["figure_4", "figure_5"])
def test_under_each_map_stands_how_alike_it_and_the_original_are(tables, figure_name):
    halves = np.array(FIGURES[figure_name].draw(tables["randomised_maps"]).axes).reshape(2, 2, 7)
    lit = image_of(pixels_of(tables["randomised_maps"], "none", 6), "input") != 0.0
    for row in halves[1]:
        original = next(
            np.asarray(axes.images[0].get_array())
            for axes, top in zip(row, halves[1, 0], strict=True)
            if top.get_title() == "original"
        )
        for axes in row:
            image = np.asarray(axes.images[0].get_array())
            expected = []
            for one, other, correlation in (
                (np.abs(original), np.abs(image), stats.spearmanr),
                (original, image, stats.pearsonr),
            ):
                pairs = (one[lit], other[lit]), (one.ravel(), other.ravel())
                expected.append("{:.2f} ({:.2f})".format(*(correlation(*pair).statistic for pair in pairs)))
            found = axes.get_xlabel().replace("−", "-")
            if np.array_equal(image, original):
                assert not found.strip()
            else:
                assert found == "\n".join(expected).replace("-0.00", "0.00")


@pytest.mark.parametrize(("figure_name", "randomised", "order"), [("figure_4", "layer-wise", 1), ("figure_5", "cascading", -1)])
def test_rows_stand_in_the_paper_s_order_on_one_scale_and_on_their_own(tables, figure_name, randomised, order):
    figure = FIGURES[figure_name].draw(tables["randomised_maps"])
    panels = np.array(figure.axes).reshape(2, 2, 7)[:, :, ::order]
    names = [axes.get_title() for axes in panels[0, 0]]
    assert names[0] == "original"
    assert (names[1], names[-1]) == (("logits", "layer 0") if order == 1 else ("0 to logits", "logits"))
    for half, rows in zip((True, False), panels, strict=True):
        for line, name in zip(rows, ("CGI", "gradient ⊙ input"), strict=True):
            images = [axes.images[0] for axes in line]
            layers = [6, *([5, 4, 3, 2, 1, 0] if order == 1 else range(6))]
            for image, layer in zip(images, layers, strict=True):
                drawn = image_of(pixels_of(tables["randomised_maps"], randomised if layer < 6 else "none", layer), name)
                assert np.array_equal(image.get_array(), drawn)
                if not half and drawn.any():
                    assert image.get_clim()[1] == pytest.approx(np.abs(drawn).max())
            if half:
                assert len({image.get_clim() for image in images}) == 1
                assert f"± {images[0].get_clim()[1]:.2g}" in line[::order][0].get_ylabel()
    lit = np.count_nonzero(image_of(pixels_of(tables["randomised_maps"], "none", 6), "input"))
    for axes in panels[0, 0]:
        kept = np.count_nonzero(axes.images[0].get_array()) / lit
        assert axes.get_xlabel() == f"keeps {kept:.0%}"


def test_absolute_values_the_control_of_the_own_label_and_data_randomisation(tables):
    table = tables["randomised_maps"]
    drawn: Any = FIGURES["figure_10"].draw(table)
    assert all(axes.images[0].get_array().min() >= 0.0 for axes in drawn.axes)
    assert len(FIGURES["figure_6"].draw(table).axes) == 2 * 3 * 7
    figure = FIGURES["figure_7"].draw(table)
    memorised = table[(table.randomised == "permuted labels") & (table.digit == 3)]
    assert np.array_equal(figure.axes[7].images[0].get_array(), image_of(memorised, "CGI"))
    assert figure.axes[6].images[0].get_clim() == figure.axes[7].images[0].get_clim()


def test_untrained_networks_keep_what_the_closed_form_says_and_less_than_another_would(tables):
    rows = tables["resemblance"]
    rows = rows[(rows.kind == "labels") & (rows.networks == "two untrained")]
    for k, group in rows.groupby("n_labels"):
        expected = 2.0 * (1.0 - 2.0**-k) / k
        assert group.kept_exact.to_numpy() == pytest.approx(expected, rel=1e-10)
        model = CompetitionModel(n=784, delta=0.1, n_labels=int(k), shared_fraction=0.0, gradient_law="gaussian")
        assert exact(model).kept_distinct == pytest.approx(expected)
        if 1 < k <= 10:
            assert abs(group.kept.mean() - expected) < 4.0 * group.kept.sem()
            assert abs(group.kept.mean() - 1.0 / k) > 4.0 * group.kept.sem()  # the paper's


def test_predicted_correlations_are_near_what_networks_show(tables, quick_setting):
    rows = tables["resemblance"]
    images = rows[rows.kind == "image"].groupby("n_labels")
    x, _ = nets.test_images(quick_setting("resemblance"), 20)
    for k, group in images:
        per_image = group.groupby("image")
        assert per_image.correlation_exact.first().to_numpy() == pytest.approx(map_correlation(x, int(k)))
        assert per_image.correlation.mean().mean() == pytest.approx(map_correlation(x, int(k)).mean(), abs=0.08)
    figure: Any = FIGURES["resemblance"].draw(rows)
    drawn = figure.axes[1].containers[0].lines[0].get_ydata()
    labels = rows[(rows.kind == "labels") & (rows.networks == "trained and re-initialised")]
    assert drawn == pytest.approx(labels.groupby("n_labels").correlation.mean().to_numpy())
