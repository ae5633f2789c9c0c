"""What a sweep runs: a model, the axes along which its fields vary, and how much is sampled at each point.

In a file (TOML), every key that is not listed here is refused::

    [model]                      # fields of CompetitionModel; those on an axis may be left out
    n = 10_000

    [axes]                       # a list, or "start:stop:count" (linear) or "start:stop:count:log"
    delta = "0.01:0.5:12:log"
    n_labels = [2, 10, 100]

    [sampling]                   # all optional
    samples = 100                # or target_stderr = 0.001, with max_samples
    estimator = "conditional"
    seed = 0

The points are all combinations, the last axis varying fastest. Values of a range are rounded to 12 significant digits, so that
they do not depend on a machine's logarithm, and to whole numbers, each once, where the field is one.
"""

import math
import numbers
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

from cgi_theory._arguments import HIGHEST_SEED, one_of, real_number, whole_number
from cgi_theory._files import read_file
from cgi_theory.gaussian.estimate import Estimator, require_drawable
from cgi_theory.gaussian.model import CompetitionModel, require_model

MOST_POINTS = 100_000
MOST_SAMPLES = 10_000_000
_LONGEST_FILE = 2**20
_FIELDS = {item.name: item for item in fields(CompetitionModel)}
_WHOLE = {"n", "n_labels"}
_NO_AXIS = 'axes.{name} must be a list or "start:stop:count[:log]", not {axis!r}'
_WORDS = {"conditioning", "gradient_law"}
_SAMPLING = {
    "samples": "n_samples",
    "target_stderr": "target_stderr",
    "max_samples": "max_samples",
    "estimator": "estimator",
    "seed": "seed",
}


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A grid of models and how each point is sampled.

    Parameters
    ----------
    base : CompetitionModel
        The fields that no axis varies.
    axes : mapping of str to sequence
        For each field that varies its values, as a sequence or as a range "start:stop:count" or "start:stop:count:log".
    n_samples : int
        Samples a point, 2 to 10⁷.
    target_stderr : float, optional
        In place of ``n_samples``: sample a point until the standard errors of c₁ and c₂ are at most this.
    max_samples : int
        Where ``target_stderr`` gives up.
    estimator : {"direct", "conditional", "collapsed"}
    seed : int
        Each point's own seed derives from this one and the point, so adding points changes no others.

    Attributes
    ----------
    points : tuple of CompetitionModel
        All combinations, the last axis varying fastest.

    Raises
    ------
    TypeError, ValueError
        Naming the key, if an axis is empty, repeats a value, makes a model that is refused, or has an unknown name; if the
        grid has more than 100 000 points; or if a number is out of its range.
    """

    base: CompetitionModel
    axes: Mapping[str, Any]
    n_samples: int = 100
    target_stderr: float | None = None
    max_samples: int = 1_000_000
    estimator: Estimator = "direct"
    seed: int = 0
    points: tuple[CompetitionModel, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require_model(self.base)
        one_of("estimator", self.estimator, get_args(Estimator))
        # Python's own numbers are kept: a store holds no others.
        object.__setattr__(self, "n_samples", whole_number("samples", self.n_samples, 2, MOST_SAMPLES))
        object.__setattr__(self, "max_samples", whole_number("max_samples", self.max_samples, 2, MOST_SAMPLES))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, 0, HIGHEST_SEED))
        if self.target_stderr is not None:
            object.__setattr__(self, "target_stderr", real_number("target_stderr", self.target_stderr, 1e-12, 1e12))
        object.__setattr__(self, "axes", _axes(self.axes))
        object.__setattr__(self, "points", tuple(self._points()))

    def _points(self) -> Iterable[CompetitionModel]:
        for values in product(*self.axes.values()):
            place = dict(zip(self.axes, values, strict=True))
            try:
                point = replace(self.base, **place)
                require_drawable(point, self.estimator)
            except (TypeError, ValueError) as error:
                raise type(error)(f"axes: at {describe(place)}: {error}") from None
            yield point

    def grid(self) -> dict[str, Any]:
        """Return what decides which numbers are drawn: all but how many."""
        return {
            "model": {name: value for name, value in asdict(self.base).items() if name not in self.axes},
            "axes": {name: list(values) for name, values in self.axes.items()},
            "estimator": self.estimator,
            "seed": self.seed,
        }

    def sampling(self) -> dict[str, Any]:
        """Return how many samples are drawn."""
        if self.target_stderr is None:
            return {"samples": self.n_samples}
        return {"target_stderr": self.target_stderr, "max_samples": self.max_samples}

    @classmethod
    def from_toml(cls, path: str | Path) -> "Sweep":
        """Read a specification file.

        Raises
        ------
        OSError
            If the file cannot be read.
        TypeError, ValueError
            Naming the key, if it is not a specification.
        """
        return cls.from_mapping(read_specification(path))

    @classmethod
    def from_mapping(cls, specification: Mapping[str, Any]) -> "Sweep":
        """Make a sweep of what a specification file holds: mappings "model", "axes" and "sampling"."""
        _known("", specification, {"model", "axes", "sampling"})
        sections = {name: specification.get(name, {}) for name in ("model", "axes", "sampling")}
        for name, section in sections.items():
            if not isinstance(section, Mapping):
                raise TypeError(f"{name} must be a table, not {section!r}")
        model, sampling = sections["model"], sections["sampling"]
        _known("model.", model, _FIELDS)
        _known("sampling.", sampling, _SAMPLING)
        axes = _axes(sections["axes"])
        if both := sorted(set(model) & set(axes)):
            raise ValueError(f"model.{both[0]} is on an axis too; keep one of them")
        if "samples" in sampling and "target_stderr" in sampling:
            raise ValueError("sampling.samples and sampling.target_stderr exclude each other")
        first = dict(model) | {name: values[0] for name, values in axes.items()}
        for name, item in _FIELDS.items():
            if name not in first and item.default is MISSING:
                raise ValueError(f"model.{name} is missing: it must be in model or on an axis")
        arguments = {_SAMPLING[name]: value for name, value in sampling.items()}
        return cls(base=CompetitionModel(**first), axes=axes, **arguments)


def read_specification(path: str | Path) -> dict[str, Any]:
    """Return what a specification file holds, unchecked but for being TOML of a reasonable size."""
    content = read_file(Path(path), _LONGEST_FILE)
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a TOML file: {error}") from None


def describe(place: Mapping[str, Any]) -> str:
    """Return fields and their values as text."""
    return ", ".join(f"{name} = {value!r}" for name, value in place.items())


def _known(prefix: str, found: Mapping[str, Any], known: Iterable[str]) -> None:
    for name in found:
        if name not in known:
            raise ValueError(f"unknown key {prefix}{name}; there are: {', '.join(known)}")


def _axes(axes: object) -> dict[str, tuple[Any, ...]]:
    """Check axes and write out their values."""
    if not isinstance(axes, Mapping):
        raise TypeError(f"axes must be a mapping of fields to values, not {axes!r}")
    _known("axes.", axes, _FIELDS)
    if not axes:
        raise ValueError("axes must name at least one field of the model")
    values = {name: _values(name, axis) for name, axis in axes.items()}
    points = math.prod(map(len, values.values()))
    if points > MOST_POINTS:
        raise ValueError(f"axes: a grid may have {MOST_POINTS} points, not {points}")
    return values


def _values(name: str, axis: object) -> tuple[Any, ...]:
    """Write out one axis."""
    if isinstance(axis, str) and name not in _WORDS:
        return _range(name, axis)
    if isinstance(axis, str | bytes | Mapping) or not isinstance(axis, Iterable):
        raise TypeError(_NO_AXIS.format(name=name, axis=axis))
    values = tuple(axis)
    if not values:
        raise ValueError(f"axes.{name} is empty")
    seen = set()
    for value in values:
        if not isinstance(value, str | numbers.Real):
            raise TypeError(f"axes.{name} must hold numbers or names, not {value!r}")
        if value in seen:
            raise ValueError(f"axes.{name} repeats {value!r}")
        seen.add(value)
    return values


def _range(name: str, text: str) -> tuple[float, ...]:
    """Write out "start:stop:count" or "start:stop:count:log"."""
    try:
        start, stop, count, kind = f"{text}:linear".split(":")[:4]
        first, last, number = float(start), float(stop), int(count)
    except ValueError:
        raise ValueError(_NO_AXIS.format(name=name, axis=text)) from None
    if kind not in ("linear", "log") or text.count(":") > 3 or not (math.isfinite(first) and math.isfinite(last)):
        raise ValueError(_NO_AXIS.format(name=name, axis=text))
    if not 2 <= number <= MOST_POINTS:
        raise ValueError(f"axes.{name}: the count of {text!r} must be from 2 to {MOST_POINTS}")
    if kind == "log" and not (first > 0.0 and last > 0.0):
        raise ValueError(f"axes.{name}: both ends of the logarithmic range {text!r} must be above 0")
    places = (i / (number - 1) for i in range(number))
    if kind == "log":
        low, high = math.log(first), math.log(last)
        values = [math.exp(low + place * (high - low)) for place in places]
    else:
        values = [first + place * (last - first) for place in places]
    smallest = 1e-12 * max(abs(first), abs(last))  # what is left of a sum that should be 0 is 0
    values = [float(f"{value:.12g}") if abs(value) >= smallest else 0.0 for value in values]
    return tuple(dict.fromkeys(map(round, values) if name in _WHOLE else values))
