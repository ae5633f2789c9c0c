import copy
import math
import pickle

import numpy as np
import pytest

from cgi_theory import Measurement


@pytest.mark.parametrize(
    ("mean", "stderr", "text"),
    [
        (0.8107, 0.0098, "0.81 ± 0.01"),
        (0.8107, 0.0094, "0.81 ± 0.01"),
        (0.8107, 0.0042, "0.811 ± 0.004"),
        (123.4, 2.6, "123 ± 3"),
        (0.5, 0.0, "0.5 ± 0"),
        (math.nan, math.nan, "nan ± nan"),
    ],
)
def test_measurements_read_well(mean, stderr, text):
    assert repr(Measurement(mean, stderr)) == text


def test_a_measurement_is_python_s_own_numbers():
    measured = Measurement(np.float32(0.5), np.array(1))
    assert [type(number) for number in (measured.mean, measured.stderr)] == [float, float]
    assert measured == Measurement(0.5, 1.0)
    assert float(measured) == 0.5


@pytest.mark.parametrize("arguments", [("a", 1.0), (True, 1.0), (1.0, None), (1.0, -0.1), (1.0, -math.inf)])
def test_what_is_no_measurement(arguments):
    with pytest.raises((TypeError, ValueError), match=r"^(mean|stderr) must be "):
        Measurement(*arguments)


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ("", "0.812 ± 0.001"),
        (".2f", "0.81 ± 0.00"),
        (".1e", "8.1e-01 ± 1.2e-03"),
        ("+.3f", "+0.812 ± 0.001"),
        ("+", "+0.812 ± 0.001"),
        (".1%", "81.2% ± 0.1%"),
        (">18", "     0.812 ± 0.001"),
        ("18s", "     0.812 ± 0.001"),
        ("<18.3f", "0.812 ± 0.001     "),
        ("*^19.3f", "***0.812 ± 0.001***"),
    ],
)
def test_formats(specification, text):
    assert format(Measurement(0.81234, 0.00123), specification) == text


@pytest.mark.parametrize("specification", ["d", "010.3f", "x", "." + "9" * 500 + "q"])
def test_formats_that_are_none(specification):
    with pytest.raises(ValueError, match=r"a measurement's format must be that of a number, such as '.3f', not ") as caught:
        format(Measurement(0.8, 0.1), specification)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("measured", "expected", "z"),
    [
        ((0.8, 0.1), 0.5, 3.0),
        ((0.5, 0.1), 0.8, -3.0),
        ((0.5, 0.1), 0.5 + 1e-14, 0.0),
        ((0.5, 0.0), 0.5, 0.0),
        ((0.5, 0.0), 0.4, math.inf),
        ((0.5, 0.0), 0.6, -math.inf),
        ((math.nan, math.nan), 0.5, math.nan),
        ((0.5, 0.1), math.nan, math.nan),
    ],
)
def test_distance_in_standard_errors(measured, expected, z):
    assert Measurement(*measured).z(expected) == pytest.approx(z, nan_ok=True)


def test_distance_from_what_is_no_number():
    with pytest.raises(TypeError, match=r"expected must be a number, not '0.5'"):
        Measurement(0.5, 0.1).z("0.5")


def test_equality_is_of_bits():
    nan = float("nan")
    one, other = Measurement(nan, float("nan")), Measurement(-nan, math.inf - math.inf)
    assert one == other
    assert hash(one) == hash(other)
    assert Measurement(0.0, 1.0) != Measurement(-0.0, 1.0)
    assert Measurement(1.0, 2.0) != Measurement(2.0, 1.0)
    assert Measurement(1.0, 0.0) != 1.0
    assert len({one, other, copy.deepcopy(one), pickle.loads(pickle.dumps(one))}) == 1
