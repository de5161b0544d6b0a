"""All cells by name: each file of this folder that calls `register`, and what a user registers at run time."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from rnnscope.cells.caches import forget
from rnnscope.cells.declaration import Cell
from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.registration import Registration
from rnnscope.checks import one_of

RESERVED_NAMES = (
    *("Activation", "Bidirectional", "Cursor", "DeclarationError", "Dense", "Dropout", "Embedding", "Flatten", "Input"),
    *("GlobalAveragePooling1D", "GlobalAvgPool1D", "GlobalMaxPool1D", "GlobalMaxPooling1D", "SpatialDropout1D"),
    *("Labels", "Layer", "Masking", "Model", "RNN", "Record", "Recurrent", "RepeatVector", "SamplesLeftOut"),
    *("Edit", "Feed", "Hold", "Sequential", "Start", "TimeDistributed", "Trace", "TrainingStopped"),
)
COURSES = ("SimpleRNN", "LSTM", "GRU")
"""The cells that every course has, and that are compared unless others are named."""

_builders: dict[str, Registration] = {}
_shipped: set[str] = set()
_loading = threading.RLock()
_loader: int | None = None
"""The thread that loads the folder: what it registers meanwhile ships with the library."""


@cache
def _load_folder() -> None:
    """Import every module of this package once, so that the cells in it register themselves."""
    global _loader
    with _loading:
        before, _loader = _loader, threading.get_ident()
        try:
            package = importlib.import_module(__package__)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{__package__}.{module.name}")
        finally:
            _loader = before


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
        If the name is that of a cell that ships with the library, or of something else in it; if an option cannot be
        given by name, or has a default that a file of a trace cannot hold; if the function fails, or returns another
        cell each time or one of another name with other options. What was registered before then stays.
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
    made, is_shipped = Registration(cell), _loader == threading.get_ident()
    if is_shipped:
        _shipped.add(made.name)
    else:
        _load_folder()
    taken = {*RESERVED_NAMES, *(f"{name}Cell" for name in _builders)}
    if (made.name in _shipped and not is_shipped) or made.name in taken:
        raise DeclarationError(f"register: the name {made.name!r} is taken; choose another one")
    if not is_shipped:  # the tests try the options of those
        made.check_options()
    before = _builders.get(made.name)
    _builders[made.name] = made
    if before is not None and before.cell != made.cell:
        forget()
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
    return tuple(made.cell for made in list(_builders.values()))


def own_builder(name: str) -> Callable[..., Cell] | None:
    """Return what builds a cell that a user registered; None for one that ships with the library, or is not known."""
    _load_folder()
    made = _builders.get(name)
    return None if made is None or name in _shipped else made.builder


def _known(name: str) -> str:
    """Return the name of a cell that is registered."""
    try:
        return one_of("cell", name, names())
    except ValueError as error:
        raise ValueError(f"{error}. A cell of one's own is known once it was given to rs.register") from None


def story(name: str) -> str:
    """Return what the file that declares a cell says of it; nothing for a cell that was declared elsewhere."""
    made = _builders[_known(name)]
    return inspect.getdoc(inspect.getmodule(made.builder)) or "" if name in _shipped else ""


def options(name: str) -> dict[str, Any]:
    """Return the options of a cell with their defaults: those of its declaration, and `use_bias`."""
    return dict(_builders[_known(name)].defaults)


def build(name: str, **chosen: Any) -> Cell:
    """Return the cell `name` with the given options: an option that changes the equation changes the declaration.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.cells.build("GRU", reset_after=False, use_bias=False).names
    ('z', 'r', 'g', 'h')
    """
    return _builders[_known(name)].build(**chosen)


def cell_of(cell: str | Cell, options: Mapping[str, Any]) -> Cell:
    """Return a cell that is given by its name, with options of it, or as it is."""
    if not isinstance(cell, Cell):
        return build(cell, **options)
    if options:
        wanted = f"cell: expected a name beside the options {', '.join(options)}"
        raise TypeError(f"{wanted}; got a Cell, which has its own. Give its name, {cell.name!r}, if it is registered")
    return cell
