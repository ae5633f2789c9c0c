"""All labels of an image, measured in parts, against sums that are written out; and the experiment on a network of no time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cgi_theory import compete, predict_from_gram
from cgi_theory.networks import MLP
from cgi_theory.tables.files import load
from figures.registry import FIGURES
from simulations import imagenet
from simulations.lab import photographed
from simulations.lab.alike_maps import similarities
from simulations.lab.all_labels import AllLabels
from simulations.lab.by_region import measured_by_region
from simulations.lab.competing_labels import hot_for_others, measured, predicted
from simulations.lab.image_maps import CGI, LARGEST, METHODS, PLAIN, RANDOM, kept_map, map_of, maps_of, resampled
from simulations.lab.pictures import picture_rows, scale_of
from simulations.lab.pretrained import LOGITS, PRETRAINED, Pretrained
from simulations.runner import Runner
from tests.forked import ROOT

SHAPE, LABELS = (3, 16, 16), 7
DOCS = ROOT / "docs" / "imagenet"


class Tiny:
    """An MLP as a network of small images, with the layers that it has."""

    def __init__(self, net):
        self._net = net
        self.n_labels, self.input_shape, self.layer_names = LABELS, SHAPE, net.layer_names

    def logits(self, x):
        return self._net.logits(x.reshape(len(x), -1))

    def input_gradients(self, x, labels=None):
        chosen = list(range(LABELS) if labels is None else labels)
        return self._net.input_gradients(x.reshape(len(x), -1))[:, chosen].reshape(len(x), len(chosen), *SHAPE)

    def with_random_layers(self, layers, *, seed, method):
        return Tiny(self._net.with_random_layers(layers, seed=seed, method=method))


TINY = Tiny(MLP.random((768, 12, LABELS), seed=3))


@pytest.fixture(scope="module")
def found():
    """The gradients of an image with a blank corner."""
    x = np.random.default_rng(1).standard_normal(SHAPE).astype(np.float32)
    x[:, :4, :4] = 0.0
    return AllLabels.of(TINY, x, range(LABELS))


def test_votes_sums_and_gram_are_those_of_loops(found):
    scores = found.gradients.astype(np.float64) * found.x
    lit = np.flatnonzero(found.x)
    votes = np.zeros(LABELS)
    for i in lit:
        votes[scores[:, i].argmax()] += scores[:, i].max() > 0.0
        votes[scores[:, i].argmin()] += scores[:, i].min() < 0.0
    np.testing.assert_allclose(found.votes, votes / len(lit), rtol=1e-12)
    np.testing.assert_allclose(found.sums, scores.sum(axis=1), rtol=1e-10)
    gradients = found.gradients[:, lit].astype(np.float64)
    np.testing.assert_allclose(found.gram, gradients @ gradients.T, rtol=1e-10)
    assert found.signs == pytest.approx(found.votes.sum(), abs=1e-12)
    np.testing.assert_array_equal(found.cgi(2), compete((found.gradients * found.x)[None], [2])[0])


def test_what_is_kept_is_measured_on_lit_inputs(found):
    row, expected = measured(found, 2), predicted(found, 2, seed=0, tolerance=1e-2)
    lit, won = found.lit, found.cgi(2) != 0.0
    energy = found.gradients[2].astype(np.float64) ** 2 * lit
    assert row["kept"] == pytest.approx(won.sum() / lit.sum())
    assert row["energy_kept"] == pytest.approx(energy[won].sum() / energy.sum())
    assert row["energy_of_largest"] >= row["energy_kept"]
    assert row["share_of_votes"] == pytest.approx(row["kept"] / row["votes"])
    assert expected["kept_gram_matrix"] == predict_from_gram(found.gram, 2, seed=0, tolerance=1e-2).kept
    assert 1.0 <= expected["participation_ratio"] <= LABELS
    assert 0.0 < hot_for_others(found, 2) <= 1.0


def test_a_network_without_a_gradient_has_no_shares(found):
    blank = replace(found, gradients=np.zeros_like(found.gradients))
    row = measured(blank, 2)
    assert row["kept"] == row["votes"] == 0.0
    assert row["energy_kept"] is row["share_of_votes"] is row["completeness"] is row["effective_labels"] is None


def test_one_region_predicts_what_all_inputs_do_and_others_repair_it():
    """Two halves with other labels alike: the Gram matrix of all is wrong, those of the halves are right."""
    draw = np.random.default_rng(0)
    gradients = draw.standard_normal((3, 3, 80, 80)).astype(np.float32)
    gradients[1, :, :40] += 1.5 * gradients[0, :, :40]
    gradients[1:, :, 40:] *= 0.1
    x = draw.standard_normal((3, 80, 80)).astype(np.float32)
    image = AllLabels(range(3), x.shape, x.ravel(), np.zeros(3), gradients.reshape(3, -1))
    kept = measured(image, 0)["kept"]
    whole, halves = (measured_by_region(image, 0, side=side, seed=0, tolerance=1e-3) for side in (1, 2))
    assert whole["kept_by_region"] == pytest.approx(predicted(image, 0, seed=0, tolerance=1e-3)["kept_gram_matrix"])
    assert halves["kept_by_region"] == pytest.approx(kept, abs=4 * np.sqrt(kept / x.size))
    assert abs(whole["kept_by_region"] - kept) > 4 * np.sqrt(kept / x.size)
    assert abs(halves["kurtosis"]) < 0.2


def test_maps_as_sparse_as_cgi_have_its_size_and_are_drawn_anew(found):
    maps, others = (maps_of(found, 2, 0, key) for key in (0, 1))
    size = np.count_nonzero(maps[CGI])
    for name in (RANDOM, LARGEST):
        places = maps[name] != 0.0
        assert places.sum() == size
        np.testing.assert_array_equal(maps[name][places], maps[PLAIN][places])
    assert not np.array_equal(maps[RANDOM], others[RANDOM])
    assert np.array_equal(maps[CGI], others[CGI])
    assert list(maps) == list(METHODS)


def test_a_kept_map_is_its_channels_sum_to_a_millionth():
    scores = np.random.default_rng(0).standard_normal(SHAPE)
    back = map_of(kept_map({"method": PLAIN}, scores))
    np.testing.assert_allclose(back, scores.sum(axis=0), atol=np.abs(scores.sum(axis=0)).max() * 1e-6)


def test_a_grid_of_any_side_keeps_the_mean():
    scores = np.random.default_rng(0).standard_normal((15, 15))
    for side in (4, 5, 15, 20):
        assert resampled(scores, side).mean() == pytest.approx(scores.mean(), abs=1e-12)
    np.testing.assert_allclose(resampled(scores, 5), scores.reshape(5, 3, 5, 3).mean(axis=(1, 3)), atol=1e-12)
    rows = list(picture_rows(scores[:14, :14], scale_of(scores[:14, :14]), {"method": PLAIN}))
    assert [row["row"] for row in rows] == list(range(7))


def test_only_maps_of_one_size_are_compared_pixel_by_pixel():
    one, other = np.random.default_rng(0).standard_normal((2, 20, 20))
    rows = list(similarities({PLAIN: one}, {PLAIN: other}, 5, {}))
    assert [row["grid"] for row in rows] == ["pixels", "5 × 5"]
    assert next(similarities({PLAIN: one}, {PLAIN: one[:15, :15]}, 5, {}))["grid"] == "5 × 5"
    assert next(similarities({PLAIN: one}, {PLAIN: np.zeros_like(one)}, 5, {}))["pearson"] is None


@pytest.fixture
def tiny(monkeypatch):
    """The experiment with a network of no time, whose control is itself."""
    pytest.importorskip("skimage")
    about = Pretrained(16, (127.0,) * 3, (128.0,) * 3, {"lower": ("0.",), LOGITS: ("1.",)})
    monkeypatch.setitem(PRETRAINED, "tiny", about)
    monkeypatch.setattr(photographed, "_trained", lambda name, weights: TINY)
    monkeypatch.setattr(photographed, "name_of", lambda label, n_labels: str(label))
    own = {"network": "tiny", "control": "tiny", "photographs": ["cat", "coffee"], "labels": LABELS}
    usual = imagenet.parameters(True)
    monkeypatch.setattr(imagenet, "EXPERIMENT", replace(imagenet.EXPERIMENT, parameters=lambda *asked: usual | own | {"grid": 4}))


def run(folder: Path):
    with ThreadPoolExecutor(1) as executor, Runner(folder, executor=executor) as runner:
        table = runner.table("imagenet")
        return table, runner.path_of("imagenet")


def test_a_killed_run_goes_on_to_the_same_table(tiny, tmp_path, monkeypatch):
    table, path = run(tmp_path / "whole")
    assert {"network", "label", "map", "similarity"} == set(table.kind)
    networks = table[table.kind == "network"]
    np.testing.assert_allclose(networks.votes, networks.signs, atol=1e-12)
    made, usual = [], photographed.network

    def killed(*arguments):
        made.append(arguments)
        if len(made) > 5:
            raise KeyboardInterrupt
        return usual(*arguments)

    monkeypatch.setattr(photographed, "network", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed")
    assert (tmp_path / "killed" / "tables" / "imagenet.tasks").exists()
    done = len(made)

    def counted(*arguments):
        made.append(arguments)
        return usual(*arguments)

    monkeypatch.setattr(photographed, "network", counted)
    _, again = run(tmp_path / "killed")
    assert again.read_bytes() == path.read_bytes()
    assert 0 < len(made) - done < 2 * 8, "what was finished was not done again"


def test_labels_that_compete_are_spread_and_hold_the_chosen_one():
    setting = SimpleNamespace(parameters={"labels": 30})
    for chosen in (0, 285, 999):
        labels = photographed.competing_labels(setting, 1000, chosen)
        assert len(labels) == len(set(labels)) == 30
        assert chosen in labels
    assert photographed.competing_labels(SimpleNamespace(parameters={"labels": 1000}), 1000, 5) == list(range(1000))


@pytest.fixture(scope="module")
def kept_tables():
    """The tables that are kept."""
    return {name: load(DOCS / f"imagenet_{name}.csv") for name in ("kept", "labels", "maps", "similarity", "parts")}


def test_kept_tables_say_what_is_said_of_them(kept_tables):
    networks, labels = kept_tables["kept"], kept_tables["labels"]
    lively = networks[networks.signs > 0.0]
    np.testing.assert_allclose(lively.votes, lively.signs, atol=1e-4)
    np.testing.assert_allclose(lively.votes, 2.0, atol=1e-4)
    trained = networks[(networks.randomised == "none") & (networks.network == "efficientnet-lite0")].set_index("photograph")
    assert list(trained.name) == ["Egyptian cat", "espresso", "missile"]
    np.testing.assert_allclose(trained.kept, [0.0708, 0.0327, 0.0276], atol=1e-4)
    np.testing.assert_allclose(trained.energy_kept, [0.329, 0.162, 0.080], atol=1e-3)
    np.testing.assert_allclose(trained.completeness, [0.05, -0.17, -0.12], atol=5e-3)
    assert np.all(np.abs(trained.kept_by_region - trained.kept) < 4 * trained.kept_stderr)
    assert np.all(trained.share_of_votes > 10 / 1000)
    random = networks[networks.kept_gram_matrix.notna() & (networks.randomised != "none")]
    assert np.all(random.share_of_votes < 2 / 1000)
    states = ["photograph", "randomised", "stage"]
    sums = labels.groupby(states, dropna=False)
    np.testing.assert_allclose(sums.kept.sum(), 2.0, atol=1e-3)
    assert set(sums.size()) == {1000}
    for photograph, row in trained.iterrows():
        own = labels[(labels.photograph == photograph) & (labels.randomised == "none") & (labels.label == row.label)]
        assert own.kept.item() == pytest.approx(row.kept, rel=1e-5)
        assert own.score_sum.item() == pytest.approx(row.score_sum, rel=1e-4)


def test_kept_parts_sum_to_the_logits(kept_tables):
    parts = kept_tables["parts"]
    itself = parts[parts.network == "as it is"]
    assert itself.residual.max() < 1e-5
    four = itself[itself.part != "input, black is 0"]
    np.testing.assert_allclose(four.groupby(["photograph", "randomised", "stage"], dropna=False).share.sum(), 1.0, atol=1e-4)
    trained = four[four.randomised == "none"].set_index(["photograph", "part"]).share.unstack()
    assert np.all(trained["input"].abs() < 0.25), "completeness fails"
    lemma = parts[parts.network == "without biases, ReLU for ReLU6"]
    np.testing.assert_allclose(lemma.correlation, 1.0, atol=1e-6)


def test_kept_maps_are_whole(kept_tables):
    maps = kept_tables["maps"]
    sizes = maps.groupby(["photograph", "randomised", "stage", "method"], dropna=False).size()
    assert set(sizes) == {112}
    assert {len(line.split()) for line in maps.scores} == {112}
    assert all(path.stat().st_size < 1.6e6 for path in DOCS.iterdir())


@pytest.mark.parametrize("name", [name for name, figure in FIGURES.items() if figure.by_name])
def test_figures_show_the_kept_tables(kept_tables, style, name):
    table = kept_tables[FIGURES[name].table.removeprefix("imagenet_")]
    figure: Any = FIGURES[name].draw(table)
    texts = [text.get_text() for axes in figure.axes for text in (axes.title, axes.xaxis.label)]
    if name == "imagenet_maps":
        assert [text for text in texts if text.startswith("keeps")] == ["keeps 7.08%", "keeps 3.27%", "keeps 2.76%"]
    if name == "imagenet_completeness":
        assert [text.rpartition(" ")[2] for text in texts if "correlation" in text] == ["0.05", "−0.17", "−0.12"]
    if name == "imagenet_randomised":
        assert len(figure.axes) == 2 * 2 * 7
    plt.close(figure)
