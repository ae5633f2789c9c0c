import mpmath
import numpy as np
import pytest

from cgi_theory.theory.effective_labels import effective_labels


def test_it_inverts_what_independent_labels_keep():
    labels = np.array([1.0, 1.0 + 1e-6, 1.5, 2.0, 3.7, 10.0, 100.0, 1000.0, 1e9])
    assert effective_labels(2.0 * (1.0 - 2.0**-labels) / labels) == pytest.approx(labels, rel=1e-13)


@pytest.mark.parametrize("kept", [0.999999, 0.8, 0.2, 0.0708, 1e-6])
def test_it_is_mpmath_s_root(kept):
    with mpmath.workdps(30):
        root = mpmath.findroot(lambda k: 2 * (1 - mpmath.power(2, -k)) / k - mpmath.mpf(kept), 2.0 / kept)
    assert effective_labels(kept) == pytest.approx(float(root), rel=1e-12)


def test_limits_and_shapes():
    assert effective_labels([[1.0, 0.75, 0.0]]).tolist() == [[1.0, 2.0, np.inf]]
    assert effective_labels(1.0).shape == ()


@pytest.mark.parametrize("kept", [1.0001, -1e-9, [0.5, 2.0]])
def test_what_is_no_fraction_is_refused(kept):
    with pytest.raises(ValueError, match="kept must be from 0 to 1"):
        effective_labels(kept)
    with pytest.raises(ValueError, match="kept must be finite"):
        effective_labels([0.5, np.nan])
