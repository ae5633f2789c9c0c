"""The package's checks of arguments: what passes becomes Python's own, and what does not is named, shortly, whatever it is."""

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cgi_theory import _arguments
from cgi_theory._arguments import (
    LARGEST,
    SMALLEST,
    any_number,
    file_path,
    finite_array,
    flag,
    function,
    instance,
    number_in,
    one_of,
    real_number,
    renamed,
    shown,
    whole_array,
    whole_number,
    whole_numbers,
    word,
)


def kind(value):
    """Name a parameter: pytest cannot write out a number of 5000 digits."""
    return type(value).__name__


HUGE = [
    10**400,
    -(10**400),
    10**5000,
    10**200_000,
    Fraction(10**400, 3),
    Fraction(10**5000, 3),
    Decimal("1e400"),
    Decimal("9" * 5000),
    np.longdouble("1e400"),
    np.array(10**400, dtype=object),
]


@pytest.mark.parametrize("value", [7, np.int8(7), np.uint64(7), np.array(7), np.array(7, dtype=np.int16), np.ma.array(7)])
def test_whole_numbers_become_int(value):
    found = whole_number("n", value, 1, 10)
    assert (found, type(found)) == (7, int)


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        np.array(True),
        7.0,
        np.float64(7),
        "7",
        None,
        [7],
        np.array([7]),
        Decimal(7),
        np.ma.masked,
        np.timedelta64(7, "ns"),
        np.datetime64("2020"),
        b"7",
        7j,
    ],
)
def test_what_is_no_whole_number(value):
    with pytest.raises(TypeError, match=r"^n must be a whole number, not "):
        whole_number("n", value, 1, 10)


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        np.float32(0.5),
        np.float16(0.5),
        np.longdouble(0.5),
        np.array(0.5),
        np.array(0.5, dtype=object),
        np.ma.array(0.5),
        Fraction(1, 2),
        Decimal("0.5"),
        np.array(Decimal("0.5")),
    ],
)
def test_real_numbers_become_float(value):
    found = real_number("delta", value, 0.0, 1.0)
    assert (found, type(found)) == (0.5, float)
    assert type(real_number("delta", 1, 0.0, 1.0)) is float


@pytest.mark.parametrize(
    "value",
    [
        True,
        np.True_,
        np.array(False),
        "0.5",
        np.str_("0.5"),
        None,
        [0.5],
        np.array([0.5]),
        0.5j,
        np.complex128(0.5),
        np.ma.masked,
        np.timedelta64(1, "ns"),
        np.datetime64("2020"),
        b"1",
    ],
)
def test_what_is_no_real_number(value):
    with pytest.raises(TypeError, match=r"^delta must be a number, not "):
        real_number("delta", value, 0.0, 1.0)


@pytest.mark.parametrize(
    "value", [math.nan, np.float32("nan"), Decimal("nan"), Decimal("snan"), -0.1, 1.1, math.inf, *HUGE], ids=kind
)
def test_numbers_out_of_range_are_named_shortly(value):
    with pytest.raises(ValueError, match=r"^delta must be from 0 to 1, not ") as caught:
        real_number("delta", value, 0.0, 1.0)
    assert len(str(caught.value)) < 120
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000, 10**200_000, np.array(10**400, dtype=object)], ids=kind)
def test_whole_numbers_out_of_range_are_named_shortly(value):
    with pytest.raises(ValueError, match=r"^n must be from 1 to 10, not ") as caught:
        whole_number("n", value, 1, 10)
    assert len(str(caught.value)) < 120


def test_a_value_is_shown_by_its_text():
    assert shown(10**5000) == "1" + 59 * "0" + "…"
    assert shown(-(10**5000)) == "-1" + 58 * "0" + "…"
    assert shown(Decimal("1e400")) == "1E+400"
    assert shown(np.array([[1, 2], [3, 4]])) == "array([[1, 2], [3, 4]])"
    assert shown("a\nb") == r"'a\nb'"
    assert shown("x" * 1000) == "'" + "x" * 60 + "'…"


def test_what_cannot_be_written_out_is_named_by_its_type():
    class Hostile:
        def __repr__(self):
            raise RuntimeError("no")

    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(Hostile()) == "a value of type Hostile"
    assert shown(nested) == "a value of type list"
    assert shown([10**5000]) == "a value of type list"


def test_words_have_no_quotes():
    assert word("dleta") == "dleta"
    assert word("a'b\n") == "a'b\\n"
    assert word("x" * 100) == "x" * 60 + "…"
    assert word(10**5000).startswith("1000")


def test_minus_zero_is_zero_in_arguments():
    assert math.copysign(1.0, real_number("r", -0.0, -1.0, 1.0)) == 1.0
    assert math.copysign(1.0, any_number("r", -0.0)) == -1.0


@pytest.mark.parametrize("value", ["b", np.str_("b"), np.array("b")])
def test_choices_become_str(value):
    found = one_of("law", value, ("a", "b"))
    assert (found, type(found)) == ("b", str)


@pytest.mark.parametrize("value", ["c", "B", "", None, 1, ["b"], np.array(["b"]), b"b", "b" * 5000])
def test_what_is_no_choice(value):
    with pytest.raises(ValueError, match=r"^law must be one of 'a', 'b', not ") as caught:
        one_of("law", value, ("a", "b"))
    assert len(str(caught.value)) < 120


def test_paths():
    assert file_path("out", "a/b") == file_path("out", Path("a", "b")) == file_path("out", np.str_("a/b")) == Path("a/b")
    for value in (None, 3, b"a", ["a"]):
        with pytest.raises(TypeError, match=r"^out must be a path, not "):
            file_path("out", value)
    for text in ("", "a\0b"):
        with pytest.raises(ValueError, match=r"^out must be a path, not "):
            file_path("out", text)


NO_FUNCTION: Any = 3


def test_functions_and_instances():
    assert function("progress", len) is len
    with pytest.raises(TypeError, match=r"^progress must be callable, not 3"):
        function("progress", NO_FUNCTION)
    assert instance("x", 3, int, "an int") == 3
    with pytest.raises(TypeError, match=r"^x must be an int, not 'a'"):
        instance("x", "a", int, "an int")


def test_flags_become_bool():
    for value in (True, np.True_, np.array(True)):
        assert flag("force", value) is True
    for wrong in (1, 0, None, "yes", np.array([True])):
        with pytest.raises(TypeError, match=r"^force must be True or False, not "):
            flag("force", wrong)


@pytest.mark.parametrize(
    ("lowest", "highest", "limits"),
    [
        (0.0, 1.0, "from 0 to 1"),
        (0.0, LARGEST, "finite and from 0"),
        (SMALLEST, LARGEST, "finite and above 0"),
        (0.0, math.inf, "from 0"),
    ],
)
def test_limits_are_said(lowest, highest, limits):
    with pytest.raises(ValueError, match=f"^epsilon must be {limits}, not -1$"):
        real_number("epsilon", -1, lowest, highest)
    assert real_number("epsilon", SMALLEST, lowest, highest) == SMALLEST
    with pytest.raises(ValueError, match=r"^level must be finite, not nan$"):
        real_number("level", math.nan, -LARGEST, LARGEST)


def test_sequences_of_whole_numbers():
    assert whole_numbers("sizes", np.array([3, 2]), 1, 9) == whole_numbers("sizes", [3, np.int8(2)], 1, 9) == (3, 2)
    assert {type(size) for size in whole_numbers("sizes", np.array([3, 2]), 1, 9)} == {int}
    with pytest.raises(TypeError, match=r"^sizes must be a sequence of whole numbers, not 3"):
        whole_numbers("sizes", 3, 1, 9)
    with pytest.raises(TypeError, match=r"^sizes\[1\] must be a whole number, not 2.0"):
        whole_numbers("sizes", [3, 2.0], 1, 9)


def test_arrays():
    assert finite_array("x", [1, True]).dtype == np.float64
    assert whole_array("labels", np.array([1, 2], dtype=np.uint8), 0, 9).dtype == np.int64
    for value, message in (
        ([[1, 2], [3]], "ragged"),
        (np.ma.array([1.0]), "masked"),
        (["a"], "hold real numbers, not <U1"),
        ([1j], "hold real numbers, not complex128"),
        ([10**400], "hold real numbers, not object"),
        ([math.nan], "finite"),
        (np.array(["1e400"], dtype=np.longdouble), "finite"),
    ):
        with pytest.raises((TypeError, ValueError), match=f"^x must .*{message}"):
            finite_array("x", value)
    with pytest.raises(TypeError, match="labels must be whole numbers, not float64"):
        whole_array("labels", [0.0], 0, 9)
    with pytest.raises(ValueError, match="labels must be from 0 to 9, not 18446744073709551615"):
        whole_array("labels", np.array([2**64 - 1], dtype=np.uint64), 0, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("-1_000", -1000),
        ("0.5", 0.5),
        ("9" * 5000, int(Decimal("9" * 5000))),
        ("1e400", Decimal("1e400")),
        ("inf", math.inf),
        ("-Infinity", -math.inf),
        (".5e400", Decimal(".5e400")),
        ("1e99999999999999999999", math.inf),
        ("1e-400", Decimal("1e-400")),
        ("-0.0e-400", -0.0),
        ("0e5", 0.0),
    ],
    ids=kind,
)
def test_numbers_in_texts(text, expected):
    found = number_in(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize("text", ["", "x", "1,2", "0x10", "1e"])
def test_texts_without_a_number(text):
    with pytest.raises(ValueError, match="could not convert"):
        number_in(text)


def test_errors_name_what_was_given():
    with pytest.raises(ValueError, match=r"^--samples must be from 2 to 5, not 1$"), renamed({"n_samples": "--samples"}):
        whole_number("n_samples", 1, 2, 5)
    with pytest.raises(TypeError, match=r"^seed must be"), renamed({"n_samples": "--samples"}):
        whole_number("seed", None, 0, 1)
    with pytest.raises(UnicodeDecodeError), renamed({"'utf-8'": "x"}):
        b"\xff".decode()


def test_there_is_one_home_for_checks():
    """No other module writes these messages."""
    package = Path(_arguments.__file__).parent
    words = ("must be a whole number,", "must be callable,", "must be one of {', '", "must be a number, not", "must be a path,")
    homes = {path.name for path in package.rglob("*.py") if any(text in path.read_text() for text in words)}
    assert homes == {"_arguments.py"}
