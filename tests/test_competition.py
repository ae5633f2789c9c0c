import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cgi_theory import compete, compete_all, winners
from cgi_theory._executors import thread_pool
from tests import naive

# Few distinct values, so that ties and zeros are common; powers of two, so that scaling is exact.
VALUES = st.sampled_from([-4.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 1.0, 2.0, 4.0])


@st.composite
def scored(draw, min_labels=1):
    labels = draw(st.integers(min_labels, 6))
    scores = draw(hnp.arrays(np.float64, (labels, draw(st.integers(1, 9))), elements=VALUES))
    return scores, draw(st.integers(0, labels - 1))


@given(scored())
def test_algorithm_1(case):
    scores, label = case
    assert compete(scores, label).tolist() == naive.compete(scores, label)


@given(scored())
def test_mask_is_where_the_map_is_not_zero(case):
    scores, label = case
    mask = winners(scores, label)
    assert mask.dtype == bool
    assert np.array_equal(mask, compete(scores, label) != 0)


@given(scored(min_labels=2), st.randoms(use_true_random=False))
def test_order_of_rivals_does_not_matter(case, random):
    scores, label = case
    rivals = [j for j in range(len(scores)) if j != label]
    random.shuffle(rivals)
    assert np.array_equal(compete(scores[[label, *rivals]], 0), compete(scores, label))


@given(scored(), st.sampled_from([0.25, 0.5, 2.0, 1024.0]))
def test_scaling_scores_scales_the_map(case, factor):
    scores, label = case
    assert np.array_equal(compete(factor * scores, label), factor * compete(scores, label))


@given(scored())
def test_negating_scores_negates_the_map(case):
    scores, label = case
    assert np.array_equal(compete(-scores, label), -compete(scores, label))


@given(scored())
def test_kept_values_are_the_label_s_own(case):
    scores, label = case
    heat = compete(scores, label)
    assert np.all((heat == 0) | (heat == scores[label]))


@given(
    hnp.arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=st.integers(-8, 8)),
    st.integers(-8, 8),
    st.data(),
)
def test_common_shift_of_a_coordinate_keeps_its_largest_label(gradients, shift, data):
    """Competition compares; a shift of all gradients at one coordinate moves no comparison there."""
    coordinate = data.draw(st.integers(0, gradients.shape[1] - 1))
    shifted = gradients.copy()
    shifted[:, coordinate] += shift
    # Among labels whose scores are all positive the largest one wins, shifted or not.
    lift = 20 - min(gradients.min(), shifted.min())
    for label in range(len(gradients)):
        before, after = winners(gradients + lift, label), winners(shifted + lift, label)
        assert np.array_equal(before, after)


@given(scored(min_labels=2))
def test_every_pixel_with_a_positive_score_has_a_winner(case):
    """A strict comparison against a maximum that includes the chosen label would leave every map blank."""
    scores, _ = case
    assume((scores > 0).any())
    won = np.any([winners(scores, label) for label in range(len(scores))], axis=0)
    assert np.array_equal(won, (scores != 0).any(axis=0))


def wrong_strict(scores, label):
    """Strictly above a maximum that includes the chosen label itself."""
    own = scores[label]
    return np.where((own > 0) & (own > scores.max(axis=0)) | (own < 0) & (own < scores.min(axis=0)), own, 0.0)


def wrong_precedence(scores, label):
    """``own > 0 & own >= highest``: the bit operator binds before the comparisons."""
    own = scores[label]
    truth = (own != 0).astype(int)
    positive = (own > (0 & truth)) & ((0 & truth) >= scores.max(axis=0))
    negative = (own < (0 & truth)) & ((0 & truth) <= scores.min(axis=0))
    return np.where(positive | negative, own, 0.0)


def wrong_one_sided(scores, label):
    """Forgets that a pixel may speak against a label."""
    own = scores[label]
    return np.where((own > 0) & (own >= scores.max(axis=0)), own, 0.0)


@pytest.mark.parametrize("wrong", [wrong_strict, wrong_precedence, wrong_one_sided])
def test_the_oracle_refuses_wrong_rules(wrong):
    """The comparison that ``compete`` passes on these very scores is one that each known mistake fails."""
    rng = np.random.default_rng(8)
    for _ in range(20):
        scores = rng.integers(-3, 4, (3, 30)).astype(float)
        expected = naive.compete(scores, 1)
        assert compete(scores, 1).tolist() == expected
        assert wrong(scores, 1).tolist() != expected


def test_ties_go_to_the_chosen_label():
    scores = np.array([[1.0, -1.0, 1.0], [1.0, -1.0, -1.0]])
    assert compete(scores, 0).tolist() == [1.0, -1.0, 1.0]
    assert compete(scores, 1).tolist() == [1.0, -1.0, -1.0]


def test_zero_scores_give_zero():
    assert compete(np.zeros((3, 4)), 1).tolist() == [0.0] * 4
    assert not winners([[0.0, -0.0], [-1.0, 1.0]], 0).any()


def test_one_label_keeps_everything():
    scores = np.array([[1.0, -2.0, 0.0]])
    assert np.array_equal(compete(scores, 0), scores[0])


@pytest.mark.parametrize("features", [(), (5,), (3, 4), (1, 28, 28), (2, 3, 4, 5), (0,), (3, 0), (5000,), (40_000,)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_feature_shape_alone_and_in_a_batch(features, dtype):
    rng = np.random.default_rng(1)
    batch = rng.standard_normal((3, 4, *features)).astype(dtype)
    labels = np.array([0, 3, 1])
    maps = compete(batch, labels, label_axis=1)
    assert maps.shape == (3, *features)
    assert maps.dtype == dtype
    for one, label, scores in zip(maps, labels, batch, strict=True):
        alone = compete(scores, int(label))
        assert alone.shape == features
        assert np.array_equal(one, alone)
        assert np.array_equal(one.ravel(), np.array(naive.compete(scores.reshape(4, -1), label), dtype=dtype))


def test_strided_big_endian_and_integer_scores():
    rng = np.random.default_rng(2)
    scores = rng.integers(-5, 6, (3, 40))
    expected = compete(scores.astype(float), 2)
    assert expected.dtype == np.float64
    assert np.array_equal(compete(scores, 2), expected)
    assert np.array_equal(compete(scores.astype(">f8"), 2), expected)
    assert np.array_equal(compete(np.asfortranarray(scores.astype(float)), 2), expected)
    assert compete(scores.astype(">f4"), 2).dtype == np.float32
    assert np.array_equal(compete(scores[:, ::-2].astype(float), 2), expected[::-2])
    assert np.array_equal(compete(scores.tolist(), 2), expected)


def test_scores_are_not_changed():
    scores = np.array([[1.0, -2.0], [3.0, 4.0]])
    copy = scores.copy()
    compete(scores, 0)[:] = 7.0
    assert np.array_equal(scores, copy)


@pytest.mark.parametrize(
    ("scores", "label", "error", "message"),
    [
        ([[1.0, np.nan]], 0, ValueError, "scores must be finite"),
        ([[1.0], [np.inf]], 0, ValueError, "scores must be finite"),
        ([[1.0], [-np.inf]], 1, ValueError, "scores must be finite"),
        ([[1.0], [2.0]], 2, ValueError, "label must be from 0 to 1, not 2"),
        ([[1.0], [2.0]], -1, ValueError, "label must be from 0 to 1, not -1"),
        ([[1.0], [2.0]], 0.0, TypeError, "label must be a whole number"),
        ([[1.0], [2.0]], True, TypeError, "label must be a whole number"),
        ([[1.0], [2.0]], [[0]], ValueError, "label must be one number or have shape"),
        ([[[1.0], [2.0]]], [0, 1], ValueError, "one label for each of the 1 maps in scores, not 2; label_axis says"),
        (np.ones((10, 4, 784)), [0, 1, 2, 3], ValueError, "one label for each of the 10 maps in scores, not 4; label_axis says"),
        (np.eye(3), [0, 1, 2], ValueError, r"compete_all\(scores\)\[labels\]"),
        (np.ones((784, 10)), 800, ValueError, "label must be from 0 to 783, not 800; label_axis says"),
        ([[[1.0], [2.0]]], [2], ValueError, "label must be from 0 to 1, not 2"),
        (1.0, 0, ValueError, "scores must have shape"),
        ([1.0, 2.0], [0], ValueError, "scores must have shape"),
        (np.zeros((0, 3)), 0, ValueError, "at least one label"),
        ([[1j]], 0, TypeError, "scores must be real"),
        ([["a"]], 0, TypeError, "scores must be real"),
        ([[None]], 0, TypeError, "scores must be real"),
        ([[1.0], [2.0]], "a", TypeError, "label must be a whole number or an array of them, not <U1"),
        ([[1.0], [2.0]], 10**400, ValueError, "label must be from -9223372036854775808 to 9223372036854775807, not 1000"),
        ([[1.0], [2.0]], None, TypeError, "label must be a whole number, not None"),
        ([[1.0], [2.0]], [[0], [0, 1]], ValueError, "label must have one length along each axis"),
        ([[1.0, 2.0], [3.0]], 0, ValueError, "ragged"),
        (np.ma.masked_array([[1.0], [2.0]]), 0, TypeError, "masked array"),
    ],
)
def test_bad_input_is_refused(scores, label, error, message):
    with pytest.raises(error, match=message):
        compete(scores, label)
    with pytest.raises(error, match=message):
        winners(scores, label)


@given(scored())
def test_all_labels_at_once_are_each_label_alone(case):
    scores, _ = case
    assert compete_all(scores).tolist() == [naive.compete(scores, label) for label in range(len(scores))]


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 1, 5), (3, 2, 3, 4), (3, 0), (3, 20_000)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_labels_may_lie_on_any_axis(shape, dtype):
    rng = np.random.default_rng(11)
    scores = rng.integers(-3, 4, shape).astype(dtype)
    expected = np.stack([compete(scores, label) for label in range(3)])
    for axis in range(-len(shape), len(shape)):
        moved = np.moveaxis(scores, 0, axis)
        maps = compete_all(moved, label_axis=axis)
        assert maps.dtype == dtype
        assert np.array_equal(maps, np.moveaxis(expected, 0, axis))
        for label in range(3):
            assert np.array_equal(compete(moved, label, label_axis=axis), expected[label])
            assert np.array_equal(winners(moved, label, label_axis=axis), expected[label] != 0.0)


@pytest.mark.parametrize("axis", [0, 1, 2, 3, -1, -4])
def test_labels_of_a_batch_may_lie_on_any_axis(axis):
    """Labels first, as maps computed label by label are stacked, or last."""
    batch = np.random.default_rng(12).standard_normal((2, 5, 4, 3))
    labels = np.array([4, 0])
    expected = compete(batch, labels)
    assert np.array_equal(compete(np.moveaxis(batch, 1, axis), labels, label_axis=axis), expected)
    assert np.array_equal(
        compete_all(np.moveaxis(batch, 1, axis), label_axis=axis),
        np.moveaxis(np.stack([compete_all(scores, label_axis=0) for scores in batch]), 1, axis),
    )


def test_kept_fractions_of_all_labels_sum_to_two():
    """At a pixel where scores of both signs occur one label has the largest and one the smallest."""
    scores = np.random.default_rng(13).standard_normal((10, 5000))
    mixed = (scores > 0).any(axis=0) & (scores < 0).any(axis=0)
    assert np.count_nonzero(compete_all(scores)[:, mixed], axis=0).tolist() == [2] * int(mixed.sum())


@pytest.mark.parametrize(
    ("shape", "labels"), [((4, 784, 10), [0, 1, 2, 9]), ((784, 10), 3), ((2, 500, 4, 5), [0, 1]), ((31, 3), 2)]
)
def test_many_labels_of_few_features_get_a_warning(shape, labels):
    scores, axis = np.ones(shape), np.ndim(labels)
    with pytest.warns(UserWarning, match=f"taken for {shape[axis]} labels of .* say label_axis=-1 .* or label_axis={axis}"):
        compete(scores, labels)
    compete(scores, labels, label_axis=axis)


@pytest.mark.parametrize(
    ("shape", "labels"), [((28, 28, 10), 3), ((4, 28, 28, 10), [0, 1, 2, 3]), ((32, 32, 3, 10), 9), ((2, 32, 32, 3, 10), [0, 1])]
)
def test_square_images_with_labels_last_get_a_warning(shape, labels):
    with pytest.warns(UserWarning, match="say label_axis=-1"):
        compete(np.ones(shape), labels)
    with pytest.warns(UserWarning, match="say label_axis=-1"):
        winners(np.ones(shape), labels)


def test_all_labels_at_once_need_an_axis_where_a_batch_is_possible():
    for shape in [(4, 10, 784), (10, 28, 28), (2, 3, 4, 5)]:
        with pytest.raises(ValueError, match=r"may be \(n_labels, \*features\) or \(batch, .*say label_axis=0 or label_axis=1"):
            compete_all(np.ones(shape))
        assert compete_all(np.ones(shape), label_axis=1).shape == shape
    with pytest.warns(UserWarning, match="say label_axis=-1"):
        compete_all(np.ones((784, 10)))


def test_an_empty_batch_has_no_maps():
    assert compete(np.ones((0, 2, 4)), []).shape == (0, 4)


@pytest.mark.parametrize(
    ("shape", "labels"),
    [((10, 28, 28), 3), ((1000, 784), 3), ((4, 10, 784), [0, 1, 2, 3]), ((6, 1), 0), ((784, 10), 10), ((2, 12, 4), [0, 1])],
)
def test_plausible_layouts_get_none(shape, labels):
    compete(np.ones(shape), labels)


@pytest.mark.parametrize("axis", [2, -3, 1.0, True, "last"])
def test_an_axis_that_is_not_there_is_named(axis):
    error = ValueError if isinstance(axis, int) and not isinstance(axis, bool) else TypeError
    with pytest.raises(error, match="label_axis must be"):
        compete([[1.0], [2.0]], 0, label_axis=axis)
    with pytest.raises(error, match="label_axis must be"):
        compete_all([[1.0], [2.0]], label_axis=axis)


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        (1.0, ValueError, "scores must have shape"),
        (np.zeros((0, 3)), ValueError, "at least one label"),
        ([[1.0, np.nan]], ValueError, "scores must be finite"),
        ([[1j]], TypeError, "scores must be real"),
        ([[1.0, 2.0], [3.0]], ValueError, "ragged"),
    ],
)
def test_bad_scores_of_all_labels_are_refused(scores, error, message):
    with pytest.raises(error, match=message):
        compete_all(scores)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(np.float64).max, reason="long double is float64 here")
@pytest.mark.parametrize("sign", [1, -1])
def test_scores_beyond_float64_are_refused_without_a_warning(sign):
    largest = np.longdouble(np.finfo(np.float64).max)
    assert compete(np.array([[sign * largest], [0]]), 0) == [float(sign * largest)]
    with pytest.raises(ValueError, match="scores must be finite in float64"):
        compete(np.array([[0], [sign * largest * 2]]), 0)


def test_nan_anywhere_in_a_large_batch_is_found():
    scores = np.zeros((2, 3, 5000), dtype=np.float32)
    for place in [(0, 0, 0), (1, 2, 4999), (0, 1, 2500)]:
        spoiled = scores.copy()
        spoiled[place] = np.nan
        with pytest.raises(ValueError, match="finite"):
            compete(spoiled, [0, 2])


@pytest.mark.parametrize("shape", [(3, 200_003), (1, 40_000), (7, 3, 30_001), (40, 5, 1001), (2, 3, 1), (0, 3, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(shape, dtype, monkeypatch):
    monkeypatch.setattr("cgi_theory._by_threads._WORTH_THREADS", 1)
    scores = np.random.default_rng(5).standard_normal(shape).astype(dtype)
    label = 0 if len(shape) == 2 else np.arange(len(scores)) % shape[1]
    maps = [compete(scores, label, label_axis=len(shape) - 2, n_workers=workers).tobytes() for workers in (1, 2, 3, 8, None)]
    assert len(set(maps)) == 1
    masks = [winners(scores, label, label_axis=len(shape) - 2, n_workers=workers).tobytes() for workers in (1, 2)]
    everyone = [compete_all(scores, label_axis=len(shape) - 2, n_workers=workers).tobytes() for workers in (1, 2, 5)]
    assert len(set(masks)) == len(set(everyone)) == 1


def test_large_arrays_are_shared_among_threads(monkeypatch):
    started = []

    def pool(workers):
        started.append(workers)
        return thread_pool(workers)

    monkeypatch.setattr("cgi_theory._by_threads.thread_pool", pool)
    monkeypatch.setattr("cgi_theory._by_threads._WORTH_THREADS", 2**22)
    large, small = np.ones((64, 2**16), dtype=np.float32), np.ones((64, 2**10), dtype=np.float32)
    compete(small, 0, n_workers=2)
    compete(large, 0, n_workers=1)
    assert started == []
    compete(large, 0, n_workers=2)
    compete_all(large, n_workers=3)
    assert started == [2, 3]
    large[13, -1] = np.nan
    with pytest.raises(ValueError, match="scores must be finite in float32"):
        compete(large, 0, n_workers=2)


@pytest.mark.parametrize("n_workers", [0, -1, 1.5, "two", 10**9])
def test_a_bad_number_of_threads_is_named(n_workers):
    for call in (lambda: compete([[1.0]], 0, n_workers=n_workers), lambda: compete_all([[1.0]], n_workers=n_workers)):
        with pytest.raises((TypeError, ValueError), match="n_workers must be"):
            call()
