"""A cell as it is registered: what builds it and with which options, checked before it is kept."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from rnnscope.cells.declaration import Cell
from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.functions import ACTIVATIONS, activation_name
from rnnscope.checks import describe, flag, positive_int

RESERVED_OPTIONS = (
    "units",
    "use_bias",
    "return_sequences",
    "return_state",
    "go_backwards",
    "stateful",
    "dropout",
    "recurrent_dropout",
    "zero_output_for_mask",
    "turns_back",
    "turns_mask",
    "input_shape",
    "name",
)
HELD = "an activation, True or False, a finite number, text or None, which a file of a trace can hold"
Options = tuple[tuple[str, Any], ...]


class Registration:
    """What builds a cell, its options, and the cells that it has built.

    Parameters
    ----------
    cell
        A cell, or a function that returns one; the arguments of the function are the options.

    Attributes
    ----------
    builder
        The function.
    defaults
        The options with their defaults, activations by name; `use_bias` is the last.
    declared
        The cell with all options at their defaults.

    Raises
    ------
    DeclarationError, TypeError
        If it is no such function, an option has no default or one that cannot be kept, the function fails, or it
        returns another cell each time.
    """

    def __init__(self, cell: Cell | Callable[..., Cell]) -> None:
        if not isinstance(cell, Cell) and not callable(cell):
            raise TypeError(f"register: expected a Cell or a function that returns one; got {describe(cell)}")
        self.builder: Callable[..., Cell] = (lambda: cell) if isinstance(cell, Cell) else cell
        self.defaults = {**dict(_options_of(self.builder)), "use_bias": True}
        self.declared = self._first()
        self._cells = lru_cache(maxsize=64)(self._built)

    @property
    def name(self) -> str:
        """The name of the cell."""
        return self.declared.name

    @property
    def cell(self) -> Cell:
        """The cell with all options at their defaults, noted down in it."""
        return self._cells(tuple(self.defaults.items()))

    def build(self, **chosen: Any) -> Cell:
        """Return the cell with the given options."""
        for key in chosen:
            if key not in self.defaults:
                raise TypeError(f"{self.name}: expected the options {', '.join(self.defaults)}; got {key!r}")
        wanted = {**self.defaults, **chosen}
        return self._cells(
            tuple(
                (key, _checked(f"{self.name}: {key}", wanted[key], default)) for key, default in self.defaults.items()
            )
        )

    def check_options(self) -> None:
        """Refuse a function that returns another cell each time, or none or one of another name with other options."""
        again = self._first()
        if again != self.declared:
            pairs = zip(self.declared, again, strict=False)
            there = next((f"its quantity {a.name!r} differs" for a, b in pairs if a != b), "they differ")
            raise DeclarationError(
                f"register: {self.name}: expected a function that returns the same cell each time; "
                f"got two of which {there}"
            )
        for key, default in self.defaults.items():
            if key != "use_bias":
                for value in _others(default):
                    self._try(key, value)

    def _first(self) -> Cell:
        """Return what the function makes of the defaults."""
        try:
            made = self._called(self.defaults)
        except DeclarationError:
            raise
        except Exception as error:
            raise DeclarationError(
                f"register: expected a function that returns a Cell; it failed with {_words(error)}"
            ) from error
        if not isinstance(made, Cell):
            raise TypeError(f"register: expected a function that returns a Cell; it returned {describe(made)}")
        return made

    def _try(self, key: str, value: Any) -> None:
        """Try another value of one option; the function may refuse the value, as it may refuse a user's."""
        where = f"register: {self.name}: the option {key!r}"
        try:
            made = self._called({**self.defaults, key: value})
        except (TypeError, ValueError):
            return
        except Exception as error:
            raise DeclarationError(
                f"{where}: expected a Cell with any options; with {key}={value!r} it failed with {_words(error)}"
            ) from error
        self._check_name(where, made, f"{key}={value!r}")

    def _built(self, options: Options) -> Cell:
        chosen = dict(options)
        cell = self.declared
        if any(chosen[key] != default for key, default in self.defaults.items() if key != "use_bias"):
            cell = self._called(chosen)
            self._check_name(self.name, cell, ", ".join(f"{key}={value!r}" for key, value in options))
        return (cell if chosen["use_bias"] else cell.without_bias()).with_options(options)

    def _called(self, options: dict[str, Any]) -> Any:
        """Call the function with options, activations as functions."""
        given = {key: value for key, value in options.items() if key != "use_bias"}
        return self.builder(**{k: ACTIVATIONS[v] if _is_activation(self.defaults[k]) else v for k, v in given.items()})

    def _check_name(self, where: str, made: Any, options: str) -> None:
        if not isinstance(made, Cell):
            raise TypeError(f"{where}: expected a Cell with any options; with {options} it is {describe(made)}")
        if made.name != self.name:
            wanted = f"expected a cell called {self.name!r} with any options"
            raise DeclarationError(f"{where}: {wanted}; with {options} it is called {made.name!r}")


def _options_of(builder: Callable[..., Cell]) -> Iterator[tuple[str, Any]]:
    """Go through the options of a function and their defaults, and refuse what can be no option."""
    try:
        parameters = inspect.signature(builder).parameters.values()
    except ValueError:
        raise TypeError(f"register: expected a function whose arguments can be read; got {describe(builder)}") from None
    for own in parameters:
        where = f"register: the option {own.name!r}"
        if own.kind not in (own.POSITIONAL_OR_KEYWORD, own.KEYWORD_ONLY):
            raise DeclarationError(f"{where}: expected one that is given by name, such as {own.name}=1; got '{own}'")
        if own.default is own.empty:
            raise TypeError(f"{where}: expected a default, such as {own.name}=1; got none")
        if own.name in RESERVED_OPTIONS or "initializer" in own.name:
            raise DeclarationError(f"{where} belongs to every layer; choose another name")
        yield own.name, _default(where, own.default)


def _default(where: str, default: Any) -> Any:
    """Return a default as options keep it, an activation by its name."""
    named = next((name for name, function in ACTIVATIONS.items() if function is default), default)
    if not _is_held(named):
        hint = ". Activations are those of rnnscope.cells, such as tanh" if callable(default) else ""
        raise DeclarationError(f"{where}: expected as its default {HELD}; got {describe(default)}{hint}")
    return named


def _is_held(value: Any) -> bool:
    """Say whether a file of a trace can hold a value as an option."""
    return isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value))


def _is_activation(default: Any) -> bool:
    return isinstance(default, str) and default in ACTIVATIONS


def _checked(argument: str, value: Any, default: Any) -> Any:
    """Check an option against the kind of its default: an activation, a bool, an integer, or as it comes."""
    if _is_activation(default):
        return activation_name(argument, value)
    if isinstance(default, bool):
        return flag(argument, value)
    if isinstance(default, int):
        return positive_int(argument, value, min(1, default))
    if not isinstance(value, str | int | float | None):
        raise TypeError(
            f"{argument}: expected text, a number or None, which a file of a trace can hold; got {describe(value)}"
        )
    if not _is_held(value):
        raise ValueError(f"{argument}: expected a finite number; got {value!r}")
    return value


def _others(default: Any) -> tuple[Any, ...]:
    """Return another value that an option may take, if one is known."""
    if _is_activation(default):
        return ("sigmoid" if default != "sigmoid" else "tanh",)
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int):
        return (default + 1,)
    return (default / 2 or 1.0,) if isinstance(default, float) else ()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
