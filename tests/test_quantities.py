"""Estimates and exact answers as objects: equality, hashes, and what a notebook shows of them."""

import copy
import dataclasses
import math
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import numpy as np
import pytest

from cgi_theory import CompetitionModel, Estimate, ExactAnswer, Measurement, exact, large_n_limit, simulate
from cgi_theory.quantities import NAMES

MODELS = [
    CompetitionModel(n=100, delta=0.3),
    CompetitionModel(n=100, delta=0.3, shared_fraction=0.0),
    CompetitionModel(n=100, delta=0.3, n_labels=1, shared_fraction=1.0),
    CompetitionModel(n=100, delta=0.3, rival_logit=0.1),
]


def results(model):
    return [simulate(model, 4), simulate(model, 4, keep_samples=False), exact(model), large_n_limit(model)]


@pytest.mark.parametrize("model", MODELS)
def test_copies_are_equal_and_have_one_hash(model):
    for found in results(model):
        for twin in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found), dataclasses.replace(found)):
            assert twin == found
            assert hash(twin) == hash(found)
            assert len({twin, found}) == 1


@pytest.mark.parametrize("model", MODELS)
def test_whoever_draws_gives_an_equal_estimate(model):
    with ThreadPoolExecutor(2) as executor:
        there = simulate(model, 6, executor=executor, block_size=1)
    assert there == simulate(model, 6) == simulate(model, 6, keep_samples=False)
    assert exact(model) == exact(dataclasses.replace(model))


def test_another_process_s_results_are_equal():
    """Of a process in which texts have other hashes."""
    code = (
        "import pickle, sys; from cgi_theory import *; m = CompetitionModel(n=100, delta=0.3); "
        "found = simulate(m, 4), exact(m), Measurement(float('nan'), 1.0); "
        "sys.stdout.buffer.write(pickle.dumps([*found, *map(hash, found)]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    estimate, answer, measured, *hashes = pickle.loads(ran.stdout)
    ours = simulate(MODELS[0], 4), exact(MODELS[0]), Measurement(math.nan, 1.0)
    assert (estimate, answer, measured) == ours
    assert hashes == [hash(found) for found in ours]


@pytest.mark.parametrize("model", MODELS)
def test_every_field_but_the_samples_counts(model):
    estimate, answer = simulate(model, 4), exact(model)
    for name in NAMES:
        assert dataclasses.replace(estimate, **{name: Measurement(7.0, 1.0)}) != estimate
        assert dataclasses.replace(answer, **{name: 7.0}) != answer
    for change in (
        {"seed": 1},
        {"n_samples": 5},
        {"estimator": "conditional"},
        {"model": MODELS[0] if model != MODELS[0] else MODELS[1]},
    ):
        assert dataclasses.replace(estimate, **change) != estimate
    assert dataclasses.replace(estimate, variance_reduction={"c1": 2.0, "c2": math.nan}) != estimate
    assert dataclasses.replace(estimate, samples={}) == estimate


def test_nan_is_nan_and_minus_zero_is_not_zero():
    answer = exact(MODELS[0])
    one, other = (dataclasses.replace(answer, c1=nan) for nan in (math.nan, -float("nan")))
    assert one == other
    assert hash(one) == hash(other)
    assert dataclasses.replace(answer, c1=0.0) != dataclasses.replace(answer, c1=-0.0)
    assert answer != dataclasses.astuple(answer)
    assert answer != simulate(MODELS[0], 4)


@pytest.mark.parametrize("model", MODELS)
def test_numbers_are_python_s_own(model):
    estimate, answer = simulate(model, 4), exact(model)
    numbers = [*dataclasses.astuple(answer), *estimate.variance_reduction.values()]
    for name in NAMES:
        numbers += [getattr(estimate, name).mean, getattr(estimate, name).stderr]
    assert {type(number) for number in numbers} == {float}


def test_an_estimate_reads_in_one_line():
    text = repr(simulate(CompetitionModel(n=100, delta=0.3, n_labels=3), 4, seed=5))
    assert text.startswith("Estimate(c1=")
    assert text.endswith("n_samples=4, seed=5, estimator='direct', model=CompetitionModel(n=100, delta=0.3, n_labels=3))")
    assert "nan" not in text
    assert len(text) < 400


def test_frames_lie_side_by_side():
    estimate, answer = simulate(MODELS[0], 4), exact(MODELS[0])
    frame = estimate.to_frame().join(answer.to_frame())
    assert list(frame.index) == list(NAMES)
    assert frame.index.name == "quantity"
    assert list(frame.columns) == ["mean", "stderr", "exact"]
    assert {str(kind) for kind in frame.dtypes} == {"float64"}
    for name in NAMES:
        np.testing.assert_equal(
            list(frame.loc[name]), [getattr(estimate, name).mean, getattr(estimate, name).stderr, getattr(answer, name)]
        )


class Cells(HTMLParser):
    """The texts of a table's cells, and the names of all tags."""

    def __init__(self, text):
        super().__init__()
        self.cells, self.tags = [], set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.cells.append(data)


def test_a_notebook_shows_a_table():
    estimate, answer = simulate(MODELS[0], 4), exact(MODELS[0])
    shown = Cells(estimate._repr_html_())
    assert shown.cells[0].startswith("Estimate: n_samples=4, seed=0, estimator='direct', model=CompetitionModel(n=100")
    assert shown.cells[1:5] == ["quantity", "mean ± stderr", "c1", str(estimate.c1)]
    assert len(shown.cells) == 3 + 2 * len(NAMES)
    assert Cells(answer._repr_html_()).cells[:5] == ["ExactAnswer", "quantity", "exact", "c1", f"{answer.c1:.6g}"]


def test_a_notebook_shows_hostile_text_as_it_is():
    hostile = "<script>alert('1')</script>&amp;\"<b>"
    plain = Cells(simulate(MODELS[0], 4)._repr_html_())
    for change in ({"estimator": hostile}, {"seed": hostile}):
        estimate = dataclasses.replace(simulate(MODELS[0], 4), **change)
        shown = Cells(estimate._repr_html_())
        assert shown.tags == plain.tags
        assert hostile in "".join(shown.cells) or repr(hostile) in "".join(shown.cells)
    assert isinstance(estimate, Estimate)


def test_an_answer_holds_python_s_own_numbers():
    answer = exact(MODELS[0])
    assert isinstance(answer, ExactAnswer)
    assert dataclasses.replace(answer, c1=np.float32(0.5), c2=1) == dataclasses.replace(answer, c1=0.5, c2=1.0)
    with pytest.raises(TypeError, match="c1 must be a number, not '<b>'"):
        dataclasses.replace(answer, c1="<b>")
