"""Checks of arguments, whose messages name the argument, its value and what it may be.

What passes is returned as Python's own int, float or str, or as an array: equality, seeds and stores see one form of each value.
NumPy's scalars and arrays without axes count as the number that they hold; a bool is never a number.
"""

import math
import numbers
import operator
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cgi_theory._rounding import unrounded

Kind = TypeVar("Kind")
Choice = TypeVar("Choice", bound=str)
Function = TypeVar("Function", bound=Callable[..., Any])

HIGHEST_SEED = 2**64 - 1
# Limits of what is only to be finite, or above 0.
LARGEST, SMALLEST = sys.float_info.max, math.ulp(0.0)

# Characters of a value that a message shows, and of another library's reason.
_LONGEST, _LONGEST_REASON = 60, 200
# Bits of a whole number that Python writes out, and that Decimal does in no time; digits of a text that no float64 holds.
_FEW_BITS, _MANY_BITS, _MANY_DIGITS = 4096, 400_000, 300
# NumPy's kinds of scalars that hold a number or a word.
_KINDS = "biufcUO"


def shown(value: object) -> str:
    """Return a value as a message shows it: on one line and short, whatever it is."""
    if isinstance(value, str | bytes) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]!r}…"
    try:
        line = " ".join(part.strip() for part in _written(value).splitlines())
    except Exception:  # lists nested beyond Python's stack, a Fraction of too many digits: whatever a stranger's repr raises
        return f"a value of type {type(value).__name__}"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _written(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > _MANY_BITS:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, int) and value.bit_length() > _FEW_BITS:
        value = Decimal(value)  # Python refuses to write out an int of more than 4300 digits
    if isinstance(value, Decimal) and abs(value.adjusted()) > _MANY_DIGITS:
        return str(value)
    return repr(value)


def word(name: object) -> str:
    """Return a name that a stranger chose as ``shown`` does, without quotes."""
    return re.sub("^['\"]|['\"](?=…?$)", "", shown(name)) if isinstance(name, str) else shown(name)


@contextmanager
def renamed(names: Mapping[str, str]) -> Iterator[None]:
    """Let an error whose message begins with an argument's name begin with the name under which it was given."""
    try:
        yield
    except (TypeError, ValueError) as error:
        name, space, rest = str(error).partition(" ")
        if name not in names or type(error) not in (TypeError, ValueError):
            raise
        raise type(error)(f"{names[name]}{space}{rest}") from None


def number_in(text: str) -> int | float | Decimal:
    """Return the number that a text of a command or file writes, or raise a ValueError.

    What float64 cannot hold is a Decimal, so that who refuses it can show it as it was written.
    """
    try:
        return int(text)
    except ValueError:
        number = float(text)  # of any length, where Python refuses to make an int of too many digits
    vanished = number == 0.0 and re.search("[1-9]", text.lower().partition("e")[0])
    if (math.isfinite(number) and not vanished) or "n" in text.lower():  # as in inf and nan
        return number
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent that no Decimal has
        return number
    return int(exact) if exact.as_tuple().exponent == 0 else exact


def whole_number(name: str, value: object, lowest: int, highest: int) -> int:
    """Return ``value`` as an int, or raise a TypeError or ValueError that names it."""
    plain = _plain(value)
    if isinstance(plain, bool) or not hasattr(plain, "__index__"):
        raise TypeError(f"{name} must be a whole number, not {shown(plain)}")
    try:
        number = operator.index(plain)
    except Exception:  # as of an array with axes, or of a tensor on a device
        raise TypeError(f"{name} must be a whole number, not {shown(plain)}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must be from {lowest} to {highest}, not {shown(number)}")
    return number


def whole_numbers(name: str, values: object, lowest: int, highest: int) -> tuple[int, ...]:
    """Return a sequence of whole numbers as a tuple, or raise a TypeError or ValueError that names what is off."""
    try:
        members: tuple[object, ...] = tuple(values)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be a sequence of whole numbers, not {shown(values)}") from None
    return tuple(whole_number(f"{name}[{i}]", member, lowest, highest) for i, member in enumerate(members))


def real_number(name: str, value: object, lowest: float, highest: float) -> float:
    """Return ``value`` as a float, or raise a TypeError or ValueError that names it.

    It is rounded to float64; what is too large for it is infinite, and −0.0 is 0.0, so that equal values are one.
    """
    number = any_number(name, value)
    if not lowest <= number <= highest:
        raise ValueError(f"{name} must be {_limits(lowest, highest)}, not {shown(_plain(value))}")
    return number + 0.0


def _limits(lowest: float, highest: float) -> str:
    if lowest == -LARGEST and highest == LARGEST:
        return "finite"
    if highest < LARGEST:
        return f"from {lowest:g} to {highest:g}"
    least = "above 0" if lowest == SMALLEST else f"from {lowest:g}"
    return least if math.isinf(highest) else f"finite and {least}"


def any_number(name: str, value: object) -> float:
    """Return ``value`` as a float, which may be infinite or NaN, or raise a TypeError that names it."""
    plain = _plain(value)
    if isinstance(plain, bool | np.timedelta64) or not isinstance(plain, numbers.Real | Decimal):
        raise TypeError(f"{name} must be a number, not {shown(plain)}")
    try:
        return float(plain)
    except OverflowError:
        return math.inf if plain > 0 else -math.inf  # type: ignore[operator]
    except ValueError:  # a signalling NaN
        return math.nan


def one_of(name: str, value: object, choices: tuple[Choice, ...]) -> Choice:
    """Return ``value`` as one of ``choices``, or raise a ValueError that names it."""
    plain = _plain(value)
    if not isinstance(plain, str) or plain not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, not {shown(plain)}")
    return choices[choices.index(plain)]


def file_path(name: str, value: object) -> Path:
    """Return ``value`` as a path, or raise a TypeError or ValueError that names it."""
    plain = _plain(value)
    if not isinstance(plain, str | os.PathLike) or not isinstance(text := os.fspath(plain), str):
        raise TypeError(f"{name} must be a path, not {shown(plain)}")
    if not text or "\0" in text:
        raise ValueError(f"{name} must be a path, not {shown(text)}")
    return Path(text)


def function(name: str, value: Function) -> Function:
    """Return ``value`` if it can be called, or raise a TypeError that names it."""
    if not callable(value):
        raise TypeError(f"{name} must be callable, not {shown(value)}")
    return value


def instance(name: str, value: object, kind: type[Kind], what: str) -> Kind:
    """Return ``value`` if it is of a kind, ``what`` in words, or raise a TypeError that names it."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {what}, not {shown(value)}")
    return value


def flag(name: str, value: object) -> bool:
    """Return ``value`` as a bool, or raise a TypeError that names it."""
    plain = _plain(value)
    if not isinstance(plain, bool):
        raise TypeError(f"{name} must be True or False, not {shown(plain)}")
    return plain


def real_array(name: str, values: ArrayLike, *, kinds: str = "fiub", what: str = "hold real numbers") -> NDArray[Any]:
    """Return an array of numbers of any of NumPy's types, or raise a TypeError or ValueError that names it.

    ``values`` are what NumPy makes an array of, or what speaks DLPack alone, of which no copy is made. Real numbers may be bools;
    ``kinds`` are NumPy's letters of the types that are taken, ``what`` they are in words.
    """
    speaks_dlpack_alone = hasattr(values, "__dlpack__") and not hasattr(values, "__array__")
    try:
        array = np.from_dlpack(values) if speaks_dlpack_alone else np.asarray(values)  # type: ignore[arg-type]
    except MemoryError:
        raise
    except Exception as error:  # whatever another library's array raises: it is on a device, has gradients, or another type
        raise _no_array(name, values, error) from None
    if np.ma.isMaskedArray(values):
        raise TypeError(f"{name} must not be a masked array: fill its masked entries first")
    if array.dtype.kind not in kinds:
        raise TypeError(f"{name} must {what}, not {array.dtype}")
    return array


def _no_array(name: str, values: object, error: Exception) -> TypeError | ValueError:
    """Return the error that says why NumPy makes no array of something."""
    if isinstance(error, ValueError) and "sequence" in str(error):
        return ValueError(f"{name} must have one length along each axis: they are ragged")
    hint = " (NumPy has no bfloat16: .float() makes it float32)" if "bfloat16" in str(getattr(values, "dtype", "")) else ""
    reason = " ".join(str(error).split())[:_LONGEST_REASON] + hint
    return TypeError(f"{name} must be what NumPy makes an array of, which {type(values).__name__} is not: {reason}")


def finite_array(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return a copy of an array as float64, or raise a TypeError or ValueError that names it."""
    with np.errstate(over="ignore"):  # what is too large for float64 becomes infinite, and is refused with the infinite
        array = np.array(unrounded(name, real_array(name, values)), dtype=np.float64)
    if not (known := np.isfinite(array)).all():
        raise ValueError(f"{name} must be finite, not {array[~known][0]} at {np.argwhere(~known)[0].tolist()}")
    return array


def whole_array(name: str, values: ArrayLike, lowest: int, highest: int) -> NDArray[np.int64]:
    """Return an array of whole numbers as int64, or raise a TypeError or ValueError that names it."""
    array = real_array(name, values, kinds="iu", what="be whole numbers")
    outside = (array < lowest) | (array > highest)
    if outside.any():
        raise ValueError(f"{name} must be from {lowest} to {highest}, not {int(array[outside].flat[0])}")
    return array.astype(np.int64)


def _plain(value: Any) -> Any:
    """Return what a NumPy scalar, or an array without axes, holds as Python's own; anything else as it is."""
    if isinstance(value, int | float | str) and not isinstance(value, np.generic):
        return value
    if getattr(value, "ndim", None) != 0 or not hasattr(value, "__array__") or np.ma.is_masked(value):
        return value
    try:
        array = np.asarray(value)
    except Exception:  # a tensor on a device, or with gradients
        return value
    return array.item() if array.dtype.kind in _KINDS else value
