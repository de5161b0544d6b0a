"""Arguments of its own that a view takes by their names, each declared once in its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any

from rnnscope.checks import one_of
from rnnscope.trace import Trace


class Option:
    """An argument of a view, declared as an attribute of its class: `order: str = Option("number", check)`.

    Its annotation is that of the argument, and the docstring of the class describes it; in a view that was made, the
    attribute is what was given.

    Parameters
    ----------
    default
        What it is if nothing is given.
    check
        Returns what is made of what is given, for a trace, or raises what a user sees.
    choices
        What can be given, if it is one of a few words; the explorer has a control for it then.
    """

    def __init__(self, default: Any, check: Callable[[Any, Trace], Any], choices: Sequence[str] = ()) -> None:
        self.default, self.check, self.choices = default, check, tuple(choices)


SPANS = ("epochs", "moment")
"""Scales reach over all recorded epochs, to compare epochs; or over this moment's epoch and sample, to see most."""

SCALES = Option(SPANS[0], lambda scales, _: one_of("scales", scales, SPANS), SPANS)
"""Over what the scales of a view reach."""


def options_of(kind: type) -> dict[str, Option]:
    """Return the options of a class by name, those of the classes below it first."""
    return {name: o for base in kind.__mro__[::-1] for name, o in vars(base).items() if isinstance(o, Option)}


def parameters_of(kind: type) -> list[Parameter]:
    """Return the options of a class as parameters of a function."""
    hints = {name: hint for base in kind.__mro__[::-1] for name, hint in getattr(base, "__annotations__", {}).items()}
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[name])
        for name, option in options_of(kind).items()
    ]


def given_to(kind: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of some options, meant for several views, a class has."""
    return {name: value for name, value in options.items() if name in options_of(kind)}
