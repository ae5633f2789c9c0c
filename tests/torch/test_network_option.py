"""``--network alexnet``: tables and figures of the paper's architectures on digits."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")

from cgi_theory.networks import attribution
from cgi_theory.networks.network import predicted_labels
from cgi_theory.networks.randomization import cascading, layer_wise
from cgi_theory.networks.streams import Use, derived_seed
from cgi_theory.networks.torch.attribution import competitive, lrp
from cgi_theory.tables.files import load
from figures import cli
from figures.drawing.signed_maps import image_of
from figures.registry import FIGURES
from simulations.lab import nets
from simulations.runner import Runner


@pytest.fixture(scope="module")
def runner(tmp_path_factory, threads):
    return Runner(tmp_path_factory.mktemp("alexnet"), quick=True, architecture="alexnet", executor=threads)


@pytest.fixture(scope="module")
def table(runner):
    return runner.table("randomised_maps")


def test_tables_lie_apart_and_say_what_makes_them(runner, table):
    path = runner.path_of("randomised_maps")
    assert path.parts[-4:-1] == ("alexnet", "quick", "tables")
    sidecar = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert sidecar["command"].endswith("--network alexnet")
    assert sidecar["parameters"]["networks"][nets.TRAINED]["architecture"] == "alexnet"
    assert load(path).equals(table)


def test_pixels_are_those_of_the_randomised_networks(runner, table):
    setting = runner.setting_of("randomised_maps")
    net = nets.any_network(setting, nets.TRAINED)
    originals = table[(table.randomised == "none") & (table.digit == 3)]
    x = image_of(originals, "input").ravel()[None]
    assert predicted_labels(net, x).tolist() == [3]
    seed = derived_seed(0, Use.RANDOMISATION, 0)
    cases = [("none", 8, net), ("layer-wise", 0, layer_wise(net, 0, seed=seed)), ("cascading", 5, cascading(net, 3, seed=seed))]
    for randomised, layer, network in cases:
        rows = table[(table.randomised == randomised) & (table.layer == layer) & (table.digit == 3)]
        expected = {
            "gradient ⊙ input": attribution.gradient_times_input(network, x)[:, 3],
            "CGI": attribution.cgi(network, x, [3]),
            "CGI, own label": attribution.cgi(network, x),
            "CLRP": competitive(lrp, network, x, [3], rule="alpha_beta", alpha=2.0, beta=1.0),
        }
        for name, values in expected.items():
            np.testing.assert_allclose(rows[name], values[0], atol=1e-5 * np.abs(values).max() + 1e-30, err_msg=name)
    assert sorted(set(table.randomised)) == ["cascading", "layer-wise", "none", "permuted labels"]
    assert sorted(set(table.layer[table.randomised == "layer-wise"])) == list(range(8))


def test_figures_are_drawn_of_it(table, style):
    for name in ("figure_4", "figure_6", "figure_7"):
        assert FIGURES[name].draw(table).axes


def test_what_does_not_know_a_network_says_so():
    for names, words in (
        (["sanity"], "sanity is not drawn for --network alexnet; these are: figure_1, figure_2, figure_3, figure_4"),
        (["figure_2"], "no network 'resnet'; there are: mlp, alexnet, vgg"),
        (["figure_7"], "figure_7 is not drawn for --network vgg; these are: figure_1, figure_2"),
    ):
        network = words.partition("--network ")[2].partition(";")[0] or "resnet"
        done = CliRunner().invoke(cli.app, [*names, "--network", network])
        assert done.exit_code == 2
        assert words in done.output
        assert done.output.count("\n") == 1
