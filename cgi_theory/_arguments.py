"""Checks of arguments, whose messages name the argument, its value and what it may be."""

import numbers
import operator

HIGHEST_SEED = 2**64 - 1


def whole_number(name: str, value: object, lowest: int, highest: int) -> int:
    """Return ``value`` as an int, or raise a TypeError or ValueError that names it."""
    if isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be a whole number, not {value!r}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must be from {lowest} to {highest}, not {number}")
    return number


def one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise a ValueError that names ``value`` unless it is one of ``choices``."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {value!r}")


def real_number(name: str, value: object, lowest: float, highest: float) -> float:
    """Return ``value`` as a float, or raise a TypeError or ValueError that names it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must be from {lowest:g} to {highest:g}, not {number!r}")
    return number
