"""Competitive and contrastive maps from arrays, against the algorithm by hand."""

import numpy as np
import pytest

from cgi_theory import Competition, maps
from cgi_theory.streaming import Contrast
from tests import naive

RNG = np.random.default_rng(1)
SCORES = RNG.standard_normal((5, 4, 3, 6, 7))
LABELS = np.array([3, 0, 1, 1, 2])


@pytest.mark.parametrize("shape", [(5, 4, 126), (5, 4, 18, 7), (5, 4, 3, 6, 7)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_axes_of_features_are_competed_on_by_algorithm_1(shape, dtype):
    scores = SCORES.astype(dtype).reshape(shape)
    found = maps.competitive(scores, LABELS)
    assert found.dtype == dtype
    assert found.shape == (5, *shape[2:])
    for image, label, one in zip(scores.reshape(5, 4, -1), LABELS.tolist(), found.reshape(5, -1), strict=True):
        assert np.array_equal(one, naive.compete(image.tolist(), label))


@pytest.mark.parametrize("rivals", ["mean", "strongest"])
@pytest.mark.parametrize(("dtype", "error"), [(np.float32, 1e-6), (np.float64, 1e-13)])
def test_contrasts_by_hand(rivals, dtype, error):
    found = maps.contrastive(SCORES.astype(dtype), LABELS, rivals)
    assert found.dtype == dtype
    for image, label, one in zip(SCORES, LABELS.tolist(), found, strict=True):
        others = [image[j] for j in range(4) if j != label]
        theirs = sum(others) / 3.0 if rivals == "mean" else np.maximum.reduce(others)
        assert one == pytest.approx(image[label] - theirs, rel=error, abs=error)


@pytest.mark.parametrize("rivals", ["mean", "strongest"])
def test_contrasts_in_blocks_in_any_order(rivals):
    contrast = Contrast(LABELS, (3, 6, 7), rivals=rivals)
    for block in ([2], [3, 0], [1]):
        contrast.add(block, SCORES[:, block])
    assert contrast.map() == pytest.approx(maps.contrastive(SCORES, LABELS, rivals), rel=1e-13, abs=1e-15)
    alone = Contrast(1, (2,), rivals=rivals)
    alone.add([1], [[3.0, -4.0]])
    assert alone.map().tolist() == [3.0, -4.0]
    assert repr(alone) == "Contrast(label=1, shape=(2,), labels_added=1)"


def test_a_block_that_is_refused_leaves_no_trace():
    for rivals in ("mean", "strongest"):
        contrast = Contrast([0, 1], (2,), rivals=rivals)
        spoiled = np.ones((2, 3, 2))
        spoiled[1, 1, 0] = np.nan
        with pytest.raises(ValueError, match="scores must be finite in float64"):
            contrast.add(range(3), spoiled)
        contrast.add(range(3), [[[1.0, 2.0], [3.0, 1.0], [2.0, 0.0]]] * 2)
        expected = [[-1.5, 1.5], [1.5, 0.0]] if rivals == "mean" else [[-2.0, 1.0], [1.0, -1.0]]
        assert contrast.map().tolist() == expected


def test_a_label_without_rivals_keeps_its_scores():
    alone = SCORES[:, :1]
    for found in (maps.competitive(alone, [0] * 5), *(maps.contrastive(alone, [0] * 5, way) for way in ("mean", "strongest"))):
        assert np.array_equal(found, alone[:, 0])


def test_contrasts_that_overflow_are_refused():
    with pytest.raises(ValueError, match="contrasts must be finite"):
        maps.contrastive([[[1.5e308], [-1.5e308]]], [0])
    with pytest.raises(ValueError, match="rivals must be one of 'mean', 'strongest', not 'all'"):
        maps.contrastive(SCORES, LABELS, "all")


def test_the_constant_that_all_labels_share_is_no_contrast():
    """What is added to all labels' scores changes no contrast; competition it does change: its null is not the same."""
    added = RNG.standard_normal((5, 1, 3, 6, 7))
    for way in ("mean", "strongest"):
        assert maps.contrastive(SCORES + added, LABELS, way) == pytest.approx(maps.contrastive(SCORES, LABELS, way), abs=1e-13)
    assert not np.array_equal(maps.competitive(SCORES + added, LABELS) != 0.0, maps.competitive(SCORES, LABELS) != 0.0)


def test_pixels_compete_by_the_sum_of_their_channels():
    summed = maps.summed_channels(SCORES)
    assert summed.shape == (5, 4, 6, 7)
    assert summed == pytest.approx(SCORES[:, :, 0] + SCORES[:, :, 1] + SCORES[:, :, 2], rel=1e-13, abs=1e-15)
    single = maps.summed_channels(SCORES.astype(np.float32))
    assert single.dtype == np.float32
    # Not what the sum of the channels' own competitions is.
    of_pixels, of_channels = maps.competitive(summed, LABELS), maps.competitive(SCORES, LABELS).sum(axis=1)
    assert np.mean((of_pixels != 0.0) == (of_channels != 0.0)) < 0.9
    for shape, message in (
        ((5, 4, 6, 7), r"scores must have shape \(N, labels, C, H, W\), not \(5, 4, 6, 7\)"),
        ((2, 4, 6, 6, 3), r"channels before height and width, \(N, labels, C, H, W\), not \(2, 4, 6, 6, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            maps.summed_channels(np.zeros(shape))
    with pytest.raises(ValueError, match="scores summed over channels must be finite"):
        maps.summed_channels(np.full((1, 1, 2, 2, 2), 1e308))


def test_maps_of_arrays_are_those_of_streams():
    competition = Competition(LABELS, (3, 6, 7))
    competition.add(range(4), SCORES)
    assert np.array_equal(maps.competitive(SCORES, LABELS), competition.map())
