"""Similarities before and after: what is defined is averaged, what is not is counted and said why."""

import math
from typing import Any

import numpy as np
import pytest

from cgi_theory import maps
from cgi_theory.networks.similarity import CORRELATIONS, METRICS, PreparedMaps

similarities: Any = maps.similarities  # pandas' types know frames less well than tests do

RNG = np.random.default_rng(1)
IMAGES = ("ssim", "hog")


def test_means_and_errors_are_over_pairs():
    before, after = RNG.standard_normal((2, 12, 8, 9))
    found = similarities(before, after)
    assert list(found.index) == list(METRICS)
    assert found.index.name == "metric"
    assert list(found.columns) == ["mean", "stderr", "pairs", "undefined", "why"]
    for name, metric in METRICS.items():
        values = metric(before, after)
        assert found.loc[name, "mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert found.loc[name, "stderr"] == pytest.approx(values.std(ddof=1) / math.sqrt(12), rel=1e-12)
        assert found.loc[name, ["pairs", "undefined", "why"]].tolist() == [12, 0, ""]
    prepared = similarities(PreparedMaps(before), PreparedMaps(after))
    assert prepared.equals(found)


def test_identical_maps_are_alike_and_opposite_ones_opposite():
    before = RNG.standard_normal((5, 10, 10))
    same, opposite = similarities(before, before), similarities(before, -before)
    assert same["mean"].to_numpy() == pytest.approx(np.ones(len(METRICS)), rel=1e-12)
    for name in ("spearman", "pearson", "spearman on the union", "pearson on the union"):
        assert opposite.loc[name, "mean"] == pytest.approx(-1.0, rel=1e-12)


def test_noise_on_lit_pixels_is_alike_over_all_and_not_among_the_lit():
    """A negative control: over all pixels common blank area makes noise alike, among the lit ones nothing does (4 s.e.)."""
    x = np.zeros((60, 14, 14))
    x[:, 4:10, 4:10] = 1.0
    before, after = RNG.standard_normal((2, *x.shape)) * x
    among, everywhere = similarities(before, after, among=x), similarities(before, after)
    for name in CORRELATIONS:
        assert among.loc[name, "stderr"] < 0.03
        assert abs(among.loc[name, "mean"]) < 4.0 * among.loc[name, "stderr"]
    assert everywhere.loc["|spearman|", "mean"] > 0.9
    others = [name for name in METRICS if name not in CORRELATIONS]
    assert among.loc[others].equals(everywhere.loc[others])


def test_blank_maps_are_undefined_and_it_is_said_which():
    maps_before = RNG.standard_normal((6, 8, 8))
    maps_after = RNG.standard_normal((6, 8, 8))
    maps_before[0] = 0.0
    maps_after[1:3] = 0.0
    maps_before[3] = maps_after[3] = 2.0
    found = similarities(maps_before, maps_after)
    assert (found["pairs"] == 2).all()
    assert (found["undefined"] == 4).all()
    what = {"|spearman|": "absolute scores", "|pearson|": "absolute scores", "hog": "histograms"}
    for name in METRICS:
        said = what.get(name, "scores on the union" if "union" in name else "scores")
        if "union" in name:  # of a blank map and another the union is the other's support
            assert found.loc[name, "why"].startswith(f"{said} constant before: 1, {said} constant after: 2")
        expected = f"{said} constant before: 1, {said} constant after: 2, {said} constant before and after: 1"
        assert found.loc[name, "why"] == expected
    blank = similarities(np.zeros((3, 8, 8)), np.zeros((3, 8, 8)))
    assert blank["mean"].isna().all()
    assert blank["stderr"].isna().all()
    assert (blank["undefined"] == 3).all()
    assert blank["why"].str.endswith("constant before and after: 3").all()


def test_maps_of_one_absolute_value_lack_the_correlations_of_absolute_values_alone():
    before = np.sign(RNG.standard_normal((4, 30)))
    found = similarities(before, RNG.standard_normal((4, 30)))
    for name in ("|spearman|", "|pearson|"):
        assert found.loc[name, "why"] == "absolute scores constant before: 4"
    for name in ("spearman", "pearson", "jaccard", "spearman on the union"):
        assert found.loc[name, "undefined"] == 0


def test_supports_of_one_height_lack_correlations_on_a_union_that_they_fill():
    before, after = np.zeros((2, 1, 20))
    before[0, :5], after[0, :4] = 1.0, [1.0, 2.0, 3.0, 4.0]
    found = similarities(before, after)
    assert found.loc["pearson on the union", "why"] == "scores on the union constant before: 1"
    assert found.loc["pearson", "undefined"] == 0
    after[0, 10] = 1.0  # a pixel of the other map's alone: now the first one varies on the union
    assert similarities(before, after).loc["pearson on the union", "undefined"] == 0


def test_no_pixel_among_is_a_reason_of_its_own():
    before, after, among = RNG.standard_normal((3, 4, 25))
    among[0] = 0.0
    before[1] = among[1]
    before[1, among[1] != 0.0] = 3.0
    after[2], among[2] = 0.0, 1.0
    found = similarities(before, after, among=among)
    assert found.loc["pearson", "why"] == "scores constant before: 1, scores constant after: 1, no pixel among: 1"
    assert found.loc["pearson", "pairs"] == 1
    assert np.isnan(found.loc["pearson", "stderr"])
    assert np.isfinite(found.loc["pearson", "mean"])
    one = np.zeros((4, 25))
    one[:, 3] = 1.0  # a single pixel has no correlation
    assert similarities(before, after, among=one).loc["spearman", "why"] == "scores constant before and after: 4"


@pytest.mark.parametrize(
    ("shape", "refused"),
    [
        ((3, 36), dict.fromkeys(IMAGES, "maps without rows and columns alone: 3")),
        ((3, 6, 6), {"ssim": "images smaller than 7 × 7: 3"}),
        ((3, 2, 12), {"ssim": "images smaller than 7 × 7: 3", "hog": "images smaller than 4 × 4: 3"}),
        ((3, 2, 6, 8), {"ssim": "images smaller than 7 × 7: 3"}),
        ((3, 2, 8, 8, 8), dict.fromkeys(IMAGES, "maps without rows and columns alone: 3")),
        ((3, 7, 7), {}),
    ],
)
def test_metrics_of_images_say_why_they_know_no_others(shape, refused):
    found = similarities(*RNG.standard_normal((2, *shape)))
    for name in METRICS:
        undefined, why = (3, refused[name]) if name in refused else (0, "")
        assert found.loc[name, ["pairs", "undefined", "why"]].tolist() == [3 - undefined, undefined, why]


def test_channels_are_summed():
    before, after = RNG.standard_normal((2, 4, 3, 9, 9))
    assert similarities(before, after).loc["pearson", "mean"] == pytest.approx(
        similarities(before.sum(axis=1), after.sum(axis=1)).loc["pearson", "mean"], rel=1e-12
    )
    cancelled = np.stack([before[:, 0], -before[:, 0]], axis=1)
    assert similarities(cancelled, after[:, :2]).loc["pearson", "why"] == "scores constant before: 4"


def test_no_maps_have_no_similarities():
    found = similarities(np.empty((0, 8, 8)), np.empty((0, 8, 8)))
    assert found["mean"].isna().all()
    assert (found[["pairs", "undefined"]] == 0).all(axis=None)
    assert (found["why"] == "").all()


def test_every_undefined_pair_has_a_reason():
    """Whatever the maps: of a few heights, often constant somewhere."""
    rng = np.random.default_rng(2)
    before, after = rng.integers(-1, 2, (2, 300, 7, 7)) * (rng.random((2, 300, 1, 1)) < 0.7) * (rng.random((2, 300, 7, 7)) < 0.03)
    among = rng.random((300, 7, 7)) < 0.04
    for found in (similarities(before, after), similarities(before, after, among=among)):
        for _, row in found.iterrows():
            counts = [int(part.rsplit(": ", 1)[1]) for part in row["why"].split(", ")]
            assert sum(counts) == row["undefined"] > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: similarities(a, a[:1]), "^before and after must have equal shapes"),
        (lambda a: similarities(a, np.full_like(a, np.nan)), "^after must be finite"),
        (lambda a: similarities(np.full_like(a, np.nan), a), "^before must be finite"),
        (lambda a: similarities(a, a, among=a[:, :2]), "among must have the maps' shape"),
        (lambda a: similarities(a[0, 0], a[0, 0]), "^before must have shape"),
        (lambda a: similarities(a, a[0, 0]), "^after must have shape"),
        (lambda a: similarities(a[:, :0], a[:, :0]), "^before must have shape"),
    ],
)
def test_bad_maps_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(RNG.standard_normal((2, 8, 8)))
