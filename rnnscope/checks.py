"""Checks of what a user passes in: every error says which argument, what was expected and what came."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Any

from rnnscope.habits import ARGUMENTS

SLIP = 0.85
"""An argument that is so much like another one is a slip of the pen; Keras's own `validation_steps` is none."""


def one_of(argument: str, value: Any, valid: Iterable[str], titles: Mapping[str, str] | None = None) -> str:
    """Return `value` if it is among the `valid` names, else raise a `ValueError` with the nearest of them.

    It is the one whose title has `value` in it, if names have titles.
    """
    names = sorted(valid)
    if not isinstance(value, str):
        raise TypeError(f"{argument}: expected one of {', '.join(names)}; got {describe(value)}")
    if value not in names:
        entitled = [name.lower() for name, title in (titles or {}).items() if value and value.lower() in title.lower()]
        alike = difflib.get_close_matches(value.lower(), [name.lower() for name in names], n=1, cutoff=0.5)
        nearest = (entitled or alike)[:1]
        hint = next((f" (did you mean {name!r}?)" for name in names if [name.lower()] == nearest), "")
        raise ValueError(f"{argument}: expected one of {', '.join(names)}; got {value!r}{hint}")
    return value


def spelled(argument: str, value: Any, valid: Iterable[str], others: Mapping[str, str] | None = None) -> str:
    """Return which of the `valid` names is meant: `"GlorotUniform"` is `"glorot_uniform"`; `others` go by two names."""
    if isinstance(value, str):
        joined = {name.replace("_", ""): name for name in valid} | (others or {})
        value = joined.get(value.replace("_", "").lower(), value)
    return one_of(argument, value, valid)


def no_others(function: Callable[..., Any], others: Iterable[str]) -> None:
    """Refuse the first, if there is one, of the arguments that a function takes but does not have."""
    name = next(iter(others), None)
    if name is None:
        return
    there = [own.name for own in signature(function).parameters.values() if own.kind is not own.VAR_KEYWORD]
    nearest = difflib.get_close_matches(name, there, n=1, cutoff=SLIP)
    hint = f" (did you mean {nearest[0]!r}?)" if nearest else " as well: leave it out"
    hint = f". Type {ARGUMENTS[name]}" if name in ARGUMENTS else hint
    raise TypeError(f"{function.__name__}: expected {', '.join(there)}; got {name!r}{hint}")


def arguments_of(thing: Any) -> dict[str, Any]:
    """Return what an object was made with: the arguments of its class, which it has as attributes of these names."""
    given = signature(type(thing)).parameters.values()
    return {own.name: getattr(thing, own.name) for own in given if own.kind is not own.VAR_KEYWORD}


def positive_int(argument: str, value: Any, minimum: int = 1) -> int:
    """Return `value` as an int of at least `minimum`; bools and floats with a fraction are refused."""
    try:
        number = operator.index(value)
    except TypeError:
        number = int(value) if isinstance(value, float) and value.is_integer() else None
    if number is None or isinstance(value, bool):
        raise TypeError(f"{argument}: expected an integer of at least {minimum}; got {describe(value)}")
    if number < minimum:
        raise ValueError(f"{argument}: expected an integer of at least {minimum}; got {value!r}")
    return number


def number(
    argument: str,
    value: Any,
    low: float,
    high: float = float("inf"),
    *,
    open_low: bool = False,
    closed_high: bool = False,
) -> float:
    """Return `value` as a finite float of at least `low` (`open_low`: above), below `high` (`closed_high`: at most)."""
    wanted = f"a number {'above' if open_low else 'of at least'} {low:g}"
    wanted += "" if high == float("inf") else f" and {'at most' if closed_high else 'below'} {high:g}"
    try:
        result = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{argument}: expected {wanted}; got {describe(value)}") from None
    if isinstance(value, (str, bytes, bool)):
        raise TypeError(f"{argument}: expected {wanted}; got {describe(value)}")
    is_within = (low < result if open_low else low <= result) and (result <= high if closed_high else result < high)
    if not is_within:
        raise ValueError(f"{argument}: expected {wanted}; got {value!r}")
    return result


def flag(argument: str, value: Any) -> bool:
    """Return `value` if it is a bool."""
    if isinstance(value, bool):
        return value
    raise TypeError(f"{argument}: expected True or False; got {describe(value)}")


def describe(value: Any) -> str:
    """Say in a few words what a value is, for the end of an error message."""
    text = repr(value)
    shown = text if len(text) <= 60 else text[:57] + "..."
    return f"{shown} ({type(value).__name__})"
