"""The report: read back as it was written, said in words, drawn, and shown by a notebook; hostile files are refused."""

import json

import numpy as np
import pandas as pd
import pytest

from cgi_theory import Report, sanity_check_maps
from cgi_theory.sanity.table import AUC, BEYOND_MASK, DIFFERENCE, EVERYTHING, METHOD, RANDOMISED, RETRAINED
from cgi_theory.sanity.verdicts import BEYOND, CHANGES, NO, OPEN, PASSES, TELLS, UNDEFINED, YES, verdicts
from cgi_theory.tables.files import RefusedTableError, load, write_table

RNG = np.random.default_rng(0)
NAMES = ("NA", "1", "<script>&$x$", "nan, \"quoted\" 'too'")


@pytest.fixture(scope="module")
def report():
    shared, *others = RNG.standard_normal((8, 10, 200))
    retrained = [dict.fromkeys(NAMES, shared + 0.4 * other) for other in others[:4]]
    return sanity_check_maps(retrained[0], [dict.fromkeys(NAMES, other) for other in others[4:]], retrained[1:])


def test_it_is_read_back_as_it_was_written(report, tmp_path):
    paths = report.save(tmp_path / "new" / "folder")
    assert all(path.stat().st_size for path in paths)
    again = Report.load(tmp_path / "new" / "folder")
    pd.testing.assert_frame_equal(again.frame, report.frame, check_exact=True)
    assert (again.summary(), again.passes, again.made_with) == (report.summary(), report.passes, report.made_with)
    assert (tmp_path / "new" / "folder" / "summary.txt").read_text(encoding="utf-8") == report.summary()
    assert {"versions", "command", "seed"} <= set(load(paths[0]).attrs["sidecar"])


def test_the_report_of_other_maps_is_left_without_force(report, tmp_path):
    report.save(tmp_path)
    report.save(tmp_path)
    other = sanity_check_maps([[1.0, 2.0]], [[[2.0, 1.0]]])
    with pytest.raises(RefusedTableError, match="is the report of another check"):
        other.save(tmp_path)
    other.save(tmp_path, force=True)
    assert Report.load(tmp_path).passes == other.passes


def test_the_same_report_gives_the_same_bytes(report, tmp_path):
    one, other = (report.save(tmp_path / name) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_a_notebook_shows_names_as_they_are(report):
    shown = report._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert repr(report).startswith("<Report: NA: yes; 1: yes; ")


def test_the_picture_has_a_row_for_each_method(report):
    figure = report.plot()
    assert len(figure.axes) == 2
    assert len(figure.axes[0].get_yticklabels()) == len(NAMES) + 2


def test_no_report_is_refused(tmp_path, report):
    with pytest.raises(OSError, match="report"):
        Report.load(tmp_path)
    write_table(tmp_path / "report.csv", [{"a": 1}], {"experiment": "controls"}, module="cgi_theory.model", command="")
    with pytest.raises(ValueError, match="is not the table of a sanity check: its sidecar does not describe one"):
        Report.load(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.drop(columns="why"),
        lambda frame: frame.assign(mean="much"),
        lambda frame: frame.assign(kind="other"),
        lambda frame: pd.concat([frame, frame]),
        lambda frame: frame.iloc[:0],
    ],
)
def test_a_table_of_other_rows_is_refused(report, change, tmp_path):
    rows = change(report.frame).to_dict("records")
    write_table(tmp_path / "report.csv", rows, report.made_with, module="cgi_theory.model", command="")
    with pytest.raises(ValueError, match="is not the table of a sanity check"):
        Report.load(tmp_path)


def test_a_changed_table_is_refused(report, tmp_path):
    table, *_ = report.save(tmp_path)
    table.write_text(table.read_text().replace("0.9", "0.8"))
    with pytest.raises(ValueError, match="changed or cut short"):
        Report.load(tmp_path)
    sidecar = json.loads((tmp_path / "report.json").read_text())
    (tmp_path / "report.json").write_text(json.dumps(sidecar | {"parameters": []}))
    with pytest.raises(ValueError, match="report"):
        Report.load(tmp_path)


def table_of(images=10, **rows):
    """A table of one method: of each control, low and high, how many networks, and which share of its pairs is undefined."""
    controls = {"randomised": (RANDOMISED, EVERYTHING), "retrained": (RETRAINED, ""), "difference": (DIFFERENCE, EVERYTHING)}
    controls |= {"beyond": (BEYOND_MASK, ""), "auc": (AUC, EVERYTHING)}
    made = []
    for name, (low, high, networks, undefined) in rows.items():
        control, stage = controls[name]
        row: dict[str, object] = {
            "method": "m",
            "kind": METHOD,
            "metric": "pearson",
            "pixels": "lit",
            "control": control,
            "stage": stage,
        }
        row |= {"mean": (low + high) / 2, "low": low, "high": high, "stderr": high - low, "networks": networks, "pairs": 10}
        made.append(row | {"images": images, "undefined": int(10 * undefined), "why": "blank: 1"})
    return pd.DataFrame(made)


GOOD = {
    "randomised": (-0.1, 0.1, 3, 0.0),
    "retrained": (0.5, 0.6, 3, 0.0),
    "difference": (0.4, 0.6, 3, 0.0),
    "beyond": (0.4, 0.6, 3, 0.0),
}


@pytest.mark.parametrize(
    ("change", "question", "answer", "passes"),
    [
        ({}, TELLS, YES, YES),
        ({"difference": (0.019, 0.6, 3, 0.0)}, TELLS, OPEN, OPEN),
        ({"difference": (-0.1, 0.099, 3, 0.0)}, TELLS, NO, NO),
        ({"difference": (-0.9, -0.5, 3, 0.0)}, TELLS, NO, NO),
        ({"difference": (0.03, 0.09, 3, 0.0)}, TELLS, YES, YES),
        ({"difference": (0.4, 0.6, 1, 0.0)}, TELLS, OPEN, OPEN),
        ({"difference": (0.4, 0.6, 3, 0.6)}, TELLS, OPEN, OPEN),
        ({"difference": (0.4, 0.6, 3, 0.5)}, TELLS, YES, YES),
        ({"difference": (np.nan, np.nan, 3, 1.0)}, TELLS, UNDEFINED, OPEN),
        ({"beyond": (-0.1, 0.05, 3, 0.0)}, BEYOND, NO, NO),
        ({"beyond": (-0.1, 0.5, 3, 0.0)}, BEYOND, OPEN, OPEN),
        ({"randomised": (0.91, 0.99, 3, 0.0)}, CHANGES, NO, NO),
        ({"randomised": (0.8, 0.99, 3, 0.0)}, CHANGES, OPEN, YES),
        ({"randomised": (0.1, 0.2, 1, 0.0)}, CHANGES, OPEN, YES),
        ({"images": 1}, TELLS, OPEN, OPEN),
        ({"images": 1}, CHANGES, OPEN, OPEN),
    ],
)
def test_verdicts_follow_from_their_intervals(change, question, answer, passes):
    found = {verdict.question: verdict for verdict in verdicts(table_of(**(GOOD | change)))}
    assert (found[question].answer, found[PASSES].answer) == (answer, passes)


@pytest.mark.parametrize(
    ("change", "question", "advice"),
    [
        ({"difference": (0.01, 0.6, 3, 0.0)}, TELLS, "more retrained networks (there are 3; six are usually enough)"),
        ({"beyond": (0.01, 0.6, 3, 0.0)}, BEYOND, "more retrained networks (there are 3; six are usually enough)"),
        ({"beyond": (0.01, 0.6, 5, 0.0), "retrained": (0.5, 0.6, 7, 0.0)}, BEYOND, "more networks or images"),
        ({"randomised": (0.8, 0.99, 3, 0.0)}, CHANGES, "more randomised networks or images"),
    ],
)
def test_it_is_said_what_would_narrow_an_interval(change, question, advice):
    (why,) = [verdict.why for verdict in verdicts(table_of(**(GOOD | change))) if verdict.question == question]
    assert why == f"the interval is too wide, which {advice} would narrow"
