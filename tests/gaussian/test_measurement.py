import math

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
