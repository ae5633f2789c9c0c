"""Whatever is given for scores, labels and inputs is taken, or refused in one line that names it; and the memory of it."""

import tracemalloc

import numpy as np
import pytest

from cgi_theory import maps
from tests.test_foreign_arrays import DLPackAlone

RNG = np.random.default_rng(1)
SCORES = RNG.standard_normal((3, 4, 5, 6))
LABELS = np.array([0, 3, 1])
X = RNG.standard_normal((3, 5, 6))

OF_SCORES = {
    "competitive": maps.competitive,
    "contrastive": maps.contrastive,
    "random_pixels": maps.random_pixels,
    "largest_pixels": maps.largest_pixels,
    "other_rivals": maps.other_rivals,
    "controls": lambda scores, labels: np.stack(list(maps.controls(scores, labels).values())),
    "measured": lambda scores, labels: maps.measured(scores, labels, X).to_numpy(),
    "predicted": lambda scores, labels: maps.predicted(scores, labels, X).to_numpy(),
    "gram_of": lambda scores, labels: maps.gram_of(scores, X),
}


@pytest.fixture(params=OF_SCORES)
def function(request):
    return OF_SCORES[request.param]


@pytest.mark.parametrize(
    "given",
    [
        DLPackAlone(SCORES),
        np.asfortranarray(SCORES),
        SCORES[:, :, ::-1][:, :, ::-1],
        SCORES.astype(">f8"),
        SCORES.tolist(),
        SCORES.astype(np.longdouble),
    ],
    ids=["DLPack", "Fortran", "strides", "bytes", "lists", "longdouble"],
)
def test_the_same_numbers_give_the_same_bits(function, given):
    assert np.array_equal(function(given, LABELS), function(SCORES, LABELS), equal_nan=True)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, bool])
def test_numbers_of_all_types_are_taken_for_what_they_are(function, dtype):
    given = (4.0 * SCORES).astype(dtype)
    found = function(given, LABELS)
    assert found == pytest.approx(function(given.astype(np.float64), LABELS), rel=1e-5, abs=1e-6, nan_ok=True)


def test_arguments_are_left_as_they_are(function):
    scores, labels = SCORES.copy(), LABELS.copy()
    scores.flags.writeable = labels.flags.writeable = False
    found = function(scores, labels)
    assert np.array_equal(scores, SCORES)
    assert found.flags.writeable
    assert not np.shares_memory(found, scores)


@pytest.mark.parametrize(
    ("scores", "error", "message"),
    [
        (np.ma.array(SCORES), TypeError, "masked array"),
        ([[[1.0], [1.0, 2.0]]], ValueError, "ragged"),
        (SCORES.astype(object), TypeError, "be real numbers, not object"),
        (SCORES + 0j, TypeError, "be real numbers, not complex128"),
        (np.where(SCORES > 2.0, np.nan, SCORES), ValueError, "finite"),
        (np.where(SCORES > 2.0, -np.inf, SCORES), ValueError, "finite"),
        (np.full((3, 4, 5, 6), 10, dtype=np.longdouble) ** 400, ValueError, "finite"),
        (np.empty((3, 0, 5, 6)), ValueError, r"have shape \(batch, labels, \*features\) with at least one label"),
        (SCORES[:, :, 0, 0], ValueError, r"have shape \(batch, labels, \*features\)"),
        (None, TypeError, "be real numbers, not object"),
        ("scores", TypeError, "be real numbers, not <U6"),
    ],
)
def test_scores_that_are_none_are_refused_in_a_line(function, scores, error, message):
    with pytest.raises(error, match=message) as raised:
        function(scores, LABELS)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("scores must")


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1], ValueError, "labels must have one entry for each image, 3, not 2"),
        ([0, 1, 4], ValueError, "labels must be from 0 to 3, not 0 to 4"),
        ([0, 1, -1], ValueError, "labels must be from 0 to 3, not -1 to 1"),
        ([0.0, 1.0, 2.0], TypeError, "labels must be whole numbers, one for each image"),
        (2, TypeError, "labels must be whole numbers, one for each image"),
        (None, TypeError, "labels must hold real numbers, not object"),
        (np.ma.array([0, 1, 2]), TypeError, "labels must not be a masked array"),
        ([], ValueError, "labels must have one entry for each image, 3, not 0"),
    ],
)
def test_labels_that_are_none_are_refused_in_a_line(labels, error, message):
    for name in OF_SCORES.keys() - {"gram_of"}:
        with pytest.raises(error, match=message):
            OF_SCORES[name](SCORES, labels)


def test_labels_that_may_lie_last_get_a_warning_that_says_how_to_move_them():
    images = RNG.standard_normal((2, 28, 28, 10))
    with pytest.warns(UserWarning, match=r"taken for 28 labels, as \(batch, labels, \*features\).*np.moveaxis") as caught:
        maps.competitive(images, [0, 9])
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning) as caught:
        maps.controls(images, [0, 9])
    assert len(caught) == 1
    maps.competitive(np.moveaxis(images, -1, 1), [0, 9])  # without one


@pytest.mark.parametrize("name", sorted(OF_SCORES.keys() - {"predicted"}))  # of a Gram matrix, and of nothing else of that size
def test_large_scores_are_not_copied(monkeypatch, name):
    """64 MB of float32: beside them less than a sixth of that is held."""
    for module in ("cgi_theory.networks._won", "cgi_theory.maps._predicted"):
        monkeypatch.setattr(f"{module}._BLOCK", 2**18)
    scores = np.random.default_rng(0).standard_normal((2, 200, 40_000), dtype=np.float32)
    inputs, labels = scores[:, 7] + 3.0, [3, 100]
    monkeypatch.setattr("tests.maps.test_hostile.X", inputs)
    tracemalloc.start()
    try:
        OF_SCORES[name](scores, labels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < scores.nbytes / 6
