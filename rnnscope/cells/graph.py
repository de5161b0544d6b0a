"""A declaration as a graph: what one time step computes, what each of it reads, and with which slope.

Nodes are elementwise results, in the order of computation: the quantities; the pre-activation of each quantity that is
a function of linear maps; the inner functions that the way back needs again (`tanh(c)` of an LSTM); and the products
that a linear map reads (`r·h₋₁` of a GRU). A node reads other nodes, previous states, weights, and vectors through
linear maps. Slopes are sympy's, with every function replaced by the node that holds its value: `∂i/∂z` becomes
`i·(1 − i)`.

The chain rule is here and nowhere else: the gradient of the loss by anything is the sum, over all that reads it, of the
gradient of the reader times the slope, sent back through the linear map if there is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy

from rnnscope.cells.caches import derived
from rnnscope.cells.declaration import Cell
from rnnscope.cells.function_facts import declared_functions
from rnnscope.cells.quantity import Quantity
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import MAPS
from rnnscope.cells.weight_kinds import CONSTANT
from rnnscope.cells.weights import Weight


@dataclass(frozen=True)
class Node:
    """One elementwise result of a time step.

    Attributes
    ----------
    symbol
        What stands for it; its `ref` says what it is: a quantity, a pre-activation, an inner function or a vector.
    expression
        How it follows from earlier nodes, previous states, results of linear maps and weights.
    """

    symbol: Symbol
    expression: sympy.Expr

    @property
    def kind(self) -> str:
        """The kind of its symbol: `"value"`, `"pre"`, `"inner"` or `"vector"`."""
        return self.symbol.ref.kind


@dataclass(frozen=True)
class Map:
    """One linear map: `result = vector · weight`."""

    result: Symbol
    vector: Symbol
    weight: Weight


@dataclass(frozen=True)
class Reader:
    """What a node reads, or what reads a symbol: one edge of the graph.

    Attributes
    ----------
    source
        What is read: a value, a previous state, the input, a vector, or a weight.
    node
        What reads it.
    slope
        ∂node/∂source, unit by unit; with a map ∂node/∂(its result).
    map
        The linear map through which it is read, or None.
    """

    source: Symbol
    node: Node
    slope: sympy.Expr
    map: Map | None = None

    @property
    def leaf(self) -> Symbol:
        """What stands in the expression of the node: the source, or the result of the map."""
        return self.map.result if self.map else self.source


class Graph:
    """The nodes and maps of a cell, in the order of computation.

    Attributes
    ----------
    cell
        The declaration.
    drops
        Whether matrices read previous states through a mask of recurrent dropout.
    nodes
        Elementwise results in the order of computation.
    maps
        Linear maps, in the order of the quantities.
    """

    def __init__(self, cell: Cell, drops: bool = False) -> None:
        self.cell, self.drops = cell, drops
        lowering = _Lowering(cell, drops)
        self.nodes, self.maps = tuple(lowering.nodes), tuple(lowering.maps)
        self._inner = lowering.inner
        self._nodes = {node.symbol: node for node in self.nodes}
        self._maps = {entry.result: entry for entry in self.maps}
        self._weights = {weight.symbol: weight for weight in cell.weights}

    def __getitem__(self, symbol: Symbol) -> Node:
        return self._nodes[symbol]

    def of_kind(self, kind: str) -> list[Node]:
        """Return the nodes of a kind."""
        return [node for node in self.nodes if node.kind == kind]

    def value(self, quantity: str) -> Node:
        """Return the node of a quantity."""
        return self._nodes[Symbol.of("value", quantity)]

    def pre(self, quantity: str) -> Node | None:
        """Return the pre-activation of a quantity, or None if it is no function of a linear map."""
        return self._nodes.get(Symbol.of("pre", quantity))

    def map_of(self, symbol: sympy.Symbol) -> Map | None:
        """Return the linear map whose result a symbol stands for, or None."""
        return self._maps.get(symbol)

    @cached_property
    def weights(self) -> dict[Symbol, Weight]:
        """The weights that stand in expressions by themselves, biases and constants, by their symbols."""
        return {symbol: weight for symbol, weight in self._weights.items() if weight.vector is None}

    def weight_of(self, symbol: Symbol) -> Weight:
        """Return the weight that a symbol stands for."""
        return self._weights[symbol]

    def expanded(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression with pre-activations and inner functions written out."""
        written = {node.symbol: node.expression for node in self.nodes if node.kind in ("pre", "inner")}
        while any(symbol in written for symbol in expression.free_symbols):
            expression = expression.xreplace(written)
        return expression

    def reads(self, node: Node) -> tuple[Reader, ...]:
        """Return what a node reads; inner functions are seen through: an LSTM's h reads o and c."""
        return self._reads[node.symbol]

    def readers(self, symbol: Symbol) -> tuple[Reader, ...]:
        """Return all that reads a symbol, in the order of computation."""
        return self._readers.get(symbol, ())

    @cached_property
    def _reads(self) -> dict[Symbol, tuple[Reader, ...]]:
        held = {n.expression: n.symbol for n in self.nodes if isinstance(n.expression, sympy.Function)} | self._inner
        written = {symbol: function for function, symbol in self._inner.items()}
        return {
            node.symbol: tuple(
                Reader(entry.vector if (entry := self._maps.get(leaf)) else leaf, node, slope, entry)
                for leaf, slope in slopes(node.expression.xreplace(written), held).items()
            )
            for node in self.nodes
            if node.kind != "inner"
        }

    @cached_property
    def _readers(self) -> dict[Symbol, tuple[Reader, ...]]:
        found: dict[Symbol, list[Reader]] = {}
        for reads in self._reads.values():
            for reader in reads:
                found.setdefault(reader.source, []).append(reader)
        return {symbol: tuple(readers) for symbol, readers in found.items()}


@derived(maxsize=64)
def graph_of(cell: Cell, drops: bool = False) -> Graph:
    """Return the graph of a declaration, with or without recurrent dropout; the same one gives the same graph."""
    return Graph(cell, drops)


def slopes(expression: sympy.Expr, held: dict[sympy.Expr, sympy.Expr]) -> dict[sympy.Symbol, sympy.Expr]:
    """Return the derivative of an expression by each of its symbols.

    Parameters
    ----------
    expression
        An expression.
    held
        What holds the value of a function, by the function: derivatives are written with it.
    """
    symbols = sorted(expression.free_symbols, key=str)
    return {symbol: sympy.diff(expression, symbol).xreplace(held) for symbol in symbols}


class _Lowering:
    """Takes the equations of a cell apart into nodes and maps."""

    def __init__(self, cell: Cell, drops: bool) -> None:
        self.cell, self.drops = cell, drops
        self.nodes: list[Node] = []
        self.maps: list[Map] = []
        self.inner: dict[sympy.Expr, Symbol] = {}
        self.constants = {weight.node: weight.symbol for weight in cell.weights if weight.kind is CONSTANT}
        for quantity in cell:
            self._lower(quantity)

    def _lower(self, quantity: Quantity) -> None:
        equation = self._lower_maps(quantity)
        if applies_function_to_map(quantity.equation):
            pre = self._add(Symbol.of("pre", quantity.name), self._lower_inner(equation.args[0]))
            equation = equation.func(pre)
        elif not isinstance(equation, declared_functions()):
            equation = self._lower_inner(equation)
        elif len(equation.args) > 1:
            equation = equation.func(*map(self._lower_inner, equation.args))
        self._add(Symbol.of("value", quantity.name), equation)

    def _lower_maps(self, quantity: Quantity) -> sympy.Expr:
        """Replace linear maps, biases and constants by the symbols of their results."""
        replaced: dict[sympy.Expr, Symbol] = dict(self.constants)
        for weight in (w for w in self.cell.weights if w.quantity == quantity.name):
            if weight.vector is None:
                replaced[weight.node] = weight.symbol
            else:
                vector = self._dropped(weight.vector) if self.drops and weight.kind.is_matrix else weight.vector
                self.maps.append(Map(weight.product, self._vector(vector), weight))
                replaced[weight.node] = weight.product
        return quantity.equation.xreplace(replaced)

    def _dropped(self, vector: sympy.Expr) -> sympy.Expr:
        """Return a vector with every previous state in it behind a mask of recurrent dropout."""
        states = [Symbol.of("value", state, -1) for state in self.cell.states]
        return vector.xreplace({state: state * Symbol.of("dropout", state.ref.of) for state in states})

    def _vector(self, vector: sympy.Expr) -> Symbol:
        """Return the symbol of what a map reads; a product such as `r·h₋₁` becomes a node of its own."""
        if vector.is_Symbol:
            return vector
        lowered = self._lower_inner(vector)
        vectors = [node for node in self.nodes if node.kind == "vector"]
        known = next((node.symbol for node in vectors if node.expression == lowered), None)
        return known or self._add(Symbol.of("vector", f"V{len(vectors) + 1}"), lowered)

    def _lower_inner(self, expression: sympy.Expr) -> sympy.Expr:
        """Give every function inside an expression a node, so that its value is kept for the way back."""
        functions = expression.atoms(*declared_functions())
        for function in sorted(functions, key=lambda f: (f.count_ops(), str(f))):
            if function not in self.inner:
                arguments = [argument.xreplace(self.inner) for argument in function.args]
                base = function.func.__name__.capitalize()
                is_named = len(arguments) == 1 and arguments[0].is_Symbol
                name = f"{base}_{arguments[0]}" if is_named else f"{base}{len(self.inner) + 1}"
                self.inner[function] = self._add(Symbol.of("inner", name), function.func(*arguments))
        return expression.xreplace(self.inner)

    def _add(self, symbol: Symbol, expression: sympy.Expr) -> Symbol:
        self.nodes.append(Node(symbol, expression))
        return symbol


def applies_function_to_map(equation: sympy.Expr) -> bool:
    """Say whether an equation is a function of one argument in which a linear map stands: a pre-activation."""
    return isinstance(equation, declared_functions()) and len(equation.args) == 1 and equation.args[0].has(*MAPS)


def is_own_pre(equation: sympy.Expr) -> bool:
    """Say whether an equation is a sum with a linear map in it: then the quantity is its own pre-activation."""
    return any(isinstance(term, MAPS) for term in sympy.Add.make_args(equation))
