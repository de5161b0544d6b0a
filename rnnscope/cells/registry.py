"""All cells by name: each file of this folder that calls `register`, and what a user registers at run time."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from rnnscope.cells.declaration import Cell
from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.functions import ACTIVATIONS, activation_name
from rnnscope.checks import describe, flag, one_of, positive_int

RESERVED_NAMES = (
    *("Cursor", "DeclarationError", "Dense", "Input", "Layer", "Record", "Recurrent", "Sequential", "Trace"),
    "TrainingStopped",
)
RESERVED_OPTIONS = ("units", "use_bias", "return_sequences", "go_backwards", "input_shape", "name")
Options = tuple[tuple[str, Any], ...]
_builders: dict[str, Callable[..., Cell]] = {}
_shipped: set[str] = set()
_loading = False


@cache
def _load_folder() -> None:
    """Import every module of this package once, so that the cells in it register themselves."""
    global _loading
    _loading = True
    package = importlib.import_module(__package__)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{__package__}.{module.name}")
    _loading = False


def register(cell: Cell | Callable[..., Cell]) -> Cell | Callable[..., Cell]:
    """Make a cell known: `rs.layers` then has a layer of its name, and every view, formula and test finds it.

    Parameters
    ----------
    cell
        A `Cell`, or a function that returns one; the arguments of the function, which need defaults, are the
        options of the layer. A default that is an activation takes the name of any other.

    Returns
    -------
    Cell or function
        `cell` itself, so that `register` can stand as a decorator.

    Raises
    ------
    DeclarationError
        If the name is that of a cell that ships with the library, or of something else in it.
    TypeError
        If `cell` is neither a `Cell` nor a function that returns one with no arguments given.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.cells import Cell, linear, previous, state, tanh, x
    >>> cell = rs.register(Cell("Leaky", state("h", (previous("h") + tanh(linear(x, previous("h")))) / 2, "a blend")))
    >>> rs.layers.Leaky(3, input_shape=(4, 1)).cell.names
    ('h',)
    """
    if isinstance(cell, Cell):
        declared, builder = cell, lambda: cell
    elif callable(cell):
        builder, declared = cell, cell()
        taken = [key for key in inspect.signature(cell).parameters if key in RESERVED_OPTIONS or "initializer" in key]
        if taken:
            raise DeclarationError(f"register: the option {taken[0]!r} belongs to every layer; choose another name")
        if not isinstance(declared, Cell):
            raise TypeError(f"register: expected a function that returns a Cell; it returned {describe(declared)}")
    else:
        raise TypeError(f"register: expected a Cell or a function that returns one; got {describe(cell)}")
    if _loading:
        _shipped.add(declared.name)
    else:
        _load_folder()
    if (declared.name in _shipped and not _loading) or declared.name in RESERVED_NAMES:
        raise DeclarationError(f"register: the name {declared.name!r} is taken; choose another one")
    _builders[declared.name] = builder
    return cell


def names() -> tuple[str, ...]:
    """Return the names of all registered cells, in alphabetical order.

    Examples
    --------
    >>> import rnnscope as rs
    >>> "LSTM" in rs.cells.names()
    True
    """
    _load_folder()
    return tuple(sorted(_builders))


def registered() -> tuple[Cell, ...]:
    """Return all registered cells with their default options, in the order in which they were registered."""
    _load_folder()
    return tuple(build(name) for name in _builders)


def _known(name: str) -> str:
    """Return the name of a cell that is registered."""
    try:
        return one_of("cell", name, names())
    except ValueError as error:
        raise ValueError(f"{error}. A cell of one's own is known once it was given to rs.register") from None


def story(name: str) -> str:
    """Return what the file that declares a cell says of it; nothing for a cell that was declared elsewhere."""
    builder = _builders[_known(name)]
    return inspect.getdoc(inspect.getmodule(builder)) or "" if name in _shipped else ""


def options(name: str) -> dict[str, Any]:
    """Return the options of a cell with their defaults: those of its declaration, and `use_bias`."""
    _load_folder()
    builder = _builders[_known(name)]
    found = {key: parameter.default for key, parameter in inspect.signature(builder).parameters.items()}
    named = {key: _by_name(default) for key, default in found.items()}
    return {**named, "use_bias": True}


def build(name: str, **chosen: Any) -> Cell:
    """Return the cell `name` with the given options: an option that changes the equation changes the declaration.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.cells.build("GRU", reset_after=False, use_bias=False).names
    ('z', 'r', 'g', 'h')
    """
    known = options(name)
    for key in chosen:
        if key not in known:
            raise TypeError(f"{name}: expected the options {', '.join(known)}; got {key!r}")
    resolved = {key: _checked(f"{name}: {key}", value, known[key]) for key, value in {**known, **chosen}.items()}
    arguments = {
        key: ACTIVATIONS.get(value, value) if isinstance(value, str) else value for key, value in resolved.items()
    }
    use_bias = arguments.pop("use_bias")
    return _built(_builders[name], tuple(arguments.items()), use_bias, tuple(resolved.items()))


@lru_cache(maxsize=256)
def _built(builder: Callable[..., Cell], arguments: Options, use_bias: bool, noted: Options) -> Cell:
    cell = builder(**dict(arguments))
    return (cell if use_bias else cell.without_bias()).with_options(noted)


def _by_name(default: Any) -> Any:
    return next((name for name, function in ACTIVATIONS.items() if function is default), default)


def _checked(argument: str, value: Any, default: Any) -> Any:
    """Check an option against the kind of its default: an activation, a bool, an integer, or as it comes."""
    if isinstance(default, str) and default in ACTIVATIONS:
        return activation_name(argument, value)
    if isinstance(default, bool):
        return flag(argument, value)
    if isinstance(default, int):
        return positive_int(argument, value, min(1, default))
    if not isinstance(value, str | int | float | None):
        raise TypeError(
            f"{argument}: expected text, a number or None, which a file of a trace can hold; got {describe(value)}"
        )
    return value
