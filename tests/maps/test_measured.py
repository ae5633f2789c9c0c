"""What is measured on competitive maps, by hand and against the measures of networks' maps."""

import math
from typing import Any

import numpy as np
import pytest

from cgi_theory import maps
from cgi_theory.networks import attribution
from cgi_theory.networks.alignment import measure
from cgi_theory.theory.effective_labels import effective_labels
from tests.networks.test_mlp import random_net

measured: Any = maps.measured  # pandas' types know frames less well than tests do
predicted: Any = maps.predicted

X = np.array([[1.0, 2.0, -1.0, 0.0, 0.5]])
SCORES = np.array([[[3.0, -2.0, 1.0, 0.0, 1.0], [1.0, -4.0, -1.0, 0.0, 2.0], [-1.0, 1.0, 0.5, 0.0, -2.0]]])


def test_by_hand():
    """Label 0 wins pixels 0 and 2; label 1 pixels 1, 2 and 4; label 2 pixels 0, 1 and 4."""
    found = measured(SCORES, [0], X)
    assert found.index.name == "image"
    assert list(found.columns) == ["label", "kept", "retained", "selectivity", "share_of_votes", "effective_labels", "energy"]
    row = found.loc[0]
    assert row["label"] == 0
    assert row["kept"] == 0.5
    assert row["retained"] == pytest.approx(4.0 / 3.0, rel=1e-15)
    assert row["selectivity"] == pytest.approx(8.0 / 3.0, rel=1e-15)
    assert row["share_of_votes"] == pytest.approx(2.0 / 8.0, rel=1e-15)
    assert row["effective_labels"] == pytest.approx(float(effective_labels(0.5)), rel=1e-15)
    # Gradients 3, −1, −1 and 2 on the lit pixels.
    assert row["energy"] == pytest.approx((9.0 + 1.0) / (9.0 + 1.0 + 1.0 + 4.0), rel=1e-15)


def test_without_inputs_pixels_are_lit_where_any_label_has_a_score():
    assert "energy" not in measured(SCORES, [0])
    assert measured(SCORES, [0]).equals(measured(SCORES, [0], X).drop(columns="energy"))
    # The input is lit where nobody has a score: of more pixels the same ones are a smaller part.
    assert measured(SCORES, [0], np.ones((1, 5))).loc[0, "kept"] == 0.4
    # And blank where they have: those are not counted.
    assert measured(SCORES, [0], X * [[0, 1, 1, 1, 1]]).loc[0, "kept"] == pytest.approx(1.0 / 3.0)


def test_of_a_network_they_are_what_alignment_measures():
    net, x = random_net((40, 20, 5), seed=1), np.random.default_rng(1).standard_normal((6, 40))
    x[:, ::7] = 0.0
    labels = net.predicted_labels(x)
    expected = measure(net, x, labels)
    found = measured(attribution.gradient_times_input(net, x), labels, x)
    assert found["kept"].to_numpy() == pytest.approx(expected.kept, rel=1e-14)
    assert found["retained"].to_numpy() == pytest.approx(expected.retained, rel=1e-12)
    assert found["energy"].to_numpy() == pytest.approx(expected.energy_kept, rel=1e-12)


@pytest.mark.parametrize("shape", [(4, 12), (3, 4, 4), (3, 16)])
def test_axes_of_features_do_not_matter(shape):
    rng = np.random.default_rng(3)
    scores, x, labels = rng.standard_normal((3, 4, 48)), rng.standard_normal((3, 48)), [0, 1, 3]
    expected = measured(scores, labels, x)
    assert measured(scores.reshape(3, 4, *shape), labels, x.reshape(3, *shape)).equals(expected)


def test_shares_of_votes_are_conserved():
    """Over all labels of an image they sum to one; of scores without a label that differs, each has its share within 4 s.e."""
    rng = np.random.default_rng(4)
    scores = rng.standard_normal((200, 5, 60))
    shares = np.array([measured(scores, [label] * 200)["share_of_votes"] for label in range(5)])
    assert shares.sum(axis=0) == pytest.approx(np.ones(200), rel=1e-14)
    assert (np.abs(shares.mean(axis=1) - 0.2) < 4.0 * shares.std(axis=1, ddof=1) / math.sqrt(200)).all()


def test_what_is_undefined_is_nan_and_only_that():
    scores = np.zeros((4, 2, 3))
    scores[1] = [[1.0, -1.0, 0.0], [2.0, -3.0, 0.0]]  # the label wins nothing, and its scores sum to 0
    scores[2] = [[1.0, 1.0, 0.0], [2.0, 2.0, 0.0]]  # it wins nothing, of a logit of 2
    scores[3] = [[3.0, -3.0, 0.0], [2.0, 2.0, 0.0]]  # it wins all that it has, of a logit of 0
    found = measured(scores, [0] * 4, np.ones((4, 3)))
    undefined = found.isna()
    assert undefined.loc[0, ["retained", "selectivity", "share_of_votes", "energy"]].all()
    assert found.loc[0, "kept"] == 0.0  # of pixels that are lit
    assert undefined.loc[1, ["retained", "selectivity"]].all()
    assert found.loc[2, ["kept", "retained", "share_of_votes", "energy"]].tolist() == [0.0] * 4
    assert undefined.loc[2].sum() == 1
    assert undefined.loc[2, "selectivity"]
    assert undefined.loc[3, ["retained", "selectivity"]].all()
    assert undefined.loc[3].sum() == 2
    assert np.isinf(found.loc[:2, "effective_labels"]).all()
    nowhere = measured(scores[:1], [0])
    assert nowhere.isna().loc[0].tolist() == [False, True, True, True, True, True]


def test_without_rivals_everything_is_kept():
    rng = np.random.default_rng(5)
    found = measured(rng.standard_normal((2, 1, 30)), [0, 0], rng.standard_normal((2, 30)))
    assert found.drop(columns="label").to_numpy() == pytest.approx(np.ones((2, 6)), rel=1e-12)


def test_no_images_make_no_rows():
    for found in (measured(np.empty((0, 3, 4)), [], np.empty((0, 4))), predicted(np.empty((0, 3, 4)), [])):
        assert len(found) == 0
        assert "kept" in found


def test_units_do_not_matter():
    rng = np.random.default_rng(6)
    scores, x = rng.standard_normal((2, 3, 40)), rng.standard_normal((2, 40))
    expected = measured(scores, [0, 1], x)
    for of_scores, of_x in ((1e200, 1e-100), (1e-250, 1.0), (2.0, 1e-300), (1e300, 1e-300)):
        found = measured(scores * of_scores, [0, 1], x * of_x)
        assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    x[0, 3] = 1e-320
    for function in (measured, predicted):
        with pytest.raises(ValueError, match=r"^x must not be so close to 0 on lit pixels that scores/x overflow float64$"):
            function(scores, [0, 1], x)


def test_images_without_pixels_have_none_lit():
    for x in (None, np.empty((2, 0))):
        assert measured(np.empty((2, 3, 0)), [0, 1], x).drop(columns="label").isna().all(axis=None)
        assert predicted(np.empty((2, 3, 0)), [0, 1], x).drop(columns="label").isna().all(axis=None)
        assert not maps.gram_of(np.empty((2, 3, 0)), x).any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: measured(SCORES, [0], X[:, :4]),
            ValueError,
            r"x must have shape \(1, 5\), that of one label's scores, not",
        ),
        (lambda: measured(SCORES, [0], [[np.nan] * 5]), ValueError, "x must be finite"),
        (lambda: measured(SCORES, [3]), ValueError, "labels must be from 0 to 2, not 3 to 3"),
        (lambda: measured(SCORES, 0), TypeError, "labels must be whole numbers, one for each image"),
        (lambda: measured(SCORES[0], [0]), ValueError, r"scores must have shape \(batch, labels, \*features\)"),
    ],
)
def test_bad_arguments_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
