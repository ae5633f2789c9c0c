"""A sweep's table as a frame that knows its grid: as an xarray Dataset, and in short in a notebook."""

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgi_theory._arguments import shown
from cgi_theory._html import html_table
from cgi_theory._symbols import ENDINGS, FIELDS, QUANTITIES, column_label, field_label
from cgi_theory.tables import MOST_POINTS
from cgi_theory.tables.short import short_rows

if TYPE_CHECKING:
    import xarray

_OWN = {*FIELDS, "estimator", "n_samples", "point_seed", *(name + ending for name in QUANTITIES for ending in ENDINGS)}


class SweepFrame(pd.DataFrame):
    """What ``load`` and ``run`` return of a sweep: a pandas frame with a row for each point, and its grid.

    Rows and columns that are chosen of it are a SweepFrame, too, as long as ``attrs["sidecar"]`` and the columns of all axes are
    with them.
    """

    @property
    def _constructor(self) -> type["SweepFrame"]:
        return SweepFrame

    def to_xarray(self) -> "xarray.Dataset":  # type: ignore[misc]  # which pandas' stubs call final
        """Return the sweep as a Dataset: axes as coordinates, quantities as variables.

        ``ds.c1.sel(n_labels=10).plot(x="delta")`` then draws a curve, labelled.

        Returns
        -------
        Dataset
            Dimensions are the axes, in their order. Coordinates are their values; those of ``conditioning`` and ``gradient_law``
            are texts. Variables are the table's other columns, of each quantity, c1 say, ``c1_exact``, ``c1_limit``, ``c1``
            (simulated), ``c1_stderr`` and ``c1_z``; ``long_name`` says what they are. Points that are not among the rows, because
            they failed or were left out, are NaN. What is the same at every point is in ``attrs``: the model's other fields,
            and ``estimator``; ``failed``, a line for each point that failed; and ``sidecar``, as JSON.

        Raises
        ------
        ImportError
            If xarray is not installed.
        ValueError
            If the axes do not name each row once.

        Notes
        -----
        A frame that lost the columns of its axes is any frame, and pandas' own ``to_xarray`` is used.
        """
        try:
            import xarray  # noqa: PLC0415  an optional library
        except ImportError:
            raise ImportError("to_xarray needs the package xarray: pip install 'cgi-theory[xarray]'") from None
        sidecar, table = self.attrs.get("sidecar", {}), _bare(self)
        if "axes" not in sidecar or (len(table.columns) and not set(sidecar["axes"]) <= set(table.columns)):
            return super().to_xarray()
        coordinates = {name: _coordinate(name, values) for name, values in sidecar["axes"].items()}
        places, same = _places(table, sidecar["axes"]), _same_everywhere(table.drop(columns=coordinates, errors="ignore"))
        shape = tuple(map(len, coordinates.values()))
        variables = {
            column: (tuple(coordinates), _spread(table[column].to_numpy(), places, shape), {"long_name": column_label(column)})
            for column in table.columns
            if column not in coordinates and column not in same
        }
        named = {name: (name, values, {"long_name": field_label(name)}) for name, values in coordinates.items()}
        attributes = {name: value for name, value in same.items() if not pd.isna(value)}
        attributes |= {"failed": _failures(sidecar), "sidecar": json.dumps(sidecar)}
        return xarray.Dataset(variables, named, attributes)

    def _repr_html_(self) -> str | None:
        """Return what a notebook shows: of each point its place, c1 and c2; of other frames what pandas shows."""
        ours = self.columns.is_unique and _OWN.issuperset(self.columns)
        first = _bare(self).head(pd.get_option("display.max_rows") or len(self))
        rows = short_rows(first, self.attrs.get("sidecar")) if ours else []
        if not rows:
            shown: str | None = super()._repr_html_()  # type: ignore[misc]  # which pandas' stubs lack
            return shown
        more = f", the first {len(rows)} of" if len(rows) < len(self) else ":"
        head = f"Sweep{more} {len(self)} points; all {len(self.columns)} columns are in frame.columns"
        return html_table(head, rows[0], ([_cell(value) for value in row.values()] for row in rows))


def _bare(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without attrs, which pandas copies, down to each value on an axis, whenever a column is taken."""
    table = pd.DataFrame(frame)
    table.attrs = {}
    return table


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def require_axes(axes: object) -> None:
    """Raise a ValueError unless a sidecar's axes are lists of values that make a grid of a sweep's size."""
    if not (isinstance(axes, dict) and all(isinstance(values, list) for values in axes.values())):
        raise ValueError("the sidecar's axes are not lists of values")
    if any(isinstance(value, dict | list) for values in axes.values() for value in values):
        raise ValueError("the sidecar's axes are not lists of values")
    if math.prod(map(len, axes.values())) > MOST_POINTS:
        raise ValueError(f"the sidecar's axes make a grid of more than {MOST_POINTS} points")


def _coordinate(name: str, values: list[Any]) -> NDArray[Any]:
    """Return an axis' values as numbers or texts, each once."""
    texts = all(isinstance(value, str) for value in values)
    if not texts and any(isinstance(value, str | bool) or value is None for value in values):
        raise ValueError(f"the axis {shown(name)} must hold numbers or texts, not both or others")
    found = np.array(values, dtype=str if texts else None)
    if found.dtype.kind not in "iufU":  # whole numbers that no type holds
        raise ValueError(f"the axis {shown(name)} holds numbers that are too large")
    if len(set(values)) < len(values):
        raise ValueError(f"the axis {shown(name)} repeats a value")
    return found


def _places(frame: pd.DataFrame, axes: Mapping[str, list[Any]]) -> tuple[NDArray[np.intp], ...]:
    """Return where each row lies along each axis, or raise a ValueError unless all lie somewhere, each alone."""
    if not len(frame):
        return tuple(np.zeros(0, dtype=np.intp) for _ in axes)
    places = []
    for name, values in axes.items():
        place = {value: i for i, value in enumerate(values)}
        found = [place.get(value, -1) for value in frame[name].tolist()]
        if -1 in found:
            off = frame[name].tolist()[found.index(-1)]
            raise ValueError(f"the axes do not name each row once: {name} = {shown(off)} is not on the axis")
        places.append(np.array(found, dtype=np.intp))
    numbers = np.ravel_multi_index(places, tuple(map(len, axes.values()))) if places else np.zeros(len(frame), dtype=np.intp)
    order, counts = np.unique(numbers, return_counts=True)
    if np.any(counts > 1):
        twice = int(np.flatnonzero(numbers == order[counts > 1][0])[0])
        lying = ", ".join(f"{name} = {shown(frame[name].tolist()[twice])}" for name in axes)
        raise ValueError(f"the axes do not name each row once: there are several rows at {lying or 'the only point'}")
    return tuple(places)


def _spread(values: Any, places: tuple[NDArray[np.intp], ...], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a column's values on the grid; where no row lies, NaN, or an empty text."""
    numbers = np.asarray(values)
    if numbers.dtype.kind in "iufb":
        whole = len(numbers) == math.prod(shape)
        grid = np.empty(shape, dtype=numbers.dtype) if whole else np.full(shape, math.nan)
    else:
        numbers = np.array(["" if pd.isna(value) else str(value) for value in numbers], dtype=str)
        grid = np.full(shape, "", dtype=numbers.dtype)
    if len(numbers):
        grid[places] = numbers
    return grid


def _same_everywhere(frame: pd.DataFrame) -> dict[str, Any]:
    """Return what is the same at every point: fields of the model that do not vary, unless they are unset, and the estimator."""
    columns = [name for name in (*FIELDS, "estimator") if name in frame and frame[name].nunique(dropna=False) == 1]
    return {name: frame[name].tolist()[0] for name in columns}


def _failures(sidecar: Mapping[str, Any]) -> list[str]:
    """Return a line for each point that failed."""
    lines = []
    for point in sidecar.get("failed", []):
        place = ", ".join(f"{name} = {shown(value)}" for name, value in point.items() if name != "error")
        lines.append(f"{place}: {point['error']}")
    return lines
