"""The experiments and figures on real networks, from small tables; and the user's own digits."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from cgi_theory.networks import MLP, attribution
from cgi_theory.networks.alignment import measure, predict
from figures.drawing.signed_maps import image_of
from figures.registry import FIGURES
from simulations.lab import nets
from simulations.predictions import error_of, share_kept
from tests.forked import run
from tests.networks.test_datasets import idx

NAMES = ("lemma_1", "figure_1", "figure_2", "figure_3", "alignment", "masking")


@pytest.fixture(scope="module")
def tables(quick_table, style):
    return {name: quick_table(FIGURES[name].table) for name in NAMES} | {"measured": quick_table("alignment")}


def test_lemma_1_holds_to_rounding_at_every_depth_and_width(tables):
    table = tables["lemma_1"]
    assert set(table.network) == {"untrained", "trained"}
    assert table[["lemma_1_error", "homogeneity_error"]].max().max() < 1e-12
    assert (table.lemma_1_error > 0.0).sum() >= len(table) // 2


def test_sums_follow_logits(tables):
    table = tables["figure_2"]
    assert len(table) == 50 * 10
    assert stats.pearsonr(table.logit, table.score_sum).statistic > 0.99
    assert np.abs(table.logit - table.score_sum).max() > 1e-3, "with biases the sums are not the logits"
    figure: Any = FIGURES["figure_2"].draw(table)
    points = sum(len(part.get_offsets()) for part in figure.axes[0].collections)
    assert points == len(table)


def test_the_maps_are_those_of_the_network(tables, quick_setting):
    table = tables["figure_1"]
    pixels = table[(table.kind == "pixel") & (table.digit == 3)]
    image = image_of(pixels, "input").ravel()[None]
    net = nets.network(quick_setting("maps"), "trained")
    scores = attribution.gradient_times_input(net, image)[0]
    for label in range(10):
        assert image_of(pixels, f"score_{label}").ravel() == pytest.approx(scores[label], abs=1e-12)
    assert image_of(pixels, "cgi").ravel() == pytest.approx(attribution.cgi(net, image)[0], abs=1e-12)
    hot = table[table.kind == "hot"]
    assert hot.fraction.sum() == pytest.approx(1.0)
    assert hot[hot.labels >= 5].fraction.sum() > 0.5


def test_figures_1_and_3_show_one_symmetric_scale(tables):
    figure = FIGURES["figure_1"].draw(tables["figure_1"])
    limits = [axes.images[0].get_clim() for axes in figure.axes if axes.images][2:]
    assert len(set(limits)) == 1
    assert limits[0][0] == -limits[0][1]
    gallery: Any = FIGURES["figure_3"].draw(tables["figure_3"])
    shown = [axes.images[0] for axes in gallery.axes]
    count = len(shown) // 3
    for plain, competed in zip(shown[count : 2 * count], shown[2 * count :], strict=True):
        assert plain.get_clim() == competed.get_clim()
        kept = competed.get_array() != 0.0
        assert np.array_equal(competed.get_array()[kept], plain.get_array()[kept])
        assert plain.get_interpolation() == "nearest"


def test_the_gram_matrix_predicts_what_networks_keep(tables):
    """Of energy and of pixels, within a few percent on every kind of network and on every digit; the logit is another matter."""
    table = tables["measured"]
    assert len(table) == 6 * 3 * 20
    for _, rows in table.groupby("network"):
        assert rows.energy_gram_matrix.mean() == pytest.approx(rows.energy_kept.mean(), rel=0.05)
        assert rows.kept_gram_matrix.mean() == pytest.approx(rows.kept.mean(), rel=0.1)
        assert rows.kept_gram_matrix.corr(rows.kept) > 0.6
        of_the_next_digit = np.corrcoef(rows.kept_gram_matrix, np.roll(rows.kept, 1))[0, 1]
        assert of_the_next_digit < 0.4, "the negative control"
    trained = table[table.network == "retrained"]
    assert trained.retained.corr(trained.energy_kept) > 0.4
    assert abs(error_of(trained, "energy_kept", "logit").mean) < 0.1


def test_votes_and_effective_labels_are_those_of_the_kept_fraction(tables):
    table = tables["measured"]
    labels = table.effective_labels.to_numpy()
    assert 2.0 * (1.0 - 2.0**-labels) / labels == pytest.approx(table.kept.to_numpy(), rel=1e-10)
    votes = table.kept / table.share_of_votes  # of all labels
    assert votes.max() <= 2.0 + 1e-12
    assert votes.min() > 1.8


def test_one_number_predicts_what_untrained_networks_keep(quick_setting):
    """On average over twenty: each by itself is off by some 10 %, for the gradients of ten labels are few."""
    x, _ = nets.test_images(quick_setting("alignment"), 30)
    ratios = []
    for seed in range(20):
        found = measure(MLP.random((x.shape[1], 128, 64, 10), seed=seed), x)
        retained, kept = predict(found, reading="one block")
        ratios.append((kept.mean() / found.kept.mean(), retained.mean() / found.energy_kept.mean()))
    means, errors = np.mean(ratios, axis=0), stats.sem(ratios, axis=0)
    assert (errors < 0.04).all()
    assert means == pytest.approx(np.ones(2), abs=0.15)
    assert (np.abs(means - 0.5) > 4.0 * errors).all(), "another number would be seen"


def test_shares_and_errors_are_those_of_all_networks_and_digits(tables):
    table = tables["measured"]
    rows = table[table.network == "permuted labels"]
    logit, pixels = share_kept(rows, "logit"), share_kept(rows, "lit pixels")
    assert logit.mean == pytest.approx(np.sum(rows.delta * rows.retained) / np.sum(rows.delta), rel=1e-12)
    assert pixels.mean == pytest.approx(rows.kept.mean(), rel=1e-12)
    error = error_of(rows, "energy_one_block", "gradient energy")
    assert error.mean == pytest.approx(rows.energy_one_block.mean() / rows.energy_kept.mean() - 1.0, rel=1e-12)
    for found in (logit, pixels, error):
        assert found.low < found.mean < found.high
    summed = tables["alignment"].query("networks == 'permuted labels' and what == 'gradient energy'").set_index("prediction")
    assert summed["mean"]["one block"] == pytest.approx(error.mean, rel=1e-12)
    assert summed["mean"]["–"] == pytest.approx(rows.energy_kept.mean(), rel=1e-12)
    digits = rows.groupby("image").kept.mean()
    assert pixels.stderr > digits.sem(), "an interval over digits alone would be narrower"


def test_masks_have_the_same_size_and_curves_their_ends(tables):
    masks = tables["masking"][tables["masking"].kind == "mask"]
    assert masks.groupby("image").pixels.nunique().eq(1).all()
    own = masks.groupby("mask").own_logit.mean()
    assert own["CGI"] > 1.5 * own["random"]
    assert own["CGI of the second label"] < own["CGI"]
    curves = tables["masking"][tables["masking"].kind == "curve"]
    for _, rows in curves.groupby("mask"):
        assert rows.inserted.iloc[-1] == pytest.approx(1.0)
        assert rows.deleted.iloc[0] == pytest.approx(1.0)
        assert rows.inserted.iloc[0] == pytest.approx(rows.deleted.iloc[-1])


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_draws(tables, name):
    figure = FIGURES[name].draw(tables[name])
    for axes in figure.axes:
        assert axes.images or axes.get_ylabel() or axes.get_shared_y_axes().get_siblings(axes)[1:]


def test_the_user_s_own_digits(tmp_path):
    rng = np.random.default_rng(1)
    for name, count in (("train", 80), ("t10k", 60)):
        (tmp_path / f"{name}-images-idx3-ubyte").write_bytes(idx(rng.integers(0, 256, (count, 7, 7))))
        (tmp_path / f"{name}-labels-idx1-ubyte").write_bytes(idx(np.arange(count) % 10))
    done = run("simulations", "completeness", "--quick", "--mnist", tmp_path, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "quick" / "tables" / "completeness.csv").exists()


def test_digits_that_cannot_be_used_get_one_line(tmp_path):
    done = run("simulations", "completeness", "--mnist", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("simulations: cannot use --mnist: ")
    assert done.stderr.count("\n") == 1
