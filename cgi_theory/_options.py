"""Options of commands: a model's fields, and sweeps written as ``--set`` and ``--axis``."""

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

import typer
from typer.core import TyperCommand

from cgi_theory._arguments import HIGHEST_SEED, any_number, number_in, renamed, shown, whole_number, word
from cgi_theory._files import in_words
from cgi_theory._interrupts import command_name
from cgi_theory._stdio import visible
from cgi_theory.model import CompetitionModel
from cgi_theory.sweep.axes import describe
from cgi_theory.sweep.specification import Sweep, read_specification

FAILED, REFUSED = 1, 2
_MOST_FAILED = 20
# What no word of a command is, but begins as an option does.
_END = "-\0"

_HELP = {
    "n": "n, coordinates (pixels).",
    "delta": "δ, the logit.",
    "n_labels": "k, labels that compete.",
    "shared_fraction": "s, share of the coordinates that are shared features.",
    "shared_correlation": "r, cosine of the labels on the shared features.",
    "sparsity": "ρ, fraction of coordinates that carry a label's gradient.",
    "conditioning": "at_least (g₁·x ≥ δ) or exactly.",
    "gradient_law": "unit, gaussian or joint.",
    "rival_logit": "δ₂, the first rival's logit.",
}


def new_app(**options: Any) -> typer.Typer:
    """Return a command whose help and errors are plain text."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, **options)


def say(message: object) -> None:
    """Print one line on standard error."""
    text = in_words(message) if isinstance(message, OSError) else str(message)
    typer.echo(f"{command_name()}: {visible(text)}", err=True)


def stop(message: object, code: int) -> NoReturn:
    """End the command with one line and an exit code."""
    say(message)
    raise typer.Exit(code)


def name_failed(failed: object) -> None:
    """Say which points a table lacks, and why."""
    points = [point for point in failed if isinstance(point, dict)] if isinstance(failed, list) else []
    for point in points[:_MOST_FAILED]:
        fields = {name: value for name, value in point.items() if name != "error"}
        say(f"the point {describe(fields)} failed: {point.get('error')}")
    if len(points) > _MOST_FAILED:
        say(f"and {len(points) - _MOST_FAILED} more points failed: the table's sidecar (.json) names them")


def whole_option(text: str) -> Any:
    """Parse an option's whole number: what is no number is refused here, what is none of the option's where it is used."""
    try:
        return number_in(str(text))
    except ValueError:
        raise typer.BadParameter(f"{shown(text)} is not a number") from None


def real_option(text: str) -> Any:
    """Parse an option's number: a float, unless no float holds it and whoever refuses it is to show it as it was written."""
    number = whole_option(text)
    return number if math.isinf(found := any_number("number", number)) else found


def jobs_option(text: str) -> int:
    """Parse a number of processors."""
    with user_input():
        return whole_number("--jobs", whole_option(text), 1, 4096)


def seed_option(text: str) -> int:
    """Parse a seed."""
    with user_input():
        return whole_number("--seed", whole_option(text), 0, HIGHEST_SEED)


def print_list(described: Mapping[str, str]) -> None:
    """Print names, each with the first line of what is said of it; Python may have left that out (PYTHONOPTIMIZE=2)."""
    for name, text in described.items():
        typer.echo(f"{name}: {text.splitlines()[0]}" if text else name)


class ManyValues(TyperCommand):
    """A command whose options that may be repeated take all files up to the next option, as a shell's pattern expands to."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat such an option before each further file; one at least must follow."""
        many = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        told: list[str] = []
        option, values = None, 0
        for text in [*args, _END]:
            if text.startswith("-"):
                if option is not None and not values:
                    ctx.fail(f"{option} needs a file, and none is given")
                option, values = (text if text in many else None), 0
            elif option is not None:
                told += [option] if values else []
                values += 1
            told.append(text)
        return super().parse_args(ctx, told[:-1])


@contextmanager
def user_input() -> Iterator[None]:
    """End the command with one line where what the user gave is refused."""
    try:
        yield
    except (OSError, TypeError, ValueError) as error:
        stop(error, REFUSED)


WHOLE: dict[str, Any] = {"parser": whole_option, "metavar": "INTEGER"}
REAL: dict[str, Any] = {"parser": real_option, "metavar": "FLOAT"}
SEED: dict[str, Any] = {"parser": seed_option, "metavar": "INTEGER", "help": "Seed of every draw."}
_PARSED = {int: WHOLE, float: REAL, float | None: REAL}


def with_model_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes ``model`` first an option for each field of CompetitionModel instead."""
    hints = get_type_hints(CompetitionModel)
    parameters = []
    for item in fields(CompetitionModel):
        kind: Any = hints[item.name] if hints[item.name] in (int, float, float | None) else str
        default = inspect.Parameter.empty if item.default is MISSING else item.default
        annotation = Annotated[kind, typer.Option(help=_HELP[item.name], **_PARSED.get(kind, {}))]
        parameters.append(inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation))
    for parameter in list(inspect.signature(command, eval_str=True).parameters.values())[1:]:
        parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def with_options(**options: Any) -> None:
        with user_input():
            model = CompetitionModel(**{item.name: options.pop(item.name) for item in fields(CompetitionModel)})
        command(model, **options)

    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options


def sweep_of(spec: Path | None, settings: Iterable[str], axes: Iterable[str], sampling: Mapping[str, Any]) -> Sweep:
    """Return the sweep that a file, or ``--set`` and ``--axis``, describe; flags for the sampling come before the file's."""
    settings, axes = list(settings), list(axes)
    if spec is None and not axes:
        raise ValueError("give a specification file, or --set and --axis")
    if spec is not None and (settings or axes):
        raise ValueError("give a specification file, or --set and --axis, not both")
    if {"samples", "target_stderr"} <= set(sampling):
        raise ValueError("--samples and --target-stderr exclude each other")
    if spec is not None:
        described = read_specification(spec)
    else:
        described = {
            "model": {name: _value(text) for name, text in _pairs("--set", settings)},
            "axes": {name: _axis(name, text) for name, text in _pairs("--axis", axes)},
        }
    found = described.get("sampling", {})
    if sampling and isinstance(found, Mapping):
        exclusive = {"samples", "target_stderr"} if {"samples", "target_stderr"} & set(sampling) else set()
        described = {**described, "sampling": {key: found[key] for key in found if key not in exclusive} | dict(sampling)}
    with renamed({f"sampling.{name}": f"--{name.replace('_', '-')}" for name in sampling}):
        return Sweep.from_mapping(described)


def choices_of(settings: Iterable[str]) -> dict[str, list[Any]]:
    """Return the values of fields that ``--set FIELD=VALUE,VALUE`` chooses of those that are there."""
    return {name: [_value(part.strip()) for part in text.split(",")] for name, text in _pairs("--set", settings)}


def _pairs(option: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen = set()
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        if not (name and value):
            raise ValueError(f"{option} must be FIELD=VALUE, not {shown(text)}")
        if name in seen:
            raise ValueError(f"{option} {word(name)} is given twice")
        seen.add(name)
        yield name, value


def _axis(name: str, text: str) -> str | list[int | float | Decimal | str]:
    if ":" in text:
        return text
    parts = [part.strip() for part in text.split(",")]
    if "" in parts:
        raise ValueError(f"--axis {word(name)} has an empty entry: {shown(text)}")
    return [_value(part) for part in parts]


def _value(text: str) -> int | float | Decimal | str:
    try:
        return number_in(text)
    except ValueError:
        return text
