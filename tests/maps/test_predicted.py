"""The theory's prediction from scores and inputs: right in the world that it supposes, and off in worlds that are not."""

import math
from typing import Any

import numpy as np
import pytest

from cgi_theory import maps, predict_from_gram
from cgi_theory.networks import attribution
from cgi_theory.networks.alignment import predict_from_gradients
from tests.networks.test_mlp import random_net

measured: Any = maps.measured  # pandas' types know frames less well than tests do
predicted: Any = maps.predicted

IMAGES, LABELS, PIXELS = 24, 6, 4000


def gaussian(rng, lengths, pixels=PIXELS, shared=0.6):
    """Gradients (images, labels, pixels) of a known Gram matrix: labels of these lengths that share a part of their gradients."""
    common = rng.standard_normal((IMAGES, 1, pixels))
    own = rng.standard_normal((IMAGES, LABELS, pixels))
    return np.reshape(lengths, (-1, 1)) * (shared * common + math.sqrt(1.0 - shared**2) * own)


def z_scores(found, expected, name):
    """How many standard errors the mean over images of the difference is from 0, and that error."""
    difference = (found[name] - expected[name]).to_numpy()
    error = difference.std(ddof=1) / math.sqrt(len(difference))
    return difference.mean() / error, error


@pytest.mark.parametrize("label", [0, 5])
def test_in_a_gaussian_world_the_prediction_is_what_is_measured(label):
    rng = np.random.default_rng(label)
    gradients, x = gaussian(rng, np.linspace(0.6, 1.6, LABELS)), rng.standard_normal((IMAGES, PIXELS))
    x[:, :100] = 0.0
    scores, labels = gradients * x[:, None], np.full(IMAGES, label)
    found, expected = measured(scores, labels, x), predicted(scores, labels, x, seed=1)
    for name in ("kept", "energy"):
        z, error = z_scores(found, expected, name)
        assert error < 0.004
        assert abs(z) < 4.0, (name, z)
        assert (expected[f"{name}_error"] < 0.002).all()
    # The input does not decide who wins: energy is the share of the logit too.
    difference = (found["retained"] - expected["energy"]) * np.abs(np.sum(scores[:, label], axis=1))
    assert abs(difference.mean()) < 4.0 * difference.std(ddof=1) / math.sqrt(IMAGES)
    # Without inputs, scores stand for gradients: the sizes of x know nothing of them.
    z, _ = z_scores(found, predicted(scores, labels), "kept")
    assert abs(z) < 4.0


def test_where_labels_are_alike_in_other_ways_from_place_to_place_the_prediction_is_off():
    """On half of the pixels the label is three times as long as its rivals, on the others a third: one matrix knows neither."""
    rng = np.random.default_rng(3)
    long, short = np.ones(LABELS), np.ones(LABELS)
    long[0], short[0] = 3.0, 1.0 / 3.0
    gradients = np.concatenate([gaussian(rng, lengths, PIXELS // 2, 0.0) for lengths in (long, short)], axis=2)
    scores, labels = gradients, np.zeros(IMAGES, dtype=int)
    z, _ = z_scores(measured(scores, labels), predicted(scores, labels), "kept")
    assert abs(z) > 20.0
    # Of each half by itself it is right.
    for half in (slice(None, PIXELS // 2), slice(PIXELS // 2, None)):
        part = scores[:, :, half]
        z, _ = z_scores(measured(part, labels), predicted(part, labels), "kept")
        assert abs(z) < 4.0


def test_scores_permuted_between_labels_are_not_those_of_the_prediction():
    rng = np.random.default_rng(4)
    scores, labels = gaussian(rng, np.linspace(0.6, 1.6, LABELS)), np.zeros(IMAGES, dtype=int)
    permuted = rng.permuted(scores, axis=1)
    z, _ = z_scores(measured(permuted, labels), predicted(scores, labels), "kept")
    assert abs(z) > 20.0


def test_of_a_network_it_is_the_prediction_from_its_gradients():
    net, x = random_net((60, 30, 5), seed=2), np.random.default_rng(2).standard_normal((4, 60))
    x[:, ::9] = 0.0
    labels = net.predicted_labels(x)
    energy, kept = predict_from_gradients(net, x, labels, seed=5)
    found = predicted(attribution.gradient_times_input(net, x), labels, x, seed=5)
    assert found["kept"].to_numpy() == pytest.approx(kept, rel=1e-9)
    assert found["energy"].to_numpy() == pytest.approx(energy, rel=1e-9)


def test_gram_matrices_are_inner_products_over_lit_pixels(monkeypatch):
    rng = np.random.default_rng(6)
    scores, x = rng.standard_normal((3, 4, 2, 25)), rng.standard_normal((3, 2, 25))
    x[:, 0, :5] = 0.0
    gradients = np.divide(scores, x[:, None], out=np.zeros_like(scores), where=x[:, None] != 0.0)
    expected = np.einsum("njcp,nlcp->njl", gradients, gradients)
    assert maps.gram_of(scores, x) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr("cgi_theory.maps._predicted._BLOCK", 28)  # seven pixels of four labels at a time
    assert maps.gram_of(scores, x) == pytest.approx(expected, rel=1e-12)
    assert maps.gram_of(scores) == pytest.approx(np.einsum("njcp,nlcp->njl", scores, scores), rel=1e-12)
    assert maps.gram_of(scores.astype(np.float32), x) == pytest.approx(expected, rel=1e-5)
    found = predict_from_gram(maps.gram_of(scores, x)[1], 2, seed=3)
    assert predicted(scores, [0, 2, 1], x, seed=3).loc[1, ["kept", "energy"]].tolist() == pytest.approx(found[:2], rel=1e-12)
    with pytest.raises(ValueError, match="inner products must be finite"):
        maps.gram_of(scores * 1e200)


def test_units_do_not_matter():
    rng = np.random.default_rng(7)
    scores, x = rng.standard_normal((2, 3, 40)), rng.standard_normal((2, 40))
    expected = predicted(scores, [0, 1], x).to_numpy()
    for of_scores, of_x in ((2.0**700, 1.0), (2.0**-700, 1.0), (2.0**900, 2.0**-900), (1.0, 2.0**-900)):
        assert predicted(scores * of_scores, [0, 1], x * of_x).to_numpy() == pytest.approx(expected, rel=1e-9)


def test_limits():
    rng = np.random.default_rng(8)
    scores, x = rng.standard_normal((3, 2, 30)), rng.standard_normal((3, 30))
    x[0], scores[1, 0] = 0.0, 0.0
    found = predicted(scores, [0, 0, 0], x)
    assert found.loc[0].isna().tolist() == [False, *[True] * 5]  # an image without lit pixels
    assert found.loc[1, ["kept", "kept_error"]].tolist() == [0.0, 0.0]  # a label without gradients
    assert np.isinf(found.loc[1, "effective_labels"])
    assert found.loc[1, ["energy", "energy_error"]].isna().all()
    assert found.loc[2].notna().all()
    alone = predicted(scores[2:, :1], [0], x[2:])
    assert alone.loc[0, ["kept", "energy", "effective_labels"]].tolist() == pytest.approx([1.0, 1.0, 1.0], rel=1e-12)
    assert list(predicted(scores, [0, 0, 0])) == ["label", "kept", "kept_error", "effective_labels"]
    with pytest.raises(TypeError, match="seed must be a whole number"):
        predicted(scores, [0, 0, 0], x, seed=1.5)


def test_the_same_seed_gives_the_same_bits():
    rng = np.random.default_rng(9)
    scores, x = rng.standard_normal((2, 5, 40)), rng.standard_normal((2, 40))
    one, again, other = (predicted(scores, [0, 4], x, seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)
