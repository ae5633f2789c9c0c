"""A sweep as a figure: simulated points with error bars over exact curves, in facets."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from textwrap import wrap
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from cgi_theory._arguments import LARGEST, one_of, real_number
from cgi_theory._stdio import visible
from cgi_theory._symbols import FIELDS, field_label, quantity_label, value_label, value_text
from cgi_theory.plotting.comparison import COLORS, MARKERS, agreement, z_scores
from cgi_theory.plotting.curves import exact_curve, is_fine, model_of
from cgi_theory.plotting.selection import chosen_rows
from cgi_theory.plotting.style import styled
from cgi_theory.tables.rows import point_seed
from cgi_theory.tables.short import varies

Log = Literal["none", "x", "y", "both"]
_HEIGHTS = {1: 3.6, 2: 3.0}  # of a panel, in inches, by the number of panels
_SMALL, _ASPECT = 2.6, 1.4
_LETTERS_IN_AN_INCH, _LINES_IN_AN_INCH = 16, 6  # of small text
_LETTERS_OF_A_MARKER, _MARGIN = 6, 0.3
_MORE_MARKERS = ("X", "<", ">", "p", "*", "h")
_TICKS = 5  # of a horizontal axis, at most: as many long numbers as have room
_FEW_NUMBERS, _PLAIN_NUMBERS = 30.0, 1e4  # spans of logarithmic axes on which numbers are written out
_SCALES: dict[str, tuple[str, ...]] = {"none": (), "x": ("x",), "y": ("y",), "both": ("x", "y")}


def plot_sweep(
    frame: pd.DataFrame,
    x: str,
    *,
    y: str = "c1",
    hue: str | None = None,
    col: str | None = None,
    row: str | None = None,
    where: Mapping[str, Any] | None = None,
    log: Log = "none",
    level: float | None = None,
) -> Figure:
    """Draw a quantity of a sweep along an axis: simulated points, ± 1 standard error, over exact curves.

    Parameters
    ----------
    frame : SweepFrame
        What ``load`` or ``run`` gave of a sweep.
    x : str
        The axis of the sweep that is the horizontal one; its values are numbers.
    y : str
        The quantity: c1, c2, kept_shared, kept_distinct, chosen_shared, rival_shared, rival_c1 or rival_c2.
    hue, col, row : str, optional
        Axes of the sweep whose values have colours (12 at most), columns and rows of panels (6 at most).
    where : mapping, optional
        For axes of the sweep the value, or a list of values, that are drawn.
    log : {"none", "x", "y", "both"}
        Which axes are logarithmic.
    level : float, optional
        Where a horizontal line is drawn.

    Returns
    -------
    Figure
        It has no window and is not pyplot's: a notebook shows it once, ``figure.savefig`` writes it.

    Raises
    ------
    TypeError, ValueError
        Naming the argument that is off; if an axis of the sweep varies that is given no place; or if the quantity has no value
        there, or none that a logarithmic axis can show.

    Notes
    -----
    For unit vectors the curves are exact between the sweep's points, too; for other laws straight lines join exact values there.
    """
    scales = _SCALES[one_of("log", log, tuple(_SCALES))]
    line = None if level is None else real_number("level", level, -LARGEST, LARGEST)
    places = {"x": x} | {name: axis for name, axis in (("hue", hue), ("col", col), ("row", row)) if axis is not None}
    rows = chosen_rows(frame, places, y, where or {}, scales)
    with styled(), _closed():
        figure = _draw(rows, places, y, scales, line)
    hidden = int((rows[y] <= 0.0).sum()) if "y" in scales else 0
    _put_above(figure, _heading(rows, places, y, hidden, frame.attrs["sidecar"]))
    return figure


@contextmanager
def _closed() -> Iterator[None]:
    """Take from pyplot what is opened here, even if drawing fails: a figure of its own would be shown twice in a notebook."""
    before = plt.get_fignums()
    try:
        yield
    finally:
        for number in set(plt.get_fignums()) - set(before):
            plt.close(number)


def _draw(rows: pd.DataFrame, places: Mapping[str, str], y: str, scales: tuple[str, ...], level: float | None) -> Figure:
    """Return the panels with their axes' labels and the legend."""
    drawn = rows.assign(**{name: _texts(name, axis, rows[axis].tolist()) for name, axis in places.items() if name != "x"})
    values = {name: list(dict.fromkeys(drawn[name])) for name in places if name != "x"}
    colors, markers = _looks(len(values.get("hue", "1")))
    facets = {name: name for name in values} | {f"{name}_order": texts for name, texts in values.items()}
    looks = {"palette": colors, "hue_kws": {"marker": markers}} if "hue" in values else {}
    height = _HEIGHTS.get(max(len(values.get("col", "1")), len(values.get("row", "1"))), _SMALL)
    grid = sns.FacetGrid(drawn, height=height, aspect=_ASPECT, margin_titles=True, **facets, **looks)
    grid.map_dataframe(_draw_line, x=places["x"], y=y, log="x" in scales)
    grid.set_titles(col_template="{col_name}", row_template="{row_name}")
    for panel in grid.axes.flat:
        if level is not None:
            panel.axhline(level, color="0.6", linestyle=":", zorder=0)
        if "x" not in scales:
            panel.locator_params(axis="x", nbins=_TICKS)
        for axis in scales:
            _make_logarithmic(getattr(panel, f"{axis}axis"), axis)
    grid.set_axis_labels("", "")
    figure: Figure = grid.figure
    figure.set_layout_engine("constrained")
    figure.supxlabel(field_label(places["x"], math=True), fontsize="medium")
    figure.supylabel(quantity_label(y, math=True), fontsize="medium")
    if "hue" in values:
        _put_beside(figure, values["hue"], field_label(places["hue"]), field_label(places["hue"], math=True))
    return figure


def _put_beside(figure: Figure, texts: list[str], name: str, title: str) -> None:
    """Write the legend beside the panels, of which some may lack a colour; the figure grows by its width."""
    found = (panel.get_legend_handles_labels() for panel in figure.axes)
    handles = {text: handle for pair in found for handle, text in zip(*pair, strict=True)}
    figure.legend([handles[text] for text in texts], texts, title=title, loc="outside right center")
    longest = max(len(name), *(len(text) + _LETTERS_OF_A_MARKER for text in texts))
    figure.set_figwidth(figure.get_figwidth() + longest / _LETTERS_IN_AN_INCH + _MARGIN)


def _texts(place: str, axis: str, values: list[Any]) -> list[str]:
    """Return values as a legend, whose title names the axis, or titles of panels show them; no two look alike."""
    for text_of in (_short_text, value_text, str):
        short = {value: text_of(value) for value in values}
        if len(set(short.values())) == len(short):
            break
    texts = short if place == "hue" else {value: value_label(axis, text, math=True) for value, text in short.items()}
    return [_plain(texts[value]) if isinstance(value, str) else texts[value] for value in values]


def _short_text(value: object) -> str:
    """Return a value's text, with three digits of a number that six do not write, as on a logarithmic axis."""
    return f"{value:.3g}" if isinstance(value, float) and float(f"{value:g}") != value else value_text(value)


def _plain(text: str) -> str:
    """Return a table's text such that Matplotlib takes none of it for mathematics."""
    return visible(text).replace("$", r"\$")


def _draw_line(data: pd.DataFrame, *, x: str, y: str, log: bool, color: Any, marker: str = "o", label: str | None = None) -> None:
    """Draw the exact curve and the points of one colour in the current panel."""
    panel = plt.gca()
    places, values = exact_curve(data, x, y, log=log)
    panel.plot(places, values, color=color)
    alone = np.isfinite(values) & ~np.isfinite(np.append(values[1:], np.nan)) & ~np.isfinite(np.append(np.nan, values[:-1]))
    panel.plot(places[alone], values[alone], "_", markersize=12, color=color)
    bars: dict[str, Any] = {"fmt": marker, "markersize": 4, "capsize": 2, "linewidth": 1.0}
    panel.errorbar(data[x], data[y], yerr=data[f"{y}_stderr"], color=color, label=label, **bars)


def _put_above(figure: Figure, heading: list[str]) -> None:
    """Write lines above the panels, as broad as the figure, which grows by their height."""
    letters = round(_LETTERS_IN_AN_INCH * figure.get_figwidth())
    lines = [part for line in heading for part in wrap(line, letters)]
    figure.set_figheight(figure.get_figheight() + len(lines) / _LINES_IN_AN_INCH)
    figure.suptitle("\n".join(lines), fontsize="small", color="0.3")


def _looks(count: int) -> tuple[list[Any], list[str]]:
    """Return colours and markers for so many values: different ones of few, a scale of many."""
    colors = COLORS[:count] if count <= len(COLORS) else list(sns.color_palette("viridis", count))
    return colors, [*MARKERS, *_MORE_MARKERS][:count]


def _make_logarithmic(axis: Axis, name: str) -> None:
    """Make an axis logarithmic; if it spans few decades, with plain numbers, some in each decade."""
    axis.axes.set(**{f"{name}scale": "log"})
    low, high = axis.get_view_interval()
    if high < _PLAIN_NUMBERS * low:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < _FEW_NUMBERS * low else (1.0, 3.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _heading(rows: pd.DataFrame, places: Mapping[str, str], y: str, hidden: int, sidecar: Mapping[str, Any]) -> list[str]:
    """Say what is the same at every point, how it was drawn, and how far simulation and theory lie apart."""
    first = rows.to_dict("records")[0]
    silent = {*places.values(), *_without_effect(rows, y)}
    same = [name for name in FIELDS if name not in silent and not pd.isna(first[name])]
    fields = ", ".join(value_label(name, first[name]) for name in same)
    counts = [f"{count:,}" for count in sorted({rows.n_samples.min(), rows.n_samples.max()})]
    drawn = f"{first['estimator']} estimator, {' to '.join(counts)} samples a point{_seed(first, sidecar.get('seed'))}"
    curves = "lines exact" if is_fine(rows) else "lines exact at the points, straight between them"
    z = z_scores(rows, [y])
    z = z[np.isfinite(z)]
    points = "points simulated ± 1 standard error" + (f" ({hidden} at 0 or below cannot be shown)" if hidden else "")
    alike = int((rows[f"{y}_stderr"].notna() & ~varies(rows, y)).sum())
    judged = [agreement(z)] if z.size else []
    judged += [f"{alike} not judged, whose samples are alike but for rounding"] if alike else []
    return [_plain(fields), _plain(drawn), f"{curves}; {points}", "; ".join(judged)]


def _without_effect(rows: pd.DataFrame, y: str) -> set[str]:
    """Return fields that change nothing at any point: r without rivals or shared features, and s without rivals."""
    if (rows.n_labels == 1).all():
        return {"shared_correlation"} | (set() if y == "chosen_shared" else {"shared_fraction"})
    return {"shared_correlation"} if (rows.shared_fraction == 0.0).all() else set()


def _seed(row: Mapping[Hashable, Any], seed: object) -> str:
    """Return what the heading says of a sidecar's seed: nothing unless the row's own seed, in the table, derives from it."""
    try:
        own = point_seed(seed, model_of(row), row["estimator"])  # type: ignore[arg-type]  # whatever a sidecar holds
    except (TypeError, ValueError):
        return ""
    return f", seed {seed}" if row.get("point_seed") == str(own) else ""
