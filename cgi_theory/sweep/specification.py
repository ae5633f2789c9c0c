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

The points are all combinations, the last axis varying fastest.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any, get_args

from cgi_theory._arguments import (
    HIGHEST_SEED,
    file_path,
    number_in,
    one_of,
    real_number,
    renamed,
    shown,
    whole_number,
)
from cgi_theory._files import read_file
from cgi_theory._html import html_table
from cgi_theory.model import CompetitionModel, require_model
from cgi_theory.sampling.samples import Estimator, require_drawable
from cgi_theory.sweep.axes import FIELDS, describe, refuse_unknown, write_out
from cgi_theory.tables import MOST_POINTS

MOST_SAMPLES = 10_000_000
_LONGEST_FILE = 2**20
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
        # Python's own numbers and words are kept: a store holds no others.
        object.__setattr__(self, "estimator", one_of("estimator", self.estimator, get_args(Estimator)))
        object.__setattr__(self, "n_samples", whole_number("n_samples", self.n_samples, 2, MOST_SAMPLES))
        object.__setattr__(self, "max_samples", whole_number("max_samples", self.max_samples, 2, MOST_SAMPLES))
        object.__setattr__(self, "seed", whole_number("seed", self.seed, 0, HIGHEST_SEED))
        if self.target_stderr is not None:
            object.__setattr__(self, "target_stderr", real_number("target_stderr", self.target_stderr, 1e-12, 1e12))
        object.__setattr__(self, "axes", write_out(self.axes))
        points = math.prod(map(len, self.axes.values()))
        if points > MOST_POINTS:
            raise ValueError(f"axes: a grid may have {MOST_POINTS} points, not {points}")
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

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows: the axes, what stays, and how points are sampled."""
        grid = self.grid()
        stays = {name: value for name, value in grid["model"].items() if value is not None}
        rest = {"estimator": self.estimator, "seed": self.seed} | self.sampling()
        values = [("axis", name, shown(axis)) for name, axis in grid["axes"].items()]
        values += [("model", name, str(value)) for name, value in stays.items()]
        values += [("sampling", name, str(value)) for name, value in rest.items()]
        return html_table(f"{type(self).__name__} of {len(self.points)} points", ("", "name", "value"), values)

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
        if not isinstance(specification, Mapping):
            raise TypeError(f"specification must be a mapping, not {shown(specification)}")
        refuse_unknown("", specification, {"model", "axes", "sampling"})
        sections = {name: specification.get(name, {}) for name in ("model", "axes", "sampling")}
        for name, section in sections.items():
            if not isinstance(section, Mapping):
                raise TypeError(f"{name} must be a table, not {shown(section)}")
        model, sampling = sections["model"], sections["sampling"]
        refuse_unknown("model.", model, FIELDS)
        refuse_unknown("sampling.", sampling, _SAMPLING)
        axes = write_out(sections["axes"])
        if both := sorted(set(model) & set(axes)):
            raise ValueError(f"model.{both[0]} is on an axis too; keep one of them")
        if "samples" in sampling and "target_stderr" in sampling:
            raise ValueError("sampling.samples and sampling.target_stderr exclude each other")
        first = dict(model) | {name: values[0] for name, values in axes.items()}
        for name, item in FIELDS.items():
            if name not in first and item.default is MISSING:
                raise ValueError(f"model.{name} is missing: it must be in model or on an axis")
        arguments = {_SAMPLING[name]: value for name, value in sampling.items()}
        with renamed({name: f"model.{name}" for name in model}):
            base = CompetitionModel(**first)
        with renamed({argument: f"sampling.{name}" for name, argument in _SAMPLING.items()}):
            return cls(base=base, axes=axes, **arguments)


def read_specification(path: str | Path) -> dict[str, Any]:
    """Return what a specification file holds, unchecked but for being TOML of a reasonable size, and not empty."""
    path = file_path("path", path)
    content = read_file(path, _LONGEST_FILE)
    try:
        found = tomllib.loads(content.decode("utf-8-sig"), parse_float=number_in)  # editors on Windows write a byte order mark
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a TOML file: it must be UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not a TOML file: {error}") from None
    except RecursionError:
        raise ValueError(f"{path} is nested too deeply") from None
    except ValueError:  # Python makes no int of more than 4300 digits
        raise ValueError(f"{path} holds a number of too many digits") from None
    if not found:
        raise ValueError(f"{path} is empty: a specification has tables [model] and [axes]")
    return found
