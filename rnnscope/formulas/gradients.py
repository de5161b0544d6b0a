"""The way back as equations: what the gradient of each quantity is a sum of, as the engine computes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy

from rnnscope.cells.graph import Graph, Map, Node
from rnnscope.cells.vocabulary import PREVIOUS, MatrixProduct

GRADIENT, NEXT, ABOVE = "d_", "_next", "d_above"
"""`d_f` is the gradient of f, `f_next` is f one time step later, `d_above` comes from the layer above or the loss."""


@dataclass(frozen=True)
class Pull:
    """A gradient that goes back through the matrix of a linear map: `gradient · Uᵀ`.

    Attributes
    ----------
    entry
        The map.
    gradient
        The gradient of its result, unit by unit.
    later
        Whether it is the map of the next time step.
    """

    entry: Map
    gradient: sympy.Expr
    later: bool


@dataclass
class GradientSum:
    """The gradient of one quantity: an expression over recorded values, gradients, weights and pulls."""

    terms: list[sympy.Expr] = field(default_factory=list)
    pulls: dict[str, Pull] = field(default_factory=dict)

    @property
    def expression(self) -> sympy.Expr:
        """All terms together."""
        return sympy.Add(*self.terms)


def gradient_of(graph: Graph, quantity: str) -> GradientSum:
    """Return what ∂L/∂quantity is a sum of.

    Within the time step: everything that reads the quantity. For a state also what the next time step reads of it, and
    for the output what comes from the layer above, or the loss.
    """
    total = GradientSum()
    if quantity == graph.cell.output:
        total.terms.append(sympy.Symbol(ABOVE))
    _collect(graph, sympy.Symbol(quantity), total, later=False)
    if quantity in graph.cell.states:
        _collect(graph, sympy.Symbol(quantity + PREVIOUS), total, later=True)
    return total


def gradient_of_pre(graph: Graph, quantity: str) -> GradientSum | None:
    """Return ∂L/∂a, the gradient of the pre-activation of a quantity; None if it has none."""
    pre = graph.pre(quantity)
    if pre is None:
        return None
    slope = graph.expanded(graph.derivatives(graph.node(quantity))[pre.symbol])
    return GradientSum([sympy.Symbol(GRADIENT + quantity) * slope])


def _collect(graph: Graph, symbol: sympy.Symbol, total: GradientSum, *, later: bool) -> None:
    """Add everything that reads a symbol: nodes by their local derivative, maps through their weights."""
    for node in graph.nodes:
        if node.role == "inner":
            continue
        slope = graph.derivatives(node).get(symbol)
        if slope is None:
            continue
        slope = _at(graph.expanded(slope), later)
        if node.role == "vector":
            total.terms += [slope * term for term in _pulled(graph, node.symbol, total, later)]
        else:
            total.terms.append(_at(sympy.Symbol(f"{GRADIENT}{node.symbol}"), later) * slope)
    total.terms += _pulled(graph, symbol, total, later)


def _pulled(graph: Graph, vector: sympy.Symbol, total: GradientSum, later: bool) -> list[sympy.Expr]:
    """Return what comes back from the maps that read a vector."""
    found = []
    for entry in (entry for entry in graph.maps if entry.vector == vector):
        reader = _reader(graph, entry)
        slope = graph.expanded(graph.derivatives(reader)[entry.result])
        gradient = _at(sympy.Symbol(f"{GRADIENT}{reader.symbol}") * slope, later)
        if isinstance(entry.weight.node, MatrixProduct):
            name = f"Q_{entry.weight.name}" + (NEXT if later else "")
            total.pulls[name] = Pull(entry, gradient, later)
            found.append(sympy.Symbol(name))
        else:
            found.append(gradient * sympy.Symbol(entry.weight.name))
    return found


def _reader(graph: Graph, entry: Map) -> Node:
    """Return the node in which the result of a map stands."""
    nodes = (node for node in graph.nodes if node.role != "inner")
    return next(node for node in nodes if entry.result in graph.expanded_inner(node).free_symbols)


def _at(expression: sympy.Expr, later: bool) -> sympy.Expr:
    """Return an expression one time step later: what was previous then is the state of this time step."""
    if not later:
        return expression
    moved = {}
    for symbol in expression.free_symbols:
        name = str(symbol)
        if name.endswith(PREVIOUS):
            moved[symbol] = sympy.Symbol(name.removesuffix(PREVIOUS))
        elif name.partition("_")[0] not in ("b", "bh", "p"):
            moved[symbol] = sympy.Symbol(name + NEXT)
    return expression.xreplace(moved)
