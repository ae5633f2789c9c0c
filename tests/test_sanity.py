"""The sanity check's table and figure, from few digits and seeds."""

import numpy as np
import pytest

from figures import sanity as figure_module
from simulations import nets, sanity
from simulations.runner import current_table


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    kept = nets.settings()
    nets.use((kept[0], folder / "networks"))
    yield current_table("sanity", folder, quick=True, seed=0)
    nets.use(kept)


def mean(table, method, competition, metric):
    rows = table[(table.method == method) & (table.competition == competition) & (table.metric == metric)]
    return rows[rows.network != "trained"].value.mean()


def test_every_randomisation_is_there(table):
    compared = table[table.metric == "jaccard"]
    places = compared.groupby(["network", "layer", "depth"]).seed.nunique()
    assert places.to_dict() == {
        ("cascading", 0, 3): 2,
        ("cascading", 1, 2): 2,
        ("layer-wise", 0, 1): 2,
        ("layer-wise", 1, 1): 2,
        ("layer-wise", 2, 1): 2,
        ("permuted labels", 0, 3): 1,
    }


def test_what_competition_wins_and_what_sparsity_does(table):
    assert mean(table, "gradient ⊙ input", "no", "|spearman|") > 0.9
    competed = mean(table, "gradient ⊙ input", "yes", "|spearman|")
    assert competed < 0.4
    assert mean(table, "random pixels", "control", "|spearman|") == pytest.approx(competed, abs=0.1)
    assert mean(table, "gradient ⊙ input", "yes", "selectivity") > 1.5
    assert mean(table, "random pixels", "control", "selectivity") < 1.5
    assert mean(table, "gradient ⊙ input", "no", "selectivity") == pytest.approx(1.0)


def test_blank_maps_are_counted_as_undefined(table):
    blank = table[(table.method == "blank") & (table.metric != "selectivity")]
    assert (blank.defined == 0.0).all()
    assert blank.value.isna().all()
    assert (table[table.method == "noise"].defined == 1.0).all()


def test_controls_are_as_sparse_as_competition():
    net = nets.MLP.random((784, 30, 10), seed=1)
    x = np.random.default_rng(2).random((5, 784)) * (np.random.default_rng(3).random((5, 784)) < 0.2)
    maps = sanity.maps_of(net, x, net.logits(x).argmax(axis=1), ["gradient ⊙ input"], seed=0)
    size = np.sum(maps["gradient ⊙ input", "yes"] != 0.0, axis=1)
    plain = maps["gradient ⊙ input", "no"]
    for name in ("random pixels", "largest pixels"):
        found = maps[name, "control"]
        assert np.array_equal(np.sum(found != 0.0, axis=1), size)
        assert np.array_equal(found[found != 0.0], plain[found != 0.0])
    largest = maps["largest pixels", "control"]
    for values, chosen in zip(np.abs(plain), largest != 0.0, strict=True):
        assert values[chosen].min() >= values[~chosen].max()
    assert not np.array_equal(maps["another digit's rivals", "control"], maps["gradient ⊙ input", "yes"])


def test_the_figure_draws_the_table(table):
    figure = figure_module.draw(table)
    assert [axes.get_ylabel() for axes in figure.axes][-1] == "selectivity"
    drawn = figure.axes[0].containers[1].lines[0].get_ydata()  # CGI, |Spearman|
    rows = table[(table.method == "gradient ⊙ input") & (table.competition == "yes") & (table.metric == "|spearman|")]
    assert drawn == pytest.approx(rows.groupby(figure_module.place_of(rows)).value.mean().to_numpy())
