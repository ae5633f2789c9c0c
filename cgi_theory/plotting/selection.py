"""Which rows of a sweep's table a figure shows: everything that varies has a place in it, or one value is chosen."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cgi_theory._arguments import one_of, shown
from cgi_theory._symbols import FIELDS
from cgi_theory.tables.grids import SweepFrame
from cgi_theory.tables.rows import QUANTITIES

MOST_VALUES = {"hue": 12, "col": 6, "row": 6}


def chosen_rows(
    frame: pd.DataFrame, places: Mapping[str, str], y: str, where: Mapping[str, Any], logarithmic: tuple[str, ...]
) -> pd.DataFrame:
    """Return the rows that are drawn, or raise a TypeError or ValueError that says what is off.

    Parameters
    ----------
    frame : SweepFrame
    places : mapping
        The axis of the sweep that is x, hue, col or row.
    y : str
        The quantity.
    where : mapping
        The value, or values, of an axis that are drawn.
    logarithmic : tuple of str
        Of "x" and "y", those whose values must be above 0.
    """
    if not isinstance(frame, SweepFrame):
        raise TypeError(f"frame must be a sweep's table, as load and run return it, not a {type(frame).__name__}")
    axes = frame.attrs.get("sidecar", {}).get("axes", {})
    if not len(frame) or not axes or not set(axes) <= set(frame.columns):
        raise ValueError("frame must have a row at least, and the columns and attrs of a sweep's table")
    _require_columns(frame, one_of("y", y, QUANTITIES))
    for name, axis in places.items():
        _require_axis(name, axis, axes)
        if list(places.values()).count(axis) > 1:
            raise ValueError(f"{name}={axis!r} has two places: x, hue, col and row must be different axes")
    if not pd.api.types.is_numeric_dtype(frame[places["x"]]):
        raise ValueError(f"x must be an axis of numbers, not {places['x']!r}: make it hue, col or row")
    rows = pd.DataFrame(frame)
    for axis, wanted in where.items():
        _require_axis("where", axis, axes)
        rows = rows[rows[axis].isin(_values(axis, wanted, axes[axis]))]
    if rows.empty:
        raise ValueError("where leaves no points: they failed, or were left out of frame")
    _require_places(rows, axes, places)
    _require_values(rows, places["x"], y, logarithmic)
    return rows.sort_values(list(places.values()))


def _require_columns(frame: pd.DataFrame, y: str) -> None:
    """Raise a ValueError unless what is drawn is there, and numbers: a table may have been written by anybody."""
    numbers = [y + ending for ending in ("", "_stderr", "_exact", "_z")] + ["n_samples"]
    for column in (*FIELDS, "estimator", *numbers):
        if column not in frame or (column in numbers and not pd.api.types.is_numeric_dtype(frame[column])):
            raise ValueError(f"frame must have a column {column!r}" + (" of numbers" if column in numbers else ""))
    if (frame[f"{y}_stderr"] < 0.0).any():
        raise ValueError(f"frame must have no standard error below 0 in the column '{y}_stderr'")


def _require_axis(argument: str, name: object, axes: Mapping[str, Any]) -> None:
    if not isinstance(name, str) or name not in axes:
        raise ValueError(f"{argument} must be an axis of the sweep, one of {', '.join(map(repr, axes))}, not {shown(name)}")


def _values(axis: str, wanted: Any, there: list[Any]) -> list[Any]:
    """Return the values of an axis that are wanted, all of which must be there."""
    members = list(wanted) if isinstance(wanted, list | tuple | np.ndarray) else [wanted]
    for member in members:
        if member not in there:
            few = ", ".join(map(shown, there[:8])) + (", …" if len(there) > 8 else "")
            raise ValueError(f"where: {axis} = {shown(member)} is not on the sweep's axis: {few}")
    return members


def _require_places(rows: pd.DataFrame, axes: Mapping[str, Any], places: Mapping[str, str]) -> None:
    """Raise a ValueError if an axis varies that has no place, or has more values than its place can show."""
    homeless = [name for name in axes if rows[name].nunique() > 1 and name not in places.values()]
    if homeless:
        raise ValueError(
            f"{' and '.join(homeless)} vary, too: make them hue, col or row, or choose a value, "
            f"--set {homeless[0]}={rows[homeless[0]].iloc[0]} (where={{{homeless[0]!r}: …}})"
        )
    for place, most in MOST_VALUES.items():
        if place in places and (count := rows[places[place]].nunique()) > most:
            raise ValueError(
                f"{place} shows {most} values at most, not the {count} of {places[place]}: choose some, "
                f"--set {places[place]}=VALUE,VALUE (where={{{places[place]!r}: […]}}), or make it x"
            )
    if rows.duplicated(list(places.values())).any():
        raise ValueError("frame has several rows at one point")


def _require_values(rows: pd.DataFrame, x: str, y: str, logarithmic: tuple[str, ...]) -> None:
    drawn = rows[[y, f"{y}_exact"]].to_numpy(dtype=np.float64)
    if not np.isfinite(drawn).any():
        raise ValueError(f"y={y!r} has no value at any of these points")
    smallest, largest = float(rows[x].min()), np.nanmax(drawn)
    if "x" in logarithmic and smallest <= 0.0:
        raise ValueError(f"log must leave out x: {x} = {smallest:g} has no place on a logarithmic axis")
    if "y" in logarithmic and largest <= 0.0:
        raise ValueError(f"log must leave out y: {y} is {largest:g} at most, which has no place on a logarithmic axis")
