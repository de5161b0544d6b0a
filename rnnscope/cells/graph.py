"""A declaration as a graph of elementwise nodes and linear maps, with the local derivative of every edge.

Nodes are what one time step computes, in order: the quantities; the pre-activation of each quantity that is a function
of a sum; the inner functions that the backward pass needs again (`tanh(c)` of an LSTM); and the products that a linear
map reads (`r·h₋₁` of a GRU). Linear maps connect them. Derivatives are sympy's, with every function replaced by
the node that holds its value: `∂i/∂z` becomes `i·(1 − i)`.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from rnnscope.cells import Cell, Quantity, Weight
from rnnscope.cells.declaration import FUNCTIONS, MAPS
from rnnscope.cells.vocabulary import Bias

MAP_BASES = {"kernel": "Zx", "recurrent_kernel": "Zh", "peephole": "Zp"}
"""What the result of a linear map is called: `Zh_f` is `h₋₁·U_f`."""


@dataclass(frozen=True)
class Node:
    """One elementwise result of a time step.

    Attributes
    ----------
    symbol
        Its name in the source.
    expression
        How it follows from earlier nodes, previous states, results of linear maps and biases.
    role
        `"quantity"`, `"pre"` (a pre-activation), `"inner"` (a function inside an equation) or `"vector"` (what a map
        reads).
    """

    symbol: sympy.Symbol
    expression: sympy.Expr
    role: str


@dataclass(frozen=True)
class Map:
    """One linear map: `result = vector · weight`."""

    result: sympy.Symbol
    vector: sympy.Symbol
    weight: Weight


class Graph:
    """The nodes and maps of a cell, in the order of computation.

    Attributes
    ----------
    nodes
        Elementwise results in the order of computation.
    maps
        Linear maps, in the order of the quantities.
    biases
        The symbol of each bias, with its weight.
    """

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.nodes: list[Node] = []
        self.maps: list[Map] = []
        self.biases: dict[sympy.Symbol, Weight] = {}
        self._inner: dict[sympy.Expr, sympy.Symbol] = {}
        for quantity in cell:
            self._lower(quantity)

    def node(self, name: str) -> Node:
        """Return the node of that name."""
        return next(node for node in self.nodes if str(node.symbol) == name)

    def pre(self, quantity: str) -> Node | None:
        """Return the pre-activation of a quantity, or None if it is no function of a linear map."""
        return next((node for node in self.nodes if str(node.symbol) == f"Pre_{quantity}"), None)

    def expanded(self, expression: sympy.Expr) -> sympy.Expr:
        """Return an expression with pre-activations and inner functions written out."""
        written = {n.symbol: n.expression for n in self.nodes if n.role in ("pre", "inner")}
        while any(symbol in written for symbol in expression.free_symbols):
            expression = expression.xreplace(written)
        return expression

    def expanded_inner(self, node: Node) -> sympy.Expr:
        """Return the expression of a node with its inner functions written out."""
        return node.expression.xreplace({symbol: function for function, symbol in self._inner.items()})

    def derivatives(self, node: Node) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the derivative of a node by each symbol that it reads, written in recorded values.

        Inner functions are seen through: an LSTM's h reads o and c, and `∂h/∂c` is `o·(1 − Tanh_c²)`.
        """
        held = {n.expression: n.symbol for n in self.nodes if isinstance(n.expression, sympy.Function)} | self._inner
        expression = self.expanded_inner(node)
        symbols = sorted(expression.free_symbols, key=str)
        return {s: sympy.diff(expression, s).xreplace(held) for s in symbols}

    def _lower(self, quantity: Quantity) -> None:
        equation = self._lower_maps(quantity)
        is_function = isinstance(equation, FUNCTIONS)
        if is_function and quantity.equation.args[0].has(*MAPS):
            pre = self._add(f"Pre_{quantity.name}", self._lower_inner(equation.args[0]), "pre")
            equation = equation.func(pre)
        elif not is_function:
            equation = self._lower_inner(equation)
        self._add(quantity.name, equation, "quantity")

    def _lower_maps(self, quantity: Quantity) -> sympy.Expr:
        """Replace linear maps and biases by the symbols of their results."""
        replaced = {}
        for weight in (w for w in self.cell.weights if w.quantity == quantity.name):
            if isinstance(weight.node, Bias):
                replaced[weight.node] = sympy.Symbol(weight.name)
                self.biases[replaced[weight.node]] = weight
            else:
                result = sympy.Symbol(f"{MAP_BASES[weight.kind]}_{weight.column}")
                self.maps.append(Map(result, self._vector(weight.vector), weight))
                replaced[weight.node] = result
        return quantity.equation.xreplace(replaced)

    def _vector(self, vector: sympy.Expr) -> sympy.Symbol:
        """Return the symbol of what a map reads; a product such as `r·h₋₁` becomes a node of its own."""
        if vector.is_Symbol:
            return vector
        lowered = self._lower_inner(vector)
        known = next((n.symbol for n in self.nodes if n.role == "vector" and n.expression == lowered), None)
        count = sum(node.role == "vector" for node in self.nodes)
        return known or self._add(f"V{count + 1}", lowered, "vector")

    def _lower_inner(self, expression: sympy.Expr) -> sympy.Expr:
        """Give every function inside an expression a node, so that its value is kept for the way back."""
        for function in sorted(expression.atoms(*FUNCTIONS), key=lambda f: (f.count_ops(), str(f))):
            if function not in self._inner:
                argument = self._see_inner(function.args[0])
                base = function.func.__name__.capitalize()
                name = f"{base}_{argument}" if argument.is_Symbol else f"{base}{len(self._inner) + 1}"
                self._inner[function] = self._add(name, function.func(argument), "inner")
        return self._see_inner(expression)

    def _see_inner(self, expression: sympy.Expr) -> sympy.Expr:
        """Replace every function that has a node by the symbol of its node (the outermost first)."""
        return expression.xreplace(self._inner)

    def _add(self, name: str, expression: sympy.Expr, role: str) -> sympy.Symbol:
        self.nodes.append(Node(sympy.Symbol(name), expression, role))
        return self.nodes[-1].symbol
