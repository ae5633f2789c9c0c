"""Competition in blocks is competition at once, to the bit."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgi_theory import Competition, compete, winners
from cgi_theory.competition import wins

SCORES = st.sampled_from([-2.0, -1.0, -0.0, 0.0, 1.0, 1.5, 5e-324, -1e-45, 1e38])


def cut(order, sizes):
    """Cut labels in some order into blocks of these sizes, the rest into one."""
    first = 0
    for size in sizes:
        yield order[first : first + size]
        first += size
    yield order[first:]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_order_and_any_blocks_give_the_bits_of_compete(data):
    batch = data.draw(st.none() | st.integers(0, 3))
    n_labels, features = data.draw(st.integers(1, 7)), tuple(data.draw(st.lists(st.integers(0, 4), max_size=3)))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    shape = (() if batch is None else (batch,), (n_labels,), features)
    size = int(np.prod([n for part in shape for n in part], dtype=int))
    scores = np.array(data.draw(st.lists(SCORES, min_size=size, max_size=size)), dtype=dtype).reshape(sum(shape, ()))
    labels = data.draw(st.integers(0, n_labels - 1))
    label = labels if batch is None else np.full(batch, labels)
    order = data.draw(st.permutations(range(n_labels)))
    competition = Competition(label, features, dtype)
    for block in cut(order, data.draw(st.lists(st.integers(0, 3), max_size=4))):
        competition.add(block, scores[block] if batch is None else scores[:, block])
    expected = compete(scores, label, label_axis=0 if batch is None else 1)
    found = competition.map()
    assert found.dtype == dtype
    assert found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()
    assert np.array_equal(competition.winners(), expected != 0.0)
    assert competition.labels_added == set(range(n_labels))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_thousand_labels_of_a_batch_of_images(dtype):
    rng = np.random.default_rng(1)
    scores, labels = rng.standard_normal((3, 1000, 3, 20, 90)).astype(dtype), np.array([7, 999, 500])
    competition = Competition(labels, (3, 20, 90), dtype)
    for first in (900, *range(0, 900, 45)):
        block = range(first, 1000 if first == 900 else first + 45)
        competition.add(block, scores[:, block[0] : block[-1] + 1])
    assert competition.map().tobytes() == compete(scores, labels).tobytes()
    assert np.array_equal(competition.winners(), winners(scores, labels))


def test_labels_that_were_not_added_do_not_compete():
    competition = Competition(label=5, shape=(3,))
    competition.add([5], [[1.0, -2.0, 0.0]])
    assert competition.map().tolist() == [1.0, -2.0, 0.0]
    competition.add([9], [[2.0, -1.0, 0.0]])
    assert competition.map().tolist() == [0.0, -2.0, 0.0]
    competition.add([], np.empty((0, 3)))
    assert competition.labels_added == {5, 9}
    assert repr(competition) == "Competition(label=5, shape=(3,), labels_added=2)"
    assert pickle.loads(pickle.dumps(competition)).map().tolist() == [0.0, -2.0, 0.0]


def test_the_map_is_the_caller_s():
    competition = Competition(0, (2,))
    block = np.array([[1.0, 2.0]])
    competition.add([0], block)
    competition.map()[:] = 9.0
    block[:] = 7.0
    assert competition.map().tolist() == [1.0, 2.0]


def test_other_types_are_converted_as_numpy_does():
    single = Competition(0, (2,), np.float32)
    single.add(range(2), [[0.1, 1.0], [0.1, 2.0]])
    assert single.map().tobytes() == compete(np.array([[0.1, 1.0], [0.1, 2.0]], dtype=np.float32), 0).tobytes()
    double = Competition(0, (2,))
    double.add(range(2), np.array([[1, 2], [3, -4]], dtype=">i2"))
    assert double.map().tolist() == [0.0, 2.0]


@pytest.mark.parametrize(
    ("labels", "scores", "error", "message"),
    [
        ([0], [[np.nan, 1.0]], ValueError, "scores must be finite in float32"),
        ([0], [[1.0, np.inf]], ValueError, "scores must be finite in float32"),
        ([0], [[1e39, 1.0]], ValueError, "scores must be finite in float32"),
        ([1], [[1.0, 1.0]], ValueError, "labels must each be added once, not 1 again"),
        ([0, 2, 0], np.ones((3, 2)), ValueError, "labels must each be added once, not 0 again"),
        ([0], [1.0, 1.0], ValueError, r"scores must have shape \(1, 2\), of 1 labels, not \(2,\)"),
        (range(2, 4), np.ones((3, 2)), ValueError, r"scores must have shape \(2, 2\), of 2 labels, not \(3, 2\)"),
        ([-1], [[1.0, 1.0]], ValueError, r"labels\[0\] must be from 0 to 2147483647, not -1"),
        ([0.5], [[1.0, 1.0]], TypeError, r"labels\[0\] must be a whole number, not 0.5"),
        (3, [[1.0, 1.0]], TypeError, "labels must be a sequence of whole numbers, not 3"),
        ([0], [["a", "b"]], TypeError, "scores must be real numbers, not"),
        ([0], [[1j, 1.0]], TypeError, "scores must be real numbers, not complex"),
    ],
)
def test_what_is_refused_changes_nothing(labels, scores, error, message):
    competition = Competition(1, (2,), np.float32)
    competition.add([1], [[3.0, -1.0]])
    before = competition.map().tolist(), competition.labels_added
    with pytest.raises(error, match=message):
        competition.add(labels, scores)
    assert (competition.map().tolist(), competition.labels_added) == before


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((-1, (2,)), ValueError, "label must be from 0 to 2147483647, not -1"),
        ((1.5, (2,)), TypeError, "label must be a whole number"),
        (([[1]], (2,)), ValueError, r"label must be one number or have shape \(batch,\)"),
        ((0, 2), TypeError, "shape must be a sequence of whole numbers, not 2"),
        ((0, (2, -1)), ValueError, r"shape\[1\] must be from 0"),
        ((0, (2,), np.float16), ValueError, "dtype must be float32 or float64, not <class 'numpy.float16'>"),
        ((0, (2,), "nonsense"), ValueError, "dtype must be float32 or float64, not 'nonsense'"),
        ((0, (2,), int), ValueError, "dtype must be float32 or float64"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        Competition(*arguments)


def test_there_is_no_map_without_the_chosen_label():
    competition = Competition([3, 4], (1,))
    competition.add([3, 5], np.ones((2, 2, 1)))
    for method in (competition.map, competition.winners):
        with pytest.raises(ValueError, match="the scores of the chosen label 4 must be added before there is a map"):
            method()


def test_extremes_alone_decide():
    """The rule sees the rivals by their extremes only: whatever lies between changes nothing."""
    rng = np.random.default_rng(3)
    own, rivals = rng.standard_normal(500), rng.standard_normal((9, 500))
    expected = [wins(*triple) for triple in zip(own, rivals.max(axis=0), rivals.min(axis=0), strict=True)]
    assert np.array_equal(winners(np.vstack((own, rivals)), 0), expected)
    assert 0.1 < np.mean(expected) < 0.3


MEMORY = """
import resource
import numpy as np
from cgi_theory import Competition

features, block = (3, 224, 224), 20
scores = np.random.default_rng(0).standard_normal((block, *features), dtype=np.float32)
competition = Competition(3, features, np.float32)
competition.add(range(block), scores)
competition.map()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for first in range(block, 1000, block):
    competition.add(range(first, first + block), scores)
competition.winners()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are in kilobytes on Linux")
def test_a_thousand_labels_take_no_more_memory_than_twenty():
    grown = int(subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True).stdout)
    assert grown < 5 * 4 * 3 * 224 * 224 / 1024  # five maps, in kilobytes, of 602 MB
