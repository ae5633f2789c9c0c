"""Axes of a sweep: lists and ranges of a field's values, written out as the field holds them.

Values of a range are rounded to 12 significant digits, so that they do not depend on a machine's logarithm, and to whole numbers,
each once, where the field is one.
"""

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np

from cgi_theory._arguments import shown, word
from cgi_theory.model import CompetitionModel, field_value
from cgi_theory.tables import MOST_POINTS

FIELDS = {item.name: item for item in fields(CompetitionModel)}
_WHOLE = {"n", "n_labels"}
_WORDS = {"conditioning", "gradient_law"}
# What no field holds, and float64 well does.
_TOO_FAR = 1e300
_NO_AXIS = 'axes.{name} must be a list or "start:stop:count[:log]", not {axis}'


def write_out(axes: object) -> dict[str, tuple[Any, ...]]:
    """Return the values of all axes, or raise a TypeError or ValueError that names the axis that is off."""
    if not isinstance(axes, Mapping):
        raise TypeError(f"axes must be a mapping of fields to values, not {shown(axes)}")
    refuse_unknown("axes.", axes, FIELDS)
    if not axes:
        raise ValueError("axes must name at least one field of the model")
    return {name: _values(name, axis) for name, axis in axes.items()}


def _values(name: str, axis: object) -> tuple[Any, ...]:
    """Write out one axis."""
    if isinstance(axis, str) and name not in _WORDS:
        return _each_once(name, _range(name, axis))
    if isinstance(axis, str | bytes | Mapping) or not isinstance(axis, Iterable):
        raise TypeError(_NO_AXIS.format(name=name, axis=shown(axis)))
    try:
        members = list(islice(axis, MOST_POINTS + 1))
    except TypeError:  # an array without axes
        raise TypeError(_NO_AXIS.format(name=name, axis=shown(axis))) from None
    if not members:
        raise ValueError(f"axes.{name} is empty")
    return _each_once(name, members)


def _each_once(name: str, members: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values of an axis as the field holds them."""
    values: dict[Any, None] = {}
    for member in members:
        if not isinstance(member, str | numbers.Real | Decimal | np.ndarray):
            raise TypeError(f"axes.{name} must hold numbers or names, not {shown(member)}")
        try:
            value = field_value(name, member)
        except (TypeError, ValueError) as error:
            raise type(error)(f"axes: at {describe({name: member})}: {error}") from None
        if value in values:
            raise ValueError(f"axes.{name} repeats {shown(value)}")
        values[value] = None
    return tuple(values)


def _range(name: str, text: str) -> tuple[float, ...]:
    """Write out "start:stop:count" or "start:stop:count:log"."""
    try:
        start, stop, count, kind = (part.strip() for part in f"{text}:linear".split(":")[:4])
        first, last, number = float(start), float(stop), int(count)
    except ValueError:
        raise ValueError(_NO_AXIS.format(name=name, axis=shown(text))) from None
    if kind not in ("linear", "log") or text.count(":") > 3 or not (abs(first) < _TOO_FAR and abs(last) < _TOO_FAR):
        raise ValueError(_NO_AXIS.format(name=name, axis=shown(text)))
    if not 2 <= number <= MOST_POINTS:
        raise ValueError(f"axes.{name}: the count of {shown(text)} must be from 2 to {MOST_POINTS}")
    if kind == "log" and not (first > 0.0 and last > 0.0):
        raise ValueError(f"axes.{name}: both ends of the logarithmic range {shown(text)} must be above 0")
    places = (i / (number - 1) for i in range(number))
    if kind == "log":
        low, high = math.log(first), math.log(last)
        values = [math.exp(low + place * (high - low)) for place in places]
    else:
        values = [first + place * (last - first) for place in places]
    smallest = 1e-12 * max(abs(first), abs(last))  # what is left of a sum that should be 0 is 0
    values = [float(f"{value:.12g}") if abs(value) >= smallest else 0.0 for value in values]
    return tuple(dict.fromkeys(map(round, values) if name in _WHOLE else values))


def describe(place: Mapping[str, Any]) -> str:
    """Return fields and their values as text."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in place.items())


def refuse_unknown(prefix: str, found: Iterable[Any], known: Iterable[str]) -> None:
    """Raise a ValueError that names a key which is not known."""
    for name in found:
        if name not in known:
            raise ValueError(f"unknown key {prefix}{word(name)}; there are: {', '.join(known)}")
