"""The equations of a cell in phase order, and those of its gradients, from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import sympy

from rnnscope.cells import Cell, build
from rnnscope.cells.graph import Graph
from rnnscope.cells.vocabulary import MatrixProduct
from rnnscope.checks import one_of
from rnnscope.formulas.gradients import GRADIENT, Pull, gradient_of, gradient_of_pre
from rnnscope.formulas.notation import Notation
from rnnscope.formulas.writing import LATEX, TEXT, Style, write

DIRECTIONS = ("forward", "backward")
MARKER = "\x00"


@dataclass(frozen=True, eq=False, repr=False)
class Equation:
    """One equation of a cell.

    Attributes
    ----------
    quantity
        The quantity whose phase it is.
    left, right
        Its two sides, over the symbols of the cell's graph: `Zh_f` is the product `h₋₁·U_f`, `d_f` is ∂L/∂f.
    meaning
        What it means, in words.
    graph
        The graph of the cell.
    pulls
        The symbols on the right that stand for a gradient which goes back through a matrix.
    """

    quantity: str
    left: sympy.Symbol
    right: sympy.Expr
    meaning: str
    graph: Graph
    pulls: dict[str, Pull]

    @cached_property
    def text(self) -> str:
        """The equation as plain text, such as `f = σ(x·W_f + h₋₁·U_f + b_f)`."""
        return self.write(TEXT)

    @cached_property
    def latex(self) -> str:
        """The equation as LaTeX, for MathJax and matplotlib's mathtext."""
        return self.write(LATEX)

    @property
    def sympy(self) -> sympy.Eq:
        """The equation as a sympy `Eq`, its matrix products written out with weights that do not commute."""
        products = {}
        for entry in self.graph.maps:
            matrix = isinstance(entry.weight.node, MatrixProduct)
            products[entry.result] = entry.weight.vector * sympy.Symbol(entry.weight.name, commutative=not matrix)
        return sympy.Eq(self.left, self.right.xreplace(products), evaluate=False)

    @cached_property
    def pieces(self) -> tuple[str | sympy.Symbol, ...]:
        """The right side as it is written, cut into symbols and what stands between them: `σ(`, x·W_f, `+` …"""
        parts = write(self.right, TEXT, _Marked(self.graph, TEXT, self.pulls)).split(MARKER)
        symbols = {str(symbol): symbol for symbol in self.right.free_symbols}
        return tuple(p for k, part in enumerate(parts) for p in ([symbols[part]] if k % 2 else part.split()))

    def write(self, style: Style) -> str:
        """Return the equation in a style."""
        names = Notation(self.graph, style, self.pulls)
        return f"{names(self.left)} = {write(self.right, style, names)}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"


class _Marked(Notation):
    """Writes the name of every symbol between two markers."""

    def __call__(self, symbol: sympy.Symbol) -> str:
        """Return the marked name of a symbol."""
        return f"{MARKER}{symbol}{MARKER}"


@dataclass(frozen=True, eq=False, repr=False)
class Equations:
    """The equations of a cell, in the order of their computation; shown as formulas in a notebook.

    Attributes
    ----------
    cell
        The declaration.
    entries
        The equations.
    """

    cell: Cell
    entries: tuple[Equation, ...]

    @property
    def text(self) -> str:
        """All equations as plain text, with their meanings."""
        width = max(len(entry.text) for entry in self.entries)
        return "\n".join(f"{entry.text:<{width}}   {entry.meaning}" for entry in self.entries)

    @property
    def latex(self) -> str:
        """All equations as one LaTeX array."""
        rows = [rf"{e.latex.replace(' = ', ' &= ', 1)} && \text{{{e.meaning}}}" for e in self.entries]
        return r"\begin{aligned}" + r" \\ ".join(rows) + r"\end{aligned}"

    def __getitem__(self, key: int | str) -> Equation:
        if isinstance(key, str):
            found = {entry.quantity: entry for entry in reversed(self.entries)}
            return found[one_of(f"quantity of {self.cell.name}", key, found)]
        return self.entries[key]

    def __iter__(self) -> Iterator[Equation]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"{self.cell.name}: {self.cell.title}\n{self.text}"

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"


def equations(cell: str | Cell, direction: str = "forward", **options: Any) -> Equations:
    """Return the equations of a cell in phase order, or those of its gradients.

    Parameters
    ----------
    cell
        Name of a registered cell, or a `Cell`.
    direction
        `"forward"`: one equation per quantity. `"backward"`: ∂L/∂q of every quantity, from the last to the first, total
        over all later time steps, and ∂L/∂a of every pre-activation, in the form in which they are computed.
    **options
        Options of the cell, such as `reset_after=False` of a GRU.

    Returns
    -------
    Equations
        A sequence; each equation has `.text`, `.latex`, `.sympy` and `.meaning`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> print(rs.formulas.equations("LSTM")["f"])
    f = σ(x·W_f + h₋₁·U_f + b_f)
    >>> print(rs.formulas.equations("LSTM", "backward")["c"])
    ∂L/∂c = ∂L/∂h·o·(1 − tanh(c)²) + ∂L/∂c₊₁·f₊₁
    """
    one_of("direction", direction, DIRECTIONS)
    return _derived(cell if isinstance(cell, Cell) else build(cell, **options), direction)


@lru_cache(maxsize=64)
def _derived(cell: Cell, direction: str) -> Equations:
    graph = Graph(cell)
    if direction == "forward":
        return Equations(cell, tuple(_forward(graph, name) for name in cell.names))
    pairs = [_backward(graph, name) for name in reversed(cell.names)]
    return Equations(cell, tuple(equation for pair in pairs for equation in pair))


def _forward(graph: Graph, name: str) -> Equation:
    node = graph.node(name)
    return Equation(name, node.symbol, graph.expanded(node.expression), graph.cell[name].meaning, graph, {})


def _backward(graph: Graph, name: str) -> list[Equation]:
    """Return the equation of ∂L/∂q, and that of its pre-activation if it has one."""
    meaning = graph.cell[name].meaning.partition(":")[0]
    total, pre = gradient_of(graph, name), gradient_of_pre(graph, name)
    found = [(f"{GRADIENT}{name}", total, f"how the loss changes with the {meaning}")]
    if pre is not None:
        found.append((f"{GRADIENT}Pre_{name}", pre, f"how the loss changes with the pre-activation of the {meaning}"))
    return [Equation(name, sympy.Symbol(left), s.expression, words, graph, s.pulls) for left, s, words in found]
