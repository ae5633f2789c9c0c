"""Controls of competitive maps, and where they and CGI are told apart or not."""

import numpy as np
import pytest

from cgi_theory import maps

RNG = np.random.default_rng(2)
SCORES = RNG.standard_normal((6, 10, 4, 50))
LABELS = np.array([0, 3, 3, 9, 1, 5])
PLAIN = SCORES[np.arange(6), LABELS]


def sizes(found):
    return np.count_nonzero(found, axis=(1, 2)).tolist()


def test_controls_are_as_sparse_and_have_the_label_s_own_scores():
    own, found = maps.competitive(SCORES, LABELS), maps.controls(SCORES, LABELS, seed=3)
    assert list(found) == ["random pixels", "largest pixels", "another image's rivals"]
    assert np.array_equal(found["random pixels"], maps.random_pixels(SCORES, LABELS, 3))
    assert np.array_equal(found["largest pixels"], maps.largest_pixels(SCORES, LABELS))
    for values in found.values():
        assert sizes(values) == sizes(own)
        assert np.array_equal(values, np.where(values != 0.0, PLAIN, 0.0))


def test_the_largest_are_the_largest_and_of_equal_ones_the_first():
    found = maps.largest_pixels(SCORES, LABELS)
    for values, kept in zip(np.abs(PLAIN), found != 0.0, strict=True):
        assert values[kept].min() > values[~kept].max()
    tied = np.array([[[2.0, -2.0, 2.0, 0.0, 2.0], [3.0, -1.0, 1.0, 0.0, 3.0]]])
    assert maps.competitive(tied, [0]).tolist() == [[0.0, -2.0, 2.0, 0.0, 0.0]]
    assert maps.largest_pixels(tied, [0]).tolist() == [[2.0, -2.0, 0.0, 0.0, 0.0]]


def test_random_pixels_are_drawn_evenly_among_those_that_are_not_zero():
    """Each with the probability kept/lit, within 4 standard errors over 2000 seeds; pixels of score 0 never."""
    plain = np.array([1.0, -2.0, 0.0, 3.0, -4.0, 5.0, 0.0])
    scores = np.stack([plain, [5.0, 1.0, 1.0, 1.0, 1.0, 9.0, 1.0]])[None]
    assert np.count_nonzero(maps.competitive(scores, [0])) == 3
    drawn = np.array([maps.random_pixels(scores, [0], seed)[0] != 0.0 for seed in range(2000)])
    assert np.array_equal(drawn.sum(axis=1), np.full(2000, 3))
    expected = np.where(plain != 0.0, 0.6, 0.0)
    assert (np.abs(drawn.mean(axis=0) - expected) <= 4.0 * np.sqrt(expected * (1.0 - expected) / 2000)).all()


def test_an_image_s_random_pixels_do_not_depend_on_what_follows():
    whole = maps.random_pixels(SCORES, LABELS, 7)
    assert np.array_equal(maps.random_pixels(SCORES[:2], LABELS[:2], 7), whole[:2])
    assert np.array_equal(maps.random_pixels(SCORES.astype(np.float32), LABELS, 7) != 0.0, whole != 0.0)
    assert not np.array_equal(maps.random_pixels(SCORES, LABELS, 8), whole)


def test_other_rivals_are_those_of_the_image_before():
    found = maps.other_rivals(SCORES, LABELS)
    for i, label in enumerate(LABELS.tolist()):
        exchanged = SCORES[i - 1].copy()
        exchanged[label] = SCORES[i, label]
        assert np.array_equal(found[i], maps.competitive(exchanged[None], [label])[0])
    given = maps.other_rivals(SCORES, LABELS, rivals=np.roll(SCORES, 1, axis=0))
    assert np.array_equal(given, found)
    assert np.array_equal(maps.other_rivals(SCORES, LABELS, rivals=SCORES), maps.competitive(SCORES, LABELS))
    with pytest.raises(ValueError, match=r"rivals must have the shape of scores, \(6, 10, 4, 50\), not \(2, 10, 4, 50\)"):
        maps.other_rivals(SCORES, LABELS, rivals=SCORES[:2])
    with pytest.raises(ValueError, match="scores must be finite"):
        maps.other_rivals(SCORES, LABELS, rivals=np.full_like(SCORES, np.nan))


def test_another_image_s_rivals_leave_the_pixels_of_the_largest_leads():
    """Over its own rivals they are the competitive map, over a blank image's the largest pixels, else some of what it wins."""
    twice, own_labels = SCORES[[0, 0]], LABELS[[0, 0]]
    assert np.array_equal(maps.controls(twice, own_labels)["another image's rivals"], maps.competitive(twice, own_labels))
    blank = np.stack([np.zeros_like(SCORES[0]), SCORES[0]])
    found = maps.controls(blank, own_labels)
    assert np.array_equal(found["another image's rivals"][1], found["largest pixels"][1])
    own, won, kept = (
        values != 0.0
        for values in (
            maps.competitive(SCORES, LABELS),
            maps.other_rivals(SCORES, LABELS),
            maps.controls(SCORES, LABELS)["another image's rivals"],
        )
    )
    for competitive, wins, mask in zip(own, won, kept, strict=True):
        fewer, more = (wins, mask) if wins.sum() < competitive.sum() else (mask, wins)
        assert not np.any(fewer & ~more)


def test_a_control_that_knows_less_retains_less():
    """Competition retains more than random pixels; where all labels are one another's noise, as much as other rivals do."""
    rng = np.random.default_rng(5)
    scores, labels = rng.standard_normal((40, 10, 400)), rng.integers(0, 10, 40)
    scores[np.arange(40), labels] += 0.3 * np.abs(rng.standard_normal((40, 400)))
    whole = scores[np.arange(40), labels].sum(axis=1)
    shares = {name: values.sum(axis=1) / whole for name, values in maps.controls(scores, labels).items()}
    own = maps.competitive(scores, labels).sum(axis=1) / whole
    for name, sign in (("random pixels", 1.0), ("another image's rivals", 0.0)):
        difference = own - shares[name]
        z = difference.mean() / difference.std(ddof=1) * np.sqrt(40)
        assert z > 4.0 if sign else abs(z) < 4.0, (name, z)


def test_limits():
    blank, one = np.zeros((3, 4, 5)), SCORES[:, :1]
    for values in (*maps.controls(blank, [0, 1, 2]).values(), maps.competitive(blank, [0, 1, 2])):
        assert values.shape == (3, 5)
        assert not values.any()
    for values in maps.controls(one, [0] * 6).values():  # without rivals everything is kept
        assert np.array_equal(values, one[:, 0])
    for values in maps.controls(np.empty((0, 4, 5)), []).values():
        assert values.shape == (0, 5)
    for values in maps.controls(np.empty((2, 4, 0)), [0, 1]).values():
        assert values.shape == (2, 0)
    single = SCORES[:1]
    assert (
        sizes(maps.random_pixels(single, [0])) == sizes(maps.largest_pixels(single, [0])) == sizes(maps.competitive(single, [0]))
    )
    for call in (maps.controls, maps.other_rivals):
        with pytest.raises(ValueError, match="scores must be of two images or more: one image alone has no other image's rivals"):
            call(single, [0])
    assert maps.other_rivals(single, [0], rivals=SCORES[1:2]).shape == (1, 4, 50)


def test_thinning_and_highest_by_hand():
    assert maps.highest([[1.0, 3.0, 3.0, 2.0], [0.0, 0.0, -1.0, 0.0]], [2, 1]).tolist() == [
        [False, True, True, False],
        [True, False, False, False],
    ]
    assert maps.highest(np.array([[1, 200, 3]], dtype=np.uint8), [1]).tolist() == [[False, True, False]]
    assert maps.highest([[True, False]], [9]).all()
    levels = np.random.default_rng(0).integers(0, 3, (1, 1000))  # of many ties a sort that is not stable takes others
    first = np.flatnonzero(levels[0] == 2)
    assert np.flatnonzero(maps.highest(levels, [len(first) - 50])[0]).tolist() == first[:-50].tolist()
    found = maps.thinned(np.float32([[5.0, 0.0, -1.0]]), [2], [[-3.0, 9.0, -4.0]])
    assert found.dtype == np.float32
    assert found.tolist() == [[5.0, 0.0, -1.0]]
    for call, message in (
        (lambda: maps.highest([1.0], [1]), r"values must have shape \(batch, \*features\), and sizes \(batch,\)"),
        (lambda: maps.highest([[1.0]], [1, 2]), r"not \(1, 1\) and \(2,\)"),
        (lambda: maps.highest([[1.0]], [-1]), "sizes must be from 0 to"),
        (lambda: maps.thinned([[1.0]], [1], [[1.0, 2.0]]), r"plain and values must have one shape \(batch, \*features\)"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
