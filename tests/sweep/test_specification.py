import dataclasses
import itertools
import json
import math
import os
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgi_theory import CompetitionModel
from cgi_theory.sweep import Sweep
from cgi_theory.sweep.specification import read_specification
from cgi_theory.tables import MOST_POINTS
from cgi_theory.tables.rows import point_seed

TOML = """
[model]
n = 10_000
sparsity = 0.5

[axes]
delta = "0.01:1:3:log"
n_labels = [2, 10]

[sampling]
samples = 50
estimator = "conditional"
seed = 7
"""


def specification(**changes):
    whole = {"model": {"n": 10_000}, "axes": {"delta": [0.1, 0.2]}, "sampling": {}}
    return whole | changes


def write(tmp_path, text):
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


def test_toml_and_python_say_the_same(tmp_path):
    from_file = Sweep.from_toml(write(tmp_path, TOML))
    base = CompetitionModel(n=10_000, delta=0.01, sparsity=0.5)
    axes = {"delta": [0.01, 0.1, 1.0], "n_labels": [2, 10]}
    in_python = Sweep(base=base, axes=axes, n_samples=50, estimator="conditional", seed=7)
    assert from_file == in_python
    assert from_file.grid() == in_python.grid()
    assert from_file.sampling() == {"samples": 50}


def test_points_are_all_combinations_the_last_axis_fastest():
    sweep = Sweep(base=CompetitionModel(n=100, delta=1.0), axes={"delta": [0.1, 0.2], "n_labels": [2, 3]})
    assert [(p.delta, p.n_labels) for p in sweep.points] == [(0.1, 2), (0.1, 3), (0.2, 2), (0.2, 3)]
    assert {p.n for p in sweep.points} == {100}


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("delta", "0.1:0.3:3", [0.1, 0.2, 0.3]),
        ("delta", "0.01:100:5:log", [0.01, 0.1, 1.0, 10.0, 100.0]),
        ("shared_correlation", "1:-1:3:linear", [1.0, 0.0, -1.0]),
        ("n_labels", "2:5:7", [2, 3, 4, 5]),
        ("n", "10:1000:3:log", [10, 100, 1000]),
    ],
)
def test_ranges(field, text, expected):
    mapping = {"model": {"n": 100, "delta": 0.1}, "axes": {field: text}}
    mapping["model"].pop(field, None)
    values = Sweep.from_mapping(mapping).axes[field]
    assert list(values) == expected
    assert {type(value) for value in values} == {type(expected[0])}


def test_adding_points_keeps_the_seeds_of_the_others():
    base = CompetitionModel(n=100, delta=1.0)
    few = Sweep(base=base, axes={"delta": [0.1, 0.3]}, seed=5)
    more = Sweep(base=base, axes={"n_labels": [2, 3], "delta": [0.1, 0.2, 0.3]}, seed=5)
    seeds = {model: point_seed(5, model, "direct") for model in more.points}
    assert len(set(seeds.values())) == 6
    assert [seeds[model] for model in few.points] == [point_seed(5, model, "direct") for model in few.points]
    assert point_seed(6, few.points[0], "direct") not in seeds.values()
    assert point_seed(5, few.points[0], "conditional") not in seeds.values()


BAD = [
    ({"modle": {}}, "unknown key modle"),
    ({"model": [1]}, "model must be a table"),
    ({"axes": 3}, "axes must be a table"),
    ({"axes": {}}, "axes must name at least one field"),
    ({"sampling": "x"}, "sampling must be a table"),
    ({"model": {"n": 100, "labels": 3}}, "unknown key model.labels"),
    ({"axes": {"dleta": [1]}}, "unknown key axes.dleta"),
    ({"sampling": {"sample": 3}}, "unknown key sampling.sample"),
    ({"model": {}}, "model.n is missing"),
    ({"model": {"n": 100, "delta": 0.1}}, "model.delta is on an axis too"),
    ({"axes": {"delta": []}}, "axes.delta is empty"),
    ({"axes": {"delta": 0.1}}, "axes.delta must be a list"),
    ({"axes": {"delta": {"start": 1}}}, "axes.delta must be a list"),
    ({"axes": {"delta": [0.1, [0.2]]}}, "axes.delta must hold numbers or names"),
    ({"axes": {"delta": [0.1, 0.1]}}, "axes.delta repeats 0.1"),
    ({"axes": {"delta": "0.1:0.2"}}, "axes.delta must be a list or"),
    ({"axes": {"delta": "0.1:0.2:x"}}, "axes.delta must be a list or"),
    ({"axes": {"delta": "0.1:0.2:3:cubic"}}, "axes.delta must be a list or"),
    ({"axes": {"delta": "0.1:0.2:3:log:9"}}, "axes.delta must be a list or"),
    ({"axes": {"delta": "0.1:inf:3"}}, "axes.delta must be a list or"),
    ({"axes": {"delta": "0:1:3:log"}}, "axes.delta: both ends"),
    ({"axes": {"delta": "0.1:0.2:1"}}, "axes.delta: the count"),
    ({"axes": {"delta": "0.1:0.2:1000000000"}}, "axes.delta: the count"),
    ({"axes": {"delta": [0.1, -1.0]}}, "at delta = -1.0: delta must be from"),
    ({"axes": {"delta": [0.1, math.nan]}}, "at delta = nan: delta must be from"),
    ({"axes": {"delta": ["big"]}}, "delta must be a number"),
    ({"axes": {"delta": [0.1], "conditioning": "exactly"}}, "axes.conditioning must be a list"),
    ({"axes": {"delta": [0.1], "conditioning": ["almost"]}}, "conditioning must be one of"),
    ({"axes": {"delta": [0.1], "sparsity": [1.0, 0.5], "gradient_law": ["unit", "joint"]}}, "sparsity must be 1"),
    ({"axes": {"delta": [0.1], "n_labels": [2, 300_000]}}, "n_labels must be at most"),
    ({"axes": {"delta": [0.1], "n_labels": [2.5]}}, "n_labels must be a whole number"),
    ({"axes": {"delta": "0.1:0.9:1000", "sparsity": "0.1:0.9:101"}}, f"a grid may have {MOST_POINTS} points, not 101000"),
    ({"sampling": {"samples": 1}}, "sampling.samples must be from 2 to 10000000, not 1"),
    ({"model": {"n": 1}}, "model.n must be from 2"),
    ({"axes": {"delta": [1, 1.0]}}, "axes.delta repeats 1.0"),
    ({"axes": {"delta": [0.5, Fraction(1, 2)]}}, "axes.delta repeats 0.5"),
    ({"axes": {"shared_correlation": [0.0, -0.0]}}, "axes.shared_correlation repeats 0.0"),
    ({"axes": {"delta": [True]}}, "at delta = True: delta must be a number, not True"),
    ({"axes": {"delta": [""]}}, "at delta = '': delta must be a number, not ''"),
    ({"axes": {"delta": ""}}, "axes.delta must be a list"),
    ({"axes": {"delta": "0.1::3"}}, "axes.delta must be a list"),
    ({"axes": {"n_labels": "-1e308:1e308:3"}}, "axes.n_labels must be a list"),
    ({"axes": {"delta": itertools.count(1)}}, "a grid may have 100000 points"),
    ({"axes": {"delta": np.array(0.1)}}, "axes.delta must be a list"),
    ({"a\nb": 1}, "unknown key a\\nb"),
    ({"sampling": {"samples": 1e3}}, "samples must be a whole number"),
    ({"sampling": {"samples": 10**8}}, "samples must be from 2"),
    ({"sampling": {"samples": 10, "target_stderr": 0.1}}, "exclude each other"),
    ({"sampling": {"target_stderr": 0}}, "target_stderr must be from"),
    ({"sampling": {"target_stderr": "small"}}, "target_stderr must be a number"),
    ({"sampling": {"target_stderr": 0.1, "max_samples": 1}}, "max_samples must be from 2"),
    ({"sampling": {"estimator": "best"}}, "estimator must be one of"),
    ({"sampling": {"estimator": ["direct"]}}, "estimator must be one of"),
    ({"sampling": {"seed": -1}}, "seed must be from 0"),
    ({"sampling": {"seed": True}}, "seed must be a whole number"),
]


@pytest.mark.parametrize(("changes", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_off_is_named(changes, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        Sweep.from_mapping(specification(**changes))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_python_arguments_are_checked_too():
    base = CompetitionModel(n=100, delta=1.0)
    with pytest.raises(TypeError, match="model must be a CompetitionModel"):
        Sweep(base={"n": 100}, axes={"delta": [1.0]})
    with pytest.raises(TypeError, match="axes must be a mapping"):
        Sweep(base=base, axes=["delta"])
    with pytest.raises(dataclasses.FrozenInstanceError):
        Sweep(base=base, axes={"delta": [1.0]}).seed = 3


HUGE = {"int": 10**400, "digits": 10**5000, "Fraction": Fraction(10**400, 3), "Decimal": Decimal("1e400")}


@pytest.mark.parametrize("huge", HUGE)
def test_numbers_of_many_digits_get_one_short_line(huge):
    value = HUGE[huge]
    places: list[Any] = [
        {"model": {"n": 100, "sparsity": value}},
        {"model": {"n": value}},
        {"axes": {"delta": [0.1, value]}},
        {"axes": {"delta": [0.1], "n_labels": [value]}},
        {"axes": {"delta": value}},
        {"sampling": {"samples": value}},
        {"sampling": {"seed": value}},
        {"sampling": {"target_stderr": value}},
        {"sampling": {"target_stderr": 0.1, "max_samples": value}},
        {"sampling": {"estimator": value}},
        {"sampling": value},
        {value: 1},
    ]
    for place in places:
        with pytest.raises((TypeError, ValueError)) as caught:
            Sweep.from_mapping(specification(**place) if value not in place else place)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300
        assert "inf" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [f"delta = [{'9' * 400}]", "delta = [1e400]", f"delta = [{'9' * 5000}]", f"delta = {'9' * 400}", f"delta = [{'9' * 400}.0]"],
    ids=["digits", "exponent", "many digits", "no list", "decimals"],
)
def test_numbers_of_many_digits_in_a_file(tmp_path, text):
    with pytest.raises((TypeError, ValueError), match=r"delta|digits") as caught:
        Sweep.from_toml(write(tmp_path, f"[model]\nn = 100\n[axes]\n{text}\n"))
    assert len(str(caught.value)) < 300 + len(str(tmp_path))
    assert "inf" not in str(caught.value).replace(str(tmp_path), "")


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOML.encode())
    assert Sweep.from_toml(path) == Sweep.from_toml(write(tmp_path, TOML))


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# a comment\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named(tmp_path, content):
    path = tmp_path / "sweep.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"sweep.toml is empty: a specification has tables \[model\] and \[axes\]"):
        read_specification(path)


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "sweep.toml")
    with pytest.raises(ValueError, match="not a regular file"):
        read_specification(tmp_path / "sweep.toml")


def test_axes_hold_what_the_field_holds():
    axes = {"delta": [1, Fraction(1, 2), np.float32(0.25), Decimal("0.125"), np.array(2)], "conditioning": [np.str_("exactly")]}
    sweep = Sweep(base=CompetitionModel(n=1000, delta=0.1), axes=axes | {"n_labels": np.array([2, 3])})
    assert sweep.axes == {"delta": (1.0, 0.5, 0.25, 0.125, 2.0), "conditioning": ("exactly",), "n_labels": (2, 3)}
    kinds = [{type(value) for value in values} for values in sweep.axes.values()]
    assert kinds == [{float}, {str}, {int}]
    assert json.loads(json.dumps(sweep.grid()))["axes"]["n_labels"] == [2, 3]


def test_python_s_own_name_of_the_samples():
    base = CompetitionModel(n=100, delta=1.0)
    with pytest.raises(ValueError, match=r"^n_samples must be from 2"):
        Sweep(base=base, axes={"delta": [1.0]}, n_samples=1)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"a = ", b"= 1", b"[" * 5000, b"a = " + b"[" * 5000, b"a = " + b"9" * 5000, b"#" * (2**20 + 1), b"\x00"],
    ids=["no text", "cut", "no key", "tables", "nested", "digits", "long", "null"],
)
def test_no_specification_file(tmp_path, content):
    path = tmp_path / "sweep.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=str(path)):
        read_specification(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Sweep.from_toml(tmp_path / "none.toml")


names = st.sampled_from(["model", "axes", "sampling", "n", "delta", "n_labels", "conditioning", "samples", "seed", "estimator"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=8),
    st.dates(),
    st.sampled_from(["direct", "exactly", "unit", 100, 0.1, 2]),
    st.builds("{}:{}:{}{}".format, st.floats(), st.floats(), st.integers(-3, 300), st.sampled_from(["", ":log", ":"])),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=6
)


@settings(max_examples=400)
@given(st.dictionaries(names | st.text(max_size=5), values | st.dictionaries(names, values, max_size=4), max_size=4))
def test_whatever_a_specification_holds_it_is_a_sweep_or_a_clean_error(mapping):
    try:
        sweep = Sweep.from_mapping(mapping)
    except (TypeError, ValueError) as error:
        assert str(error)
    else:
        assert sweep.points


fields_of_a_model = {
    "n": st.integers(-2, 50) | scalars,
    "delta": st.floats(-0.1, 2.0) | scalars,
    "sparsity": st.floats(0.0, 1.1) | scalars,
    "n_labels": st.integers(0, 5) | scalars,
}
axis = st.one_of(st.lists(st.floats(0.0, 1.5), max_size=4), st.lists(st.integers(0, 40), max_size=4), values)


@settings(max_examples=400)
@given(
    st.fixed_dictionaries(
        {
            "model": st.fixed_dictionaries({}, optional=fields_of_a_model),
            "axes": st.dictionaries(st.sampled_from(sorted(fields_of_a_model)), axis, min_size=1, max_size=3),
        },
        optional={"sampling": st.dictionaries(names, scalars, max_size=2)},
    )
)
def test_what_is_nearly_a_sweep_is_one_or_a_clean_error(mapping):
    try:
        sweep = Sweep.from_mapping(mapping)
    except (TypeError, ValueError) as error:
        assert "\n" not in str(error).replace("\\n", "")
    else:
        assert len(sweep.points) == math.prod(len(values) for values in sweep.axes.values())


@settings(max_examples=200)
@given(content=st.binary(max_size=60) | st.text("[]=\"'.#\n{}ab1: ", max_size=60).map(str.encode))
def test_whatever_a_file_holds_is_refused_cleanly(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    path.write_bytes(content)
    try:
        Sweep.from_toml(path)
    except (TypeError, ValueError) as error:
        assert str(error)


def test_a_range_through_zero_holds_zero():
    sweep = Sweep.from_mapping({"model": {"n": 1000, "delta": 0.1}, "axes": {"shared_correlation": "-0.1:0.5:7"}})
    assert sweep.axes["shared_correlation"][1] == 0.0


def test_numpy_s_numbers_become_python_s():
    base = CompetitionModel(n=1000, delta=0.1)
    sweep = Sweep(base=base, axes={"delta": [0.1]}, n_samples=np.int64(10), seed=np.array(3), estimator=np.str_("direct"))
    assert [type(value) for value in (sweep.n_samples, sweep.seed, sweep.estimator)] == [int, int, str]
