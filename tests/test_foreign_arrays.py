"""Arrays of other libraries, and what is no array of numbers, through the whole package's check of arrays."""

import numpy as np
import pytest

from cgi_theory import Competition, compete, compete_all, maps
from cgi_theory._arguments import finite_array, real_array, whole_array
from cgi_theory.networks import MLP
from cgi_theory.networks.similarity import pearson


class DLPackAlone:
    """What has nothing but the protocol."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


class Failing:
    """An array of a library that refuses, or is broken."""

    def __init__(self, error):
        self._error = error

    def __array__(self, *args, **kwargs):
        raise self._error


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint64])
def test_dlpack_is_taken_without_a_copy(dtype):
    array = np.arange(6, dtype=dtype).reshape(2, 3)
    found = real_array("x", DLPackAlone(array))
    assert found.dtype == dtype
    assert np.shares_memory(found, array)
    assert np.array_equal(found, array)


def test_dlpack_is_taken_everywhere():
    scores = np.random.default_rng(0).standard_normal((2, 3, 4))
    labels = np.array([0, 2])
    assert np.array_equal(compete(DLPackAlone(scores), DLPackAlone(labels)), compete(scores, labels))
    competition = Competition(DLPackAlone(labels), (4,))
    competition.add(range(3), DLPackAlone(scores))
    assert np.array_equal(competition.map(), compete(scores, labels))
    net, x = MLP.random((4, 3), seed=0), scores[:, 0]
    assert np.array_equal(net.logits(DLPackAlone(x)), net.logits(x))
    assert np.array_equal(pearson(DLPackAlone(x), DLPackAlone(x)), pearson(x, x))
    assert whole_array("labels", DLPackAlone(labels), 0, 2).tolist() == [0, 2]


def test_a_transposed_array_by_dlpack_is_transposed():
    array = np.arange(6.0).reshape(2, 3)
    assert np.array_equal(finite_array("x", DLPackAlone(array.T)), array.T)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (Failing(RuntimeError("it is on a device:\n  call .cpu()")), TypeError, "Failing is not: it is on a device: call .cpu()"),
        (Failing(BufferError("x" * 500)), TypeError, "Failing is not: " + "x" * 200 + "$"),
        (Failing(ValueError("no")), TypeError, "Failing is not: no"),
        (DLPackAlone("text"), TypeError, "DLPackAlone is not: 'str' object has no attribute '__dlpack__'"),
        ([[1.0], [1.0, 2.0]], ValueError, "they are ragged"),
        (np.ma.array([1.0], mask=[True]), TypeError, "masked array: fill its masked entries first"),
        (np.array([1.0, None]), TypeError, "hold real numbers, not object"),
        (["1.0"], TypeError, "hold real numbers, not <U3"),
        ([1.0 + 0.0j], TypeError, "hold real numbers, not complex128"),
        (np.zeros(2, dtype=[("a", float)]), TypeError, "hold real numbers"),
        (np.array(["2020"], dtype="datetime64[D]"), TypeError, "hold real numbers, not datetime64"),
        (None, TypeError, "hold real numbers, not object"),
        ({1.0}, TypeError, "hold real numbers, not object"),
    ],
)
def test_what_is_no_array_of_numbers_is_named_in_one_line(values, error, message):
    with pytest.raises(error, match=f"^x must .*{message}") as raised:
        finite_array("x", values)
    assert "\n" not in str(raised.value)
    assert raised.value.__context__ is None or raised.value.__suppress_context__


def test_running_out_of_memory_is_no_matter_of_types():
    with pytest.raises(MemoryError):
        real_array("x", Failing(MemoryError()))


@pytest.mark.parametrize(
    "values",
    [
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12.0).reshape(2, 6)[:, ::2],
        np.arange(6.0).astype(">f8").reshape(2, 3),
        np.arange(6, dtype=np.float16).reshape(2, 3),
    ],
)
def test_orders_and_types_of_numpy_are_all_one(values):
    values.flags.writeable = False
    found = finite_array("x", values)
    assert found.dtype == np.float64
    assert np.array_equal(found, values)
    assert found.flags.writeable


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_nothing_is_an_array_too(shape):
    assert finite_array("x", np.empty(shape)).shape == shape


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_whole_numbers_that_float64_would_round_are_refused(dtype):
    """Rounded, the lower of two would tie, and win."""
    near = np.array([[2**62], [2**62 + 1]], dtype=dtype)
    message = rf"^scores of type {near.dtype} must be from -2\*\*53 to 2\*\*53, which float64 holds, not {2**62}$"
    for function in (
        lambda scores: compete(scores, 0),
        compete_all,
        lambda scores: maps.competitive(scores[None], [0]),
        lambda scores: maps.measured(scores[None], [0]),
        lambda scores: Competition(0, (1,)).add([0, 1], scores),
    ):
        with pytest.raises(ValueError, match=message):
            function(near)
        function(near // 2**9)
    held = np.array([[2**53 - 1], [2**53]], dtype=dtype)
    assert compete_all(held).tolist() == [[0.0], [2.0**53]]
    with pytest.raises(ValueError, match=r"^x of type .* which float64 holds"):
        finite_array("x", near)


def test_small_whole_numbers_of_either_sign_are_held():
    with pytest.raises(ValueError, match=f"not {-(2**53) - 1}$"):
        compete(np.array([[-(2**53) - 1], [0]]), 0)
    assert compete(np.array([[-(2**53)], [1 - 2**53]]), 0) == [-(2.0**53)]
