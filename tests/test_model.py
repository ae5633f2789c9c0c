import dataclasses
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from cgi_theory import CompetitionModel, exact, large_n_limit, simulate
from cgi_theory.tables.rows import point_seed

GOOD = {"n": 100, "delta": 0.1}


def test_defaults_are_the_paper_s():
    model = CompetitionModel(n=10_000, delta=0.1)
    assert dataclasses.asdict(model) == {
        "n": 10_000,
        "delta": 0.1,
        "n_labels": 2,
        "shared_fraction": 0.5,
        "shared_correlation": 0.5,
        "sparsity": 1.0,
        "conditioning": "at_least",
        "gradient_law": "unit",
        "rival_logit": None,
    }


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("n", 1, ValueError, "n must be from 2 to 4294967296, not 1"),
        ("n", 0, ValueError, "n must be from 2"),
        ("n", -5, ValueError, "n must be from 2"),
        ("n", 2**33, ValueError, "n must be from 2"),
        ("n", 10.0, TypeError, "n must be a whole number, not 10.0"),
        ("n", True, TypeError, "n must be a whole number, not True"),
        ("n", "10", TypeError, "n must be a whole number, not '10'"),
        ("delta", 0.0, ValueError, "delta must be from 1e-12 to 1e.12, not 0.0"),
        ("delta", -0.1, ValueError, "delta must be from"),
        ("delta", float("nan"), ValueError, "delta must be from .* not nan"),
        ("delta", float("inf"), ValueError, "delta must be from .* not inf"),
        ("delta", "0.1", TypeError, "delta must be a number, not '0.1'"),
        ("delta", None, TypeError, "delta must be a number, not None"),
        ("delta", 1j, TypeError, "delta must be a number"),
        ("n_labels", 0, ValueError, "n_labels must be from 1 to 16777216, not 0"),
        ("n_labels", 2.0, TypeError, "n_labels must be a whole number"),
        ("shared_fraction", -0.1, ValueError, "shared_fraction must be from 0 to 1, not -0.1"),
        ("shared_fraction", 1.1, ValueError, "shared_fraction must be from 0 to 1, not 1.1"),
        ("shared_fraction", 0.001, ValueError, "leaves the shared block empty"),
        ("shared_fraction", 0.999, ValueError, "leaves the distinct block empty"),
        ("shared_fraction", 0.01, ValueError, "at least 2 coordinates in a block"),
        ("shared_fraction", 0.99, ValueError, "at least 2 coordinates in a block"),
        ("shared_correlation", 1.01, ValueError, "shared_correlation must be from -1 to 1, not 1.01"),
        ("shared_correlation", -1.01, ValueError, "shared_correlation must be from -1 to 1"),
        ("shared_correlation", float("nan"), ValueError, "shared_correlation must be from -1 to 1, not nan"),
        ("sparsity", 0.0, ValueError, "sparsity must be from 1e-05 to 1, not 0.0"),
        ("sparsity", 1.5, ValueError, "sparsity must be from 1e-05 to 1"),
        ("conditioning", "at least", ValueError, "conditioning must be one of 'at_least', 'exactly'"),
        ("conditioning", None, ValueError, "conditioning must be one of"),
        ("gradient_law", "Unit", ValueError, "gradient_law must be one of 'unit', 'gaussian', 'joint', not 'Unit'"),
        ("gradient_law", ["unit"], ValueError, "gradient_law must be one of"),
        ("n", np.True_, TypeError, "n must be a whole number, not True"),
        ("n", np.array([10]), TypeError, r"n must be a whole number, not array\(\[10\]\)"),
        ("delta", np.True_, TypeError, "delta must be a number, not True"),
        ("delta", 10**400, ValueError, r"delta must be from 1e-12 to 1e\+12, not 10{59}…$"),
        ("delta", Fraction(10**400, 3), ValueError, r"delta must be from 1e-12 to 1e\+12, not Fraction\(10*…$"),
        ("delta", Decimal("1e400"), ValueError, r"delta must be from 1e-12 to 1e\+12, not 1E\+400$"),
        ("rival_logit", -(10**400), ValueError, r"rival_logit must be from -1e\+12 to 1e\+12, not -10{58}…$"),
    ],
)
def test_bad_fields_are_named(field, value, error, message):
    with pytest.raises(error, match=message):
        CompetitionModel(**(GOOD | {field: value}))


def test_joint_is_dense_only():
    with pytest.raises(ValueError, match="sparsity must be 1 with gradient_law='joint'"):
        CompetitionModel(**GOOD, gradient_law="joint", sparsity=0.5)


def test_frozen_and_hashable():
    model = CompetitionModel(**GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.n = 5
    assert hash(model) == hash(CompetitionModel(n=np.int64(100), delta=np.float64(0.1)))


def test_equal_models_have_one_form():
    """And so one seed in a sweep, and one row in a table."""
    model = CompetitionModel(**GOOD, shared_correlation=0.0, rival_logit=0.0)
    for twin in (
        CompetitionModel(n=np.array(100), delta=np.array(0.1), shared_correlation=-0.0, rival_logit=np.float64(-0.0)),
        CompetitionModel(**GOOD, shared_correlation=Decimal("-0"), rival_logit=0, conditioning=np.str_("at_least")),
    ):
        assert twin == model
        assert repr(twin) == repr(model)
        assert point_seed(0, twin, "direct") == point_seed(0, model, "direct")


def test_a_number_of_5000_digits_is_named():
    with pytest.raises(ValueError, match=r"^n must be from 2 to 4294967296, not 1000") as caught:
        CompetitionModel(n=10**5000, delta=0.1)
    assert len(str(caught.value)) < 120


def test_numbers_of_other_types_are_normalised():
    model = CompetitionModel(n=np.int32(100), delta=np.float32(0.5), sparsity=1, shared_fraction=Fraction(1, 4))
    assert [type(v) for v in (model.n, model.delta, model.sparsity, model.shared_fraction)] == [
        int,
        float,
        float,
        float,
    ]


@pytest.mark.parametrize(
    ("n", "fraction", "shared"),
    [(10_000, 0.5, 5000), (7, 0.5, 4), (5, 0.5, 2), (100, 0.333, 33), (10, 0, 0), (10, 1, 10)],
)
def test_block_sizes(n, fraction, shared):
    model = CompetitionModel(n=n, delta=0.1, shared_fraction=fraction)
    assert (model.n_shared, model.n_distinct) == (shared, n - shared)


def test_one_coordinate_in_a_block_is_fine_without_rivals_or_without_orthogonality():
    CompetitionModel(n=2, delta=0.1, n_labels=1)
    CompetitionModel(n=2, delta=0.1, gradient_law="gaussian")


@pytest.mark.parametrize("function", [exact, large_n_limit, simulate])
@pytest.mark.parametrize("thing", [None, {"n": 10, "delta": 0.1}, CompetitionModel])
def test_only_models_are_accepted(function, thing):
    with pytest.raises(TypeError, match="model must be a CompetitionModel"):
        function(thing)
