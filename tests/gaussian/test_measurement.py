import math

import numpy as np
import pytest

from cgi_theory import Measurement
from cgi_theory.gaussian.measurement import total


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


def test_sums_do_not_lose_small_terms():
    values = np.array([1e16, 1.0, -1e16, 1.0] * 1000)
    assert total(values) == 2000.0
    rng = np.random.default_rng(1)
    many = rng.standard_normal(100_001) * 10.0 ** rng.integers(-8, 8, 100_001)
    assert total(many) == pytest.approx(math.fsum(many), rel=1e-15)
