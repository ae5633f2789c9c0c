"""Results depend on no error state of NumPy's or SciPy's that a caller, or another library, has set; nor do they change it."""

from collections.abc import Callable
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest
from scipy import special

from cgi_theory import CompetitionModel, compete, compete_all, exact, large_n_limit, simulate, winners
from cgi_theory._floating import finite, own_error_state, unit_size
from cgi_theory.networks import MLP, attribution, training
from cgi_theory.theory.resemblance import map_correlation

# Where exponentials, error functions and products underflow on the way to what is asked for.
MODELS = [
    CompetitionModel(n=10_000, delta=0.1, n_labels=1000, sparsity=0.01),
    CompetitionModel(n=100, delta=0.1, n_labels=3, gradient_law="gaussian", sparsity=0.3),
    CompetitionModel(n=2**32, delta=1e12, gradient_law="gaussian"),
    CompetitionModel(n=100, delta=5.0, gradient_law="joint"),
    CompetitionModel(n=1000, delta=0.5, n_labels=50, shared_correlation=-0.9, rival_logit=-0.4),
]
DRAWN = CompetitionModel(n=100, delta=0.1, n_labels=3)
SCORES = np.array([[1e308, -1e308, 5e-324], [-1e308, 1e-320, 1.0]])
NET = MLP.from_arrays([[[1e-170, 1e100], [3.0, -2.0]], [[1e170, 1e-150, -1.0], [1.0, 0.5, 2.0]]])
X = np.array([[1e-160, 0.5], [5e-324, 0.0]])

WORK: dict[str, Callable[[], object]] = {f"exact of {i}": partial(exact, model) for i, model in enumerate(MODELS)}
WORK |= {f"limit of {i}": partial(large_n_limit, model) for i, model in enumerate(MODELS)}
WORK |= {name: partial(simulate, DRAWN, 5, seed=1, estimator=name) for name in ("direct", "conditional", "collapsed")}
WORK |= {
    "compete": partial(compete, SCORES, 0),
    "compete in float32": partial(compete, np.array([[1e38, -1e-45], [1.0, 1.0]], dtype=np.float32), 0),
    "compete_all": partial(compete_all, SCORES),
    "winners": partial(winners, SCORES, 0),
    "map_correlation": partial(map_correlation, np.array([[1e-200, 1e-3, 1.0, 5e-324]]), 1000),
    "softmax": partial(training.softmax, np.array([[1000.0, -1000.0, 0.0]])),
    "logits": partial(NET.logits, X),
    "gradient": partial(attribution.gradient, NET, X),
    "cgi": partial(attribution.cgi, NET, X),
    "integrated gradients": partial(attribution.integrated_gradients, NET, X),
    "lrp": partial(attribution.lrp, NET, X),
}


def bits(result):
    return result.tobytes() if isinstance(result, np.ndarray) else result


@contextmanager
def strict_caller():
    """An error state in which nothing may overflow, vanish or be NaN."""
    with np.errstate(all="raise"), special.errstate(all="raise"):
        yield
        assert set(np.geterr().values()) == set(special.geterr().values()) == {"raise"}


@pytest.mark.parametrize("name", WORK)
def test_a_strict_caller_gets_the_same(name):
    expected = bits(WORK[name]())
    with strict_caller():
        assert bits(WORK[name]()) == expected


def test_the_state_is_the_caller_s_after_an_error_too():
    with strict_caller(), pytest.raises(ValueError, match="label must be"):
        compete(SCORES, 7)


def test_units_are_powers_of_two_by_the_largest_size():
    values = np.array([[-4.0, 1.0, 0.0], [0.0, 0.0, 0.0], [3e-310, -5e-324, 0.0], [1.7e308, -1.0, 0.0]])
    scaled, exponents = unit_size(values, axis=1)
    assert exponents.tolist() == [[3], [0], [-1028], [1024]]
    assert scaled[0].tolist() == [-0.5, 0.125, 0.0]
    assert not scaled[1].any()
    assert ((np.abs(scaled[[0, 2, 3]]).max(axis=1) >= 0.5) & (np.abs(scaled).max(axis=1)[[0, 2, 3]] < 1.0)).all()
    assert np.array_equal(np.ldexp(scaled, exponents), values)


def test_one_unit_for_all_and_units_of_nothing():
    scaled, exponent = unit_size(np.array([[-8.0, 1.0], [2.0, 0.5]]))
    assert scaled.tolist() == [[-0.5, 0.0625], [0.125, 0.03125]]
    assert exponent.tolist() == [[4]]
    for axis in (None, 1, (1, 2)):
        assert unit_size(np.ones((0, 3, 2)), axis=axis)[0].shape == (0, 3, 2)


def test_what_is_not_finite_is_named():
    values = np.array([1.0, -1.7e308])
    assert finite("scores", values) is values
    for wrong in (np.inf, -np.inf, np.nan):
        with pytest.raises(ValueError, match="scores must be finite, but overflow float64"):
            finite("scores", np.array([1.0, wrong]))


def test_a_function_has_an_error_state_of_its_own():
    @own_error_state
    def overflowing(x, *, power):
        """It squares."""
        return np.float64(x) ** power

    with np.errstate(all="raise"):
        assert overflowing(1e200, power=2) == np.inf
        with pytest.raises(FloatingPointError):
            np.float64(1e200) ** 2
    assert (overflowing.__name__, overflowing.__doc__) == ("overflowing", "It squares.")
