"""A sweep as a figure: what is drawn is what the table and the exact answer say, and what cannot be drawn is refused by name."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cgi_theory import CompetitionModel, exact
from cgi_theory.plotting import plot_sweep
from cgi_theory.plotting.curves import exact_curve
from cgi_theory.plotting.style import styled
from cgi_theory.sweep import Sweep, run

BASE = CompetitionModel(n=1000, delta=0.1)


@pytest.fixture(scope="module")
def sweep_of(tmp_path_factory):
    """A function from axes to the frame of a sweep, some samples a point."""

    def frame(base=BASE, **axes):
        with ThreadPoolExecutor(2) as executor:
            path = tmp_path_factory.mktemp("sweep") / "x.csv"
            return run(Sweep(base=base, axes=axes, n_samples=20, estimator="collapsed"), path, executor=executor)

    return frame


@pytest.fixture(scope="module")
def plane(sweep_of):
    return sweep_of(n_labels=[2, 10], sparsity="0.05:1:4", n=[500, 1000])


def points_of(panel):
    """The points of each colour of a panel, and their error bars' halves."""
    found = []
    for container in panel.containers:
        segments = np.array(container.lines[2][0].get_segments())
        found.append((*container.lines[0].get_data(), (segments[:, 1, 1] - segments[:, 0, 1]) / 2.0))
    return found


def colors_of(panel):
    """The colours of a panel's points, in their order."""
    return list(dict.fromkeys(mpl.colors.to_hex(line.get_color()) for line in panel.get_lines()))


def test_points_are_the_table_s_and_curves_are_exact(plane):
    figure = plot_sweep(plane, "sparsity", hue="n_labels", col="n", y="c2")
    assert [panel.get_title() for panel in figure.axes] == ["$n$ = 500", "$n$ = 1,000"]
    for panel, n in zip(figure.axes, (500, 1000), strict=True):
        curves = [line for line in panel.get_lines() if len(line.get_xdata()) > 50]
        for (x, y, errors), curve, k in zip(points_of(panel), curves, (2, 10), strict=True):
            rows = plane[(plane.n == n) & (plane.n_labels == k)]
            np.testing.assert_array_equal(x, rows.sparsity)
            np.testing.assert_array_equal(y, rows.c2)
            np.testing.assert_allclose(errors, rows.c2_stderr, rtol=1e-9)
            assert set(rows.sparsity) < set(curve.get_xdata())
            for rho, value in list(zip(*curve.get_data(), strict=True))[::17]:
                assert value == pytest.approx(exact(replace(BASE, n=n, n_labels=k, sparsity=rho)).c2, rel=1e-10)


def test_everything_has_a_name(plane):
    figure = plot_sweep(plane, "sparsity", hue="n_labels", where={"n": 1000}, level=0.5)
    assert figure.get_supxlabel() == r"sparsity $\rho$"
    assert figure.get_supylabel() == "$c_1$, share of the shared logit retained"
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "labels $k$"
    assert [text.get_text() for text in legend.get_texts()] == ["2", "10"]
    said = " ".join(figure.get_suptitle().split())
    assert said.startswith("n = 1,000, δ = 0.1, s = 0.5, r = 0.5, g₁·x ≥ δ, unit vectors collapsed estimator,")
    assert "20 samples a point, seed 0 lines exact; points simulated ± 1 standard error 8 simulated values: largest" in said
    assert [0.5, 0.5] in [list(line.get_ydata()) for line in figure.axes[0].get_lines()]


def test_points_that_are_off_are_said_to_be(plane):
    off = plane.assign(c2=plane.c2 + 20.0 * plane.c2_stderr, c2_z=plane.c2_z + 20.0)
    for frame, least, most in ((plane, 0.0, 5.0), (off, 15.0, 25.0)):
        heading = plot_sweep(frame, "sparsity", hue="n_labels", col="n", y="c2").get_suptitle()
        (largest,) = re.findall(r"largest \$\|z\|\$ = ([\d.]+)", heading)
        assert least <= float(largest) < most


def test_points_whose_samples_are_alike_are_not_judged(plane):
    """A standard error that is rounding makes a z of any size: of 1e12 where no sample lost a pixel."""
    rows = plane[(plane.n == 1000) & (plane.n_labels == 2)].reset_index(drop=True)
    rounding = 4e-17 * (rows.index == 0)
    odd = rows.assign(
        c2_stderr=rows.c2_stderr.where(rows.index > 1, rounding), c2_z=rows.c2_z.where(rows.index > 1, [1e12, np.inf, 0, 0])
    )
    said = " ".join(plot_sweep(odd, "sparsity", y="c2").get_suptitle().split())
    assert f"2 simulated values: largest $|z|$ = {rows.c2_z[2:].abs().max():.1f}, " in said
    assert said.endswith("; 2 not judged, whose samples are alike but for rounding")
    said = plot_sweep(odd.assign(c2_stderr=0.0), "sparsity", y="c2").get_suptitle()
    assert said.splitlines()[-1] == "4 not judged, whose samples are alike but for rounding"
    assert "judged" not in plot_sweep(rows, "sparsity", y="c2").get_suptitle()


@pytest.mark.parametrize(
    ("fixed", "y", "said"),
    [
        ({"shared_fraction": 0.0}, "c2", "k = 2, s = 0, ρ = 1, g₁·x ≥ δ"),
        ({"shared_fraction": 1.0}, "c1", "k = 2, s = 1, r = 0.5, ρ = 1, g₁·x ≥ δ"),
        ({"n_labels": 1}, "kept_shared", "k = 1, ρ = 1, g₁·x ≥ δ"),
        ({"n_labels": 1}, "chosen_shared", "k = 1, s = 0.5, ρ = 1, g₁·x ≥ δ"),
    ],
)
def test_fields_without_effect_are_left_out_of_the_heading(sweep_of, fixed, y, said):
    heading = plot_sweep(sweep_of(replace(BASE, **fixed), delta=[0.1, 0.2]), "delta", y=y).get_suptitle()
    assert heading.splitlines()[0] == f"n = 1,000, {said}, unit vectors"


def test_the_heading_s_numbers_are_the_table_s(plane):
    """Only a seed from which the rows' own derive is said, whatever a sidecar says."""
    heading = plot_sweep(plane, "sparsity", hue="n_labels", col="n").get_suptitle()
    for seed in (1, "0", None, [0], {"a": 1}):
        odd = plane.copy()
        odd.attrs["sidecar"] = plane.attrs["sidecar"] | {"seed": seed, "samples": 10**6, "estimator": "direct"}
        assert plot_sweep(odd, "sparsity", hue="n_labels", col="n").get_suptitle() == heading.replace(", seed 0", "")


def test_values_may_be_chosen_in_any_order(plane):
    one = plot_sweep(plane, "sparsity", hue="n_labels", where={"n": 1000})
    other = plot_sweep(
        plane.sample(frac=1.0, random_state=0), "sparsity", hue="n_labels", where={"n": [1000], "n_labels": [10, 2]}
    )
    for (x, y, errors), found in zip(points_of(one.axes[0]), points_of(other.axes[0]), strict=True):
        np.testing.assert_array_equal(found, (x, y, errors))


def test_ties_interrupt_the_curve(sweep_of):
    frame = sweep_of(shared_correlation="-1:1:5")
    places, values = exact_curve(frame, "shared_correlation", "c1")
    assert (places[-1], values[-1]) == (1.0, exact(replace(BASE, shared_correlation=1.0)).c1)
    assert np.isnan(values[-2])
    assert values[-3] == pytest.approx(0.5 * values[-1], rel=1e-3)  # 2^-(k-1) of it, where labels are all but alike
    assert np.isfinite(np.delete(values, -2)).all()
    figure = plot_sweep(frame, "shared_correlation")
    alone = [line for line in figure.axes[0].get_lines() if line.get_marker() == "_" and len(line.get_xdata()) == 1]
    assert any(line.get_xdata() == [1.0] and line.get_ydata() == [values[-1]] for line in alone)


def test_whole_numbers_stay_whole(sweep_of):
    places, values = exact_curve(sweep_of(n_labels=[2, 7]), "n_labels", "c2", log=True)
    assert list(places) == [2, 3, 4, 5, 6, 7]
    assert list(np.diff(values) < 0.0) == [True] * 5


def test_other_laws_are_joined_at_the_points(sweep_of):
    frame = sweep_of(replace(BASE, gradient_law="gaussian"), delta=[0.1, 0.2, 0.4])
    places, values = exact_curve(frame, "delta", "c1")
    assert list(zip(places, values, strict=True)) == list(zip(frame.delta, frame.c1_exact, strict=True))
    assert "lines exact at the points, straight between them" in " ".join(plot_sweep(frame, "delta").get_suptitle().split())


def test_one_point_and_words(sweep_of):
    figure = plot_sweep(sweep_of(delta=[0.1]), "delta")
    assert len(points_of(figure.axes[0])[0][0]) == 1
    figure = plot_sweep(sweep_of(conditioning=["exactly", "at_least"], delta=[0.1, 0.2]), "delta", row="conditioning")
    assert len(figure.axes) == 2
    assert {text.get_text() for panel in figure.axes for text in panel.texts} == {
        "g₁·x = δ",
        "g₁·x ≥ δ",
    }


def test_logarithmic_axes(sweep_of):
    frame = sweep_of(delta=[0.02, 0.2], n_labels=[300])
    figure = plot_sweep(frame.assign(c1=[0.0, 0.1]), "delta", log="both")
    (panel,) = figure.axes
    assert (panel.get_xscale(), panel.get_yscale()) == ("log", "log")
    assert "(1 at 0 or below cannot be shown)" in " ".join(figure.get_suptitle().split())
    figure.canvas.draw()
    assert {"0.02", "0.05", "0.1", "0.2"} <= {tick.get_text() for tick in panel.get_xticklabels()}
    gaps = exact_curve(frame, "delta", "c1", log=True)[0]
    np.testing.assert_allclose(gaps[1:] / gaps[:-1], (0.2 / 0.02) ** 0.01, rtol=1e-10)


def test_numbers_of_a_range_are_rounded_unless_two_look_alike(sweep_of):
    frame = sweep_of(sparsity="0.03:1:6:log", delta=[0.1, 0.2])
    texts = [text.get_text() for text in plot_sweep(frame, "delta", hue="sparsity").legends[0].get_texts()]
    assert texts == ["0.03", "0.0605", "0.122", "0.246", "0.496", "1"]
    near = plot_sweep(sweep_of(sparsity=[0.1234, 1 / 3, 0.3334], delta=[0.1, 0.2]), "delta", hue="sparsity")
    assert [text.get_text() for text in near.legends[0].get_texts()] == ["0.1234", "0.333", "0.3334"]
    near = plot_sweep(sweep_of(sparsity=[1 / 3, 0.33334445], delta=[0.1, 0.2]), "delta", hue="sparsity")
    assert [text.get_text() for text in near.legends[0].get_texts()] == ["0.333333", "0.333344"]


def test_long_numbers_below_an_axis_have_room(sweep_of):
    figure = plot_sweep(sweep_of(sparsity=[0.002, 0.004], n=[1000, 2000, 3000]), "sparsity", col="n")
    figure.canvas.draw()
    for panel in figure.axes:
        boxes = [label.get_window_extent() for label in panel.get_xticklabels() if label.get_text()]
        assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_values_that_look_alike_stay_apart(sweep_of):
    near = [0.1, 0.10000000001]
    frame = sweep_of(sparsity=near, delta=[0.1, 0.2])
    figure = plot_sweep(frame, "delta", hue="sparsity")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["0.1", "0.10000000001"]
    for (_, y, _), rho in zip(points_of(figure.axes[0]), near, strict=True):
        np.testing.assert_array_equal(y, frame[frame.sparsity == rho].c1)
    titles = [panel.get_title() for panel in plot_sweep(frame, "delta", col="sparsity").axes]
    assert titles == [r"$\rho$ = 0.1", r"$\rho$ = 0.10000000001"]


def test_a_colour_that_the_first_panel_lacks_is_in_the_legend(plane):
    figure = plot_sweep(plane[(plane.n == 1000) | (plane.n_labels == 2)], "sparsity", hue="n_labels", col="n")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["2", "10"]
    assert [len(points_of(panel)) for panel in figure.axes] == [1, 2]
    (first,), (one, other) = (colors_of(panel) for panel in figure.axes)
    assert first == one != other


def test_many_colours_are_a_scale(sweep_of):
    frame = sweep_of(n_labels=list(range(2, 15)), delta=[0.1, 0.2])
    figure = plot_sweep(frame, "delta", hue="n_labels", where={"n_labels": list(range(2, 14))})
    assert len(colors_of(figure.axes[0])) == 12
    containers: Any = figure.axes[0].containers
    assert len({container.lines[0].get_marker() for container in containers}) == 12
    with pytest.raises(ValueError, match="hue shows 12 values at most, not the 13 of n_labels: choose some"):
        plot_sweep(frame, "delta", hue="n_labels")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": "foo"}, "x must be an axis of the sweep, one of 'n_labels', 'sparsity', 'n', not 'foo'"),
        ({"x": "delta"}, "x must be an axis of the sweep, one of .*, not 'delta'"),
        ({"x": 5}, "x must be an axis of the sweep, one of .*, not 5"),
        ({"hue": "sparsity"}, "x='sparsity' has two places"),
        ({"hue": None}, r"n_labels vary, too: make them hue, col or row, or choose a value, --set n_labels=2 \(where="),
        ({"hue": None, "where": None}, "n_labels and n vary, too"),
        ({"y": "c3"}, "y must be one of 'c1', 'c2', .*, not 'c3'"),
        ({"y": "rival_c1"}, "y='rival_c1' has no value at any of these points"),
        ({"where": {"n": 7}}, "where: n = 7 is not on the sweep's axis: 500, 1000"),
        ({"where": {"n": "<b>"}}, "where: n = '<b>' is not on the sweep's axis"),
        ({"where": {"delta": 0.1}}, "where must be an axis of the sweep"),
        ({"where": {"n": []}}, "where leaves no points"),
        ({"log": "z"}, "log must be one of 'none', 'x', 'y', 'both', not 'z'"),
        ({"level": "x"}, "level must be a number, not 'x'"),
        ({"level": np.inf}, "level must be finite, not inf"),
        ({"level": np.nan}, "level must be finite, not nan"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(plane, change, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        plot_sweep(plane, **({"x": "sparsity", "hue": "n_labels", "where": {"n": 1000}} | change))
    assert "\n" not in str(error.value)


def test_an_axis_of_words_or_at_zero(sweep_of):
    frame = sweep_of(shared_correlation=[0.0, 0.5], conditioning=["exactly", "at_least"])
    with pytest.raises(ValueError, match="x must be an axis of numbers, not 'conditioning'"):
        plot_sweep(frame, "conditioning", hue="shared_correlation")
    with pytest.raises(ValueError, match="log must leave out x: shared_correlation = 0 has no place on a logarithmic axis"):
        plot_sweep(frame, "shared_correlation", hue="conditioning", log="x")
    with pytest.raises(ValueError, match="log must leave out y: c1 is -1 at most"):
        plot_sweep(frame.assign(c1=-1.0, c1_exact=-2.0), "shared_correlation", hue="conditioning", log="y")


def test_what_is_no_sweep_is_refused(plane):
    with pytest.raises(TypeError, match="frame must be a sweep's table, as load and run return it, not a DataFrame"):
        plot_sweep(pd.DataFrame(plane), "sparsity")
    for odd in (plane.iloc[:0], plane.drop(columns="n")):
        with pytest.raises(ValueError, match="frame must have a row at least, and the columns and attrs"):
            plot_sweep(odd, "sparsity")
    with pytest.raises(ValueError, match="frame has several rows at one point"):
        plot_sweep(pd.concat([plane, plane]), "sparsity", hue="n_labels", where={"n": 1000})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"c1_z": None}, "frame must have a column 'c1_z' of numbers"),
        ({"n_samples": "x"}, "frame must have a column 'n_samples' of numbers"),
        ({"gradient_law": None}, "frame must have a column 'gradient_law'"),
        ({"c1_stderr": -1.0}, "frame must have no standard error below 0 in the column 'c1_stderr'"),
        ({"shared_correlation": 1.5}, "shared_correlation must be from -1 to 1, not 1.5"),
        ({"delta": "x"}, "delta must be a number, not 'x'"),
    ],
)
def test_a_table_may_have_been_written_by_anybody(plane, change, message):
    odd = plane.drop(columns=[name for name, value in change.items() if value is None])
    odd = odd.assign(**{name: value for name, value in change.items() if value is not None})
    with pytest.raises((TypeError, ValueError), match=message):
        plot_sweep(odd, "sparsity", hue="n_labels", where={"n": 1000})
    assert plt.get_fignums() == []


def test_texts_of_a_table_are_no_mathematics(plane):
    odd = plane.assign(estimator="$\\frac{$\x1b", gradient_law="$x^$")
    odd.attrs["sidecar"] = {**plane.attrs["sidecar"], "axes": {**plane.attrs["sidecar"]["axes"], "gradient_law": ["$x^$"]}}
    figure = plot_sweep(odd, "sparsity", hue="gradient_law", row="n_labels", where={"n": 1000})
    figure.canvas.draw()
    assert "\\$\\frac{\\$\\x1b estimator" in figure.get_suptitle()
    assert figure.legends[0].get_texts()[0].get_text() == "\\$x^\\$"


def test_who_draws_keeps_their_settings(plane):
    before, figures = dict(mpl.rcParams), plt.get_fignums()
    red = mpl.colors.to_rgb("r")
    plot_sweep(plane, "sparsity", hue="n_labels", where={"n": 1000})
    assert (dict(mpl.rcParams), plt.get_fignums(), mpl.colors.to_rgb("r")) == (before, figures, red)


def test_what_a_notebook_s_backend_sets_when_it_is_loaded_stays():
    assert not mpl.is_interactive()
    with styled():
        mpl.interactive(True)
    assert mpl.is_interactive()
    mpl.interactive(False)
