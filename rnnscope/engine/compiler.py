"""From a declaration to a program: five short functions that a layer calls, with all gates fused.

========================  =================================================================================
`project_input()`         one product `x·W` for all time steps, before the loop
`forward(t)`              one time step
`local_derivatives()`     the derivatives of every node by what it reads, for all time steps at once
`backward(t)`             one time step back: products and sums of gradients only
`weight_gradients()`      one product per weight array for all time steps, after the loop
========================  =================================================================================

A declaration becomes a graph, the graph statements, and a backend turns these into functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnscope.cells.caches import derived
from rnnscope.cells.declaration import Cell
from rnnscope.cells.graph import graph_of
from rnnscope.engine.backends import numpy as backend
from rnnscope.engine.backward import write_backward
from rnnscope.engine.forward import write_forward
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Slot, Statement, fuse

DOCUMENTATION = {
    "project_input": "The input part of every pre-activation, for all time steps at once.",
    "forward": "One time step: from the previous states to the new ones.",
    "local_derivatives": "The derivative of each result by what it was computed from, for all time steps at once.",
    "backward": "One time step back: from the gradient of the new states to that of the previous ones.",
    "weight_gradients": "The gradient of the weights and of the input, summed over all time steps.",
}


@dataclass(frozen=True)
class Function:
    """A generated function: its source, what it takes, and itself."""

    name: str
    source: str
    slots: tuple[Slot, ...]
    call: Callable[..., None]


@dataclass(frozen=True, eq=False)
class Program:
    """What a cell compiles to.

    Attributes
    ----------
    cell
        The declaration.
    layout
        Where everything lies.
    functions
        The generated functions by name.
    held
        The quantities that may be given other values than those that were computed.
    """

    cell: Cell
    layout: Layout
    functions: dict[str, Function]
    held: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The generated NumPy source, as it runs."""
        options = ", ".join(f"{key}={value!r}" for key, value in self.cell.options)
        title = f'"""{self.cell.name}({options}), compiled from its declaration."""\n\n'
        bodies = [function.source for function in self.functions.values()]
        return "\n".join([title + backend.header(bodies), *("\n" + body for body in bodies)])


@derived(maxsize=64)
def compile_cell(cell: Cell, drops: bool = False, held: tuple[str, ...] = ()) -> Program:
    """Compile a declaration, with or without recurrent dropout; the same one is compiled once.

    Quantities that are `held` can be given other values than those that were computed.
    """
    graph = graph_of(cell, drops)
    layout = Layout(cell, graph, held)
    written = {**write_forward(graph, layout), **write_backward(graph, layout)}
    functions = {name: _function(name, fuse(body), layout) for name, body in written.items()}
    return Program(cell, layout, functions, held)


def _function(name: str, statements: list[Statement], layout: Layout) -> Function:
    """Write a generated function and make it."""
    slots = tuple(dict.fromkeys(slot for s in statements for slot in (*s.slots, s.write)))
    timed = name in ("forward", "backward")
    source = backend.source_of(name, DOCUMENTATION[name], statements, slots, layout, timed)
    return Function(name, source, slots, backend.made(name, source))
