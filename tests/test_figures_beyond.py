"""Each figure beyond the paper draws what its table says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cgi_theory.plotting.comparison import agreement, z_scores
from figures import phase_diagram
from figures.registry import FIGURES


@pytest.fixture(scope="module")
def drawn(quick_table, style):
    """A function from a figure's name to its table and figure."""

    def draw(name):
        table = quick_table(FIGURES[name].table)
        return table, FIGURES[name].draw(table)

    yield draw
    plt.close("all")


def of_curve(rows):
    return rows[rows.estimator == "exact"]


def of_points(rows):
    return rows[rows.estimator != "exact"]


def assert_compared(panel, container, rows, x, name, scale=1.0):
    """``container`` holds the rows' points and standard errors, and a line of ``panel`` their exact curve."""
    points, curve = of_points(rows), of_curve(rows)
    across, up = container.lines[0].get_data()
    assert (across, up) == (pytest.approx(points[x].to_numpy()), pytest.approx((points[name] * scale).to_numpy(), rel=1e-9))
    bars = np.array(container.lines[2][-1].get_segments())
    halves = (bars[:, 1, 1] - bars[:, 0, 1]) / 2.0
    assert halves == pytest.approx((points[f"{name}_stderr"] * scale).to_numpy(), rel=1e-6, abs=1e-12)
    assert holds(panel, curve[x], curve[f"{name}_exact"] * scale)


def holds(panel, across, up):
    """Whether one of a panel's lines has this data."""
    lines = [line.get_data() for line in panel.get_lines()]
    return any(
        len(x) == len(across) and np.allclose(x, across, rtol=1e-9) and np.allclose(np.asarray(y, float), up, rtol=1e-9)
        for x, y in lines
    )


def assert_z_strip(strip, rows, x, name):
    random = of_points(rows)
    random = random[random[f"{name}_stderr"] > 0.0]
    assert holds(strip, random[x], random[f"{name}_z"])


def test_finite_size(drawn):
    table, figure = drawn("finite_size")
    c1, c2, collapse, rest = figure.axes
    unit = table[(table.gradient_law == "unit") & (table.conditioning == "at_least")]
    for panel, name in ((c1, "c1"), (c2, "c2")):
        assert len(panel.containers) == 4
        for container, (_, rows) in zip(panel.containers, unit.groupby("delta"), strict=True):
            assert_compared(panel, container, rows, "n", name)
    assert len(collapse.containers) == 2 * 4 * 2
    curve = collapse.get_lines()[0]
    threshold = np.asarray(curve.get_xdata(), float)
    at = np.argsort(threshold)
    for container in collapse.containers[:8]:  # the points lie on M to a percent or so
        x, y = container.lines[0].get_data()
        assert y == pytest.approx(
            np.interp(np.log(np.asarray(x, float)), np.log(threshold[at]), np.asarray(curve.get_ydata(), float)[at]), rel=0.03
        )
    assert len(rest.containers) == 6
    unit_points = rest.containers[0].lines[0].get_ydata()
    assert unit_points == pytest.approx(np.ones(len(unit_points)), abs=0.01)


def test_correlation(drawn):
    table, figure = drawn("correlation")
    for panel, strip, name in zip(figure.axes[:2], figure.axes[2:], ("c1", "kept_shared"), strict=True):
        for container, (k, rows) in zip(panel.containers, table.groupby("n_labels"), strict=True):
            assert_compared(panel, container, rows, "shared_correlation", name)
            assert_z_strip(strip, rows, "shared_correlation", name)
            assert container.lines[0].get_data()[1][-1] == pytest.approx(1.0)  # filled at r = 1
            limit = of_curve(rows).iloc[-1]
            (open_marker,) = (
                line
                for line in panel.get_lines()
                if line.get_markerfacecolor() == "white" and line.get_ydata()[0] == limit[f"{name}_exact"]
            )
            assert open_marker.get_ydata()[0] == pytest.approx(0.5 ** (k - 1), rel=1e-4)


def test_sparsity(drawn):
    table, figure = drawn("sparsity")
    for panel, strip, name in zip(figure.axes[:3], figure.axes[3:], ("c1", "c2", "contested"), strict=True):
        for container, (_, rows) in zip(panel.containers, table.groupby("n_labels"), strict=False):
            assert_compared(panel, container, rows, "sparsity", name)
            assert_z_strip(strip, rows, "sparsity", name)
    assert_compared(figure.axes[2], figure.axes[2].containers[4], table[table.n_labels == 10], "sparsity", "meet")


def test_phase_diagram(drawn):
    table, figure = drawn("phase_diagram")
    points, grid = of_points(table), of_curve(table)
    for panel, name in zip(figure.axes[:2], ("c1", "c2"), strict=True):
        scatter = next(c for c in panel.collections if len(c.get_offsets()) == len(points))
        assert scatter.get_array().data == pytest.approx(points[name].to_numpy())
        assert scatter.get_clim() == (0.0, 1.0)
        filled, lines = (c for c in panel.collections if hasattr(c, "levels"))
        assert filled.get_clim() == (0.0, 1.0)
        assert lines.levels.tolist() == [0.01, 0.1, 0.25, 0.5, 0.75, 0.9]
        half = lines.get_paths()[3].vertices  # on which the exact answer is a half
        at_grid = grid.set_index(["n_labels", "sparsity"])[f"{name}_exact"].unstack()
        column = at_grid.columns[8]
        assert half[:, 1].max() <= 1000.0
        crossing = half[np.isclose(half[:, 0], column)][:, 1]
        below, above = at_grid[column][at_grid.index < crossing[0]], at_grid[column][at_grid.index > crossing[0]]
        assert below.min() > 0.5 > above.max()
        assert [text.get_text() for text in panel.texts if "(" in text.get_text()] != []


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [(0.53312, 0.0021, "0.533(2)"), (0.00146, 0.00008, "0.00146(8)"), (0.0, 0.0, "0"), (0.5, 0.00096, "0.500(1)")],
)
def test_a_value_with_its_error_in_brackets(value, error, text):
    assert phase_diagram._with_error(value, error) == text


def test_selectivity(drawn):
    table, figure = drawn("selectivity")
    plane, ratio, kept_strip, c_strip = figure.axes
    for index, (name, kept) in enumerate((("c2", "kept_distinct"), ("c1", "kept_shared"))):
        rows = table[table[f"{kept}_exact"] > 1e-4]
        points, curve = of_points(rows), of_curve(rows)
        across, up = plane.containers[index].lines[0].get_data()
        assert (across.tolist(), up.tolist()) == (points[kept].tolist(), points[name].tolist())
        assert plane.containers[index].has_xerr
        assert plane.containers[index].has_yerr
        assert holds(plane, curve[f"{kept}_exact"], curve[f"{name}_exact"])
        over = rows.assign(**{c: rows[c] / rows[f"{kept}_exact"] for c in (name, f"{name}_stderr", f"{name}_exact")})
        assert_compared(ratio, ratio.containers[index], over, "n_labels", name)
        assert_z_strip(c_strip, rows, "n_labels", name)
        assert_z_strip(kept_strip, rows, kept, kept)
    (diagonal,) = (line for line in plane.get_lines() if line.get_label() == "random mask")
    assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())


def test_blankness(drawn):
    table, figure = drawn("blankness")
    kept, scaled = figure.axes
    assert_compared(kept, kept.containers[0], table, "n_labels", "kept_distinct")
    times_k = table.assign(
        **{c: table[c] * table.n_labels for c in ("kept_distinct", "kept_distinct_stderr", "kept_distinct_exact")}
    )
    assert_compared(scaled, scaled.containers[0], times_k, "n_labels", "kept_distinct")
    curve = of_curve(table)
    assert holds(kept, curve.n_labels, 1.0 / curve.n_labels)


@pytest.mark.parametrize("name", ["finite_size", "correlation", "sparsity", "phase_diagram", "selectivity", "blankness"])
def test_axes_have_names_and_the_title_says_how_well_theory_fits(drawn, name):
    _, figure = drawn(name)
    assert "simulated values: largest $|z|$ = " in figure.get_suptitle()
    for axes in figure.axes:
        named = axes.get_shared_x_axes().get_siblings(axes)
        assert any(other.get_xlabel() or other.get_ylabel() for other in named)
        assert not axes.get_xlabel().startswith("_")


def test_agreement_is_computed(drawn):
    table, figure = drawn("correlation")
    z = of_points(table).query("c1_stderr > 0").c1_z
    assert np.array_equal(z_scores(table, ["c1"]), z)
    assert figure.get_suptitle() == agreement(z.to_numpy())
    assert agreement(np.array([3.0, -1.0])) == "2 simulated values: largest $|z|$ = 3.0, mean $z^2$ = 5.00 ± 1.00"
