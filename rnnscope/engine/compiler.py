"""From a declaration to NumPy source: five short functions that a layer calls, with all gates fused.

========================  =================================================================================
`project_input()`         one product `x·W` for all time steps, before the loop
`forward(t)`              one time step
`local_derivatives()`     the derivatives of every node by what it reads, for all time steps at once
`backward(t)`             one time step back: products and sums of gradients only
`weight_gradients()`      one product per weight array for all time steps, after the loop
========================  =================================================================================

Arrays are (time, column, sample). Only the products over all time steps need rows, `R_…`, (time × sample, column).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rnnscope.cells import Cell
from rnnscope.cells.graph import Graph
from rnnscope.engine import functions
from rnnscope.engine.backward import write_backward
from rnnscope.engine.forward import write_forward
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import TEMPLATES, Slot, Statement, fuse


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
    """

    cell: Cell
    layout: Layout
    functions: dict[str, Function]

    @property
    def source(self) -> str:
        """The generated NumPy source, as it runs."""
        options = ", ".join(f"{key}={value!r}" for key, value in self.cell.options)
        title = f'"""{self.cell.name}({options}), compiled from its declaration."""\n\nimport numpy as np\n'
        bodies = [function.source for function in self.functions.values()]
        helpers = [
            name for name, value in vars(functions).items() if getattr(value, "__module__", "") == functions.__name__
        ]
        used = [name for name in helpers if any(f" {name}(" in body for body in bodies)]
        imports = f"from {functions.__name__} import {', '.join(used)}\n" if used else ""
        return "\n".join([title + imports, *("\n" + body for body in bodies)])


@lru_cache(maxsize=64)
def compile_cell(cell: Cell) -> Program:
    """Compile a declaration; the same declaration is compiled once."""
    graph = Graph(cell)
    layout = Layout(cell, graph)
    written = {**write_forward(graph, layout), **write_backward(graph, layout)}
    return Program(cell, layout, {name: _function(name, fuse(body), layout) for name, body in written.items()})


DOCUMENTATION = {
    "project_input": "The input part of every pre-activation, for all time steps at once.",
    "forward": "One time step: from the previous states to the new ones.",
    "local_derivatives": "The derivative of each result by what it was computed from, for all time steps at once.",
    "backward": "One time step back: from the gradient of the new states to that of the previous ones.",
    "weight_gradients": "The gradient of the weights and of the input, summed over all time steps.",
}


def _function(name: str, statements: list[Statement], layout: Layout) -> Function:
    """Write a generated function and make it."""
    per_step = name in ("forward", "backward")
    slots = tuple(dict.fromkeys(slot for s in statements for slot in (*s.slots, s.write)))
    lines = [_line(statement, layout, per_step) for statement in statements] or ["pass"]
    arguments = ", ".join(["t"] * per_step + [layout.label(slot) for slot in slots])
    source = f'def {name}({arguments}):\n    """{DOCUMENTATION[name]}"""\n' + "".join(f"    {line}\n" for line in lines)
    space: dict[str, object] = {"np": np, **vars(functions)}
    exec(compile(source, f"<rnnscope {name}>", "exec"), space)
    return Function(name, source, slots, space[name])


def _line(statement: Statement, layout: Layout, per_step: bool) -> str:
    reads = [_text(operand, layout, per_step) for operand in statement.reads]
    out = _text(statement.write, layout, per_step)
    template = TEMPLATES.get(statement.operation)
    return template.format(*reads, out=out) if template else f"{statement.operation}({', '.join(reads)}, out={out})"


def _text(operand: Slot | float, layout: Layout, per_step: bool) -> str:
    if not isinstance(operand, Slot):
        return repr(operand)
    base = layout.bases.get(layout.holds(operand.base))
    timed = per_step and base is not None and base.role in ("value", "gradient", "work")
    return layout.label(operand) + ("[t]" if timed else "")
