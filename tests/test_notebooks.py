"""What notebooks show: tables of every object, whatever it holds, and progress bars without widgets."""

import math
import re
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cgi_theory import (
    CompetitionModel,
    Estimate,
    exact,
    large_n_limit,
    predict_from_gram,
    progress_bar,
    resemblance,
    simulate,
    simulate_resemblance,
)
from cgi_theory.quantities import NAMES
from cgi_theory.sampling.gram import GramPrediction
from cgi_theory.sweep import Sweep, run
from tests.test_quantities import Cells

MODEL = CompetitionModel(n=100, delta=0.3, n_labels=3)


def cells(found):
    return Cells(found._repr_html_()).cells


def test_a_model_s_fields_are_shown():
    shown = cells(MODEL)
    assert shown[:4] == ["CompetitionModel", "field", "value", "n"]
    assert " ".join(shown).endswith("gradient_law gradient law unit rival_logit rival's logit δ₂ unset")
    assert "labels k 3" in " ".join(shown)


def test_a_sweep_s_axes_are_shown():
    shown = cells(Sweep(base=MODEL, axes={"delta": "0.1:0.5:100"}))
    assert shown[:4] == ["Sweep of 100 points", "name", "value", "axis"]
    text = " ".join(shown)
    assert "axis delta (0.1, 0.10404040404, 0.10808080808" in text.replace("[", "(")
    assert "…" in text
    assert text.endswith("model gradient_law unit sampling estimator direct sampling seed 0 sampling samples 100")
    assert "rival_logit" not in text


def test_predictions_are_shown():
    found = predict_from_gram(np.eye(2), 0)
    assert cells(found)[1:] == ["quantity", "predicted", "four standard errors", "kept", "0.75", "0", "energy", "0.909155", "0"]
    assert cells(GramPrediction(0.0, math.nan, 0.0, math.nan))[-3:] == ["energy", "nan", "nan"]
    answer = resemblance(10, 0.5)
    assert cells(answer)[:5] == ["Resemblance: 10 labels, cosine 0.5", "quantity", "exact", "signed", f"{answer.signed:.6g}"]
    drawn = simulate_resemblance(3, 0.5, 2)
    assert cells(drawn)[0] == "SimulatedResemblance: 3 labels, cosine 0.5, 2 samples"
    assert str(drawn.overlap) in cells(drawn)


def test_hostile_fields_are_shown_as_they_are():
    hostile = "<script>alert('1')</script>&amp;"
    model = CompetitionModel(n=100, delta=0.3)
    for name in vars(model):
        object.__setattr__(model, name, hostile)
        assert hostile in cells(model)
    for broken in (model, GramPrediction(*[math.inf] * 4)):
        assert "script" not in Cells(broken._repr_html_()).tags


@pytest.mark.parametrize("model", [MODEL, CompetitionModel(n=100, delta=0.3, shared_fraction=0.0)])
def test_an_estimate_beside_the_exact_answer(model):
    estimate, answer = simulate(model, 5), exact(model)
    frame = estimate.compare(answer)
    assert list(frame.columns) == ["mean", "stderr", "exact", "z"]
    assert list(frame.index) == list(NAMES)
    for name in NAMES:
        measured, expected = getattr(estimate, name), getattr(answer, name)
        np.testing.assert_equal(list(frame.loc[name]), [measured.mean, measured.stderr, expected, measured.z(expected)])
    pd.testing.assert_series_equal(estimate.compare(large_n_limit(model))["exact"], large_n_limit(model).to_frame()["exact"])


def test_what_is_no_answer_is_refused():
    estimate = simulate(MODEL, 5)
    with pytest.raises(TypeError, match="answer must be an ExactAnswer, not another Estimate"):
        estimate.compare(estimate)
    with pytest.raises(TypeError, match=r"answer must be an ExactAnswer, not 0\.5"):
        estimate.compare(0.5)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes a second on whenever it is read."""
    now = iter(range(10**6))
    monkeypatch.setattr("time.monotonic", lambda: float(next(now)))


def test_in_a_log_it_is_lines(clock, capsys):
    with progress_bar("simulating", total=40) as bar:
        for _ in range(40):
            bar(1)
    assert capsys.readouterr().err.splitlines() == [
        "simulating: 10 of 40 samples in 10 s, some 30 s left",
        "simulating: 20 of 40 samples in 20 s, some 20 s left",
        "simulating: 30 of 40 samples in 30 s, some 10 s left",
        "simulating: 40 of 40 samples in 40 s",
        "simulating: 40 of 40 samples in 41 s",
    ]


def test_what_is_there_already_does_not_count_for_the_rate(clock, capsys):
    with progress_bar("sweep") as bar:
        for done in range(1000, 1021):
            bar(done, 2000)
    assert capsys.readouterr().err.splitlines()[0] == "sweep: 1,009 of 2,000 samples in 10 s, some 1,101 s left"


def test_it_fits_whatever_takes_one(tmp_path, capsys):
    with progress_bar("simulating", total=50) as bar:
        simulated = simulate(MODEL, 50, progress=bar)
    assert simulated == simulate(MODEL, 50)
    with progress_bar("sweep") as bar:
        run(Sweep(base=MODEL, axes={"delta": [0.1, 0.2]}, n_samples=10), tmp_path / "x.csv", n_workers=1, progress=bar)
    one, other = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"simulating: 50 of 50 samples in \d+ s", one)
    assert re.fullmatch(r"sweep: 20 of 20 samples in \d+ s", other)
    assert isinstance(simulated, Estimate)


class Display:
    """IPython's display and its handle: what was shown, and how it changed."""

    def __init__(self):
        self.shown = []

    def display(self, bundle, *, raw, display_id):
        assert raw
        assert display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle, *, raw):
        assert raw
        self.shown.append(bundle)


def test_in_a_notebook_it_is_the_browser_s(monkeypatch, clock):
    screen = Display()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    with progress_bar("<b>", "maps") as bar:
        bar(1, 3)
        bar(3, 3)
    assert [bundle["text/html"] for bundle in screen.shown] == [
        "<progress></progress> &lt;b&gt;: 0 maps in 0 s",
        '<progress value="1" max="3"></progress> &lt;b&gt;: 1 of 3 maps in 1 s',
        '<progress value="3" max="3"></progress> &lt;b&gt;: 3 of 3 maps in 2 s',
        '<progress value="3" max="3"></progress> &lt;b&gt;: 3 of 3 maps in 3 s',
    ]
    assert screen.shown[-1]["text/plain"] == "<b>: 3 of 3 maps in 3 s"


def test_an_interactive_python_is_a_terminal(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress_bar("drawing", "figures") as bar:
        bar(1, 2)
        bar(1)
    assert "drawing" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((5,), "title must be a text, not 5"), (("x", None), "unit must be a text"), (("x", "y", -1), "total must be from 0")],
)
def test_what_is_no_bar_is_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        progress_bar(*arguments)
