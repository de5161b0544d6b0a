"""The equations of a cell in phase order, and those of its gradients, from its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from rnnscope.cells import Cell
from rnnscope.cells.caches import derived
from rnnscope.cells.graph import Graph, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.cells.registry import cell_of
from rnnscope.checks import one_of
from rnnscope.formulas.gradients import GradientSum, Pull, gradient_of, gradient_of_pre
from rnnscope.formulas.printers import MathPrinter, TextPrinter
from rnnscope.formulas.printing import EquationPrinter
from rnnscope.formulas.steps import USUAL, Step
from rnnscope.languages import noted, tr
from rnnscope.trace.cursor import DIRECTIONS

MARKER = "\x00"


@dataclass(frozen=True, eq=False, repr=False)
class Equation:
    """One equation of a cell.

    Attributes
    ----------
    quantity
        The quantity whose phase it is.
    left, right
        Its two sides, over the symbols of the cell's graph, each of which says what it stands for (`symbol.ref`).
    noted_meaning
        What it means, in words, noted; `meaning` says it in the language that is spoken.
    graph
        The graph of the cell.
    pulls
        The symbols on the right that stand for a gradient which goes back through a matrix.
    """

    quantity: str
    left: Symbol
    right: sympy.Expr
    noted_meaning: str
    graph: Graph
    pulls: dict[Symbol, Pull]

    @property
    def meaning(self) -> str:
        """What it means, in words."""
        return tr(self.noted_meaning)

    @cached_property
    def text(self) -> str:
        """The equation as plain text, such as `f = σ(x·W_f + h₋₁·U_f + b_f)`."""
        return self.printed(TextPrinter)

    @cached_property
    def latex(self) -> str:
        """The equation as LaTeX, for MathJax and matplotlib's mathtext."""
        return self.printed(MathPrinter)

    @property
    def sympy(self) -> sympy.Eq:
        """The equation as a sympy `Eq`, its matrix products written out with weights that do not commute."""
        products: dict[sympy.Symbol, sympy.Expr] = {}
        for entry in self.graph.maps:
            weight = sympy.Symbol(entry.weight.name, commutative=not entry.weight.kind.is_matrix)
            products[entry.result] = entry.weight.vector * weight
        sides = (side.xreplace(products) for side in (self.left, self.right))
        return sympy.Eq(*map(_by_name, sides), evaluate=False)

    @cached_property
    def pieces(self) -> tuple[str | Symbol, ...]:
        """The right side as it is written, cut into symbols and what stands between them: `σ(`, x·W_f, `+` …"""
        marked = _Marked(self.graph, self.pulls)
        parts = marked.doprint(self.right).split(MARKER)
        return tuple(p for k, part in enumerate(parts) for p in ([marked.met[int(part)]] if k % 2 else part.split()))

    def printed(self, printer: type[EquationPrinter]) -> str:
        """Return the equation as a printer writes it."""
        writer = printer(self.graph, self.pulls)
        return f"{writer.doprint(self.left)} = {writer.doprint(self.right)}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"


class _Marked(TextPrinter):
    """Writes the number of every symbol, in the order in which it meets them, between two markers."""

    def __init__(self, graph: Graph, pulls: dict[Symbol, Pull]) -> None:
        super().__init__(graph, pulls)
        self.met: list[Symbol] = []

    def symbol(self, symbol: Symbol) -> str:
        """Return the marked number of a symbol."""
        self.met.append(symbol)
        return f"{MARKER}{len(self.met) - 1}{MARKER}"


def _by_name(expression: sympy.Expr) -> sympy.Expr:
    """Return an expression with plain symbols of sympy's, which are equal if they are called the same."""
    return expression.xreplace({s: sympy.Symbol(s.name) for s in expression.free_symbols if isinstance(s, Symbol)})


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
        return f"{self.cell.name}: {tr(self.cell.title)}\n{self.text}"

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
    return equations_at(cell_of(cell, options), direction)


@derived(maxsize=64)
def equations_at(cell: Cell, direction: str, step: Step = USUAL) -> Equations:
    """Return the equations of a cell, or those of its gradients, as they are at a time step."""
    graph = graph_of(cell, step.drops)
    if direction == "forward":
        return Equations(cell, tuple(_forward(graph, name, step) for name in cell.names))
    pairs = [_backward(graph, name, step) for name in reversed(cell.names)]
    return Equations(cell, tuple(equation for pair in pairs for equation in pair))


def _forward(graph: Graph, name: str, step: Step) -> Equation:
    node, title = graph.value(name), noted(graph.cell[name].title)
    if not step.counts and name in graph.cell.states:
        words = noted("{quantity}, held: this time step does not count", quantity=title)
        return Equation(name, node.symbol, Symbol.of("value", name, -1), words, graph, {})
    if name in (held := dict(step.held)):
        words = noted("{quantity}, held by hand: it is not computed here", quantity=title)
        return Equation(name, node.symbol, sympy.Float(held[name]), words, graph, {})
    return Equation(name, node.symbol, graph.expanded(node.expression), graph.cell[name].words, graph, {})


def _backward(graph: Graph, name: str, step: Step) -> list[Equation]:
    """Return the equation of ∂L/∂q, and that of its pre-activation if it has one."""
    title = noted(graph.cell[name].title)
    words = noted("how the loss changes with the {quantity}", quantity=title)
    found = [_gradient_equation(graph, name, Symbol.of("value", name), gradient_of(graph, name, step), words)]
    through_pre = gradient_of_pre(graph, name, step)
    if through_pre is not None:
        words = noted("how the loss changes with the pre-activation of the {quantity}", quantity=title)
        found.append(_gradient_equation(graph, name, Symbol.of("pre", name), through_pre, words))
    return found


def _gradient_equation(graph: Graph, name: str, of: Symbol, total: GradientSum, words: str) -> Equation:
    return Equation(name, of.gradient, total.expression, words, graph, total.pulls)
