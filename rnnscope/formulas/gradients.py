"""The way back as equations: what the gradient of each quantity is a sum of, as the graph says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy

from rnnscope.cells.graph import Graph, Map, Reader
from rnnscope.cells.refs import Ref, Symbol
from rnnscope.formulas.steps import USUAL, Step

ABOVE = Symbol(Ref("above", "above", gradient=True))
"""What comes to the output from the layer above, or from the loss."""


def from_start(state: str) -> Symbol:
    """Return what comes to the last value of a state from a layer that begins with it."""
    return Symbol(Ref("start", state, gradient=True))


@dataclass(frozen=True)
class Pull:
    """A gradient that goes back through the matrix of a linear map: `gradient · Uᵀ`.

    Attributes
    ----------
    map
        The map.
    gradient
        The gradient of its result, unit by unit.
    """

    map: Map
    gradient: sympy.Expr


@dataclass
class GradientSum:
    """The gradient of one quantity: an expression over recorded values, gradients, weights and pulls."""

    terms: list[sympy.Expr] = field(default_factory=list)
    pulls: dict[Symbol, Pull] = field(default_factory=dict)

    @property
    def expression(self) -> sympy.Expr:
        """All terms together."""
        return sympy.Add(*self.terms)


def gradient_of(graph: Graph, quantity: str, step: Step = USUAL) -> GradientSum:
    """Return what ∂L/∂quantity is a sum of.

    Within the time step: everything that reads the quantity. For a state also what the next time step reads of it, and
    for the output what comes from the layer above, or the loss. In a step that does not count nothing reads what is
    computed, and to a state all comes back that its held value has.
    """
    total, symbol = GradientSum(), Symbol.of("value", quantity)
    if quantity == graph.cell.output:
        total.terms.append(ABOVE)
    if quantity in step.hands_on:
        total.terms.append(from_start(quantity))
    if step.counts:
        total.terms += _sent_back(graph, symbol, total, by=0, held=dict(step.held))
    if quantity in graph.cell.states and not step.hands_on:  # then nothing follows
        held = [symbol.gradient.at(1)]
        after = dict(step.held_next)
        total.terms += _sent_back(graph, symbol.at(-1), total, by=1, held=after) if step.next_counts else held
    return total


def gradient_of_pre(graph: Graph, quantity: str, step: Step = USUAL) -> GradientSum | None:
    """Return ∂L/∂a, the gradient of the pre-activation of a quantity; None if it has none."""
    pre = graph.pre(quantity)
    if pre is None:
        return None
    if not step.counts or quantity in dict(step.held):
        return GradientSum()
    (reader,) = graph.readers(pre.symbol)
    return GradientSum([reader.node.symbol.gradient * graph.expanded(reader.slope)])


def _sent_back(
    graph: Graph, symbol: Symbol, total: GradientSum, *, by: int, held: Mapping[str, float]
) -> list[sympy.Expr]:
    """Return what all that reads a symbol sends back to it, in this time step (`by` 0) or the next one (1).

    What is held by hand reads nothing in its unit; through matrices gradients come from all units.
    """
    found: list[sympy.Expr] = []
    for reader in graph.readers(symbol):
        slope = graph.expanded(reader.slope)
        if reader.node.kind == "vector":
            sent = _sent_back(graph, reader.node.symbol, total, by=by, held=held)
            found += [shifted(slope, by) * term for term in sent]
            continue
        is_matrix = reader.map is not None and reader.map.weight.kind.is_matrix
        if reader.node.kind == "value" and reader.node.symbol.ref.of in held and not is_matrix:
            continue
        gradient = shifted(reader.node.symbol.gradient * slope, by)
        found.append(_through_weights(reader, gradient, total, by) if reader.map else gradient)
    return found


def _through_weights(reader: Reader, gradient: sympy.Expr, total: GradientSum, by: int) -> sympy.Expr:
    """Return a gradient after it went back through a linear map."""
    weight = reader.map.weight
    if not weight.kind.is_matrix:
        return gradient * weight.symbol
    pulled = weight.pulled.at(by)
    total.pulls[pulled] = Pull(reader.map, gradient)
    return pulled


def shifted(expression: sympy.Expr, by: int) -> sympy.Expr:
    """Return an expression some time steps later: the next step's previous state is this one's.

    Weights, and what dropout multiplies by, are the same at all time steps.
    """
    moved = {s: s.at(s.ref.shift + by) for s in expression.free_symbols if s.ref.kind not in ("weight", "dropout")}
    return expression.xreplace(moved) if by else expression
