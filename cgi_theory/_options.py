"""Options of commands: a model's fields, and sweeps written as ``--set`` and ``--axis``."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

import typer

from cgi_theory._files import in_words
from cgi_theory.gaussian.model import CompetitionModel
from cgi_theory.sweep.specification import Sweep, read_specification

FAILED, REFUSED, INTERRUPTED = 1, 2, 130

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


def stop(message: object, code: int) -> NoReturn:
    """End the command with one line and an exit code."""
    typer.echo(f"cgi-theory: {in_words(message) if isinstance(message, OSError) else message}", err=True)
    raise typer.Exit(code)


@contextmanager
def user_input() -> Iterator[None]:
    """End the command with one line where what the user gave is refused."""
    try:
        yield
    except (OSError, TypeError, ValueError) as error:
        stop(error, REFUSED)


def with_model_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes ``model`` first an option for each field of CompetitionModel instead."""
    hints = get_type_hints(CompetitionModel)
    parameters = []
    for item in fields(CompetitionModel):
        kind: Any = hints[item.name] if hints[item.name] in (int, float, float | None) else str
        default = inspect.Parameter.empty if item.default is MISSING else item.default
        annotation = Annotated[kind, typer.Option(help=_HELP[item.name])]
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
    if spec is not None:
        described = read_specification(spec)
    else:
        described = {
            "model": {name: _value(text) for name, text in _pairs("--set", settings)},
            "axes": {name: _axis(text) for name, text in _pairs("--axis", axes)},
        }
    found = described.get("sampling", {})
    if sampling and isinstance(found, Mapping):
        exclusive = {"samples", "target_stderr"} if {"samples", "target_stderr"} & set(sampling) else set()
        described = {**described, "sampling": {key: found[key] for key in found if key not in exclusive} | dict(sampling)}
    return Sweep.from_mapping(described)


def _pairs(option: str, texts: Iterable[str]) -> Iterator[tuple[str, str]]:
    seen = set()
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            raise ValueError(f"{option} must be FIELD=VALUE, not {text!r}")
        if name in seen:
            raise ValueError(f"{option} {name} is given twice")
        seen.add(name)
        yield name, value


def _axis(text: str) -> str | list[int | float | str]:
    return text if ":" in text else [_value(part) for part in text.split(",")]


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
