"""Changes that teach: what happens if a cell remembers for ever, forgets at once, does not reset, shuts its output.

Which gates that takes follows from the equations of the cell: each is held at 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations, product
from typing import Any

import sympy

from rnnscope.cells import Cell
from rnnscope.cells.graph import graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import MAPS
from rnnscope.checks import describe, one_of
from rnnscope.interventions.changes import Hold
from rnnscope.languages import noted
from rnnscope.models.compiled import Compiled
from rnnscope.models.recurrent import Recurrent
from rnnscope.trace.trace import Trace

Values = dict[str, float]
"""What gates are held at."""


def remember_for_ever(subject: Trace | Compiled, layer: str | None = None) -> tuple[Hold, ...]:
    """Return holds under which memory stays as it is: each state is that of the step before.

    Parameters
    ----------
    subject
        The trace or model that they are for.
    layer
        Name of the layer, or None for all whose gates can do that.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> [(hold.quantity, hold.value) for hold in rs.interventions.remember_for_ever(model)]
    [('i', 0.0), ('f', 1.0)]
    """
    return _holds(subject, layer, "remember_for_ever")


def forget_at_once(subject: Trace | Compiled, layer: str | None = None) -> tuple[Hold, ...]:
    """Return holds under which nothing of the memory is handed on directly.

    Parameters
    ----------
    subject
        The trace or model that they are for.
    layer
        Name of the layer, or None for all whose gates can do that.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.GRU(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> [(hold.quantity, hold.value) for hold in rs.interventions.forget_at_once(model)]
    [('z', 0.0)]
    """
    return _holds(subject, layer, "forget_at_once")


def no_reset(subject: Trace | Compiled, layer: str | None = None) -> tuple[Hold, ...]:
    """Return holds under which matrices read all of the state before: gates in front of them are held at 1.

    Parameters
    ----------
    subject
        The trace or model that they are for.
    layer
        Name of the layer, or None for all that have such a gate.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.GRU(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> [(hold.quantity, hold.value) for hold in rs.interventions.no_reset(model)]
    [('r', 1.0)]
    """
    return _holds(subject, layer, "no_reset")


def output_shut(subject: Trace | Compiled, layer: str | None = None) -> tuple[Hold, ...]:
    """Return holds under which a cell puts out 0, and keeps its memory.

    Parameters
    ----------
    subject
        The trace or model that they are for.
    layer
        Name of the layer, or None for all whose gates can do that.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> [(hold.quantity, hold.value) for hold in rs.interventions.output_shut(model)]
    [('o', 0.0)]
    """
    return _holds(subject, layer, "output_shut")


def _of_states(wanted: Callable[[sympy.Expr, sympy.Symbol], bool]) -> Callable[[Cell], Values]:
    """Return what finds the fewest gates that make the equation of every state that hands itself on as wanted."""

    def find(cell: Cell) -> Values:
        found: Values = {}
        for name in cell.states:
            equation, before = _without_maps(cell, name), Symbol.of("value", name, -1)
            if before in equation.free_symbols:
                found |= _fewest(cell, equation, lambda held, before=before: wanted(held, before))
        return found

    return find


def _resets(cell: Cell) -> Values:
    """Return the gates that scale what matrices read of a previous state, before or behind the matrix."""
    gates = {Symbol.of("value", quantity.name): quantity.name for quantity in cell if quantity.role == "gate"}
    graph, states = graph_of(cell), {Symbol.of("value", name, -1) for name in cell.states}
    readers = [(node, reader) for node in graph.nodes if node.kind != "inner" for reader in graph.reads(node)]
    scaled = [reader for node, reader in readers if reader.map is not None or node.kind == "vector"]
    return {gates[own.slope]: 1.0 for own in scaled if own.source in states and own.slope in gates}


def _outputs(cell: Cell) -> Values:
    """Return the gates that make the output 0, if what they shut is not the memory itself."""
    equation = _without_maps(cell, cell.output)
    if Symbol.of("value", cell.output, -1) in equation.free_symbols:
        return {}
    return _fewest(cell, equation, lambda held: held == 0)


def _without_maps(cell: Cell, quantity: str) -> sympy.Expr:
    """Return an equation with a symbol in the place of every linear map."""
    equation = cell[quantity].equation
    return equation.xreplace({node: sympy.Dummy() for node in equation.atoms(*MAPS)})


def _fewest(cell: Cell, equation: sympy.Expr, is_wanted: Callable[[sympy.Expr], bool]) -> Values:
    """Return the fewest gates of an equation that make it as wanted, held at 0 or 1; nothing if none do."""
    gates = [q.name for q in cell if q.role == "gate" and Symbol.of("value", q.name) in equation.free_symbols]
    for count in range(1, len(gates) + 1):
        for names, values in product(combinations(gates, count), product((0, 1), repeat=count)):
            chosen = dict(zip(names, values, strict=True))
            if is_wanted(sympy.expand(equation.subs({Symbol.of("value", name): v for name, v in chosen.items()}))):
                return {name: float(value) for name, value in chosen.items()}
    return {}


FINDERS: dict[str, Callable[[Cell], Values]] = {
    "remember_for_ever": _of_states(lambda equation, before: equation == before),
    "forget_at_once": _of_states(lambda equation, before: before not in equation.free_symbols),
    "no_reset": _resets,
    "output_shut": _outputs,
}
"""What finds what gates are held at, by the name of the function that returns the holds."""


TITLES = {
    "remember_for_ever": noted("remember for ever"),
    "forget_at_once": noted("forget at once"),
    "no_reset": noted("no reset"),
    "output_shut": noted("output shut"),
}
"""What each of them is called."""


@lru_cache
def presets_of(cell: Cell) -> dict[str, Values]:
    """Return what each of these changes holds in a cell, and at what; those that its gates can do.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.interventions.presets import presets_of
    >>> presets_of(rs.cells.build("GRU"))
    {'remember_for_ever': {'z': 1.0}, 'forget_at_once': {'z': 0.0}, 'no_reset': {'r': 1.0}}
    """
    return {name: found for name, find in FINDERS.items() if (found := find(cell))}


def _holds(subject: Any, layer: str | None, preset: str) -> tuple[Hold, ...]:
    """Return the holds of all layers, or of one, whose gates can do something."""
    if isinstance(subject, Trace):
        cells = {own.name: own.cell for own in subject.recurrent_layers}
    elif isinstance(subject, Compiled):
        nodes = subject._built().nodes
        cells = {node.name: node.layer.cell for node in nodes if isinstance(node.layer, Recurrent)}
    else:
        raise TypeError(f"subject: expected a trace or a model; got {describe(subject)}")
    chosen = cells if layer is None else {layer: cells[one_of("layer", layer, cells)]}
    values = {name: presets_of(cell).get(preset, {}) for name, cell in chosen.items()}
    found = tuple(Hold(name, gate, value) for name, gates in values.items() for gate, value in gates.items())
    if not found:
        got = ", ".join(f"{name} ({cell.name})" for name, cell in chosen.items()) or "none that is recurrent"
        raise ValueError(f"layer: expected one whose gates can do that; got {got}")
    return found
