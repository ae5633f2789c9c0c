"""A sweep's frame as an xarray Dataset, whatever the files say of their axes, and in a notebook."""

import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cgi_theory import CompetitionModel
from cgi_theory._symbols import ENDINGS, FIELDS, QUANTITIES
from cgi_theory.sweep import Sweep, load, run
from cgi_theory.tables import rows
from cgi_theory.tables.files import write_table
from cgi_theory.tables.grids import SweepFrame

xarray = pytest.importorskip("xarray")

AXES = {"n_labels": [10, 2], "gradient_law": ["gaussian", "unit"], "delta": [0.2, 0.1, 0.4]}


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    """A sweep whose axes are not sorted."""
    path = tmp_path_factory.mktemp("sweep") / "x.csv"
    base = CompetitionModel(n=200, delta=0.1)
    with ThreadPoolExecutor(2) as executor:
        return run(Sweep(base=base, axes=AXES, n_samples=10, estimator="collapsed"), path, executor=executor), path


@pytest.fixture
def written(tmp_path):
    """A function from axes and rows to the frame of such a table."""

    def write(axes, table, **report):
        filled = [dict.fromkeys(numbers(), 0.5) | row for row in table]
        write_table(tmp_path / "x.csv", filled, {"axes": axes}, module="cgi_theory.sweep.run", command="", **report)
        return load(tmp_path / "x.csv")

    return write


def numbers():
    return [f"{name}{ending}" for name in ("c1", "c2") for ending in ("", "_exact", "_stderr", "_z")]


def test_axes_are_coordinates_and_quantities_variables(frame):
    table, path = frame
    grid = table.to_xarray()
    assert dict(grid.sizes) == {name: len(values) for name, values in AXES.items()}
    assert {name: values.to_numpy().tolist() for name, values in grid.coords.items()} == AXES
    for row in table.to_dict("records"):
        place = {name: row[name] for name in AXES}
        for name in rows.QUANTITIES:
            for ending in ENDINGS:
                np.testing.assert_equal(grid[name + ending].sel(place).item(), row[name + ending])
        assert grid.point_seed.sel(place).item() == row["point_seed"]
        assert grid.n_samples.sel(place).item() == 10
    assert {"n": 200, "shared_fraction": 0.5, "estimator": "collapsed", "failed": []}.items() <= grid.attrs.items()
    assert not {"rival_logit", "n", "estimator"} & set(grid.data_vars)
    assert json.loads(grid.attrs["sidecar"]) == table.attrs["sidecar"]
    assert grid.identical(load(path).to_xarray())


def test_every_column_has_a_name_for_readers(frame):
    assert tuple(QUANTITIES) == rows.QUANTITIES
    assert list(FIELDS) == list(vars(CompetitionModel(n=100, delta=0.1)))
    grid = frame[0].to_xarray()
    assert grid.c1_stderr.attrs == {"long_name": "c₁, share of the shared logit retained: standard error"}
    assert grid.delta.attrs == {"long_name": "logit δ"}
    grid.c1.sel(n_labels=10, gradient_law="unit").plot(x="delta")
    axes = plt.gca()
    assert axes.get_xlabel() == "logit δ"
    assert axes.get_ylabel().split() == ["c₁,", "share", "of", "the", "shared", "logit", "retained"]
    plt.close()


def test_it_goes_into_a_file_of_netcdf(frame, tmp_path):
    grid = frame[0].to_xarray()
    grid.to_netcdf(tmp_path / "x.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "x.nc", engine="scipy") as back:
        assert back.c1.equals(grid.c1)


def test_points_that_are_not_there_are_nan(frame):
    table, _ = frame
    part = table[(table.delta > 0.1) & (table.n_labels == 10)]
    assert isinstance(part, SweepFrame)
    grid = part.to_xarray()
    assert grid.c1.shape == (2, 2, 3)
    there = grid.c1.notnull()
    assert there.sum() == len(part) == 4
    assert not there.sel(delta=0.1).any()
    assert (grid.point_seed.values == "").sum() == 8
    shuffled = table.sample(frac=1.0, random_state=1)
    assert shuffled.to_xarray().c1.identical(table.to_xarray().c1)


def test_failed_points_are_named(written):
    failed = [{"delta": 0.2, "error": "ValueError: no direction"}]
    grid = written({"delta": [0.1, 0.2]}, [{"delta": 0.1}], failed=failed).to_xarray()
    assert grid.attrs["failed"] == ["delta = 0.2: ValueError: no direction"]
    assert np.isnan(grid.c1.sel(delta=0.2))
    none = written({"delta": [0.1, 0.2]}, [], failed=failed).to_xarray()
    assert (dict(none.sizes), list(none.data_vars)) == ({"delta": 2}, [])


def test_columns_of_one_s_own_are_variables_and_other_frames_are_pandas_own(frame):
    table, _ = frame
    mine = table.assign(loss=1.0 - table.c1, above=table.c1 > 0.5).to_xarray()
    assert np.array_equal(mine.loss, 1.0 - mine.c1)
    assert mine.above.dtype == bool
    assert list(table[["delta", "c1"]].to_xarray().sizes) == ["index"]


@pytest.mark.parametrize(
    ("axes", "table", "message"),
    [
        ({"delta": [0.1, 0.2]}, [{"delta": 0.1}, {"delta": 0.1}], "there are several rows at delta = 0.1"),
        ({"delta": [0.1, 0.2]}, [{"delta": 0.3}], r"delta = 0\.3 is not on the axis"),
        ({"delta": []}, [{"delta": 0.3}], r"delta = 0\.3 is not on the axis"),
        ({}, [{"delta": 0.3}, {"delta": 0.4}], "there are several rows at the only point"),
        ({"delta": [0.1, 0.1]}, [{"delta": 0.1}], "the axis 'delta' repeats a value"),
        ({"delta": [0.1, "x"]}, [{"delta": 0.1}], "the axis 'delta' must hold numbers or texts"),
        ({"delta": [0.1, None]}, [{"delta": 0.1}], "the axis 'delta' must hold numbers or texts"),
        ({"delta": [True, False]}, [{"delta": True}], "the axis 'delta' must hold numbers or texts"),
        ({"delta": [10**400]}, [{"delta": 1.0}], "the axis 'delta' holds numbers that are too large"),
    ],
)
def test_axes_that_do_not_name_each_row_once(written, axes, table, message):
    found = written(axes, table)
    with pytest.raises(ValueError, match=message) as error:
        found.to_xarray()
    assert "\n" not in str(error.value)


def test_a_grid_that_would_not_fit_is_refused(written):
    values = list(range(1000))
    with pytest.raises(ValueError, match="a grid of more than 100000 points"):
        written({"delta": values, "n": values, "sparsity": values}, [{"delta": 1, "n": 1, "sparsity": 1}])


def test_without_xarray_a_line_says_what_to_install(frame):
    code = (
        "import sys; sys.modules['xarray'] = None; from cgi_theory.sweep import load\n"
        "try:\n    load(sys.argv[1]).to_xarray()\nexcept ImportError as error:\n    print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", code, frame[1]], capture_output=True, text=True, check=True)
    assert ran.stdout == "to_xarray needs the package xarray: pip install 'cgi-theory[xarray]'\n"


def test_a_notebook_shows_a_sweep_in_short(frame):
    table, _ = frame
    shown = table._repr_html_()
    assert shown.startswith("<table><caption>Sweep: 12 points; all 52 columns are in frame.columns</caption>")
    assert "<th>delta</th><th>c1 exact</th><th>c1</th><th>c1 z</th>" in shown
    with pd.option_context("display.max_rows", 5):
        assert table._repr_html_().count("<tr>") == 6
    assert "loss" in table.assign(loss=0.0)._repr_html_()


def test_a_notebook_shows_whatever_a_frame_holds(written):
    hostile = "<script>alert(1)</script>"
    found = written({"conditioning": [hostile]}, [{"conditioning": hostile, "c1_stderr": math.nan}])
    for odd in (found, found.iloc[:0], found.assign(c1_stderr=-1.0), found.set_axis(["c1"] * found.shape[1], axis=1)):
        assert "<script>" not in odd._repr_html_()
    for sidecar in (None, 5, {"axes": 5}, {}):
        found.attrs["sidecar"] = sidecar
        assert "<script>" not in found._repr_html_()
